using System.Buffers.Text;
using System.Text;
using WireHttp = Sockeye.Wire.Application.Http;

namespace Sockeye.Capture.Streams;

/// <summary>What both ends of an HTTP connection must know of each other to tell where messages end.</summary>
internal sealed class HttpPlan
{
    /// <summary>How long a head may be; what is longer is none.</summary>
    public const int HeadBytesMax = 65_536;

    private const int RequestsMax = 64;
    private const int CodeAt = 9;
    private const int CodeDigits = 3;
    private const int SwitchingProtocols = 101;
    private const int FinalCodeMin = 200;
    private const int RedirectionCodeMin = 300;
    private const int NoContent = 204;
    private const int NotModified = 304;

    private const int BitsOfKind = 2;

    // What the requests that are not answered yet ask for: two bits each, the oldest the lowest.
    private UInt128 _kinds;
    private int _requests;

    /// <summary>What of a request its answer depends on.</summary>
    private enum RequestKind : byte
    {
        Ordinary = 0,
        Head,
        Connect,
    }

    /// <summary>How long the message is that begins here, by RFC 9112 section 6.3.</summary>
    public MessagePlan Of(ReadOnlySpan<byte> bytes, int scanned)
    {
        int firstLine = bytes[..Math.Min(bytes.Length, WireHttp.LineBytesMax)].IndexOf((byte)'\n');
        if (firstLine < 0)
        {
            return bytes.Length < WireHttp.LineBytesMax && IsBeginning(bytes) ? new(MessageSize.Unknown) : default;
        }

        if (!WireHttp.Row.Recognizes!(bytes))
        {
            return default;
        }

        int end = EndOfHead(bytes, scanned);
        if (end == 0)
        {
            return bytes.Length < HeadBytesMax ? new(MessageSize.Unknown) : default;
        }

        return bytes.StartsWith("HTTP/1."u8) ? OfResponse(bytes[..end]) : OfRequest(bytes[..end]);
    }

    /// <summary>Whether a message switches the connection to something else (RFC 9110 sections 7.8 and
    /// 9.3.6).</summary>
    public bool Switches { get; private set; }

    private static bool IsBeginning(ReadOnlySpan<byte> bytes) =>
        !bytes.IsEmpty && char.IsAsciiLetterUpper((char)bytes[0])
        && !bytes.TrimEnd((byte)'\r').ContainsAnyExceptInRange((byte)' ', (byte)'~');

    private static int EndOfHead(ReadOnlySpan<byte> bytes, int scanned)
    {
        int from = Math.Clamp(scanned - 3, 0, bytes.Length);
        ReadOnlySpan<byte> rest = bytes[from..Math.Min(bytes.Length, from + HeadBytesMax)];
        int end = rest.IndexOf("\r\n\r\n"u8);
        if (end >= 0)
        {
            return from + end + 4;
        }

        end = rest.IndexOf("\n\n"u8);
        return end < 0 ? 0 : from + end + 2;
    }

    private MessagePlan OfRequest(ReadOnlySpan<byte> head)
    {
        if (_requests < RequestsMax)
        {
            RequestKind kind = head.StartsWith("HEAD "u8) ? RequestKind.Head
                : head.StartsWith("CONNECT "u8) ? RequestKind.Connect : RequestKind.Ordinary;
            _kinds |= (UInt128)(byte)kind << (BitsOfKind * _requests);
            _requests++;
        }

        return Body(head, new MessagePlan(MessageSize.Counted, head.Length, head.Length));
    }

