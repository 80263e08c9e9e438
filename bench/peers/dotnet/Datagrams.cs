using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Net.Sockets;

namespace Peer;

/// <summary>UDP by .NET's own socket.</summary>
internal static class Datagrams
{
    private const int DatagramBytesMax = 2048;

    /// <summary>The plain loop: receive one, send it back, without an allocation.</summary>
    [DoesNotReturn]
    public static void Echo(int port)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, port));
        var peer = new SocketAddress(AddressFamily.InterNetwork);
        byte[] datagram = new byte[DatagramBytesMax];
        while (true)
        {
            int received = socket.ReceiveFrom(datagram, SocketFlags.None, peer);
            socket.SendTo(datagram.AsSpan(0, received), SocketFlags.None, peer);
        }
    }
}
