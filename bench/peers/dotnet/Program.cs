using System.Globalization;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.FileProviders;
using Peer;
using Sockeye.AspNetCore;

// An application on a server, on loopback, until it is ended: the rows of bench/comparison/contenders.py.
if (args is not [string server, string application, string folder, string number])
{
    Console.Error.WriteLine("usage: Peer kestrel|sockeye|sockeye-loop|socket raw|minimal|files|echo|udp FOLDER PORT");
    return 2;
}

int port = int.Parse(number, CultureInfo.InvariantCulture);
if (application == "udp")
{
    Datagrams.Echo(port);
}

WebApplicationBuilder builder = application is "minimal" or "files"
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
switch (application)
{
    case "minimal":
        Applications.MapMinimal(app);
        break;
    case "files":
        app.UseStaticFiles(new StaticFileOptions
        {
            FileProvider = new PhysicalFileProvider(folder),
            ServeUnknownFileTypes = true,
        });
        break;
    default:
        app.UseWebSockets();
        app.Run(Applications.AnswerAsync);
        break;
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
