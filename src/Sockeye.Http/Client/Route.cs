namespace Sockeye.Http.Client;

/// <summary>How a connection gets to its server: two requests with equal routes can share one.</summary>
/// <param name="Host">The host, IPv6 in brackets; empty when a proxy gets whole requests for any host.</param>
/// <param name="Port">Its port; 0 without a host.</param>
/// <param name="IsTls">TLS is spoken with the host.</param>
/// <param name="Proxy">The proxy, if there is one.</param>
/// <param name="Instead">Where to connect instead of the host.</param>
internal sealed record Route(string Host, int Port, bool IsTls, FetchProxy? Proxy, Endpoint? Instead)
{
    /// <summary>The proxy gets whole requests (RFC 9112 section 3.2.2: "a client MUST send the target URI in
    /// 'absolute-form'").</summary>
    public bool IsForwarded => Proxy?.Kind == FetchProxyKind.Http && !IsTls;

    public static Route To(Uri uri, HttpFetcherOptions options)
    {
        bool isTls = uri.Scheme == Uri.UriSchemeHttps;
        Endpoint? instead = options.ConnectTo?.Invoke(uri);
        FetchProxy? proxy = instead is null ? options.Proxy?.Invoke(uri) : null;
        var route = new Route(HostOf(uri), uri.Port, isTls, proxy, instead);
        return route.IsForwarded ? route with { Host = "", Port = 0 } : route;
    }

    /// <summary>The host as the wire has it: international names in ASCII, IPv6 in brackets.</summary>
    public static string HostOf(Uri uri) => uri.HostNameType == UriHostNameType.IPv6 ? uri.Host : uri.IdnHost;

    /// <summary>Host, with its port unless that is the scheme's own.</summary>
    public static string AuthorityOf(Uri uri) => uri.IsDefaultPort ? HostOf(uri) : $"{HostOf(uri)}:{uri.Port}";

    public static bool IsSameOrigin(Uri one, Uri other) =>
        one.Scheme == other.Scheme && one.Port == other.Port && one.IdnHost == other.IdnHost;
}
