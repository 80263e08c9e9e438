using System.Buffers;
using System.IO.Pipelines;
using Microsoft.Win32.SafeHandles;
using Sockeye.Adapters;
using Sockeye.Engines;

namespace Sockeye;

/// <summary>A handler: an ordinary async method over a connection. It runs on the connection's owner.</summary>
public delegate ValueTask ConnectionHandler(Connection connection);

/// <summary>
/// A connected byte stream. A handler does not know the engine, the transport, or whether TLS, a limit or a
/// simulated network lies beneath. Use it from its <see cref="Owner"/> only; every await there resumes there.
/// One read and one flush may be outstanding at a time.
/// </summary>
/// <example><code>
/// static async ValueTask Echo(Connection c)
/// {
///     while (await c.ReadAsync() is { IsEmpty: false } received)
///     {
///         c.Write(received.Span);
///         c.Consume(received.Length);
///         await c.FlushAsync();
///     }
/// }
/// </code></example>
public abstract partial class Connection : IBufferWriter<byte>, IAsyncDisposable, IScheduled, IOwned
{
    /// <summary>Where everything on this connection happens.</summary>
    public Owner Owner { get; }

    /// <summary>The network it belongs to; connections that a handler opens through it have the same owner.</summary>
    public Network Network { get; }

    /// <summary>The limits it was made with.</summary>
    public Limits Limits { get; }

    /// <summary>A number of its own in this process, from 1.</summary>
    public long Id { get; } = Interlocked.Increment(ref s_lastId);

    /// <summary>Our end. May be asked at any time, also after the close.</summary>
    public abstract Endpoint LocalEndpoint { get; }

    /// <summary>The peer's end. A Unix peer that is not bound has an empty path.</summary>
    public abstract Endpoint RemoteEndpoint { get; }

    /// <summary>Bytes received so far.</summary>
    public long BytesReceived { get; private set; }

    /// <summary>Bytes that the kernel, or what lies beneath, took from us so far.</summary>
    public long BytesSent { get; private set; }

    /// <summary>Bytes written that neither the kernel nor what lies beneath has taken yet; none once the connection is
    /// lost.</summary>
    public long OutputBytesWaiting => OutputWaiting;

    /// <summary>
    /// Waits for at least one new byte and gives every byte received and not yet consumed; empty when there will be
    /// none, for the reason in <see cref="Received.End"/>. The bytes are the engine's, valid until the next read.
    /// A cancelled read loses nothing: its bytes come with the next one.
    /// </summary>
    /// <remarks>On a blocking engine the call itself waits while the handler does nothing else. A second activity of
    /// the same handler, such as reading beside a loop that writes, therefore begins with <c>await
    /// Task.Yield()</c>.</remarks>
    /// <exception cref="InvalidOperationException">A read is outstanding; or <see cref="Limits.InputBytesMax"/>
    /// bytes wait unconsumed; or this is not the owner's thread.</exception>
    /// <exception cref="OperationCanceledException">The token fired.</exception>
    public ValueTask<Received> ReadAsync(CancellationToken cancellationToken = default) => Read(cancellationToken);

    /// <summary>
    /// How long one read may wait, from the next one on; <see cref="Limits.ReadTimeout"/> at first. For protocols whose
    /// phases may take differently long, such as the wait for a request and that for the rest of it.
    /// <see cref="Timeout.InfiniteTimeSpan"/> does not limit it.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">It is zero, or negative and not infinite.</exception>
    public TimeSpan ReadTimeout
    {
        get => _readTimeout;
        set
        {
            if (value != _readTimeout)
            {
                _readTimeout = Limits.Positive(value);
                _readTimeoutMilliseconds = Limits.Milliseconds(value);
            }
        }
    }

    /// <summary>Releases this many bytes from the front of what was received; the rest is there next time.</summary>
    public void Consume(int count) => ConsumeInput(count);

    /// <summary>For a handler that is about to wait for something else, and perhaps for long: what was received and not
    /// consumed moves to a small block if it fits, and the large one is there for others. What the last read gave is
    /// not valid any more; <see cref="Unconsumed"/> is.</summary>
    public void HoldLess() => ReduceInput();

    /// <summary>What was received and not consumed; also after the end. Valid until the next read.</summary>
    public ReadOnlyMemory<byte> Unconsumed =>
        _input is null ? default : _input.Bytes.AsMemory(_inputHead, _inputTail - _inputHead);

    /// <summary>Room to write into, for <see cref="Advance"/>. It is the handler's until it next writes, advances,
    /// flushes or disposes, however long that takes: when the connection is lost meanwhile, writing there does
    /// nothing.</summary>
    public Memory<byte> GetMemory(int sizeHint = 0) => EnsureOutput(sizeHint)
        ? _output!.Bytes.AsMemory(_outputCount)
        : new byte[Math.Max(sizeHint, 1)];

    /// <summary>The same room as a span.</summary>
    public Span<byte> GetSpan(int sizeHint = 0) => EnsureOutput(sizeHint)
        ? _output!.Bytes.AsSpan(_outputCount)
        : new byte[Math.Max(sizeHint, 1)];

