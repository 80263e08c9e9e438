using System.Net.Sockets;
using Sockeye.Linux;

namespace Sockeye.Engines.Runtime;

/// <summary>Accepts connections with one of .NET's sockets, and gives each an owner of its own.</summary>
internal sealed class RuntimeListener : Listener, IThreadPoolWorkItem
{
    /// <summary>Errors in a row that are taken for those of single connections; more are the listener's own.</summary>
    private const int ErrorsInRowMax = 16;

    /// <summary>Connections that one work item of the pool accepts at most; then others have their turn.</summary>
    private const int AcceptsPerTurnMax = 64;

    private readonly RuntimeNetwork _network;
    private readonly Socket _socket;
    private readonly Endpoint _endpoint;
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly SocketAsyncEventArgs _arguments;   // Whoever accepts has it: only one does.
    private readonly Timer _pauseOver;                  // Made early: without descriptors little can be made.
    private int _errorsInRow;
    private volatile bool _stopping;

    /// <param name="network">The network it listens on.</param>
    /// <param name="endpoint">Where.</param>
    /// <param name="socket">The listening socket, which it owns.</param>
    /// <param name="options">Its options.</param>
    /// <param name="handler">What serves each connection.</param>
    public RuntimeListener(
        RuntimeNetwork network, Endpoint endpoint, Socket socket, ListenOptions options, ConnectionHandler handler)
        : base(network, options, handler)
    {
        _network = network;
        _socket = socket;
        _endpoint = endpoint;

        // The AsyncLocals of whoever listens are not those of the handlers.
        _arguments = new SocketAsyncEventArgs(unsafeSuppressExecutionContextFlow: true);
        _arguments.Completed += (_, _) => Continue();
        using AsyncFlowControl? flow = ExecutionContext.IsFlowSuppressed() ? null : ExecutionContext.SuppressFlow();
        _pauseOver = new Timer(
            static listener => ((RuntimeListener)listener!).Resume(), this, Timeout.Infinite, Timeout.Infinite);
    }

    public override Endpoint Endpoint => _endpoint;

    /// <summary>Begins to accept.</summary>
    public void Start() => ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);

    void IThreadPoolWorkItem.Execute() => AcceptMore();

    protected internal override void Report(in NetworkEvent report) => _network.Report(report);

    protected override async ValueTask StopAcceptingAsync()
    {
        if (!Interlocked.Exchange(ref _stopping, true))
        {
            _socket.Dispose(); // Which unlinks the path that it bound, and completes the accept that waits.
            _network.Forget(this);
        }

        await _ended.Task.ConfigureAwait(false);
    }

    private void AcceptMore()
    {
        for (int i = 0; i < AcceptsPerTurnMax; i++)
        {
            _arguments.AcceptSocket = null;
            try
            {
                if (_socket.AcceptAsync(_arguments))
                {
                    return;
                }
            }
            catch (ObjectDisposedException)
            {
                End();
                return;
            }

            if (!FinishAccept())
            {
                return;
            }
        }

        Start();
    }

    private void Continue()
    {
        if (FinishAccept())
        {
            AcceptMore();
        }
    }

    /// <summary>Takes what one accept gave; false when the next one has to wait, or there is to be none.</summary>
    private bool FinishAccept()
    {
        SocketError error = _arguments.SocketError;
        if (_stopping)
        {
            _arguments.AcceptSocket?.Dispose();
            End();
            return false;
        }

        if (error == SocketError.Success)
        {
            _errorsInRow = 0;
            Accept(_arguments.AcceptSocket!);
            return true;
        }

        Errno reason = SocketErrors.ToErrno(error, isUnixPath: false);
        if (!AcceptFailures.MustPause(reason) && ++_errorsInRow <= ErrorsInRowMax)
        {
            return true;
        }

        ReportPaused(reason);
        _pauseOver.Change(AcceptFailures.PauseMilliseconds, Timeout.Infinite);
        return false;
    }

    private void Resume()
    {
        if (_stopping)
        {
            End();
            return;
        }

        ReportResumed();
        AcceptMore();
    }

    private void End()
    {
        _pauseOver.Dispose();
        _arguments.Dispose();
        _ended.SetResult();
    }

    private void Accept(Socket socket)
    {
        System.Net.EndPoint? peer;
        try
        {
            peer = socket.RemoteEndPoint;
        }
        catch (SocketException)
        {
            socket.Dispose(); // Reset while it waited, which other systems report as an error of accept.
            return;
        }

        UInt128 host = RuntimeSockets.HostOf(peer);
        if (!Admit(host, out string? limit))
        {
            RuntimeSockets.ResetOnClose(socket);
            socket.Dispose();
            ReportRefused(RuntimeSockets.ToEndpoint(peer), limit!);
            return;
        }

        RuntimeSockets.ConfigureStream(socket, Options.Socket);
        var owner = new SerialOwner(_network);
        var connection = new RuntimeConnection(owner, socket, peer, host, this, Options.Limits);

        // On its owner, so that a handler that blocks does not hold up the accepting.
        owner.Post(_ => Serve(connection), null);
    }
}
