using System.Net.Sockets;
using Sockeye.Linux;

namespace Sockeye.Engines.Runtime;

/// <summary>Accepts connections with one of .NET's sockets; each has its handler started on an owner of its own.</summary>
internal sealed class RuntimeListener : Listener
{
    /// <summary>Errors in a row that are taken for those of single connections; more are the listener's own.</summary>
    private const int ErrorsInRowMax = 16;

    private readonly RuntimeNetwork _network;
    private readonly Socket _socket;
    private readonly Endpoint _endpoint;
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationTokenSource _stopping = new();
    private int _stopped;

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
    }

    public override Endpoint Endpoint => _endpoint;

    /// <summary>Begins to accept.</summary>
    public void Start() =>
        // Unsafe: the AsyncLocals of whoever listens are not those of the handlers.
        ThreadPool.UnsafeQueueUserWorkItem(static listener => _ = listener.AcceptAllAsync(), this, preferLocal: false);

    protected internal override void Report(in NetworkEvent report) => _network.Report(report);

    protected override async ValueTask StopAcceptingAsync()
    {
        if (Interlocked.Exchange(ref _stopped, 1) == 0)
        {
            await _stopping.CancelAsync().ConfigureAwait(false);
            _socket.Dispose(); // It unlinks the path that it bound.
            _network.Forget(this);
        }

        await _ended.Task.ConfigureAwait(false);
    }

    private async Task AcceptAllAsync()
    {
        int errorsInRow = 0;
        while (_stopped == 0)
        {
            SocketError error;
            try
            {
                Accept(await _socket.AcceptAsync(_stopping.Token).ConfigureAwait(false));
                errorsInRow = 0;
                continue;
            }
            catch (SocketException exception)
            {
                error = exception.SocketErrorCode;
            }
            catch (Exception exception) when (exception is ObjectDisposedException or OperationCanceledException)
            {
                break;
            }

            Errno reason = SocketErrors.ToErrno(error, isUnixPath: false);
            if (_stopped == 0 && (AcceptFailures.MustPause(reason) || ++errorsInRow > ErrorsInRowMax))
            {
                await PauseAsync(reason).ConfigureAwait(false);
            }
        }

        _ended.SetResult();
    }

    private async Task PauseAsync(Errno reason)
    {
        ReportPaused(reason);
        await Task.Delay(TimeSpan.FromMilliseconds(AcceptFailures.PauseMilliseconds), _network.Time, _stopping.Token)
            .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (_stopped == 0)
        {
            ReportResumed();
        }
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

        // Counted here, so that the next one is admitted or not by it; served on its owner, so that a handler that
        // blocks does not hold up the accepting.
        Count(connection, host);
        owner.Post(_ => Serve(connection, host), null);
    }
}
