using System.Net;
using Sockeye.Linux;
using SocketAddress = Sockeye.Linux.SocketAddress;

namespace Sockeye.Engines;

/// <summary>A datagram socket on any loop: receives when it is readable, and sends when it is told to.</summary>
internal sealed class LoopDatagramSocket : DatagramSocket, IWatched, IScheduled
{
    /// <summary>When one call brings so many datagrams, the kernel is asked to join those of each peer. Not before: the
    /// first socket that asks makes it look at every UDP packet of the machine, and a socket that receives little gains
    /// nothing. An echo of 64 bytes that come in trains of 16 costs 0.26 × the CPU time that it did, and of single ones
    /// no more than before (2026-11, bench/compare udp, with SOCKEYE_TOOL for the build before it).</summary>
    private const int JoinFrom = 8;

    /// <summary>Batches that one wake-up gives at most, so that a flood does not hold up the others.</summary>
    private const int BatchesPerTurnMax = 4;

    /// <summary>How often a send to a Unix peer whose queue is full is tried again, in milliseconds. Nothing tells when
    /// it has room: a socket that is not connected is always writable.</summary>
    private const int PeerFullRetryMilliseconds = 1;

    /// <summary>How long that goes on, in milliseconds; then the datagram is dropped, and so are those behind it that
    /// find no room either.</summary>
    private const int PeerFullMilliseconds = 100;

    private enum Sending : byte
    {
        Idle,

        /// <summary>The kernel's buffer is full; the loop watches for room.</summary>
        Blocked,

        /// <summary>A Unix peer's queue is full; a deadline is set to try again.</summary>
        PeerFull,
    }

    private enum Joining : byte
    {
        /// <summary>Too few datagrams have come at once.</summary>
        NotAsked,

        /// <summary>The kernel joins datagrams when they come in trains.</summary>
        Asked,

        /// <summary>It does not.</summary>
        Unable,
    }

    private readonly Loop _loop;
    private readonly int _descriptor;
    private readonly SocketFamily _family;
    private readonly int _room;
    private readonly BoundPath _path;
    private Endpoint _local;
    private LoopListener? _listener;
    private bool _sharesPort;
    private IncomingMessages? _incoming;    // Null until the first receive.
    private OutgoingMessages? _outgoing;    // Null until the first is sent.
    private Joining _joining;
    private bool _merges;               // Datagrams for one peer leave as one message that the kernel cuts apart.
    private Deadline _deadline;
    private int _slot;
    private Readiness _interest = Readiness.Readable;
    private bool _receiving;            // A receive was started and has not completed.
    private int _batchesLeft;           // Of this wake-up; 0 also when there are probably no more datagrams.
    private Sending _sending;
    private Peers _peers;
    private long _dropAfter;            // In Sending.PeerFull: when to give up waiting for the peer.

    private LoopDatagramSocket(
        Loop loop, int descriptor, in SocketAddress address, Endpoint local, ListenOptions options)
        : base(loop, loop.Network)
    {
        _loop = loop;
        _descriptor = descriptor;
        _family = address.Family;
        _local = local;
        _room = options.DatagramBytesMax;
        _path = BoundPath.Of(local);
    }

    public override Endpoint LocalEndpoint => _local;

    /// <summary>The handler that it is served by, for people.</summary>
    public string HandlerName => _listener?.HandlerName ?? "of a client";

    /// <summary>A datagram socket over a bound socket, which it owns if this succeeds; on the loop.</summary>
    /// <param name="loop">The loop.</param>
    /// <param name="descriptor">The bound socket.</param>
    /// <param name="asked">What was asked to be bound, for a port or a name of the kernel's choice.</param>
    /// <param name="options">The options.</param>
    /// <param name="socket">The socket.</param>
    public static Result TryCreate(
        Loop loop, int descriptor, Endpoint asked, ListenOptions options, out LoopDatagramSocket socket)
    {
        Result named = Interop.Getsockname(descriptor, out SocketAddress address);
        Endpoint local = asked.Host.Length == 0 && !Addresses.IsUnix(asked)
            ? asked.WithPort(address.Port)
            : address.ToEndpoint(EndpointScheme.Udp, EndpointScheme.UnixDatagram);
        socket = new LoopDatagramSocket(loop, descriptor, address, local, options);
        return named.Ok ? loop.Watch(socket, descriptor, Readiness.Readable, out socket._slot) : named;
    }

    /// <summary>It is one of a listener's, which may have several on the same port.</summary>
    public void Belong(LoopListener listener, bool sharesPort)
    {
        _listener = listener;
        _sharesPort = sharesPort;
        _local = listener.Endpoint;
    }

