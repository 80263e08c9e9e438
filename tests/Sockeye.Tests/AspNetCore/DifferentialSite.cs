using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.SignalR;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.FileProviders;

namespace Sockeye.Tests.AspNetCore;

/// <summary>One application with much of what ASP.NET Core has, to be carried by one server and by another.</summary>
internal static class DifferentialSite
{
    public static void Configure(WebApplicationBuilder builder)
    {
        builder.Services.AddControllers().AddApplicationPart(typeof(FishController).Assembly);
        builder.Services.AddDistributedMemoryCache();
        builder.Services.AddSession();
        builder.Services.AddSignalR();
        builder.Services.AddResponseCompression(options =>
        {
            options.EnableForHttps = true;
            options.MimeTypes = ["text/plain", "application/json", "text/html"];
        });
        builder.Services.AddOutputCache();
        builder.Services.AddProblemDetails();
    }

    public static Action<WebApplication> Over(string folder) => app =>
    {
        app.UseResponseCompression();
        app.UseStaticFiles(new StaticFileOptions { FileProvider = new PhysicalFileProvider(folder) });
        app.UseRouting();
        app.UseSession();
        app.UseOutputCache();
        app.UseWebSockets();
        app.MapControllers();
        app.MapHub<EchoHub>("/hub");
        app.MapGet("/", () => "Hello, World!");
        app.MapGet("/fish/{id:int}", (int id, string? name) => new { id, name });
        app.MapPost("/fish", (Fish fish) => Results.Created($"/fish/{fish.Weight}", fish));
        app.MapGet("/none", () => Results.NoContent());
        app.MapGet("/moved", () => Results.Redirect("/elsewhere"));
        app.MapGet("/problem", () => Results.Problem("Too cold.", statusCode: 418));
        app.MapGet("/bytes", () => Results.Bytes(
            new byte[10_000], "application/octet-stream", enableRangeProcessing: true));
        app.MapGet("/stream", () => Results.Stream(
            stream => stream.WriteAsync(Encoding.ASCII.GetBytes(new string('s', 50_000))).AsTask(), "text/plain"));
        app.MapGet("/throws", string () => throw new InvalidOperationException("on purpose"));
        app.MapGet("/cookie", (HttpResponse response) =>
        {
            response.Cookies.Append("a", "1", new CookieOptions { HttpOnly = true });
            response.Cookies.Append("b", "ä", new CookieOptions { Path = "/x" });
            return "cookies";
        });
        app.MapGet("/count", (HttpContext context) =>
        {
            int count = (context.Session.GetInt32("count") ?? 0) + 1;
            context.Session.SetInt32("count", count);
            return count;
        });
        app.MapGet("/cached", () => Guid.NewGuid().ToString()).CacheOutput();
        app.MapGet("/text", () => new string('t', 5_000));
        app.MapGet("/long", async (HttpContext context) =>
        {
            for (int i = 0; i < 100; i++)
            {
                await context.Response.WriteAsync($"line {i}\n");
                await Task.Yield();
            }
        });
        app.MapPost("/echo", async (HttpRequest request, HttpResponse response) =>
        {
            response.ContentType = request.ContentType;
            response.ContentLength = request.ContentLength;
            await request.Body.CopyToAsync(response.Body);
        });
        app.MapMethods("/methods", ["PUT", "DELETE", "PATCH", "OPTIONS"], (HttpRequest request) => request.Method);
        app.MapGet("/sse", () => TypedResults.ServerSentEvents(Events()));
    };

    private static async IAsyncEnumerable<string> Events()
    {
        for (int i = 0; i < 3; i++)
        {
            await Task.Yield();
            yield return $"event {i}";
        }
    }
}

/// <summary>What the application is about.</summary>
public sealed record Fish(string Name, int Weight);

/// <summary>A controller of the older kind.</summary>
[ApiController]
[Route("mvc/fish")]
public sealed class FishController : ControllerBase
{
    /// <summary>Two of them.</summary>
    [HttpGet]
    public IEnumerable<Fish> All() => [new("sockeye", 3), new("coho", 4)];

    /// <summary>One of them, or none.</summary>
    [HttpGet("{name}")]
    public ActionResult<Fish> One(string name) => name == "sockeye" ? new Fish(name, 3) : NotFound();

    /// <summary>Checks what comes.</summary>
    [HttpPost]
    public IActionResult Add([FromBody] Fish fish) => CreatedAtAction(nameof(One), new { name = fish.Name }, fish);
}

/// <summary>Says what it hears.</summary>
public sealed class EchoHub : Hub
{
    /// <summary>The echo.</summary>
    public string Echo(string text) => $"echo: {text}";

    /// <summary>The echo as something that the server begins.</summary>
    public Task Broadcast(string text) => Clients.Caller.SendAsync("said", text);
}
