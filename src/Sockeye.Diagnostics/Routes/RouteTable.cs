using System.Net;
using System.Net.Sockets;
using Sockeye.Linux;

namespace Sockeye.Diagnostics.Routes;

/// <summary>Routes and neighbours of this machine, as the kernel has them. It needs no permission.</summary>
public static class RouteTable
{
    /// <summary>The route to an address; null when there is none.</summary>
    /// <remarks>The kernel is asked by rtnetlink(7). Where that is refused, <c>/proc/net/route</c> is read, which tells
    /// less: of IPv4 only, and without the address to leave with.</remarks>
    public static Route? Find(IPAddress destination)
    {
        ArgumentNullException.ThrowIfNull(destination);
        using var kernel = RouteSocket.TryOpen();
        return kernel is null ? RouteFiles.FindRoute(destination) : RouteMessages.FindRoute(kernel, destination);
    }

    /// <summary>What the kernel knows of a neighbour on the link of an interface; null when it knows nothing.</summary>
    public static Neighbor? FindNeighbor(IPAddress address, RouteInterface link)
    {
        ArgumentNullException.ThrowIfNull(address);
        ArgumentNullException.ThrowIfNull(link);
        using var kernel = RouteSocket.TryOpen();
        return kernel is null
            ? RouteFiles.FindNeighbor(address, link.Name)
            : RouteMessages.FindNeighbor(kernel, address, link.Index);
    }

    /// <summary>An address as people write it: with the name of the interface that is its zone (RFC 4007 section 11),
    /// where the runtime writes a number.</summary>
    public static string TextOf(IPAddress address)
    {
        ArgumentNullException.ThrowIfNull(address);
        if (address is not { AddressFamily: AddressFamily.InterNetworkV6, ScopeId: > 0 and var zone })
        {
            return $"{address}";
        }

        using var kernel = RouteSocket.TryOpen();
        return kernel is not null && RouteMessages.FindInterface(kernel, (int)zone) is { } link
            ? $"{new IPAddress(address.GetAddressBytes())}%{link.Name}"
            : $"{address}";
    }

    /// <summary>The same for an end of a connection.</summary>
    public static string TextOf(IPEndPoint endPoint)
    {
        ArgumentNullException.ThrowIfNull(endPoint);
        return endPoint.AddressFamily == AddressFamily.InterNetworkV6
            ? $"[{TextOf(endPoint.Address)}]:{endPoint.Port}"
            : $"{endPoint}";
    }
}

/// <summary>A socket of rtnetlink(7): one question at a time, which the kernel answers at once.</summary>
internal sealed class RouteSocket : IDisposable
{
    /// <summary>Room for an answer. The kernel's own tools take messages of 32 KB; that to one question is far
    /// shorter.</summary>
    private const int AnswerBytesMax = 32_768;

    private readonly int _descriptor;
    private readonly byte[] _answer = new byte[AnswerBytesMax];

    private RouteSocket(int descriptor) => _descriptor = descriptor;

    /// <summary>Opens one; null where that is refused, as in some sandboxes.</summary>
    public static RouteSocket? TryOpen()
    {
        Result opened = Interop.Socket(SocketFamily.Netlink, SocketKind.Raw | SocketKind.NonBlocking);
        return opened.Ok ? new RouteSocket(opened.Value) : null;
    }

    /// <summary>Asks; the answer is valid until the next question, and empty when there is none.</summary>
    public ReadOnlySpan<byte> Ask(scoped ReadOnlySpan<byte> question)
    {
        // The kernel answers within the call that sends: what is not there then does not come.
        if (!Interop.Send(_descriptor, question).Ok)
        {
            return default;
        }

        Result received = Interop.Recv(_descriptor, _answer);
        return received.Ok ? _answer.AsSpan(0, received.Value) : default;
    }

    public void Dispose() => Interop.Close(_descriptor);
}
