using System.Net;
using Sockeye.Linux;
using SocketAddress = Sockeye.Linux.SocketAddress;

namespace Sockeye.Tests.Linux;

/// <summary>Sockets over the loopback interface; what a test opened is closed at its end.</summary>
internal sealed class Loopback : IDisposable
{
    private readonly List<int> _descriptors = [];

    /// <summary>Keeps a descriptor for the test, which fails at once when there is none.</summary>
    internal int Keep(Result result)
    {
        int descriptor = Value(result);
        _descriptors.Add(descriptor);
        return descriptor;
    }

    /// <summary>The value of a call that must succeed.</summary>
    internal static int Value(Result result)
    {
        Assert.True(result.Ok, result.ToString());
        return result.Value;
    }

    /// <summary>A TCP listener on a port of the kernel's choice.</summary>
    internal int Listen(out SocketAddress address, SocketKind flags = SocketKind.NonBlocking)
    {
        int listener = Keep(Interop.Socket(SocketFamily.Ipv4, SocketKind.Stream | flags));
        Value(Interop.Bind(listener, SocketAddress.From(IPAddress.Loopback, 0)));
        Value(Interop.Listen(listener, 16));
        Value(Interop.Getsockname(listener, out address));
        return listener;
    }

    /// <summary>Both ends of a TCP connection, not blocking.</summary>
    internal (int Client, int Server) Connect()
    {
        int listener = Listen(out SocketAddress address);
        int client = Keep(Interop.Socket(SocketFamily.Ipv4, SocketKind.Stream));
        Value(Interop.Connect(client, address));
        Value(Interop.Fcntl(client, FileFlags.NonBlocking));
        return (client, Keep(Interop.Accept4(listener, out _)));
    }

    /// <summary>A UDP socket, not blocking.</summary>
    internal int Bind(out SocketAddress address)
    {
        int socket = Keep(Interop.Socket(SocketFamily.Ipv4, SocketKind.Datagram | SocketKind.NonBlocking));
        Value(Interop.Bind(socket, SocketAddress.From(IPAddress.Loopback, 0)));
        Value(Interop.Getsockname(socket, out address));
        return socket;
    }

    /// <summary>Closes a descriptor before the end: once only, as another test may get its number next.</summary>
    internal void Close(int descriptor)
    {
        Assert.True(_descriptors.Remove(descriptor));
        Value(Interop.Close(descriptor));
    }

    public void Dispose()
    {
        foreach (int descriptor in _descriptors)
        {
            _ = Interop.Close(descriptor);
        }
    }
}
