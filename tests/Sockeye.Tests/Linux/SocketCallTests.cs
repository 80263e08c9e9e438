using System.Net;
using Sockeye.Linux;
using SocketAddress = Sockeye.Linux.SocketAddress;

namespace Sockeye.Tests.Linux;

public sealed class SocketCallTests : IDisposable
{
    private readonly Loopback _loopback = new();

    public void Dispose() => _loopback.Dispose();

    [Fact]
    public void AcceptTellsThePeer()
    {
        int listener = _loopback.Listen(out SocketAddress address);
        Assert.True(Interop.Accept4(listener, out _).IsWouldBlock);

        int client = _loopback.Keep(Interop.Socket(SocketFamily.Ipv4, SocketKind.Stream));
        Assert.True(Interop.Connect(client, address).Ok);
        int server = _loopback.Keep(Interop.Accept4(listener, out SocketAddress peer));

        Assert.True(Interop.Getsockname(client, out SocketAddress clientName).Ok);
        Assert.True(Interop.Getpeername(server, out SocketAddress serverPeer).Ok);
        Assert.Equal(clientName, peer);
        Assert.Equal(clientName, serverPeer);
        Assert.Equal(IPAddress.Loopback, peer.IPAddress);
        Assert.NotEqual(0, peer.Port);
    }

    [Fact]
    public void AcceptedSocketsAreNotBlockingAndCloseOnExec()
    {
        (int _, int server) = _loopback.Connect();
        int flags = Loopback.Value(Interop.Fcntl(server, FcntlCommand.GetFlags));
        Assert.True(((FileFlags)flags).HasFlag(FileFlags.NonBlocking));

        // F_GETFD is 1 and FD_CLOEXEC is 1.
        Assert.Equal(1, Loopback.Value(Interop.Fcntl(server, (FcntlCommand)1)));
    }

    [Fact]
    public void SendsAndReceives()
    {
        (int client, int server) = _loopback.Connect();
        byte[] buffer = new byte[16];
        Assert.True(Interop.Recv(server, buffer).IsWouldBlock);
        Assert.Equal(5, Loopback.Value(Interop.Send(client, "hello"u8)));
        Assert.Equal(5, Loopback.Value(Interop.Ioctl(server, IoctlRequest.BytesReadable)));
        Assert.Equal(5, Loopback.Value(Interop.Recv(server, buffer, MessageFlags.Peek)));
        Assert.Equal(5, Loopback.Value(Interop.Recv(server, buffer)));
        Assert.Equal("hello"u8, buffer.AsSpan(0, 5));
    }

    [Fact]
    public void ErrnoSurvivesGarbageCollections()
    {
        (int _, int server) = _loopback.Connect();
        using var stop = new CancellationTokenSource();
        var collector = new Thread(() =>
        {
            while (!stop.IsCancellationRequested)
            {
                GC.Collect(0);
            }
        });
        collector.Start();
        byte[] buffer = new byte[1];
        int wrong = 0;
        for (int call = 0; call < 100_000; call++)
        {
            wrong += Interop.Recv(server, buffer).IsWouldBlock ? 0 : 1;
        }

        stop.Cancel();
        collector.Join();
        Assert.Equal(0, wrong);
    }

    [Fact]
    public void ShutdownIsTheEndOfTheStream()
    {
        (int client, int server) = _loopback.Connect();
        Assert.True(Interop.Shutdown(client, ShutdownHow.Write).Ok);
        Assert.Equal(0, Loopback.Value(Interop.Recv(server, new byte[1])));
        Assert.Equal(Errno.EPIPE, Interop.Send(client, "x"u8).Error);
    }

    [Fact]
    public void AFullSocketWouldBlock()
    {
        (int client, int _) = _loopback.Connect();
        byte[] block = new byte[1 << 20];
        Result result;
        do
        {
            result = Interop.Send(client, block);
        }
        while (result.Ok);

        Assert.True(result.IsWouldBlock);
        Assert.NotEqual(0, Loopback.Value(Interop.Ioctl(client, IoctlRequest.BytesUnsent)));
    }

    [Fact]
    public void LingerOfZeroResets()
    {
        (int client, int server) = _loopback.Connect();
        int copy = _loopback.Keep(Interop.Fcntl(client, FcntlCommand.DuplicateCloseOnExec));
        var reset = new LingerOption(1, 0);
        Assert.True(Interop.Setsockopt(copy, SocketLevel.Socket, (int)SocketOption.Linger, reset).Ok);
        _loopback.Close(copy);
        Assert.True(Interop.Recv(server, new byte[1]).IsWouldBlock, "the first descriptor keeps the connection");
        _loopback.Close(client);
        Assert.Equal(Errno.ECONNRESET, Interop.Recv(server, new byte[1]).Error);
    }

    [Fact]
    public void ClosingNothingIsAnError() => Assert.Equal(Errno.EBADF, Interop.Close(-1).Error);

    [Fact]
    public void RefusedIsAnError()
    {
        int listener = _loopback.Listen(out SocketAddress address);
        Assert.True(Interop.Shutdown(listener, ShutdownHow.Both).Ok);
        int client = _loopback.Keep(Interop.Socket(SocketFamily.Ipv4, SocketKind.Stream));
        Assert.Equal(Errno.ECONNREFUSED, Interop.Connect(client, address).Error);
        Assert.StartsWith("ECONNREFUSED: ", Errno.ECONNREFUSED.Explain(), StringComparison.Ordinal);
    }

