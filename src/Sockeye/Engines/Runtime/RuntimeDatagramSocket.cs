using System.Net;
using System.Net.Sockets;
using Sockeye.Linux;

namespace Sockeye.Engines.Runtime;

/// <summary>
/// A datagram socket over one of .NET's. It waits for one datagram and then takes those that are there besides; it
/// sends without waiting, one by one, and tries again a little later while there is no room.
/// </summary>
internal sealed class RuntimeDatagramSocket : DatagramSocket
{
    /// <summary>Room for one received batch at most, in bytes.</summary>
    private const int SlabBytesMax = 524_288;

    /// <summary>How long a send waits that found no room, in milliseconds.</summary>
    private const int RetryMilliseconds = 1;

    /// <summary>How long a Unix peer's queue may be full, in milliseconds; then what is for it is dropped.</summary>
    private const int PeerFullMilliseconds = 100;

    private enum Receiving : byte
    {
        Idle,

        /// <summary>The socket has the first slot, and a receive waits for what comes.</summary>
        Wanted,

        /// <summary>The socket has the first slot, and nobody waits. It cannot be taken back.</summary>
        Unwanted,
    }

    private readonly SerialOwner _owner;
    private readonly Socket _socket;
    private readonly RuntimeDatagramListener? _listener;
    private readonly Endpoint _local;
    private readonly int _room;         // One byte more than the handler sees: when it is used, the datagram was cut.
    private readonly int _capacity;
    private readonly System.Net.SocketAddress _from;
    private readonly System.Net.SocketAddress _to;
    private readonly PeerAddress[] _peers;
    private readonly int[] _lengths;
    private byte[]? _slab;              // Null until the first receive.
    private OutgoingMessages? _outgoing;    // Null until the first is sent.
    private Receiving _receiving;
    private Peers _talksTo;
    private int _arrived;               // Datagrams that came when no receive waited any more.
    private bool _isSending;            // What is queued goes out little by little.

    /// <summary>A datagram socket over a bound socket, which it owns from now on; on the owner.</summary>
    public RuntimeDatagramSocket(
        SerialOwner owner, Socket socket, Endpoint local, int datagramBytesMax, RuntimeDatagramListener? listener)
        : base(owner, owner.Network)
    {
        _owner = owner;
        _socket = socket;
        _local = local;
        _listener = listener;
        _room = datagramBytesMax + 1;
        _capacity = Math.Clamp(SlabBytesMax / _room, 1, ReceivedMax);
        _from = new System.Net.SocketAddress(socket.AddressFamily, Linux.SocketAddress.BytesMax);
        _to = new System.Net.SocketAddress(socket.AddressFamily, Linux.SocketAddress.BytesMax);
        _peers = new PeerAddress[_capacity];
        _lengths = new int[_capacity];
        socket.Blocking = false;
        owner.Attach();
    }

    public override Endpoint LocalEndpoint => _local;

    public override void Join(IPAddress group, string? interfaceName = null)
    {
        CheckOpen();
        RuntimeSockets.Group(_socket, _local, group, interfaceName, join: true);
    }

    public override void Leave(IPAddress group, string? interfaceName = null)
    {
        CheckOpen();
        RuntimeSockets.Group(_socket, _local, group, interfaceName, join: false);
    }

    public override void Connect(Endpoint peer)
    {
        CheckOpen();
        ReadOnlySpan<byte> bytes = AddressOf(peer).Native.Bytes;
        bytes.CopyTo(_to.Buffer.Span);
        _to.Size = bytes.Length;
        try
        {
            _socket.Connect(_socket.LocalEndPoint!.Create(_to));
        }
        catch (SocketException exception)
        {
            throw RuntimeSockets.Failed(NetworkOperation.Connect, peer, exception.SocketErrorCode);
        }

        _talksTo = Peers.One;
    }

    public override PeerAddress AddressOf(Endpoint peer) => Addresses.OfPeer(peer, _local, _socket.AddressFamily switch
    {
        AddressFamily.InterNetwork => SocketFamily.Ipv4,
        AddressFamily.InterNetworkV6 => SocketFamily.Ipv6,
        _ => SocketFamily.Unix,
    });

    protected override void StartReceive()
    {
        switch (_receiving)
        {
            case Receiving.Idle or Receiving.Unwanted when _talksTo == Peers.Gone:
                TellRefusal();
                break;
            case Receiving.Idle when _arrived > 0:
                Deliver();
                break;
            case Receiving.Idle:
                ReceiveOne();
                break;
            default:
                _receiving = Receiving.Wanted;
                break;
        }
    }

    // The socket keeps the first slot: what comes is there for the next receive.
    protected override void StopReceive()
    {
        if (_receiving == Receiving.Wanted)
        {
            _receiving = Receiving.Unwanted;
        }
    }

    protected override Datagram Received(int index) => new(
        _slab.AsSpan(index * _room, Math.Min(_lengths[index], _room - 1)), in _peers[index], _lengths[index] == _room);

