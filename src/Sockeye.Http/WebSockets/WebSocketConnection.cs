using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;
using Sockeye.Http.Protocol;

namespace Sockeye.Http;

/// <summary>
/// A WebSocket (RFC 6455) over a connection, at either end: whole messages, pings answered and sent by themselves, the
/// close shaken hands on. Use it on the connection's owner; one receive and one send at a time.
/// </summary>
/// <example><code>
/// if (await WebSocketConnection.AcceptAsync(request, response) is { } socket)
/// {
///     while (await socket.ReceiveAsync() is { Kind: not WebSocketKind.Closed } message)
///     {
///         await socket.SendAsync(message.Kind, message.Payload.Span.ToArray());
///     }
/// }
/// </code></example>
public sealed partial class WebSocketConnection : IAsyncDisposable
{
    private const int MaskBytesAhead = 256;

    private enum State : byte
    {
        Open,

        /// <summary>We sent a close and wait for the peer's.</summary>
        Closing,

        /// <summary>Both have, or there is nobody to shake hands with.</summary>
        Closed,
    }

    private readonly Connection _connection;
    private readonly WebSocketRole _role;
    private readonly WebSocketOptions _options;
    private readonly WebSocketReader _reader;
    private readonly WebSocketDeflater? _deflater;
    private readonly ITimer? _pings;
    private readonly byte[] _masks;     // Of a client: random bytes, used four at a time.
    private int _masksUsed;
    private Task _flushing = Task.CompletedTask;
    private State _state;

    internal WebSocketConnection(
        Connection connection,
        WebSocketRole role,
        WebSocketOptions options,
        PerMessageDeflate? deflate,
        string? protocol)
    {
        _connection = connection;
        _role = role;
        _options = options;
        _reader = new WebSocketReader(role, options.Limits, deflate);
        if (deflate is { } agreed)
        {
            bool forgets = role == WebSocketRole.Server
                ? agreed.ServerNoContextTakeover
                : agreed.ClientNoContextTakeover;
            _deflater = new WebSocketDeflater(keepsContext: !forgets);
        }

        Protocol = protocol;
        _masks = role == WebSocketRole.Client ? new byte[MaskBytesAhead] : [];
        _masksUsed = MaskBytesAhead;
        connection.ReadTimeout = options.SilenceMax;
        if (options.PingInterval != Timeout.InfiniteTimeSpan)
        {
            _pings = connection.Network.Time.CreateTimer(
                static socket => ((WebSocketConnection)socket!).PingLater(), this, options.PingInterval,
                options.PingInterval);
        }
    }

    /// <summary>The connection beneath, for its addresses and its owner.</summary>
    public Connection Connection => _connection;

    /// <summary>The protocol above it that was agreed on; null when none was.</summary>
    public string? Protocol { get; }

    /// <summary>Whether messages are compressed.</summary>
    public bool IsCompressed => _deflater is not null;

    /// <summary>Messages can be sent.</summary>
    public bool IsOpen => _state == State.Open;

    /// <summary>Why it was closed, once <see cref="ReceiveAsync"/> said that it was: the peer's code, or
    /// <see cref="WebSocketCloseCode.Abnormal"/> when the connection was lost, or ours when the peer broke a
    /// rule.</summary>
    public WebSocketCloseCode CloseCode { get; private set; } = WebSocketCloseCode.Abnormal;

    /// <summary>The reason that came with the code, or the rule that the peer broke; often empty.</summary>
    public string CloseReason { get; private set; } = "";

    /// <summary>Waits for a whole message. When the peer closes, the close is answered and the message is
    /// <see cref="WebSocketKind.Closed"/>, then and from then on.</summary>
    /// <exception cref="OperationCanceledException">The token fired; nothing is lost.</exception>
    public async ValueTask<WebSocketMessage> ReceiveAsync(CancellationToken cancellationToken = default)
    {
        while (_state != State.Closed)
        {
            WebSocketEvent found = _reader.Read(_connection.Unconsumed.Span, out int consumed);
            _connection.Consume(consumed);
            switch (found)
            {
                case WebSocketEvent.Text:
                    return new WebSocketMessage(WebSocketKind.Text, _reader.Payload);
                case WebSocketEvent.Binary:
                    return new WebSocketMessage(WebSocketKind.Binary, _reader.Payload);
                case WebSocketEvent.Ping when _state == State.Open:
                    Write(WebSocketOpcode.Pong, _reader.Payload.Span);
                    await FlushAsync().AsTask().WaitAsync(cancellationToken);
                    break;
                case WebSocketEvent.Close:
                    await AnswerCloseAsync();
                    break;
                case WebSocketEvent.Failed:
                    await FailAsync();
                    break;
                case WebSocketEvent.NeedMore:
                    await ReadAsync(cancellationToken);
                    break;
            }
        }

        return default;
    }

    /// <summary>Sends a message of text.</summary>
    /// <exception cref="InvalidOperationException">It has been closed: see <see cref="IsOpen"/>.</exception>
    public ValueTask<End> SendAsync(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return SendAsync(WebSocketKind.Text, Encoding.UTF8.GetBytes(text));
    }

