using Sockeye.Http.Protocol;

namespace Sockeye.Cli.Loading.Protocols;

/// <summary>The responses on a connection of HTTP/1.1, each to its end.</summary>
internal sealed class HttpReplies : ReplyReader
{
    private static readonly HttpLimits s_limits = new() { BodyBytesMax = long.MaxValue };

    private readonly HttpProtocol _protocol;
    private readonly HeadSeen _seen;
    private readonly ResponseParser _parser = new(s_limits);
    private readonly ChunkedDecoder _chunks = new(s_limits);
    private readonly TextSearch? _search;
    private State _state;
    private ReplyStatus _verdict;   // Of the head that was read last.
    private int _status;
    private bool _keepsConnection;
    private long _left;

    /// <param name="protocol">What is asked.</param>
    /// <param name="seen">The head that the lane saw last.</param>
    public HttpReplies(HttpProtocol protocol, HeadSeen seen)
    {
        _protocol = protocol;
        _seen = seen;
        _search = protocol.Expectation.Text.IsEmpty ? null : new TextSearch(protocol.Expectation.Text);
        _parser.Reset(protocol.Method);
    }

    private enum State : byte
    {
        /// <summary>A head is expected.</summary>
        Head = 0,

        /// <summary>A part of one was read.</summary>
        HeadBegun,

        /// <summary>A body of stated length.</summary>
        Sized,

        /// <summary>A body in chunks.</summary>
        Chunked,

        /// <summary>A body until the connection ends.</summary>
        UntilClose,
    }

    public override bool KeepsConnection => _keepsConnection;

    public override int Status => _status;

    public override void Reset()
    {
        _parser.Reset(_protocol.Method);
        _state = State.Head;
    }

    public override ReplyStatus Read(ReadOnlyMemory<byte> input, out int consumed)
    {
        consumed = 0;
        if (_state is State.Head or State.HeadBegun)
        {
            ReplyStatus head = ReadHead(input, out consumed);
            if (head != ReplyStatus.Good)
            {
                return head;
            }

            input = input[consumed..];
        }

        // State switch: each arm reads what there is of one kind of body.
        switch (_state)
        {
            case State.Head:
                return Finish();
            case State.Sized:
                int count = (int)Math.Min(_left, input.Length);
                Search(input.Span[..count]);
                consumed += count;
                _left -= count;
                return _left == 0 ? Finish() : ReplyStatus.NeedMore;
            case State.Chunked:
                return ReadChunks(input.Span, ref consumed);
            default:
                Search(input.Span);
                consumed += input.Length;
                return ReplyStatus.NeedMore;
        }
    }

    public override ReplyStatus End() => _state == State.UntilClose ? Finish() : ReplyStatus.NeedMore;

    /// <summary>Reads a head; good means only that it is there.</summary>
    private ReplyStatus ReadHead(ReadOnlyMemory<byte> input, out int consumed)
    {
        consumed = 0;
        while (true)
        {
            if (_state == State.Head && _seen.IsFrontOf(input.Span[consumed..]))
            {
                // The same bytes are the same head, whatever they say; only its Date changes, once a second.
                consumed += _seen.Length;
            }
            else
            {
                ParseStatus status = _parser.Parse(input[consumed..]);
                if (status == ParseStatus.NeedMore)
                {
                    _state = State.HeadBegun;
                    return ReplyStatus.NeedMore;
                }

                if (status == ParseStatus.Rejected || _parser.Head.Body == BodyKind.Tunnel)
                {
                    return ReplyStatus.Malformed;
                }

                _seen.Keep(_parser.Head);
                consumed += _parser.Consumed;
                _parser.Reset(_protocol.Method);
                if (_seen.IsInterim)
                {
                    _seen.Forget();
                    _state = State.Head;
                    continue;
                }
            }

            TakeHead();
            return ReplyStatus.Good;
        }
    }

    private void TakeHead()
    {
        _verdict = _protocol.Expectation.Takes(_seen.Status) ? ReplyStatus.Good : ReplyStatus.WrongStatus;
        _status = _seen.Status;
        _keepsConnection = _seen.KeepAlive;
        _left = _seen.ContentLength;
        _search?.Begin();
        _state = _seen.Body switch
        {
            BodyKind.Length => State.Sized,
            BodyKind.Chunked => State.Chunked,
            BodyKind.UntilClose => State.UntilClose,
            _ => State.Head,
        };
        if (_state == State.Chunked)
        {
            _chunks.Reset();
        }
    }

    private ReplyStatus ReadChunks(ReadOnlySpan<byte> input, ref int consumed)
    {
        int at = 0;
        while (true)
        {
            ChunkedStatus status = _chunks.Decode(input[at..], out int count, out ReadOnlySpan<byte> data);
            at += count;
            consumed += count;
            switch (status)
            {
                case ChunkedStatus.Data:
                    Search(data);
                    break;
                case ChunkedStatus.NeedMore:
                    return ReplyStatus.NeedMore;
                case ChunkedStatus.Done:
                    return Finish();
                default:
                    return ReplyStatus.Malformed;
            }
        }
    }

    private void Search(ReadOnlySpan<byte> piece) => _search?.Read(piece);

    private ReplyStatus Finish()
    {
        _state = State.Head;
        return _verdict == ReplyStatus.Good && _search is { IsFound: false } ? ReplyStatus.WrongBody : _verdict;
    }
}
