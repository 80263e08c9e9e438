using System.Net;

namespace Sockeye.Http.Client;

/// <summary>What a proxy speaks.</summary>
public enum FetchProxyKind : byte
{
    /// <summary>HTTP: http requests go to it whole, https through a tunnel of CONNECT (RFC 9110 section
    /// 9.3.6).</summary>
    Http = 0,

    /// <summary>HTTP, with CONNECT for http requests too.</summary>
    HttpTunnel,

    /// <summary>SOCKS version 5 (RFC 1928); it looks names up itself.</summary>
    Socks5,
}

/// <summary>A proxy.</summary>
/// <param name="Kind">What it speaks.</param>
/// <param name="Endpoint">Where it is: <c>http://</c>, <c>https://</c> for TLS on the way to it, <c>tcp://</c> or
/// <c>unix:</c>.</param>
public sealed record FetchProxy(FetchProxyKind Kind, Endpoint Endpoint)
{
    /// <summary>Who we are: Basic (RFC 7617) for HTTP, RFC 1929 for SOCKS; null (default) for nobody.</summary>
    public NetworkCredential? Credentials { get; init; }

    /// <summary>Two are equal when they are the same proxy with the same credentials, so that their connections can be
    /// shared.</summary>
    public bool Equals(FetchProxy? other) => other is not null
        && Kind == other.Kind
        && Endpoint == other.Endpoint
        && Credentials?.UserName == other.Credentials?.UserName
        && Credentials?.Password == other.Credentials?.Password;

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Kind, Endpoint, Credentials?.UserName);
}
