using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Sockeye.AspNetCore.Transport;

namespace Sockeye.AspNetCore;

/// <summary>How an ASP.NET Core application comes to run on Sockeye: one line of its <c>Program.cs</c>.</summary>
public static class SockeyeWebHostBuilderExtensions
{
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