    protected override bool TryQueue(ReadOnlySpan<byte> data, in PeerAddress peer)
    {
        _outgoing ??= new OutgoingMessages(_owner);
        if (_outgoing.TryAppend(data, peer.Native, mayMerge: false))
        {
            return true;
        }

        TrySend();
        return _outgoing.TryAppend(data, peer.Native, mayMerge: false);
    }

    protected override bool TrySend()
    {
        if (_isSending)
        {
            return false;
        }

        if (SendMore(mayWait: true))
        {
            return true;
        }

        SendLittleByLittle();
        return false;
    }

    protected override void CloseTransport()
    {
        _outgoing?.Release();
        _socket.Dispose(); // Which unlinks the path that it bound, and ends the receive that waits.
        _owner.Detach();
        _listener?.Left(this);
        if (_listener is null)
        {
            ((RuntimeNetwork)Network).Left(this);
        }
    }

    private async void ReceiveOne()
    {
        _slab ??= GC.AllocateUninitializedArray<byte>(_capacity * _room);
        _receiving = Receiving.Wanted;
        while (!IsClosed)
        {
            try
            {
                int length = await _socket.ReceiveFromAsync(_slab.AsMemory(0, _room), SocketFlags.None, _from);
                Keep(length);
                break;
            }
            catch (SocketException exception)
            {
                // Of an earlier send; it has been taken away by being told.
                Notice(exception.SocketErrorCode);
            }
            catch (ObjectDisposedException)
            {
                break;
            }
        }

        bool isWanted = _receiving == Receiving.Wanted;
        _receiving = Receiving.Idle;
        if (isWanted && !IsClosed)
        {
            Deliver();
        }
    }

    /// <summary>As in <see cref="LoopDatagramSocket"/>. The socket keeps the first slot, and receives on.</summary>
    private void Notice(SocketError error)
    {
        if (error == SocketError.ConnectionRefused && _talksTo == Peers.One)
        {
            _talksTo = Peers.Gone;
            _owner.Post(
                static state =>
                {
                    var socket = (RuntimeDatagramSocket)state!;
                    if (socket._talksTo == Peers.Gone && socket._receiving == Receiving.Wanted && !socket.IsClosed)
                    {
                        socket._receiving = Receiving.Unwanted;
                        socket.TellRefusal();
                    }
                },
                this);
        }
    }

    private void TellRefusal()
    {
        _talksTo = Peers.One;
        CompleteRefused();
    }

    private void Deliver()
    {
        // What is there besides; asked for first, because a receive that finds nothing throws.
        while (_arrived < _capacity && _socket.Poll(0, SelectMode.SelectRead))
        {
            try
            {
                Keep(_socket.ReceiveFrom(_slab.AsSpan(_arrived * _room, _room), SocketFlags.None, _from));
            }
            catch (SocketException)
            {
                break;
            }
        }

        int count = _arrived;
        _arrived = 0;
        CompleteReceive(count);
    }

    private void Keep(int length)
    {
        _lengths[_arrived] = length;
        _peers[_arrived++] = new PeerAddress(Linux.SocketAddress.FromBytes(_from.Buffer.Span[.._from.Size]));
        _from.Size = Linux.SocketAddress.BytesMax;
    }

    private async void SendLittleByLittle()
    {
        _isSending = true;
        long dropAfter = _owner.Now + PeerFullMilliseconds;
        bool isUnix = _socket.AddressFamily == AddressFamily.Unix;
        do
        {
            await Task.Delay(RetryMilliseconds);
        }
        while (!IsClosed && !SendMore(mayWait: !isUnix || _owner.Now < dropAfter));

        _isSending = false;
        CompleteSend();
    }

    /// <summary>Sends what the system takes; false when some is left because it may wait.</summary>
    private bool SendMore(bool mayWait)
    {
        while (_outgoing is { Waiting: > 0 })
        {
            SocketError error = SendFirst(_outgoing);
            if (error == SocketError.WouldBlock && mayWait)
            {
                return false;
            }

            Notice(error);
            DatagramsSent += error == SocketError.Success ? 1 : 0;
            DatagramsFailed += error == SocketError.Success ? 0 : 1;
            _outgoing.Leave(1);
        }

        return true;
    }

    private SocketError SendFirst(OutgoingMessages outgoing)
    {
        ReadOnlySpan<byte> peer = outgoing.Peer(outgoing.Head).Bytes;
        if (peer.IsEmpty)
        {
            return SocketError.DestinationAddressRequired;
        }

        peer.CopyTo(_to.Buffer.Span);
        _to.Size = peer.Length;
        try
        {
            _socket.SendTo(outgoing.Appended(outgoing.Head), SocketFlags.None, _to);
            return SocketError.Success;
        }
        catch (SocketException exception)
        {
            return exception.SocketErrorCode;
        }
    }
}
