using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.Extensions.DependencyInjection;
using Sockeye.AspNetCore.Transport;

namespace Sockeye.AspNetCore;

/// <summary>How an ASP.NET Core application comes to run on Sockeye: one line of its <c>Program.cs</c>.</summary>
public static class SockeyeWebHostBuilderExtensions
{
    /// <summary>Sockeye is the server, in place of Kestrel.</summary>
    /// <example><code>
    /// var builder = WebApplication.CreateBuilder(args);
    /// builder.WebHost.UseSockeye();
    /// </code></example>
    public static IWebHostBuilder UseSockeye(
        this IWebHostBuilder builder, Action<SockeyeServerOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        return builder.ConfigureServices(services =>
        {
            services.AddSingleton<IServer, SockeyeServer>();
            if (configure is not null)
            {
                services.Configure(configure);
            }
        });
    }

    /// <summary>Kestrel stays the server, with all of its protocols, and its connections are carried by Sockeye's
    /// engines.</summary>
    /// <example><code>
    /// builder.WebHost.UseSockeyeTransport(options => options.Model = IoModel.Parse("epoll"));
    /// </code></example>
    public static IWebHostBuilder UseSockeyeTransport(
        this IWebHostBuilder builder, Action<SockeyeTransportOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        return builder.ConfigureServices(services =>
        {
            services.AddSingleton<IConnectionListenerFactory, SockeyeTransport>();
            if (configure is not null)
            {
                services.Configure(configure);
            }
        });
    }
}
