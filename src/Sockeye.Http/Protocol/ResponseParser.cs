using System.Diagnostics;

namespace Sockeye.Http.Protocol;

/// <summary>
/// Reads the heads of responses, for clients and proxies, one after the other; interim ones too. It is used as
/// <see cref="RequestParser"/> is.
/// </summary>
public sealed class ResponseParser
{
    private readonly HttpLimits _limits;
    private readonly HttpProfile _profile;
    private FieldSection _fields;
    private UnfinishedLine _line;
    private State _state;
    private Method _method;

    /// <summary>Makes a parser; it expects the response to a GET.</summary>
    /// <param name="limits">How much is read; the defaults when null.</param>
    /// <param name="profile">How strictly; <see cref="HttpProfile.Strict"/> when null.</param>
    public ResponseParser(HttpLimits? limits = null, HttpProfile? profile = null)
    {
        _limits = limits ?? HttpLimits.Default;
        _profile = profile ?? HttpProfile.Strict;
        _fields = new FieldSection(SectionKind.Response, _profile, _limits);
        _method = Method.Get;
    }

    private enum State : byte
    {
        FirstLine = 0,
        Fields,
        Done,
        Rejected,
    }

    /// <summary>The head.</summary>
    public ResponseHead Head { get; } = new();

    /// <summary>The rule that the response breaks. Nothing that follows on the connection can be trusted.</summary>
    public HttpRule Rule { get; private set; }

    /// <summary>Bytes of the head, once it is there; else 0.</summary>
    public int Consumed { get; private set; }

    /// <summary>Goes on reading.</summary>
    /// <param name="input">Everything since the end of the last message, also what was given before.</param>
    /// <exception cref="InvalidOperationException">The head was read already.</exception>
    public ParseStatus Parse(ReadOnlyMemory<byte> input)
    {
        ReadOnlySpan<byte> octets = input.Span;
        ParseStatus status;
        do
        {
            // State switch: each arm reads one part of a head and goes to the next state when it is complete.
            status = _state switch
            {
                State.FirstLine => ReadFirstLine(octets),
                State.Fields => ReadFields(octets),
                State.Rejected => ParseStatus.Rejected,
                _ => Again(),
            };
        }
        while (status == ParseStatus.Done && _state != State.Done);

        Head.Attach(status == ParseStatus.Done ? input[..Consumed] : input);
        return status;
    }

    /// <summary>Forgets the head and expects the next one.</summary>
    /// <param name="method">The method of the request that it answers, which decides whether there is a body.</param>
    public void Reset(Method method)
    {
        Head.Clear();
        Rule = HttpRule.None;
        Consumed = 0;
        _state = State.FirstLine;
        _method = method;
        _line.Finish();
    }

    private static ParseStatus Again()
    {
        ThrowHelper.ParsedAlready();
        return default;
    }

    private ParseStatus Reject(HttpRule rule)
    {
        Debug.Assert(rule != HttpRule.None, "A rejection has a reason.");
        _state = State.Rejected;
        Rule = rule;
        return ParseStatus.Rejected;
    }

    private ParseStatus ReadFirstLine(ReadOnlySpan<byte> input)
    {
        bool isFull = input.Length >= _limits.RequestLineBytesMax;
        ReadOnlySpan<byte> view = isFull ? input[.._limits.RequestLineBytesMax] : input;
        if (!_line.IsWorthParsing(view, isFull))
        {
            return ParseStatus.NeedMore;
        }

        ParseStatus status = StatusLine.Read(view, Head, _profile, out int length, out HttpRule rule);
        switch (status)
        {
            case ParseStatus.Done:
                _fields.Begin(length);
                _state = State.Fields;
                return status;
            case ParseStatus.NeedMore when isFull:
                return Reject(HttpRule.StatusLineTooLong);
            case ParseStatus.NeedMore when view.IsEmpty:
                return status;
            case ParseStatus.NeedMore:
                _line.Postpone(view);
                return status;
            default:
                return Reject(rule);
        }
    }

    private ParseStatus ReadFields(ReadOnlySpan<byte> input)
    {
        ParseStatus status = _fields.Read(input, Head.Fields);
        if (status == ParseStatus.NeedMore)
        {
            return status;
        }

        if (status == ParseStatus.Rejected)
        {
            return Reject(_fields.Rule);
        }

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

        if (rule != HttpRule.None)
        {
            return Reject(rule);
        }

        Head.KeepAlive = Head.Body is not (BodyKind.UntilClose or BodyKind.Tunnel)
            && Connections.KeepAlive(input, Head.Fields, Head.Version);
        Consumed = _fields.Position;
        Head.Length = Consumed;
        _state = State.Done;
        return ParseStatus.Done;
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
