using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace Sockeye.Engines.Runtime;

/// <summary>
/// A connection over one of .NET's sockets. It waits with a receive of zero bytes, so that an idle one lends the system
/// no memory, and then receives what is there without waiting; it sends without waiting too, and lends the system
/// bytes to send only while the peer takes no more.
/// </summary>
internal sealed class RuntimeConnection : Connection
{
    /// <summary>Bytes lent at most to the send that waits for room. The runtime completes a send when all of it has
    /// left: this is how finely <see cref="Limits.WriteTimeout"/> sees a slow peer move.</summary>
    private const int WaitingSendBytesMax = 16_384;

    // Of getsockopt(2): the level of TCP and its option TCP_INFO, as Linux numbers them.
    private const int TcpLevel = 6;
    private const int TcpInfoOption = 11;

    /// <summary>How often a loss is looked for while a handler that does not read wants to know, in ms.</summary>
    private const int LossCheckMilliseconds = 250;

    private static readonly EventHandler<SocketAsyncEventArgs> s_onArrival = (_, args) =>
    {
        var connection = (RuntimeConnection)args.UserToken!;
        connection._owner.Run(static c => ((RuntimeConnection)c!).OnArrival(), connection);
    };

    private static readonly EventHandler<SocketAsyncEventArgs> s_onRoom = (_, args) =>
    {
        var connection = (RuntimeConnection)args.UserToken!;
        connection._owner.Run(static c => ((RuntimeConnection)c!).OnRoom(), connection);
    };

    private enum Arrival : byte
    {
        /// <summary>Nobody has looked since the last receive.</summary>
        Unknown,

        /// <summary>A receive of zero bytes waits.</summary>
        Awaited,

        /// <summary>Bytes, the peer's FIN or an error are there to be received.</summary>
        Here,
    }

    private enum Sending : byte
    {
        Idle,

        /// <summary>There is output to send at the end of this turn.</summary>
        Wanted,

        /// <summary>A send waits for room, and holds the block; what was written since follows it.</summary>
        AwaitsRoom,
    }

    private readonly SerialOwner _owner;
    private readonly Socket _socket;
    private readonly RuntimeListener? _listener;
    private readonly EndPoint? _peer;
    private readonly UInt128 _host;

    // What follows belongs to the owner; a socket's operation has its arguments while it is under way.
    private readonly SocketAsyncEventArgs _arrivalArguments;
    private SocketAsyncEventArgs? _roomArguments;   // Made by the first send that has to wait.
    private Arrival _arrival;
    private bool _wantsInput;       // A receive was started and has not completed.
    private Sending _sending;
    private bool _isQueued;         // In the owner's queue for the end of this turn.
    private Endpoint? _local;
    private Endpoint? _remote;

    /// <summary>A connection over a connected socket, which it owns from now on.</summary>
    public RuntimeConnection(
        SerialOwner owner, Socket socket, EndPoint? peer, UInt128 host, RuntimeListener? listener, Limits limits)
        : base(owner, owner.Network, limits)
    {
        _owner = owner;
        _socket = socket;
        _peer = peer;
        _host = host;
        _listener = listener;
        socket.Blocking = false;

        // The arguments would otherwise capture the AsyncLocals of whoever starts each operation.
        _arrivalArguments = new SocketAsyncEventArgs(unsafeSuppressExecutionContextFlow: true) { UserToken = this };
        _arrivalArguments.SetBuffer(Memory<byte>.Empty);
        _arrivalArguments.Completed += s_onArrival;
        owner.Attach();
    }

    public override Endpoint LocalEndpoint
    {
        get
        {
            if (_local is null && !IsClosed)
            {
                try
                {
                    _local = RuntimeSockets.ToEndpoint(_socket.LocalEndPoint);
                }
                catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
                {
                    // Closed meanwhile, by its owner.
                }
            }

            return _local ?? _listener?.Endpoint ?? RemoteEndpoint;
        }
    }

    public override Endpoint RemoteEndpoint => _remote ??= RuntimeSockets.ToEndpoint(_peer);

    public override TcpInfo? ReadTcpInfo()
    {
        Span<byte> written = stackalloc byte[TcpInfo.BytesMax];
        try
        {
            return IsClosed
                ? null
                : TcpInfo.Parse(written[.._socket.GetRawSocketOption(TcpLevel, TcpInfoOption, written)]);
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            return null; // A Unix socket; or closed meanwhile, by its owner.
        }
    }

    protected override bool EngineHoldsOutput => _sending == Sending.AwaitsRoom;

    /// <summary>The end of the owner's turn: sends what was written in it, and looks for input.</summary>
    public void OnTurnEnd()
    {
        _isQueued = false;
        if (_sending == Sending.Wanted && !IsClosed)
        {
            Send();
        }

        if (_wantsInput && !IsClosed && (_arrival == Arrival.Here || (_arrival == Arrival.Unknown && HasArrived())))
        {
            Receive();
        }
    }

    protected override void StartReceive()
    {
        _wantsInput = true;
        Queue();
    }

    // The wait of zero bytes goes on: it takes nothing, and the next read finds out what came of it.
    protected override void StopReceive() => _wantsInput = false;

    protected override void StartSend()
    {
        if (_sending == Sending.Idle)
        {
            _sending = Sending.Wanted;
            Queue();
        }
    }

