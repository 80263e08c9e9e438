namespace Sockeye.Http.Protocol;

/// <summary>Reads the heads of responses, for clients and proxies; interim ones too.</summary>
public sealed class ResponseParser : HeadParser
{
    private readonly HttpProfile _profile;
    private Method _method;

    /// <summary>Makes a parser; it expects the response to a GET.</summary>
    /// <param name="limits">How much is read; the defaults when null.</param>
    /// <param name="profile">How strictly; <see cref="HttpProfile.Strict"/> when null.</param>
    public ResponseParser(HttpLimits? limits = null, HttpProfile? profile = null)
        : this(new ResponseHead(), limits ?? HttpLimits.Default, profile ?? HttpProfile.Strict)
    {
    }

    private ResponseParser(ResponseHead head, HttpLimits limits, HttpProfile profile)
        : base(head, SectionKind.Response, profile, limits)
    {
        Head = head;
        _profile = profile;
        _method = Method.Get;
    }

    /// <summary>The head.</summary>
    public ResponseHead Head { get; }

    private protected override HttpRule TooLong => HttpRule.StatusLineTooLong;

    /// <summary>Forgets the head and expects the next one.</summary>
    /// <param name="method">The method of the request that it answers, which decides whether there is a body.</param>
    public void Reset(Method method)
    {
        Head.Clear();
        _method = method;
        Restart();
    }

    /// <summary>Nothing may.</summary>
    private protected override ParseStatus FindFirstLine(
        ReadOnlySpan<byte> input, ref int start, out HttpRule rule)
    {
        rule = HttpRule.None;
        return input.IsEmpty ? ParseStatus.NeedMore : ParseStatus.Done;
    }

    private protected override ParseStatus ReadFirstLine(
        ReadOnlySpan<byte> view, ref int position, out HttpRule rule)
    {
        ParseStatus status = StatusLine.Read(view, Head, _profile, out int length, out rule);
        position += length;
        return status;
    }

    private protected override HttpRule Conclude(ReadOnlySpan<byte> input)
    {
        // RFC 9110 section 7.8: after 101 the connection speaks another protocol. Section 9.3.6: a 2xx to CONNECT
        // makes a tunnel, and "a client MUST ignore any Content-Length or Transfer-Encoding header fields received".
        HttpRule rule = HttpRule.None;
        int code = Head.Status;
        if (code == StatusCode.SwitchingProtocols || (_method == Method.Connect && code is >= 200 and < 300))
        {
            Head.Body = BodyKind.Tunnel;
        }
        else
        {
            rule = Framing.Decide(input, Head, _profile, out BodyKind kind, out long length);
            Head.ContentLength = length;
            Head.Body = BodyOf(kind, length);
        }

        Head.KeepAlive = Head.Body is not (BodyKind.UntilClose or BodyKind.Tunnel)
            && Connections.KeepAlive(input, Head.Fields, Head.Version);
        return rule;
    }

    /// <summary>RFC 9112 section 6.3, in its order. What is wrong with the framing fields is wrong also where they
    /// are not used.</summary>
    private BodyKind BodyOf(BodyKind stated, long length)
    {
        // 1: "any response to a HEAD request and any response with a 1xx, 204, or 304 status code is always terminated
        // by the first empty line after the header fields".
        if (_method == Method.Head || Head.Status is < 200 or StatusCode.NoContent or StatusCode.NotModified)
        {
            return BodyKind.None;
        }

        return stated switch
        {
            BodyKind.None => BodyKind.UntilClose, // 8
            BodyKind.Length when length == 0 => BodyKind.None,
            _ => stated,
        };
    }
}