    /// <summary>Sends a message. Waits when the peer is slow; its value is <see cref="End.None"/>, or why nothing can
    /// be sent any more.</summary>
    /// <param name="kind">What it is made of; text must be valid UTF-8.</param>
    /// <param name="payload">Its bytes.</param>
    /// <exception cref="InvalidOperationException">It has been closed: see <see cref="IsOpen"/>.</exception>
    public async ValueTask<End> SendAsync(WebSocketKind kind, ReadOnlyMemory<byte> payload)
    {
        ArgumentOutOfRangeException.ThrowIfEqual((int)kind, (int)WebSocketKind.Closed, nameof(kind));
        if (_state != State.Open)
        {
            throw new InvalidOperationException("The WebSocket has been closed: nothing can be sent any more.");
        }

        WebSocketOpcode opcode = kind == WebSocketKind.Text ? WebSocketOpcode.Text : WebSocketOpcode.Binary;
        ReadOnlyMemory<byte> rest = _deflater is { } deflater ? deflater.Compress(payload.Span) : payload;
        bool isFirst = true;
        do
        {
            // In fragments that fit into the connection's output, each flushed.
            int count = Math.Min(rest.Length, _connection.Limits.OutputBytesMax / 4);
            WebSocketWriter.WriteFrame(
                _connection,
                isFirst ? opcode : WebSocketOpcode.Continuation,
                rest.Span[..count],
                NextMask(),
                isFinal: count == rest.Length,
                isCompressed: isFirst && _deflater is not null);
            rest = rest[count..];
            isFirst = false;
            End end = await FlushAsync();
            if (end != End.None)
            {
                return end;
            }
        }
        while (!rest.IsEmpty && _state == State.Open); // Section 5.5.1: no more data once a close was sent meanwhile.
        return rest.IsEmpty ? End.None : End.Aborted;
    }

    /// <summary>Closes: sends a close, and waits for the peer's for <see cref="WebSocketOptions.CloseTimeout"/>. What
    /// the peer still sends before it is dropped.</summary>
    /// <exception cref="ArgumentOutOfRangeException">No close may carry the code.</exception>
    public async ValueTask CloseAsync(WebSocketCloseCode code = WebSocketCloseCode.Normal, string reason = "")
    {
        if (_state != State.Open)
        {
            return;
        }

        WebSocketWriter.WriteClose(_connection, code, reason, NextMask());
        _state = State.Closing;
        await FlushAsync();
        _connection.ReadTimeout = _options.CloseTimeout;
        using var limit = new CancellationTokenSource(_options.CloseTimeout, _connection.Network.Time);
        try
        {
            while ((await ReceiveAsync(limit.Token)).Kind != WebSocketKind.Closed)
            {
            }
        }
        catch (OperationCanceledException) when (limit.IsCancellationRequested)
        {
            Finish(); // It goes on sending, and no close.
        }
    }

    /// <summary>Closes, if nobody has: <see cref="CloseAsync"/>, and then the connection.</summary>
    public async ValueTask DisposeAsync()
    {
        await CloseAsync();
        Finish();
        await _connection.DisposeAsync();
    }

    private async ValueTask ReadAsync(CancellationToken cancellationToken)
    {
        Received received = await _connection.ReadAsync(cancellationToken);
        if (!received.IsEmpty)
        {
            return;
        }

        if (received.End == End.Shutdown)
        {
            if (_state == State.Open)
            {
                // RFC 6455 section 7.4.1: 1001 is what a server that goes down says. The peer's answer ends it.
                WebSocketWriter.WriteClose(_connection, WebSocketCloseCode.GoingAway, default, NextMask());
                _state = State.Closing;
                await FlushAsync().AsTask().WaitAsync(cancellationToken);
            }

            return;
        }

        Finish();
    }

    private async ValueTask AnswerCloseAsync()
    {
        CloseCode = _reader.CloseCode;
        CloseReason = _reader.Reason;
        if (_state == State.Open)
        {
            // Section 5.5.1: "it typically echos the status code it received".
            WebSocketCloseCode code = WebSocketClose.IsSendable(CloseCode) ? CloseCode : WebSocketCloseCode.None;
            WebSocketWriter.WriteClose(_connection, code, default, NextMask());
            await FlushAsync();
        }

        Finish();
    }

    /// <summary>The peer broke a rule: says which (section 7.1.7), and reads nothing more.</summary>
    private async ValueTask FailAsync()
    {
        CloseCode = _reader.CloseCode;
        CloseReason = _reader.Reason;
        if (_state == State.Open)
        {
            WebSocketWriter.WriteClose(_connection, CloseCode, CloseReason, NextMask());
            await FlushAsync();
        }

        Finish();
    }

    private void Finish()
    {
        if (_state == State.Closed)
        {
            return;
        }

        _state = State.Closed;
        _pings?.Dispose();
        _reader.Dispose();
        _deflater?.Dispose();
    }

    private void PingLater() => _connection.Post(static socket => ((WebSocketConnection)socket!).Ping(), this);

    private void Ping()
    {
        if (_state == State.Open && _connection.Owner.IsCurrent && _connection.Ended == End.None)
        {
            Write(WebSocketOpcode.Ping, default);
            _ = FlushAsync().AsTask();
        }
    }

    /// <summary>A message, a pong and a ping may each want to be flushed, and only one flush may be outstanding: who
    /// comes later waits for those before.</summary>
    private async ValueTask<End> FlushAsync()
    {
        while (!_flushing.IsCompleted)
        {
            await _flushing;
        }

        ValueTask<End> flush = _connection.FlushAsync();
        if (flush.IsCompleted)
        {
            return await flush;
        }

        Task<End> own = flush.AsTask();
        _flushing = own;
        return await own;
    }

    private void Write(WebSocketOpcode opcode, ReadOnlySpan<byte> payload) =>
        WebSocketWriter.WriteFrame(_connection, opcode, payload, NextMask());

    private uint? NextMask()
    {
        if (_role == WebSocketRole.Server)
        {
            return null;
        }

        if (_masksUsed == MaskBytesAhead)
        {
            RandomNumberGenerator.Fill(_masks);
            _masksUsed = 0;
        }

        uint mask = BitConverter.ToUInt32(_masks, _masksUsed);
        _masksUsed += sizeof(uint);
        Debug.Assert(_masksUsed <= MaskBytesAhead, "whole masks");
        return mask;
    }
}