    /// <inheritdoc/>
    public void Advance(int count) => AdvanceOutput(count);

    /// <summary>Appends to the output, which the next flush sends. After the connection was lost or disposed it does
    /// nothing, so that what others posted may come late.</summary>
    /// <exception cref="InvalidOperationException">More than <see cref="Limits.OutputBytesMax"/> would wait: flush
    /// first; or <see cref="ShutdownAsync"/> came before.</exception>
    public void Write(ReadOnlySpan<byte> bytes) => WriteOutput(bytes);

    /// <summary>
    /// Has what was written sent at the end of the loop's turn. Completes at once while less than
    /// <see cref="Limits.OutputBytesHighWater"/> waits; above, when enough has left. Its value is
    /// <see cref="End.None"/>, or why nothing can be sent any more.
    /// </summary>
    /// <exception cref="OperationCanceledException">The token fired; the bytes are still sent.</exception>
    public ValueTask<End> FlushAsync(CancellationToken cancellationToken = default) => Flush(cancellationToken);

    /// <summary>
    /// Sends a part of a regular file after what was written before, which leaves with it, and with backpressure:
    /// memory does not grow with the file. Until it completes nothing else can be written or flushed. Its value is
    /// <see cref="End.None"/>, or why nothing can be sent any more. The caller keeps the file open meanwhile, and
    /// closes it.
    /// </summary>
    /// <remarks>Where it can, the kernel sends the file by itself (sendfile(2)); otherwise, and through TLS, pieces are
    /// read and sent. A disk that has to be waited for does not hold up a loop: what the page cache does not have is
    /// read on the thread pool, except on a blocking engine, where the connection's own thread waits. Only a piece
    /// whose ends are in the page cache and whose middle is not can still make sendfile wait. To dispose of the
    /// connection meanwhile resets it, for the peer must not take a part for the whole.</remarks>
    /// <param name="file">A regular file, open for reading.</param>
    /// <param name="offset">Where the part begins.</param>
    /// <param name="count">How many bytes it has.</param>
    /// <param name="cancellationToken">Gives up what has not left: some of the part may have.</param>
    /// <exception cref="EndOfStreamException">The file ends before the part does. What there is has been written; to
    /// tell the peer, abort.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    /// <exception cref="OperationCanceledException">The token fired.</exception>
    public ValueTask<End> SendFileAsync(
        SafeFileHandle file, long offset, long count, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(file);
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        return SendFile(file, offset, count, cancellationToken);
    }

    /// <summary>Sends what the peer takes right now, without waiting: for a handler about to compute for
    /// long.</summary>
    public void SendNow() => SendOutputNow();

    /// <summary>Why the connection as a whole has ended, or <see cref="End.Finished"/> once the peer's FIN was read;
    /// <see cref="End.None"/> while bytes may come.</summary>
    public End Ended => _lost != End.None ? _lost : _inputEnd;

    /// <summary>
    /// Fires on the owner when the connection is lost: reset, timed out or aborted, also while the handler is busy
    /// elsewhere. A FIN alone does not fire it: a peer that finished sending may wait for the reply. Read to see it.
    /// </summary>
    public CancellationToken Lost => LostToken();

    /// <summary>Sends what was written and then our FIN; reading stays open. Completes when they have left.</summary>
    public ValueTask<End> ShutdownAsync() => Shutdown();

    /// <summary>Resets the connection: nothing more is sent or received, pending operations end as aborted. May be
    /// called from any thread; from elsewhere it is posted.</summary>
    public void Abort() => AbortFromAnywhere();

    /// <summary>
    /// Closes gracefully: what was written leaves, then our FIN, and for <see cref="Limits.CloseLinger"/> what the peer
    /// still sends is discarded so that it does not lose our bytes to a reset. Completes when our FIN has left; the
    /// linger goes on without the caller.
    /// </summary>
    public ValueTask DisposeAsync() => Close();

    /// <summary>The peer said, in the words of its protocol, that it sends nothing more: a close does not wait for its
    /// FIN then, unless bytes that it sent all the same are left unconsumed.</summary>
    public void ExpectNoMore() => _expectsNoMore = true;

    /// <summary>What the kernel knows of the TCP connection at this moment, whatever lies above it, such as TLS. Null
    /// once it is closed, and where there is none: a Unix socket, a simulated network. On the owner.</summary>
    public virtual TcpInfo? ReadTcpInfo() => null;

    /// <summary>Runs a callback on the owner, later. May be called from any thread, also after the close.</summary>
    public void Post(Action<object?> callback, object? state) => Owner.Post(callback, state);

    /// <summary>
    /// This connection as a stream, for code that wants one. May be used from any thread. A reset becomes an
    /// <see cref="IOException"/> there. Disposing the stream disposes the connection.
    /// </summary>
    public Stream AsStream() => new ConnectionStream(this);

    /// <summary>This connection as a pair of pipes, for code that wants them. Use it from the owner.</summary>
    public IDuplexPipe AsDuplexPipe() => new ConnectionPipe(this);
}
