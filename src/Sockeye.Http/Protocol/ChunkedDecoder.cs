using System.Diagnostics;

namespace Sockeye.Http.Protocol;

/// <summary>What a decoder found.</summary>
public enum ChunkedStatus : byte
{
    /// <summary>More bytes are needed.</summary>
    NeedMore = 0,

    /// <summary>There is data; ask again for what follows it.</summary>
    Data,

    /// <summary>The body has ended, and its trailers are there.</summary>
    Done,

    /// <summary>A rule is broken, and the connection must be closed.</summary>
    Rejected,
}

/// <summary>
/// Takes the data out of a chunked body (RFC 9112 section 7.1) without copying it: each piece of data is a part of the
/// input. It can be used again after <see cref="Reset"/>.
/// </summary>
/// <example><code>
/// ChunkedStatus status;
/// do
/// {
///     status = decoder.Decode(connection.Unconsumed.Span, out int consumed, out ReadOnlySpan&lt;byte&gt; data);
///     use(data);                    // before the next read
///     connection.Consume(consumed); // also when more is needed
/// }
/// while (status == ChunkedStatus.Data);
/// </code></example>
public sealed class ChunkedDecoder
{
    /// <summary>Bytes of data that allow one more byte of chunk extensions in a body; see
    /// <see cref="HttpLimits.ChunkExtensionTotalBytesMax"/>.</summary>
    public const int DataBytesPerExtensionByte = 16;

    private readonly HttpLimits _limits;
    private UnfinishedLine _line;
    private FieldSection _trailers;
    private State _state;
    private long _left;
    private long _extensionBytes;

    /// <summary>Makes a decoder.</summary>
    /// <param name="limits">How much is read; the defaults when null.</param>
    /// <param name="profile">How strictly trailers are read; <see cref="HttpProfile.Strict"/> when null. The framing
    /// is always strict.</param>
    public ChunkedDecoder(HttpLimits? limits = null, HttpProfile? profile = null)
    {
        _limits = limits ?? HttpLimits.Default;
        _trailers = new FieldSection(SectionKind.Trailers, profile ?? HttpProfile.Strict, _limits);
        BodyBytesMax = _limits.BodyBytesMax;
    }

    private enum State : byte
    {
        Size = 0,
        Data,
        DataEnd,
        TrailersBegin,
        Trailers,
        Done,
        Rejected,
    }

    /// <summary>Bytes of data at most; a chunk that passes it is rejected before its data. May be changed until the
    /// body passes it.</summary>
    public long BodyBytesMax { get; set; }

    /// <summary>Bytes of data that were announced so far, including those of the current chunk to come.</summary>
    public long BodyBytes { get; private set; }

    /// <summary>The rule that the body breaks.</summary>
    public HttpRule Rule { get; private set; }

    /// <summary>The trailer fields, once the body has ended; never to be merged into the head's fields. They stay
    /// valid until the decoder is reset.</summary>
    public HeaderFields Trailers { get; } = new();

    /// <summary>Begins a new body with the limit of <see cref="HttpLimits"/>.</summary>
    public void Reset()
    {
        _line.Finish();
        _state = State.Size;
        _left = 0;
        _extensionBytes = 0;
        BodyBytesMax = _limits.BodyBytesMax;
        BodyBytes = 0;
        Rule = HttpRule.None;
        Trailers.Clear();
    }

