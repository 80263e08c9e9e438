namespace Sockeye.Cli.Loading.Protocols;

/// <summary>A message and its reply over TCP, TLS or a Unix socket. The reply has a known size, since nothing else says
/// where it ends.</summary>
internal sealed class MessageProtocol : StreamProtocol
{
    private readonly ReadOnlyMemory<byte> _expected;
    private readonly int _replyBytes;

    /// <summary>Replies that have to be this.</summary>
    /// <param name="endpoint">The peer.</param>
    /// <param name="message">What is sent.</param>
    /// <param name="expected">What has to come back: for an echo the same.</param>
    public MessageProtocol(Endpoint endpoint, ReadOnlyMemory<byte> message, ReadOnlyMemory<byte> expected)
        : this(endpoint, message, expected.Length) => _expected = expected;

    /// <summary>Replies of so many bytes, whatever they are.</summary>
    /// <param name="endpoint">The peer.</param>
    /// <param name="message">What is sent.</param>
    /// <param name="replyBytes">Bytes of a reply; at least one.</param>
    public MessageProtocol(Endpoint endpoint, ReadOnlyMemory<byte> message, int replyBytes)
        : base(NameOf(endpoint), endpoint)
    {
        Request = message;
        _replyBytes = replyBytes;
    }

    public override long MessageBytes => Request.Length;

    public override Rehearsed Rehearse(Endpoint stage) => _expected.IsEmpty
        ? new(new MessageProtocol(stage, Request, _replyBytes), new byte[_replyBytes])
        : new(new MessageProtocol(stage, Request, _expected), _expected);

    public override ReplyReader CreateReader(Lane lane) => new MessageReplies(_expected, _replyBytes);

    private static string NameOf(Endpoint endpoint) => endpoint.Scheme switch
    {
        EndpointScheme.Tls => "tls",
        EndpointScheme.Unix => "unix",
        _ => "tcp",
    };
}

/// <summary>Replies of one size.</summary>
/// <param name="expected">What each has to be; empty for anything.</param>
/// <param name="replyBytes">How long each is.</param>
internal sealed class MessageReplies(ReadOnlyMemory<byte> expected, int replyBytes) : ReplyReader
{
    private static ReadOnlySpan<byte> HttpFront => "HTTP/1."u8;

    private int _taken;
    private ReplyStatus _verdict = ReplyStatus.Good;

    public override void Reset()
    {
        _taken = 0;
        _verdict = ReplyStatus.Good;
    }

    public override ReplyStatus Read(ReadOnlyMemory<byte> input, out int consumed)
    {
        consumed = Math.Min(replyBytes - _taken, input.Length);
        if (expected.Length > 0 && !input.Span[..consumed].SequenceEqual(expected.Span.Slice(_taken, consumed)))
        {
            if (_taken == 0 && input.Span.StartsWith(HttpFront))
            {
                return ReplyStatus.Http;
            }

            _verdict = ReplyStatus.WrongBody;
        }

        _taken += consumed;
        if (_taken < replyBytes)
        {
            return ReplyStatus.NeedMore;
        }

        ReplyStatus verdict = _verdict;
        Reset();
        return verdict;
    }
}