    public override void Join(IPAddress group, string? interfaceName = null)
    {
        CheckOpen();
        if (_sharesPort)
        {
            // Multicast datagrams come to every socket of a port, unlike others, which come to one.
            throw new NetworkException(NetworkOperation.Configure, _local, NetworkError.NotSupported,
                $"Cannot join {group} at {_local}: each loop's socket would receive every datagram; listen at the "
                + "group's own address, run one loop, or bind a socket.");
        }

        Sockets.Group(_descriptor, _local, group, interfaceName, join: true);
    }

    public override void Leave(IPAddress group, string? interfaceName = null)
    {
        CheckOpen();
        Sockets.Group(_descriptor, _local, group, interfaceName, join: false);
    }

    public override void Connect(Endpoint peer)
    {
        CheckOpen();
        SocketAddress address = AddressOf(peer).Native;
        Result connected = Interop.Connect(_descriptor, address);
        if (!connected.Ok)
        {
            throw Failures.Of(NetworkOperation.Connect, peer, connected.Error);
        }

        _peers = Peers.One;
    }

    public override PeerAddress AddressOf(Endpoint peer) => Addresses.OfPeer(peer, _local, _family);

    void IWatched.OnReady(Readiness readiness)
    {
        if ((readiness & Readiness.Writable) != 0 && _sending == Sending.Blocked)
        {
            Resume();
            if (IsClosed)
            {
                return;
            }
        }

        if ((readiness & (Readiness.Readable | Readiness.HungUp)) == 0)
        {
            return;
        }

        if (_receiving)
        {
            _batchesLeft = BatchesPerTurnMax;
            TryReceive();
        }
        else if ((readiness & Readiness.HungUp) != 0)
        {
            // An error that a send left behind. Asking for it takes it away; the datagram was counted or is lost.
            Interop.Getsockopt(_descriptor, SocketOption.Error, out int error);
            Notice((Errno)error);
        }
        else
        {
            // The handler is busy elsewhere. Level-triggered readiness would come back every turn: look away until
            // it receives again.
            SetInterest(_interest & ~Readiness.Readable);
        }
    }

    void IWatched.OnLoopEnd() => CloseNow();

    ref Deadline IScheduled.Deadline => ref _deadline;

    void IScheduled.OnDeadline()
    {
        if (_sending == Sending.PeerFull && !IsClosed)
        {
            Resume();
        }
    }

    protected override void StartReceive()
    {
        _receiving = true;
        TellRefusal();
        if (_receiving && _batchesLeft > 0)
        {
            _batchesLeft--;
            TryReceive();
        }

        if (_receiving && _incoming is { HasMore: true })
        {
            // This wake-up gave what it may; these are not in the kernel any more, so no readiness tells of them.
            _loop.Post(static socket => ((LoopDatagramSocket)socket!).ReceiveMore(), this);
        }
        else if (_receiving)
        {
            _incoming?.Release();
            SetInterest(_interest | Readiness.Readable);
        }
    }

    protected override void StopReceive() => _receiving = false;

    protected override Datagram Received(int index) => _incoming!.At(index);

    protected override void ForgetReceived() => _incoming?.Release();

    protected override bool TryQueue(ReadOnlySpan<byte> data, in PeerAddress peer)
    {
        if (_outgoing is null)
        {
            _outgoing = new OutgoingMessages(_loop);
            _merges = Sockets.CanSegment(_descriptor, _family);
        }

        if (_outgoing.TryAppend(data, peer.Native, _merges))
        {
            return true;
        }

        if (_sending == Sending.Idle)
        {
            TrySend();
        }

        return _outgoing.TryAppend(data, peer.Native, _merges);
    }

    protected override bool TrySend()
    {
        while (_outgoing is { Waiting: > 0 })
        {
            Result sent = SendOnce(_outgoing);
            if (sent.Ok)
            {
                _loop.Progress++;
                DatagramsSent += _outgoing.Leave(sent.Value);
            }
            else if (sent.IsWouldBlock && MayWait())
            {
                return false;
            }
            else if (_outgoing.Segments(_outgoing.Head) > 1)
            {
                // Some drivers cannot send merged datagrams, and some paths carry less than one of them (EINVAL, EIO,
                // EMSGSIZE): from now on none are merged. Whatever it was, these go one by one to find out.
                _merges &= sent.Error is not (Errno.EINVAL or Errno.EIO or Errno.EMSGSIZE);
                sent = SendFirst(_outgoing);
                if (sent.IsWouldBlock && MayWait())
                {
                    return false;
                }

                Notice(sent.Ok ? default : sent.Error);
                DatagramsSent += sent.Ok ? 1 : 0;
                DatagramsFailed += sent.Ok ? 0 : 1;
                _outgoing.LeaveFirst();
            }
            else
            {
                // sendmmsg(2) reports an error only for the first datagram of a call; one that stops it later is found
                // by the next call, where it is the first. So this error is of exactly this datagram.
                Notice(sent.Error);
                DatagramsFailed++;
                _outgoing.Leave(1);
            }
        }

        _sending = Sending.Idle;
        SetInterest(_interest & ~Readiness.Writable);
        return true;
    }

