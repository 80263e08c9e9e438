using System.Net;
using System.Text;
using Sockeye.Http.Protocol;
using Sockeye.Tls;

namespace Sockeye.Http.Client;

/// <summary>Opens connections along a route: connects, has proxies connect, and speaks TLS; on the owner that
/// calls.</summary>
internal sealed class Dialer(Network network, HttpFetcherOptions options)
{
    // Reads of a connection are limited by the phase that they belong to.
    private readonly ConnectOptions _connect = options.Connect with
    {
        Limits = options.Connect.Limits with
        {
            IdleTimeout = Timeout.InfiniteTimeSpan,
            ReadTimeout = Timeout.InfiniteTimeSpan,
        },
    };

    /// <exception cref="FetchException">One of the phases failed.</exception>
    /// <exception cref="OperationCanceledException">The token fired.</exception>
    public async Task<Connection> OpenAsync(Route route, FetchTimings timings, CancellationToken cancellationToken)
    {
        Endpoint first = route.Proxy?.Endpoint ?? route.Instead ?? Endpoint.Parse($"tcp://{route.Host}:{route.Port}");
        Connection connection = await ConnectAsync(first, timings, cancellationToken);
        try
        {
            if (route.Proxy is { } proxy)
            {
                if (first.IsTls)
                {
                    connection = await ShakeHandsAsync(connection, first.Host, cancellationToken);
                }

                await PassAsync(connection, proxy, route, timings, cancellationToken);
            }

            if (route.IsTls)
            {
                string name = options.Tls.ServerName ?? route.Host.Trim('[', ']');
                connection = await ShakeHandsAsync(connection, name, cancellationToken);
                timings.Tls = timings.Now;
            }

            return connection;
        }
        catch
        {
            connection.Abort();
            throw;
        }
    }

    private async Task<Connection> ConnectAsync(
        Endpoint endpoint, FetchTimings timings, CancellationToken cancellationToken)
    {
        ConnectOptions connect = _connect with { NameResolved = _ => timings.NameLookup = timings.Now };
        try
        {
            Connection connection = await network.ConnectAsync(endpoint.AsTcp(), connect, cancellationToken);
            timings.Connect = timings.Now;
            return connection;
        }
        catch (NetworkException exception)
        {
            HttpRequestError error = exception.Error is NetworkError.NameNotFound or NetworkError.NameLookupTimedOut
                ? HttpRequestError.NameResolutionError
                : HttpRequestError.ConnectionError;
            throw new FetchException(FetchPhase.Connect, error, exception.Message, exception)
            {
                IsTimeout = exception.Error == NetworkError.TimedOut,
            };
        }
    }

    private async Task<Connection> ShakeHandsAsync(
        Connection connection, string serverName, CancellationToken cancellationToken)
    {
        try
        {
            return await TlsLayer.ClientAsync(
                connection, options.Tls with { ServerName = serverName }, cancellationToken);
        }
        catch (NetworkException exception)
        {
            throw new FetchException(
                FetchPhase.Tls, HttpRequestError.SecureConnectionError, exception.Message, exception)
            {
                IsTimeout = exception.Error == NetworkError.TimedOut,
            };
        }
    }

    /// <summary>Has the proxy connect to the host, unless it gets whole requests.</summary>
    private async Task PassAsync(
        Connection connection, FetchProxy proxy, Route route, FetchTimings timings, CancellationToken cancellationToken)
    {
        if (route.IsForwarded)
        {
            return;
        }

        using var late = new CancellationTokenSource(options.ProxyTimeout, network.Time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(late.Token, cancellationToken);
        using (both.Token.UnsafeRegister(static state => ((Connection)state!).Abort(), connection))
        {
            try
            {
                await (proxy.Kind == FetchProxyKind.Socks5
                    ? Socks5.ConnectAsync(connection, route.Host.Trim('[', ']'), route.Port, proxy.Credentials)
                    : TunnelAsync(connection, proxy, route));
                timings.Proxy = timings.Now;
            }
            catch (IOException exception)
            {
                cancellationToken.ThrowIfCancellationRequested();
                throw late.IsCancellationRequested
                    ? FetchException.Timeout(FetchPhase.Proxy, $"The proxy {proxy.Endpoint}", options.ProxyTimeout)
                    : new FetchException(FetchPhase.Proxy, HttpRequestError.ProxyTunnelError,
                        $"The proxy {proxy.Endpoint} made no tunnel to {route.Host}:{route.Port}: {exception.Message}",
                        exception);
            }
        }
    }

    /// <summary>RFC 9110 section 9.3.6.</summary>
    private async Task TunnelAsync(Connection connection, FetchProxy proxy, Route route)
    {
        var http = new ClientConnection(connection, options.Limits, options.Profile);
        http.Begin(Method.Connect);
        WriteConnect(http, proxy, $"{route.Host}:{route.Port}");
        await http.FlushAsync();
        ResponseHead head;
        do
        {
            head = await http.ReadHeadAsync();
        }
        while (head.IsInterim);

        if (!http.IsTunnel)
        {
            throw new IOException($"it answered {head.Status} {head.ReasonText}.");
        }
    }

    private static void WriteConnect(ClientConnection http, FetchProxy proxy, string authority)
    {
        byte[] target = Encoding.ASCII.GetBytes(authority);
        var head = new HeadWriter(http.Output);
        head.RequestLine(Method.Connect, target);
        head.Field(KnownField.Host, target);
        if (proxy.Credentials is { } credentials)
        {
            head.Field("Proxy-Authorization", Basic(credentials));
        }

        head.End();
    }

    /// <summary>RFC 7617.</summary>
    internal static string Basic(NetworkCredential credentials) =>
        Basic($"{credentials.UserName}:{credentials.Password}");

    internal static string Basic(string userAndPassword) =>
        $"Basic {Convert.ToBase64String(Encoding.UTF8.GetBytes(userAndPassword))}";
}
