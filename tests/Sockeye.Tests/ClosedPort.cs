using System.Net;
using System.Net.Sockets;

namespace Sockeye.Tests;

/// <summary>Ports of loopback at which nobody listens, and nobody else can begin to while this is here.</summary>
internal sealed class ClosedPort : IDisposable
{
    private readonly Socket _stream = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly Socket _datagrams = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);

    public ClosedPort()
    {
        // Bound, it is taken; as it does not listen, whoever connects is refused.
        _stream.Bind(new IPEndPoint(IPAddress.Loopback, 0));

        // Connected to itself, it takes datagrams of nobody else: they are refused as if it were not there.
        _datagrams.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _datagrams.Connect(_datagrams.LocalEndPoint!);
    }

    public IPEndPoint Tcp => (IPEndPoint)_stream.LocalEndPoint!;

    public IPEndPoint Udp => (IPEndPoint)_datagrams.LocalEndPoint!;

    public void Dispose()
    {
        _stream.Dispose();
        _datagrams.Dispose();
    }
}
