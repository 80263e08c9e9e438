using System.Runtime.ExceptionServices;

namespace Sockeye.Adapters;

/// <summary>
/// A connection in callback style, as Node's <c>net.Socket</c> has it. Set the callbacks where it is handed over; they
/// run on the connection's owner, one at a time, and its members are used there. A callback that throws resets the
/// connection, and the listener reports it.
/// </summary>
/// <example><code>
/// ConnectionHandler echo = CallbackConnection.Handler(c =>
/// {
///     c.OnData = bytes => c.Write(bytes.Span);
/// });
/// </code></example>
public sealed class CallbackConnection
{
    private enum Output : byte
    {
        Open,

        /// <summary>Our FIN follows what was written.</summary>
        Ending,
    }

    private const ConfigureAwaitOptions HereWithoutThrowing =
        ConfigureAwaitOptions.ContinueOnCapturedContext | ConfigureAwaitOptions.SuppressThrowing;

    private readonly bool _allowHalfOpen;
    private TaskCompletionSource? _resumed;     // Set while paused.
    private TaskCompletionSource? _ended;       // Set while the handler waits for our end of a half-open connection.
    private Task _sending = Task.CompletedTask; // The flush that waits for room, with what follows it.
    private Output _output;
    private bool _hasWritten;   // Since that flush began, so that another has to follow.
    private ExceptionDispatchInfo? _failure;    // Of a callback that ran outside the handler.

    private CallbackConnection(Connection connection, bool allowHalfOpen)
    {
        Connection = connection;
        _allowHalfOpen = allowHalfOpen;
    }

    /// <summary>Bytes arrived; they are valid until the callback returns. Without it they are discarded.</summary>
    public Action<ReadOnlyMemory<byte>>? OnData { get; set; }

    /// <summary>After a <see cref="Write"/> that returned false: there is room again.</summary>
    public Action? OnDrain { get; set; }

    /// <summary>The peer finished sending.</summary>
    public Action? OnEnd { get; set; }

    /// <summary>The connection was lost or timed out, for this reason; <see cref="OnClose"/> follows.</summary>
    public Action<End>? OnError { get; set; }

    /// <summary>The server is stopping. Without it, this calls <see cref="End"/>.</summary>
    public Action? OnStop { get; set; }

    /// <summary>It is over in both directions; true after an error. The last callback.</summary>
    public Action<bool>? OnClose { get; set; }

    /// <summary>The connection beneath, for its endpoints and counters. Reading and writing is the adapter's.</summary>
    public Connection Connection { get; }

    /// <summary>No data is delivered now.</summary>
    public bool IsPaused => _resumed is not null;

    /// <summary>Makes a handler out of callbacks.</summary>
    /// <param name="onConnection">Called with each new connection, to set its callbacks.</param>
    /// <param name="allowHalfOpen">False (default): when the peer finished sending, so do we, after what was
    /// written. True: the connection stays open until <see cref="End"/>.</param>
    public static ConnectionHandler Handler(Action<CallbackConnection> onConnection, bool allowHalfOpen = false)
    {
        ArgumentNullException.ThrowIfNull(onConnection);
        return connection => new CallbackConnection(connection, allowHalfOpen).RunAsync(onConnection);
    }

    /// <summary>
    /// Sends. False when <see cref="Limits.OutputBytesHighWater"/> is passed: stop writing until <see cref="OnDrain"/>.
    /// Also false when the connection is lost. On a blocking engine it may wait for the peer instead.
    /// </summary>
    /// <exception cref="InvalidOperationException">More than <see cref="Limits.OutputBytesMax"/> would wait; or
    /// <see cref="End"/> was called.</exception>
    public bool Write(ReadOnlySpan<byte> bytes)
    {
        if (_output != Output.Open)
        {
            throw new InvalidOperationException("Nothing can be written after End.");
        }

        Connection.Write(bytes);
        if (_sending.IsCompleted)
        {
            ValueTask<End> flush = Connection.FlushAsync();
            if (flush.IsCompleted)
            {
                return flush.Result == Sockeye.End.None;
            }

            _sending = DrainAsync(flush);
        }
        else
        {
            _hasWritten = true;
        }

        return false;
    }

    /// <summary>Sends what was written and then our FIN; data still comes. May be called twice.</summary>
    public void End()
    {
        if (_output == Output.Open)
        {
            _output = Output.Ending;
            _ended?.TrySetResult();
            if (_sending.IsCompleted)
            {
                _sending = FinishAsync();
            }
        }
    }

    /// <summary>Resets the connection.</summary>
    public void Destroy() => Connection.Abort();

    /// <summary>Delivers no data until <see cref="Resume"/>; at most one block more is received meanwhile.</summary>
    public void Pause() => _resumed ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Delivers data again, from the owner's next turn on.</summary>
    public void Resume()
    {
        TaskCompletionSource? resumed = _resumed;
        _resumed = null; // Before the handler goes on, which asks whether it is still paused.
        resumed?.TrySetResult();
    }

    private async ValueTask RunAsync(Action<CallbackConnection> onConnection)
    {
        bool failed = true;
        try
        {
            onConnection(this);
            End end = await ReadToEndAsync();
            failed = end != Sockeye.End.Finished;
            if (failed)
            {
                OnError?.Invoke(end);
            }
            else
            {
                await EndAsync();
            }

            _failure?.Throw();
        }
        finally
        {
            OnClose?.Invoke(failed);
        }
    }

    private async ValueTask<End> ReadToEndAsync()
    {
        while (true)
        {
            Received received = await Connection.ReadAsync();
            while (_resumed is { } paused)
            {
                // Paused, so nobody reads: only the token tells of a loss.
                await paused.Task.WaitAsync(Connection.Lost)
                    .ConfigureAwait(HereWithoutThrowing);
                if (Connection.Lost.IsCancellationRequested)
                {
                    return Connection.Ended;
                }
            }

            if (received.End == Sockeye.End.None)
            {
                OnData?.Invoke(received.Memory);
                Connection.Consume(received.Length);
            }
            else if (received.End == Sockeye.End.Shutdown)
            {
                Stop();
            }
            else
            {
                return received.End;
            }
        }
    }

    private void Stop()
    {
        if (OnStop is { } stop)
        {
            stop();
        }
        else
        {
            End();
        }
    }

    /// <summary>The peer finished sending: waits until we have, too.</summary>
    private async ValueTask EndAsync()
    {
        OnEnd?.Invoke();
        if (!_allowHalfOpen)
        {
            End();
        }
        else if (_output == Output.Open)
        {
            _ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            await _ended.Task.WaitAsync(Connection.Lost)
                .ConfigureAwait(HereWithoutThrowing);
        }

        await _sending;
    }

    private async Task DrainAsync(ValueTask<End> flush)
    {
        while (await flush == Sockeye.End.None)
        {
            if (_hasWritten)
            {
                _hasWritten = false;
                flush = Connection.FlushAsync();
            }
            else if (_output == Output.Ending)
            {
                await FinishAsync();
                return;
            }
            else
            {
                _sending = Task.CompletedTask; // So that a callback that writes again has its own flush.
                Drained();
                return;
            }
        }
    }

    private void Drained()
    {
        try
        {
            OnDrain?.Invoke();
        }
        catch (Exception exception)
        {
            _failure = ExceptionDispatchInfo.Capture(exception);
            Connection.Abort();
        }
    }

    private async Task FinishAsync() => await Connection.ShutdownAsync();
}
