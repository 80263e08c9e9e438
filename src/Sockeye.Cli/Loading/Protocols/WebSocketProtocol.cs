using System.Buffers;
using System.Security.Cryptography;
using System.Text.Unicode;
using Sockeye.Cli.Resources;
using Sockeye.Http;
using Sockeye.Http.Protocol;

namespace Sockeye.Cli.Loading.Protocols;

/// <summary>Messages over a WebSocket, each answered by one.</summary>
internal sealed class WebSocketProtocol : StreamProtocol
{
    // The lane looks after answers that are late, and whoever makes a load is never silent for long.
    private static readonly WebSocketOptions s_options = new()
    {
        PingInterval = Timeout.InfiniteTimeSpan,
        SilenceMax = Timeout.InfiniteTimeSpan,
    };

    private readonly ReadOnlyMemory<byte>? _expected;
    private readonly IReadOnlyList<KeyValuePair<string, string>> _fields;
    private readonly int _messageBytes;

    /// <param name="endpoint">The URL.</param>
    /// <param name="message">What is sent: as text if it is UTF-8, else as bytes.</param>
    /// <param name="expected">What has to come back; null for anything.</param>
    /// <param name="fields">More fields of the handshake.</param>
    public WebSocketProtocol(
        Endpoint endpoint,
        ReadOnlyMemory<byte> message,
        ReadOnlyMemory<byte>? expected,
        IReadOnlyList<KeyValuePair<string, string>> fields)
        : base(endpoint.Scheme == EndpointScheme.Wss ? "wss" : "ws", endpoint)
    {
        _expected = expected;
        _fields = fields;
        _messageBytes = message.Length;
        Request = FrameOf(message.Span);
    }

    public override long MessageBytes => _messageBytes;

    public override ReplyReader CreateReader(Lane lane) => new WebSocketReplies(_expected);

    public override async Task<Connection> ConnectAsync(Lane lane, CancellationToken stop)
    {
        Connection connection = await base.ConnectAsync(lane, stop);
        TimeSpan limit = lane.Plan.Timeout;
        using var late = new CancellationTokenSource(limit, lane.Network.Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(stop, late.Token);
        try
        {
            WebSocketConnection socket = await WebSocketConnection.ClientAsync(
                connection, Endpoint, s_options, _fields, either.Token);
            return socket.Connection;
        }
        catch (OperationCanceledException) when (late.IsCancellationRequested && !stop.IsCancellationRequested)
        {
            throw new NetworkException(NetworkOperation.Connect, Endpoint, NetworkError.TimedOut,
                LoadText.HandshakeTimedOut.With(Endpoint, limit.TotalSeconds));
        }
    }

    // RFC 6455 section 5.3 wants a new mask for each frame, so that nobody can choose what the bytes on the wire are.
    // Whoever makes a load chooses the message anyway, and one frame that is written again and again costs nothing.
    private static byte[] FrameOf(ReadOnlySpan<byte> message)
    {
        var frame = new ArrayBufferWriter<byte>();
        WebSocketWriter.WriteFrame(
            frame,
            Utf8.IsValid(message) ? WebSocketOpcode.Text : WebSocketOpcode.Binary,
            message,
            BitConverter.ToUInt32(RandomNumberGenerator.GetBytes(sizeof(uint))));
        return frame.WrittenSpan.ToArray();
    }
}

/// <summary>The messages of a WebSocket.</summary>
/// <param name="expected">What each has to be; null for anything.</param>
internal sealed class WebSocketReplies(ReadOnlyMemory<byte>? expected) : ReplyReader
{
    private WebSocketReader _reader = new(WebSocketRole.Client);
    private ArrayBufferWriter<byte>? _owed; // Pongs, and the answer to a close.

    public override bool TakesUnasked => true; // A ping.

    public override void Reset()
    {
        _reader.Dispose();
        _reader = new WebSocketReader(WebSocketRole.Client);
        _owed?.ResetWrittenCount();
    }

    public override ReplyStatus Read(ReadOnlyMemory<byte> input, out int consumed)
    {
        consumed = 0;
        while (true)
        {
            WebSocketEvent found = _reader.Read(input.Span[consumed..], out int count);
            consumed += count;
            switch (found)
            {
                case WebSocketEvent.Text or WebSocketEvent.Binary:
                    return expected is { } wanted && !_reader.Payload.Span.SequenceEqual(wanted.Span)
                        ? ReplyStatus.WrongBody
                        : ReplyStatus.Good;
                case WebSocketEvent.Ping:
                    Owe(WebSocketOpcode.Pong, _reader.Payload.Span);
                    break;
                case WebSocketEvent.Close:
                    // RFC 6455 section 5.5.1: a close is answered with one, and the server then ends the connection.
                    Owe(WebSocketOpcode.Close, default);
                    return ReplyStatus.NeedMore;
                case WebSocketEvent.Failed:
                    return ReplyStatus.Malformed;
                case WebSocketEvent.NeedMore:
                    return ReplyStatus.NeedMore;
            }
        }
    }

    public override void WriteOwed(IBufferWriter<byte> output)
    {
        if (_owed is { WrittenCount: > 0 })
        {
            output.Write(_owed.WrittenSpan);
            _owed.ResetWrittenCount();
        }
    }

    private void Owe(WebSocketOpcode opcode, ReadOnlySpan<byte> payload) => WebSocketWriter.WriteFrame(
        _owed ??= new ArrayBufferWriter<byte>(), opcode, payload,
        BitConverter.ToUInt32(RandomNumberGenerator.GetBytes(sizeof(uint))));
}
