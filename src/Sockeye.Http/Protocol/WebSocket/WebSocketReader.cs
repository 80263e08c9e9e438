using System.Diagnostics;

namespace Sockeye.Http.Protocol;

/// <summary>The two ends of a WebSocket.</summary>
public enum WebSocketRole : byte
{
    /// <summary>We are the server: what comes in is masked, and what goes out is not.</summary>
    Server = 0,

    /// <summary>We are the client: what goes out is masked, and what comes in is not.</summary>
    Client,
}

/// <summary>How much a peer may send at a time.</summary>
public sealed record WebSocketLimits
{
    /// <summary>The longest payload of a frame as it is sent: 1,048,576 bytes.</summary>
    public long FrameBytesMax { get; init; } = 1_048_576;

    /// <summary>The longest message, after decompression: 1,048,576 bytes.</summary>
    public int MessageBytesMax { get; init; } = 1_048_576;

    /// <summary>How many bytes of a message may be none of it: the headers of its fragments, so that it does not go on
    /// for ever in empty ones, and compressed bytes that come to nothing. Default 1,048,576.</summary>
    public int OverheadBytesMax { get; init; } = 1_048_576;
}

/// <summary>What a <see cref="WebSocketReader"/> came to.</summary>
public enum WebSocketEvent : byte
{
    /// <summary>Nothing yet: more bytes are needed.</summary>
    NeedMore = 0,

    /// <summary>A message of text, in valid UTF-8.</summary>
    Text,

    /// <summary>A message of bytes.</summary>
    Binary,

    /// <summary>A ping, to be answered with a pong of the same payload.</summary>
    Ping,

    /// <summary>A pong.</summary>
    Pong,

    /// <summary>A close, to be answered with one; nothing is read behind it.</summary>
    Close,

    /// <summary>The peer broke a rule: send a close with <see cref="WebSocketReader.CloseCode"/>, and close.</summary>
    Failed,
}

/// <summary>
/// Reads messages from the bytes of a connection: frames are unmasked, put together, decompressed and validated. It
/// takes bytes as they come, and holds no memory between messages.
/// </summary>
/// <example><code>
/// using var reader = new WebSocketReader(WebSocketRole.Server);
/// while (reader.Read(input, out int consumed) is var what and not WebSocketEvent.NeedMore)
/// {
///     input = input[consumed..];
///     // reader.Payload is the message; go on until more bytes are needed
/// }
/// </code></example>
public sealed class WebSocketReader : IDisposable
{
    private readonly WebSocketRole _role;
    private readonly WebSocketLimits _limits;
    private readonly WebSocketInflater? _inflater;
    private readonly PayloadBuffer _message;
    private readonly byte[] _control = new byte[WebSocketFrameHeader.ControlBytesMax];
    private State _state;
    private Message _kind;
    private WebSocketFrameHeader _frame;
    private long _taken; // Bytes of the frame's payload.
    private long _sent;  // Bytes of the message's frames, as they were sent.
    private Utf8Stream _text;

    /// <summary>Makes a reader for one connection.</summary>
    /// <param name="role">Which end we are.</param>
    /// <param name="limits">How much the peer may send; null for the defaults.</param>
    /// <param name="deflate">What was agreed about compression; null for none.</param>
    public WebSocketReader(WebSocketRole role, WebSocketLimits? limits = null, PerMessageDeflate? deflate = null)
    {
        _role = role;
        _limits = limits ?? new WebSocketLimits();
        _message = new PayloadBuffer(_limits.MessageBytesMax);
        if (deflate is { } agreed)
        {
            bool isAlone = role == WebSocketRole.Server
                ? agreed.ClientNoContextTakeover
                : agreed.ServerNoContextTakeover;
            _inflater = new WebSocketInflater(keepsContext: !isAlone);
        }
    }

    // Where in the stream of frames we are.
    private enum State : byte
    {
        Header = 0,
        Data,
        Control,
        Delivered,  // A message was given out: its memory is free at the next read.
        Closed,
        Failed,
    }

    // The message that frames are put together to. It outlasts the frames, and the control frames between them.
    private enum Message : byte
    {
        None = 0,
        Text,
        Binary,
        CompressedText,
        CompressedBinary,
    }

    /// <summary>The message, or the payload of the ping, pong or close; valid until the next read.</summary>
    public ReadOnlyMemory<byte> Payload { get; private set; }

