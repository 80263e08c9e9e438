using System.Net;
using System.Net.Sockets;

namespace Sockeye.AspNetCore.Transport;

/// <summary>Sockeye's endpoints as .NET has them.</summary>
internal static class EndPoints
{
    public static EndPoint From(Endpoint endpoint) => endpoint.Scheme == EndpointScheme.Unix
        ? new UnixDomainSocketEndPoint(endpoint.Path.StartsWith('@') ? '\0' + endpoint.Path[1..] : endpoint.Path)
        : new IPEndPoint(endpoint.Address!, endpoint.Port);
}