    protected override void CloseTransport()
    {
        _outgoing?.Release();
        _loop.Unwatch(_slot);
        _path.RemoveIfOurs();
        Interop.Close(_descriptor);
        _listener?.Left(this);
    }

    private void Resume()
    {
        if (TrySend())
        {
            CompleteSend();
        }
    }

    /// <summary>Sends what it can with one call, and says how many messages that was.</summary>
    private Result SendOnce(OutgoingMessages outgoing)
    {
        if (outgoing.Waiting > 1 || outgoing.Segments(outgoing.Head) > 1)
        {
            return Interop.Sendmmsg(_descriptor, outgoing, outgoing.Head, outgoing.Waiting);
        }

        Result sent = SendFirst(outgoing);
        return sent.Ok ? Result.Success(1) : sent;
    }

    private Result SendFirst(OutgoingMessages outgoing) =>
        Interop.Sendto(_descriptor, outgoing.Appended(outgoing.Head), outgoing.Peer(outgoing.Head));

    /// <summary>The kernel takes nothing now: arranges to be told when it does; false to drop the datagram.</summary>
    private bool MayWait()
    {
        if (_family != SocketFamily.Unix)
        {
            _sending = Sending.Blocked;
            SetInterest(_interest | Readiness.Writable);
            return true;
        }

        if (_sending != Sending.PeerFull)
        {
            // Not the loop's clock: in a long turn it stands still, and the peer would have less than its time.
            _sending = Sending.PeerFull;
            _dropAfter = Environment.TickCount64 + PeerFullMilliseconds;
        }
        else if (_loop.Now >= _dropAfter)
        {
            return false;
        }

        _loop.Schedule(this, _loop.Now + PeerFullRetryMilliseconds);
        return true;
    }

    private void TryReceive()
    {
        _incoming ??= new IncomingMessages(_loop, _room);
        if (!_incoming.HasMore && !TryFetch(_incoming))
        {
            _batchesLeft = 0;
            return;
        }

        int count = _incoming.TakeBatch();
        if (!_incoming.HasMore && !_incoming.IsFull)
        {
            _batchesLeft = 0;
        }

        _loop.Progress++;
        _receiving = false;
        CompleteReceive(count);
    }

    private bool TryFetch(IncomingMessages incoming)
    {
        if (_joining == Joining.Asked)
        {
            incoming.ExpectJoined();
        }

        Result received = Interop.Recvmmsg(_descriptor, incoming);
        if (!received.Ok)
        {
            // Every error is that of an earlier send, such as ECONNREFUSED, and this call has taken it away. What there
            // is to receive keeps the socket readable.
            incoming.Release();
            Notice(received.Error);
        }
        else if (_joining == Joining.NotAsked && received.Value >= JoinFrom)
        {
            _joining = Sockets.TryJoin(_descriptor, _family) ? Joining.Asked : Joining.Unable;
        }

        return received.Ok;
    }

    private void ReceiveMore()
    {
        if (_receiving && !IsClosed)
        {
            _batchesLeft = BatchesPerTurnMax;
            TryReceive();
        }
    }

    /// <summary>An error of a send. When it says that the one peer is not there, the receive that waits tells; from the
    /// loop, because who sends must not find itself resumed elsewhere meanwhile.</summary>
    private void Notice(Errno error)
    {
        if (error == Errno.ECONNREFUSED && _peers == Peers.One)
        {
            _peers = Peers.Gone;
            _loop.Post(static socket => ((LoopDatagramSocket)socket!).TellRefusal(), this);
        }
    }

    private void TellRefusal()
    {
        if (_peers == Peers.Gone && _receiving && !IsClosed)
        {
            _peers = Peers.One;
            _receiving = false;
            CompleteRefused();
        }
    }

    private void SetInterest(Readiness interest)
    {
        if (_interest != interest)
        {
            _interest = interest;
            _loop.SetInterest(_slot, interest);
        }
    }
}