    protected override void SendNowIfPossible()
    {
        if (_sending == Sending.Wanted)
        {
            Send();
        }
    }

    protected override void FinishOutput()
    {
        try
        {
            _socket.Shutdown(SocketShutdown.Send);
        }
        catch (SocketException)
        {
            // The peer reset it already; the next receive says so.
        }
    }

    protected override void CloseTransport(bool reset)
    {
        if (reset)
        {
            RuntimeSockets.ResetOnClose(_socket);
        }

        // What waits completes as aborted, later, and finds the connection closed; arguments that are in use stay
        // alive until then by themselves.
        _socket.Dispose();
        _arrivalArguments.Dispose();
        _roomArguments?.Dispose();
        _owner.Detach();
        _listener?.Left(this, _host);
        if (_listener is null)
        {
            ((RuntimeNetwork)Network).Left(this);
        }
    }

    protected override void WatchForLoss() => _owner.Schedule(new LossCheck(this), _owner.Now + LossCheckMilliseconds);

    private void Queue()
    {
        if (!_isQueued)
        {
            _isQueued = true;
            _owner.Queue(this);
        }
    }

    /// <summary>Begins to wait for input; true when there is some already.</summary>
    private bool HasArrived()
    {
        _arrival = Arrival.Awaited;
        if (_socket.ReceiveAsync(_arrivalArguments))
        {
            return false;
        }

        return FinishArrival();
    }

    private void OnArrival()
    {
        if (FinishArrival() && _wantsInput)
        {
            Receive();
        }
    }

    /// <summary>The wait is over; false when the connection is.</summary>
    private bool FinishArrival()
    {
        _arrival = Arrival.Here;
        if (!IsClosed && _arrivalArguments.SocketError != SocketError.Success)
        {
            // The wait has taken the error away, as the system tells each only once: a receive would now see a FIN.
            Lose(End.Reset);
        }

        return !IsClosed;
    }

    private void Receive()
    {
        Span<byte> space = InputSpace();
        int received = _socket.Receive(space, SocketFlags.None, out SocketError error);
        if (error == SocketError.Success)
        {
            // A block that is full says that there may be more, without looking.
            _arrival = received == space.Length ? Arrival.Here : Arrival.Unknown;
            _wantsInput = false;
            CompleteReceive(received);
            return;
        }

        ReleaseUnusedInput();
        if (error == SocketError.WouldBlock)
        {
            _arrival = Arrival.Unknown;
            Queue();
        }
        else
        {
            Lose(End.Reset);
        }
    }

    private void Send()
    {
        _sending = Sending.Idle;
        while (NextOutput() is { IsEmpty: false } bytes)
        {
            int length = bytes.Length;
            int sent = _socket.Send(bytes, SocketFlags.None, out SocketError error);
            if (error is not (SocketError.Success or SocketError.WouldBlock))
            {
                LoseOutput(End.Reset);
                return;
            }

            if (sent > 0)
            {
                CompleteSend(sent);
            }

            if (sent < length && AwaitRoom())
            {
                OutputStalled();
                break;
            }

            if (IsClosed || HasLostOutput)
            {
                return;
            }
        }

        OutputMoved();
    }

    /// <summary>Has the system send a piece as soon as the peer takes more; false when that was over at once.</summary>
    private bool AwaitRoom()
    {
        ReadOnlyMemory<byte> bytes = NextOutputMemory();
        if (_roomArguments is null)
        {
            _roomArguments = new SocketAsyncEventArgs(unsafeSuppressExecutionContextFlow: true) { UserToken = this };
            _roomArguments.Completed += s_onRoom;
        }

        _roomArguments.SetBuffer(MemoryMarshal.AsMemory(bytes[..Math.Min(bytes.Length, WaitingSendBytesMax)]));
        _sending = Sending.AwaitsRoom;
        if (_socket.SendAsync(_roomArguments))
        {
            return true;
        }

        FinishWaitingSend();
        return false;
    }

    private void OnRoom()
    {
        FinishWaitingSend();
        if (!IsClosed && !HasLostOutput)
        {
            Send();
        }
    }

    private void FinishWaitingSend()
    {
        _sending = Sending.Idle;
        if (IsClosed || HasLostOutput)
        {
            return; // What was being sent is nobody's any more.
        }

        if (_roomArguments!.SocketError == SocketError.Success)
        {
            CompleteSend(_roomArguments.BytesTransferred);
        }
        else
        {
            LoseOutput(End.Reset);
        }
    }

    /// <summary>Looks for a loss now and then, while the handler wants to know: .NET has no event for it.</summary>
    private sealed class LossCheck(RuntimeConnection connection) : IScheduled
    {
        private Deadline _deadline;

        public ref Deadline Deadline => ref _deadline;

        public void OnDeadline()
        {
            if (connection.IsClosed)
            {
                return;
            }

            // socket(7): SO_ERROR gives the pending error and clears it, so a read under way would miss it; that one
            // finds the error by itself.
            if (!connection._wantsInput && RuntimeSockets.PendingError(connection._socket) != SocketError.Success)
            {
                connection.LoseOutput(End.Reset);
            }
            else
            {
                connection._owner.Schedule(this, connection._owner.Now + LossCheckMilliseconds);
            }
        }
    }
}