    [Fact]
    public void ConnectingWithoutBlockingFinishesLater()
    {
        _loopback.Listen(out SocketAddress address);
        int client = _loopback.Keep(Interop.Socket(SocketFamily.Ipv4, SocketKind.Stream | SocketKind.NonBlocking));
        Result started = Interop.Connect(client, address);
        Assert.True(started.Ok || started.Error == Errno.EINPROGRESS);
        PollEntry[] entries = [new(client, PollFlags.Writable)];
        Assert.Equal(1, Loopback.Value(Interop.Poll(entries, 5000)));
        Assert.True(Interop.Getsockopt(client, SocketOption.Error, out int error).Ok);
        Assert.Equal(0, error);
    }

    [Theory]
    [InlineData("@sockeye-interop-test")]
    [InlineData(null)]
    public void UnixSocketsConnect(string? name)
    {
        string path = name is null
            ? Path.Combine(Path.GetTempPath(), $"sockeye-{Environment.ProcessId}.sock")
            : $"{name}-{Environment.ProcessId}";
        Assert.True(SocketAddress.FromUnixPath(path, out SocketAddress address).Ok);
        int listener = _loopback.Keep(Interop.Socket(SocketFamily.Unix, SocketKind.Stream));
        Assert.True(Interop.Bind(listener, address).Ok);
        Assert.True(Interop.Listen(listener, 1).Ok);
        Assert.True(Interop.Getsockname(listener, out SocketAddress bound).Ok);
        Assert.Equal(path, bound.UnixPath);

        int client = _loopback.Keep(Interop.Socket(SocketFamily.Unix, SocketKind.Stream));
        Assert.True(Interop.Connect(client, address).Ok);
        _loopback.Keep(Interop.Accept4(listener, out SocketAddress peer));
        Assert.Equal("", peer.UnixPath);
        Result removed = Interop.Unlink(path);
        Assert.Equal(name is null, removed.Ok);
        Assert.Equal(Errno.ENOENT, Interop.Unlink(path).Error);
    }

    [Fact]
    public void OptionsReadBack()
    {
        (int client, int _) = _loopback.Connect();
        Assert.True(Interop.Setsockopt(client, SocketOption.KeepAlive, 1).Ok);
        Assert.True(Interop.Getsockopt(client, SocketOption.KeepAlive, out int value).Ok);
        Assert.Equal(1, value);
        Assert.True(Interop.Setsockopt(client, TcpOption.NoDelay, 1).Ok);
        Assert.True(Interop.Setsockopt(client, TcpOption.KeepAliveIdle, 77).Ok);
        Assert.True(Interop.Getsockopt(client, TcpOption.KeepAliveIdle, out value).Ok);
        Assert.Equal(77, value);
        Assert.True(Interop.Setsockopt(client, TcpOption.UserTimeout, 12345).Ok);
        Assert.True(Interop.Getsockopt(client, TcpOption.UserTimeout, out value).Ok);
        Assert.Equal(12345, value);
        Assert.True(Interop.Getsockopt(client, SocketOption.Type, out value).Ok);
        Assert.Equal((int)SocketKind.Stream, value);
        Assert.True(Interop.Getsockopt(client, SocketOption.Domain, out value).Ok);
        Assert.Equal((int)SocketFamily.Ipv4, value);
        Assert.True(Interop.Getsockopt(client, SocketOption.AcceptsConnections, out value).Ok);
        Assert.Equal(0, value);
        Assert.Equal(Errno.EOPNOTSUPP, Interop.Getsockopt(client, Ipv6Option.Ipv6Only, out _).Error);

        byte[] information = new byte[512];
        int length = Loopback.Value(
            Interop.Getsockopt(client, SocketLevel.Tcp, (int)TcpOption.Info, information));
        Assert.InRange(length, 104, 512);

        // tcpi_state of an established connection is 1.
        Assert.Equal(1, information[0]);
    }

    [Fact]
    public void GroupsAreJoinedAndLeft()
    {
        int loopback = Loopback.Value(Interop.IfNametoindex("lo"));
        int socket = _loopback.Bind(out _);
        var group = new Ipv4Membership(IPAddress.Parse("239.1.2.3"), loopback);
        Assert.True(Interop.Setsockopt(socket, SocketLevel.Ip, (int)IpOption.AddMembership, group).Ok);
        Assert.True(Interop.Setsockopt(socket, SocketLevel.Ip, (int)IpOption.MulticastInterface, group).Ok);
        Assert.True(Interop.Setsockopt(socket, SocketLevel.Ip, (int)IpOption.DropMembership, group).Ok);
        Assert.Equal(
            Errno.EADDRNOTAVAIL,
            Interop.Setsockopt(socket, SocketLevel.Ip, (int)IpOption.DropMembership, group).Error);
        Assert.True(Interop.Setsockopt(socket, IpOption.MulticastTimeToLive, 3).Ok);
        Assert.True(Interop.Getsockopt(socket, IpOption.MulticastTimeToLive, out int hops).Ok);
        Assert.Equal(3, hops);
        Assert.Equal(Errno.ENODEV, Interop.IfNametoindex("no-such-device").Error);
    }

    [Fact]
    public void Ipv6GroupsAreJoinedAndLeft()
    {
        Result opened = Interop.Socket(SocketFamily.Ipv6, SocketKind.Datagram);
        if (opened.Error == Errno.EAFNOSUPPORT)
        {
            return;
        }

        int socket = _loopback.Keep(opened);
        int loopback = Loopback.Value(Interop.IfNametoindex("lo"));
        var group = new Ipv6Membership(IPAddress.Parse("ff01::123"), loopback);
        Result joined = Interop.Setsockopt(socket, SocketLevel.Ipv6, (int)Ipv6Option.JoinGroup, group);
        Assert.True(joined.Ok || joined.Error == Errno.ENODEV, joined.ToString());
        if (joined.Ok)
        {
            Assert.True(Interop.Setsockopt(socket, SocketLevel.Ipv6, (int)Ipv6Option.LeaveGroup, group).Ok);
        }
    }
}
