namespace Sockeye.Cli;

/// <summary>What several commands ask of an endpoint.</summary>
internal static class EndpointExtensions
{
    /// <summary>Whether datagrams go there, not a stream.</summary>
    public static bool IsDatagram(this Endpoint endpoint) =>
        endpoint.Scheme is EndpointScheme.Udp or EndpointScheme.UnixDatagram;

    /// <summary>The name under which people know the end of a TCP connection that carries TLS.</summary>
    public static Endpoint AsTls(this Endpoint endpoint) =>
        endpoint.Scheme == EndpointScheme.Tcp ? WithWord(endpoint, "tls") : endpoint;

    /// <summary>The TCP connection beneath TLS.</summary>
    public static Endpoint AsTcp(this Endpoint endpoint) =>
        endpoint.Scheme == EndpointScheme.Tls ? WithWord(endpoint, "tcp") : endpoint;

    /// <summary>How a scheme is written, with what separates it from the rest.</summary>
    public static string WordOf(EndpointScheme scheme) => scheme switch
    {
        EndpointScheme.Unix => "unix:",
        EndpointScheme.UnixDatagram => "unixgram:",
        _ => $"{scheme.ToString().ToLowerInvariant()}://",
    };

    // tls:// and tcp:// differ in nothing else.
    private static Endpoint WithWord(Endpoint endpoint, string word) =>
        Endpoint.Parse(word + endpoint.ToString()[word.Length..]);
}
