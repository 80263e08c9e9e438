using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Sockeye.AspNetCore;
using Sockeye.Tests.Http.Server;

namespace Sockeye.Tests.AspNetCore;

/// <summary>What carries an application.</summary>
internal sealed record Carrier(string Name, Action<IWebHostBuilder> Use)
{
    /// <summary>Sockeye, the application on the thread pool.</summary>
    public static Carrier Pool { get; } = Sockeye("pool", "epoll", onLoop: false);

    /// <summary>Sockeye, the application on the loop.</summary>
    public static Carrier Loop { get; } = Sockeye("loop", "epoll", onLoop: true);

    public static Carrier Kestrel { get; } = new("kestrel", host => host.UseKestrel());

    public static Carrier Of(string name) => name switch
    {
        "pool" => Pool,
        "loop" => Loop,
        "kestrel" => Kestrel,
        _ => throw new ArgumentException($"Nothing is called {name}.", nameof(name)),
    };

    public static Carrier Sockeye(string name, string model, bool onLoop) => new(
        name,
        host => host.UseSockeye(options =>
        {
            options.Model = IoModel.Parse(model);
            options.RunApplicationOnLoop = onLoop;
            options.Network = new NetworkOptions { Loops = 1 };
        }));

    /// <summary>The same with other options of Sockeye's.</summary>
    public Carrier With(Action<SockeyeServerOptions> configure) => new(Name, host =>
    {
        Use(host);
        host.ConfigureServices(services => services.Configure(configure));
    });

    public override string ToString() => Name;
}

/// <summary>An application that runs, and who talks to it.</summary>
internal sealed class WebApp : IAsyncDisposable
{
    private WebApp(WebApplication app, LogLines log)
    {
        App = app;
        Log = log;
        Address = new Uri(app.Services.GetRequiredService<IServer>().Features
            .Get<IServerAddressesFeature>()!.Addresses.First());
        Client = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false })
        {
            BaseAddress = Address,
            Timeout = TimeSpan.FromSeconds(30),
        };
    }

    public WebApplication App { get; }

    public LogLines Log { get; }

    public Uri Address { get; }

    public HttpClient Client { get; }

    public static async Task<WebApp> StartAsync(
        Carrier carrier, Action<WebApplication> map, Action<WebApplicationBuilder>? configure = null)
    {
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        var log = new LogLines();
        builder.Logging.AddProvider(log);
        builder.Services.AddRouting();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        carrier.Use(builder.WebHost);
        configure?.Invoke(builder);
        WebApplication app = builder.Build();
        map(app);
        await app.StartAsync();
        return new WebApp(app, log);
    }

    /// <summary>A plain socket to it.</summary>
    public RawClient Connect()
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        socket.Connect(IPAddress.Loopback, Address.Port);
        return new RawClient(socket);
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await App.DisposeAsync();
    }
}

/// <summary>What was logged.</summary>
internal sealed class LogLines : ILoggerProvider, ILogger
{
    private readonly List<string> _lines = [];

    public IReadOnlyList<string> Lines
    {
        get
        {
            lock (_lines)
            {
                return [.. _lines];
            }
        }
    }

    public ILogger CreateLogger(string categoryName) => this;

    public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Warning;

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public void Log<TState>(
        LogLevel logLevel,
        EventId eventId,
        TState state,
        Exception? exception,
        Func<TState, Exception?, string> formatter)
    {
        if (IsEnabled(logLevel))
        {
            lock (_lines)
            {
                _lines.Add($"{logLevel}: {formatter(state, exception)} {exception?.Message}");
            }
        }
    }

    public void Dispose()
    {
    }
}
