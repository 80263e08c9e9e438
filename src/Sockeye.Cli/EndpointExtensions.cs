namespace Sockeye.Cli;

/// <summary>What several commands ask of an endpoint.</summary>
internal static class EndpointExtensions
{
    /// <summary>Whether datagrams go there, not a stream.</summary>
    public static bool IsDatagram(this Endpoint endpoint) =>
        endpoint.Scheme is EndpointScheme.Udp or EndpointScheme.UnixDatagram;

    /// <summary>How a scheme is written, with what separates it from the rest.</summary>
    public static string WordOf(EndpointScheme scheme) => scheme switch
    {
        EndpointScheme.Unix => "unix:",
        EndpointScheme.UnixDatagram => "unixgram:",
        _ => $"{scheme.ToString().ToLowerInvariant()}://",
    };
}
