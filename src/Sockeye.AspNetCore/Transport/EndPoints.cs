using System.Net;
using System.Net.Sockets;

namespace Sockeye.AspNetCore.Transport;

/// <summary>Sockeye's endpoints as .NET has them.</summary>
internal static class EndPoints
{
    /// <summary>Null for a Unix socket without a name, as most clients' are.</summary>
    public static EndPoint? From(Endpoint endpoint) => endpoint.Scheme != EndpointScheme.Unix
        ? new IPEndPoint(endpoint.Address!, endpoint.Port)
        : endpoint.Path.Length == 0
            ? null
            : new UnixDomainSocketEndPoint(endpoint.Path.StartsWith('@') ? '\0' + endpoint.Path[1..] : endpoint.Path);
}