    /// <summary>With <see cref="WebSocketEvent.Close"/> the peer's code, with <see cref="WebSocketEvent.Failed"/>
    /// ours.</summary>
    public WebSocketCloseCode CloseCode { get; private set; }

    /// <summary>With <see cref="WebSocketEvent.Close"/> the peer's reason, with <see cref="WebSocketEvent.Failed"/> the
    /// rule that it broke, in a few words.</summary>
    public string Reason { get; private set; } = "";

    /// <summary>Takes bytes up to the next event.</summary>
    /// <param name="input">What came and was not consumed. A block of any size does: of a frame that is not whole, all
    /// but a part of its header is consumed.</param>
    /// <param name="consumed">How many of the bytes were taken.</param>
    public WebSocketEvent Read(ReadOnlySpan<byte> input, out int consumed)
    {
        consumed = 0;
        Payload = default;
        while (true)
        {
            switch (_state)
            {
                // A message was given out. The memory goes back before we wait for more.
                case State.Delivered:
                    _message.Clear();
                    _state = State.Header;
                    break;

                // Between frames, perhaps inside a message.
                case State.Header:
                    WebSocketHeaderStatus status = WebSocketFrameHeader.Read(input[consumed..], out _frame);
                    if (status == WebSocketHeaderStatus.NeedMore)
                    {
                        return WebSocketEvent.NeedMore;
                    }

                    if (status == WebSocketHeaderStatus.Malformed)
                    {
                        return Fail(WebSocketCloseCode.ProtocolError, "malformed header of a frame");
                    }

                    consumed += _frame.Length;
                    _taken = 0;
                    if (!BeginFrame())
                    {
                        return WebSocketEvent.Failed;
                    }

                    break;

                // Inside a frame of a message. An empty one is at its end at once.
                case State.Data:
                    ReadOnlySpan<byte> data = Take(input, ref consumed);
                    if (!AppendData(data))
                    {
                        return WebSocketEvent.Failed;
                    }

                    if (_taken < _frame.PayloadLength)
                    {
                        return WebSocketEvent.NeedMore;
                    }

                    _state = State.Header;
                    if (_frame.IsFinal)
                    {
                        return EndMessage();
                    }

                    break;

                // Inside a close, ping or pong.
                case State.Control:
                    int begun = (int)_taken;
                    ReadOnlySpan<byte> control = Take(input, ref consumed);
                    WebSocketMask.Apply(control, _control.AsSpan(begun), _frame.Mask ?? 0, begun);
                    if (_taken < _frame.PayloadLength)
                    {
                        return WebSocketEvent.NeedMore;
                    }

                    _state = State.Header;
                    Payload = _control.AsMemory(0, (int)_taken);
                    return EndControl();

                // Section 5.5.1: what follows a close is not data.
                case State.Closed:
                    consumed = input.Length;
                    return WebSocketEvent.NeedMore;

                default:
                    return WebSocketEvent.Failed;
            }
        }
    }

    /// <summary>Gives the memory back.</summary>
    public void Dispose()
    {
        Payload = default;
        _message.Clear();
        _inflater?.Dispose();
        _state = State.Failed;
    }

    private bool BeginFrame()
    {
        // Section 5.1: a client "MUST mask all frames", and a server "MUST NOT mask any".
        if (_frame.Mask is null == (_role == WebSocketRole.Server))
        {
            Fail(WebSocketCloseCode.ProtocolError, _frame.Mask is null ? "frame without a mask" : "masked frame");
            return false;
        }

        if (_frame.IsControl)
        {
            _state = State.Control;
            return true;
        }

        // Section 5.4: fragments of one message "MUST NOT be interleaved" with another's. RFC 7692 section 6.1 has RSV1
        // in the first frame of a message only.
        bool isFirst = _frame.Opcode != WebSocketOpcode.Continuation;
        if (isFirst != (_kind == Message.None) || (_frame.IsCompressed && (_inflater is null || !isFirst)))
        {
            Fail(WebSocketCloseCode.ProtocolError, _frame.IsCompressed ? "RSV1 set" : "fragment out of order");
            return false;
        }

        if (isFirst)
        {
            _text = default;
            _sent = 0;
            _kind = (_frame.Opcode, _frame.IsCompressed) switch
            {
                (WebSocketOpcode.Text, false) => Message.Text,
                (WebSocketOpcode.Text, true) => Message.CompressedText,
                (_, false) => Message.Binary,
                (_, true) => Message.CompressedBinary,
            };
        }

        // Seen before any of it comes, and without taking memory for what may never come.
        if (_frame.PayloadLength > _limits.FrameBytesMax || (!IsCompressed && _frame.PayloadLength > _message.Room))
        {
            Fail(WebSocketCloseCode.MessageTooBig, "too long");
            return false;
        }

        // What decompresses well is less than nothing here.
        if (_sent + _frame.Length - _message.Count > _limits.OverheadBytesMax)
        {
            Fail(WebSocketCloseCode.PolicyViolation, "too many fragments");
            return false;
        }

        _sent += _frame.Length + _frame.PayloadLength;
        _state = State.Data;
        return true;
    }

