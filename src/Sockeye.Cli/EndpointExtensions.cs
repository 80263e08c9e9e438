using System.Globalization;

namespace Sockeye.Cli;

/// <summary>What several commands ask of an endpoint.</summary>
internal static class EndpointExtensions
{
    /// <summary>Whether datagrams go there, not a stream.</summary>
    public static bool IsDatagram(this Endpoint endpoint) =>
        endpoint.Scheme is EndpointScheme.Udp or EndpointScheme.UnixDatagram;

    /// <summary>A target as it was typed, with the colon that <c>8080/path</c> leaves out. As the name of a host it
    /// would be an address of 32 bits, which nobody means.</summary>
    public static string WithColon(string target)
    {
        string host = target.Split('/', '?')[0];
        return ushort.TryParse(host, NumberStyles.None, CultureInfo.InvariantCulture, out _) ? ":" + target : target;
    }

    /// <summary>How a scheme is written, with what separates it from the rest.</summary>
    public static string WordOf(EndpointScheme scheme) => scheme switch
    {
        EndpointScheme.Unix => "unix:",
        EndpointScheme.UnixDatagram => "unixgram:",
        _ => $"{scheme.ToString().ToLowerInvariant()}://",
    };
}
