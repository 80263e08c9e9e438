using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Peer;
using Sockeye.AspNetCore;

// Peer SERVER APP PORT: an application on a server, on loopback, until it is ended. See bench/comparison/contenders.py.
if (args is not [var server, var application, var number] || !int.TryParse(number, out int port))
{
    Console.Error.WriteLine("usage: Peer kestrel|sockeye|sockeye-loop raw|minimal|echo PORT");
    return 2;
}

WebApplicationBuilder builder = application == "minimal"
    ? WebApplication.CreateSlimBuilder()
    : WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
builder.Logging.ClearProviders();
if (server == "kestrel")
{
    builder.WebHost.UseKestrelCore().ConfigureKestrel(options => options.ListenLocalhost(port, Listen));
}
else
{
    builder.WebHost.UseUrls($"http://127.0.0.1:{port}");
    builder.WebHost.UseSockeye(options => options.RunApplicationOnLoop = server == "sockeye-loop");
}

WebApplication app = builder.Build();
app.UseWebSockets();
if (application == "minimal")
{
    Applications.MapMinimal(app);
}
else
{
    app.Run(Applications.AnswerAsync);
}

app.Run();
return 0;

void Listen(ListenOptions listen)
{
    listen.Protocols = HttpProtocols.Http1;
    if (application == "echo")
    {
        listen.Run(Applications.EchoAsync);
    }
}