    private bool IsCompressed => _kind is Message.CompressedText or Message.CompressedBinary;

    private bool IsText => _kind is Message.Text or Message.CompressedText;

    private ReadOnlySpan<byte> Take(ReadOnlySpan<byte> input, ref int consumed)
    {
        int count = (int)Math.Min(input.Length - consumed, _frame.PayloadLength - _taken);
        ReadOnlySpan<byte> taken = input.Slice(consumed, count);
        consumed += count;
        _taken += count;
        return taken;
    }

    private bool AppendData(ReadOnlySpan<byte> data)
    {
        long offset = _taken - data.Length;
        uint mask = _frame.Mask ?? 0;
        int before = _message.Count;
        if (!IsCompressed)
        {
            if (!data.IsEmpty)
            {
                WebSocketMask.Apply(data, _message.GetSpan(data.Length), mask, offset);
                _message.Advance(data.Length);
            }

            return IsGoodText(before);
        }

        Span<byte> piece = stackalloc byte[1024];
        while (!data.IsEmpty)
        {
            int count = Math.Min(data.Length, piece.Length);
            WebSocketMask.Apply(data[..count], piece, mask, offset);
            if (!Inflated(_inflater!.Append(piece[..count], _message)))
            {
                return false;
            }

            data = data[count..];
            offset += count;
        }

        return IsGoodText(before);
    }

    private bool Inflated(InflateOutcome outcome)
    {
        switch (outcome)
        {
            case InflateOutcome.Done:
                return true;
            case InflateOutcome.TooBig:
                Fail(WebSocketCloseCode.MessageTooBig, "too long");
                return false;
            default:
                Fail(WebSocketCloseCode.InvalidPayload, "malformed compressed data");
                return false;
        }
    }

    private bool IsGoodText(int from)
    {
        bool isGood = !IsText || _text.Append(_message.Written.Span[from..]);
        if (!isGood)
        {
            Fail(WebSocketCloseCode.InvalidPayload, "text that is not UTF-8");
        }

        return isGood;
    }

    private WebSocketEvent EndMessage()
    {
        int before = _message.Count;
        if (IsCompressed && !(Inflated(_inflater!.Finish(_message)) && IsGoodText(before)))
        {
            return WebSocketEvent.Failed;
        }

        bool isText = IsText;
        if (isText && !_text.IsWhole)
        {
            return Fail(WebSocketCloseCode.InvalidPayload, "text that ends inside a character");
        }

        _kind = Message.None;
        _state = State.Delivered;
        Payload = _message.Written;
        return isText ? WebSocketEvent.Text : WebSocketEvent.Binary;
    }

    private WebSocketEvent EndControl()
    {
        switch (_frame.Opcode)
        {
            case WebSocketOpcode.Ping:
                return WebSocketEvent.Ping;
            case WebSocketOpcode.Pong:
                return WebSocketEvent.Pong;
            default:
                if (!WebSocketClose.TryRead(Payload.Span, out WebSocketCloseCode code, out string reason))
                {
                    return Fail(code, "malformed close");
                }

                CloseCode = code;
                Reason = reason;
                _message.Clear();
                _state = State.Closed;
                return WebSocketEvent.Close;
        }
    }

    private WebSocketEvent Fail(WebSocketCloseCode code, string reason)
    {
        Debug.Assert(WebSocketClose.IsSendable(code), "A failure is told to the peer.");
        CloseCode = code;
        Reason = reason;
        Payload = default;
        _message.Clear();
        _state = State.Failed;
        return WebSocketEvent.Failed;
    }
}