    private MessagePlan OfResponse(ReadOnlySpan<byte> head)
    {
        _ = Utf8Parser.TryParse(head.Slice(CodeAt, CodeDigits), out int code, out _);
        Switches |= code == SwitchingProtocols;
        var withoutBody = new MessagePlan(MessageSize.Counted, head.Length, head.Length);
        if (code < FinalCodeMin)
        {
            return withoutBody;
        }

        var kind = (RequestKind)(byte)(_kinds & ((1 << BitsOfKind) - 1));
        _kinds >>= BitsOfKind;
        _requests = Math.Max(0, _requests - 1);

        // "Any 2xx (Successful) response to a CONNECT request implies that the connection will become a tunnel
        // immediately after the empty line that concludes the header fields" (RFC 9112 section 6.3, rule 2).
        bool isTunnel = kind == RequestKind.Connect && code < RedirectionCodeMin;
        Switches |= isTunnel;
        return isTunnel || kind == RequestKind.Head || code is NoContent or NotModified
            ? withoutBody
            : Body(head, new MessagePlan(MessageSize.UntilClose, HeadBytes: head.Length));
    }

    private static MessagePlan Body(ReadOnlySpan<byte> head, MessagePlan otherwise)
    {
        MessagePlan plan = otherwise;
        for (ReadOnlySpan<byte> rest = head; rest.IndexOf((byte)'\n') is >= 0 and int end; rest = rest[(end + 1)..])
        {
            ReadOnlySpan<byte> line = rest[..end].TrimEnd((byte)'\r');
            int colon = line.IndexOf((byte)':');
            if (colon <= 0)
            {
                continue;
            }

            ReadOnlySpan<byte> value = line[(colon + 1)..].Trim((byte)' ');
            if (Ascii.EqualsIgnoreCase(line[..colon], "transfer-encoding"u8)
                && value.Length >= 7 && Ascii.EqualsIgnoreCase(value[^7..], "chunked"u8))
            {
                return new(MessageSize.Chunked, head.Length, head.Length);
            }

            if (Ascii.EqualsIgnoreCase(line[..colon], "content-length"u8)
                && Utf8Parser.TryParse(value, out long length, out int read) && read == value.Length && length >= 0)
            {
                length = head.Length + Math.Min(length, long.MaxValue - head.Length);
                plan = new(MessageSize.Counted, length, head.Length);
            }
        }

        return plan;
    }
}

/// <summary>Walks over a body in chunks (RFC 9112 section 7.1), however it is cut.</summary>
internal struct ChunkWalker
{
    private enum State : byte
    {
        Size,
        SizeLine,
        Data,
        DataEnd,
        TrailerStart,
        Trailer,
        Done,
    }

    private const long SizeMax = long.MaxValue >> 5;

    private State _state;
    private long _size;

    public readonly bool IsDone => _state == State.Done;

    /// <summary>Begins a body.</summary>
    public void Begin()
    {
        _state = State.Size;
        _size = 0;
    }

    /// <summary>Walks on, and says how many bytes belong to the body.</summary>
    public int Walk(ReadOnlySpan<byte> bytes)
    {
        int at = 0;
        while (at < bytes.Length && _state != State.Done)
        {
            if (_state == State.Data)
            {
                int part = (int)Math.Min(_size, bytes.Length - at);
                at += part;
                _size -= part;
                _state = _size == 0 ? State.DataEnd : State.Data;
                continue;
            }

            Step(bytes[at++]);
        }

        return at;
    }

    private static int ValueOf(byte digit) => digit <= '9' ? digit - '0' : (digit | 0x20) - 'a' + 10;

    private void Step(byte one)
    {
        bool isEnd = one == '\n';
        switch (_state)
        {
            // Digits; what follows them on the line is an extension.
            case State.Size when char.IsAsciiHexDigit((char)one) && _size <= SizeMax:
                _size = (_size << 4) | (uint)ValueOf(one);
                break;
            case State.Size or State.SizeLine:
                _state = !isEnd ? State.SizeLine : _size == 0 ? State.TrailerStart : State.Data;
                break;
            case State.DataEnd when isEnd:
                Begin();
                break;

            // An empty line ends the trailers.
            case State.TrailerStart:
                _state = isEnd ? State.Done : one == '\r' ? State.TrailerStart : State.Trailer;
                break;
            case State.Trailer when isEnd:
                _state = State.TrailerStart;
                break;
        }
    }
}