    /// <summary>Goes on decoding.</summary>
    /// <param name="input">What is unconsumed; the next call gets it without the bytes consumed in this one.</param>
    /// <param name="consumed">Bytes at the front that are used up, data included. Meaningful whatever the
    /// result.</param>
    /// <param name="data">The data, a part of the input; empty unless the result is
    /// <see cref="ChunkedStatus.Data"/>.</param>
    public ChunkedStatus Decode(ReadOnlySpan<byte> input, out int consumed, out ReadOnlySpan<byte> data)
    {
        consumed = 0;
        data = default;
        while (true)
        {
            ReadOnlySpan<byte> rest = input[consumed..];
            ParseStatus status;

            // State switch: each arm reads one part of a body and goes to the next state when it is complete.
            switch (_state)
            {
                case State.Size:
                    status = ReadSize(rest, ref consumed);
                    break;

                // As much of the chunk's data as there is.
                case State.Data:
                    int length = (int)Math.Min(_left, rest.Length);
                    data = rest[..length];
                    consumed += length;
                    _left -= length;
                    _state = _left == 0 ? State.DataEnd : State.Data;
                    return length == 0 ? ChunkedStatus.NeedMore : ChunkedStatus.Data;
                case State.DataEnd:
                    status = ReadDataEnd(rest, ref consumed);
                    break;
                case State.TrailersBegin:
                    _trailers.Begin(0);
                    _state = State.Trailers;
                    continue;
                case State.Trailers:
                    status = ReadTrailers(rest, ref consumed);
                    break;
                case State.Done:
                    return ChunkedStatus.Done;
                default:
                    return ChunkedStatus.Rejected;
            }

            if (status == ParseStatus.NeedMore)
            {
                return ChunkedStatus.NeedMore;
            }
        }
    }

    private ParseStatus Reject(HttpRule rule)
    {
        Debug.Assert(rule != HttpRule.None, "A rejection has a reason.");
        _state = State.Rejected;
        Rule = rule;
        return ParseStatus.Rejected;
    }

    private ParseStatus ReadSize(ReadOnlySpan<byte> rest, ref int consumed)
    {
        // The line's parts are bounded one by one: 15 digits, the extensions, the end.
        bool isFull = rest.Length > ChunkLine.SizeDigitsMax + _limits.ChunkExtensionBytesMax + 2;
        if (!_line.IsWorthParsing(rest, isFull))
        {
            return ParseStatus.NeedMore;
        }

        ParseStatus status = ChunkLine.Read(
            rest, _limits.ChunkExtensionBytesMax, out long size, out int extensionBytes, out int length,
            out HttpRule rule);
        if (status == ParseStatus.NeedMore)
        {
            _line.Postpone(rest);
            return status;
        }

        if (status == ParseStatus.Rejected)
        {
            return Reject(rule);
        }

        _extensionBytes += extensionBytes;
        if (_extensionBytes > _limits.ChunkExtensionTotalBytesMax + (BodyBytes / DataBytesPerExtensionByte))
        {
            return Reject(HttpRule.ChunkExtensionsTooLong);
        }

        if (size > BodyBytesMax - BodyBytes)
        {
            return Reject(HttpRule.BodyTooLong);
        }

        _line.Finish();
        consumed += length;
        BodyBytes += size;
        _left = size;
        _state = size == 0 ? State.TrailersBegin : State.Data;
        return ParseStatus.Done;
    }

    private ParseStatus ReadDataEnd(ReadOnlySpan<byte> rest, ref int consumed)
    {
        if (rest.IsEmpty)
        {
            return ParseStatus.NeedMore;
        }

        if (rest[0] != Octets.CarriageReturn)
        {
            return Reject(HttpRule.BadChunkEnd);
        }

        if (rest.Length == 1)
        {
            return ParseStatus.NeedMore;
        }

        if (rest[1] != Octets.LineFeed)
        {
            return Reject(HttpRule.BadChunkEnd);
        }

        consumed += 2;
        _state = State.Size;
        return ParseStatus.Done;
    }

    private ParseStatus ReadTrailers(ReadOnlySpan<byte> rest, ref int consumed)
    {
        ParseStatus status = _trailers.Read(rest, Trailers);
        if (status == ParseStatus.Rejected)
        {
            return Reject(_trailers.Rule);
        }

        if (status == ParseStatus.Done)
        {
            if (Trailers.Count > 0)
            {
                Trailers.Attach(rest[.._trailers.Position].ToArray());
            }

            consumed += _trailers.Position;
            _state = State.Done;
        }

        return status;
    }
}
