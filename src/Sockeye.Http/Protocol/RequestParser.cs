using System.Diagnostics;

namespace Sockeye.Http.Protocol;

/// <summary>
/// Reads the heads of requests, one after the other. It is given everything received and not consumed, as often as
/// there is more, and remembers how far it came; nothing is consumed before the head is complete.
/// </summary>
/// <example><code>
/// while (parser.Parse(connection.Unconsumed) == ParseStatus.NeedMore)
/// {
///     await connection.ReadAsync();
/// }
///
/// if (parser.Rule == HttpRule.None)
/// {
///     connection.Consume(parser.Consumed); // parser.Head stays valid until the next read
/// }
/// </code></example>
public sealed class RequestParser
{
    private readonly HttpLimits _limits;
    private readonly HttpProfile _profile;
    private FieldSection _fields;
    private UnfinishedLine _line;
    private State _state;
    private int _start;
    private int _emptyLines;

    /// <summary>Makes a parser.</summary>
    /// <param name="limits">How much is read; the defaults when null.</param>
    /// <param name="profile">How strictly; <see cref="HttpProfile.Strict"/> when null.</param>
    public RequestParser(HttpLimits? limits = null, HttpProfile? profile = null)
    {
        _limits = limits ?? HttpLimits.Default;
        _profile = profile ?? HttpProfile.Strict;
        _fields = new FieldSection(SectionKind.Request, _profile, _limits);
    }

    private enum State : byte
    {
        EmptyLines = 0,
        FirstLine,
        Fields,
        Done,
        Rejected,
    }

    /// <summary>The head. While it is not complete, or rejected, it has what was read so far, for a log.</summary>
    public RequestHead Head { get; } = new();

    /// <summary>The rule that the request breaks; its meaning has the status to answer with. The connection must be
    /// closed afterwards.</summary>
    public HttpRule Rule { get; private set; }

    /// <summary>Bytes of the head and the empty lines before it, once it is there; else 0.</summary>
    public int Consumed { get; private set; }

    /// <summary>Whether a request has begun to arrive: whether closing now would cut one off.</summary>
    public bool HasBegun => _state != State.EmptyLines;

    /// <summary>Whether nothing was read since it was made or reset.</summary>
    internal bool IsNew => _state == State.EmptyLines && _start == 0;

    /// <summary>Goes on reading.</summary>
    /// <param name="input">Everything since the end of the last message, also what was given before. It may have
    /// moved since, and must not have changed.</param>
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
                // RFC 9112 section 2.2: "a server that is expecting to receive and parse a request-line SHOULD ignore
                // at least one empty line (CRLF) received prior to the request-line".
                State.EmptyLines => SkipEmptyLines(octets),
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
    public void Reset()
    {
        Head.Clear();
        Rule = HttpRule.None;
        Consumed = 0;
        _state = State.EmptyLines;
        _start = 0;
        _emptyLines = 0;
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

    private ParseStatus SkipEmptyLines(ReadOnlySpan<byte> input)
    {
        while (_start < input.Length)
        {
            int length;
            switch (input[_start])
            {
                case Octets.CarriageReturn when _start + 1 == input.Length:
                    return ParseStatus.NeedMore;
                case Octets.CarriageReturn when input[_start + 1] != Octets.LineFeed:
                    return Reject(HttpRule.BareCarriageReturn);
                case Octets.CarriageReturn:
                    length = 2;
                    break;
                case Octets.LineFeed when !_profile.Passes(Leniencies.BareLineFeed):
                    return Reject(HttpRule.BareLineFeed);
                case Octets.LineFeed:
                    length = 1;
                    break;
                default:
                    _state = State.FirstLine;
                    return ParseStatus.Done;
            }

            if (++_emptyLines > _limits.EmptyLinesMax)
            {
                return Reject(HttpRule.TooManyEmptyLines);
            }

            _start += length;
        }

        return ParseStatus.NeedMore;
    }

    private ParseStatus ReadFirstLine(ReadOnlySpan<byte> input)
    {
        bool isFull = input.Length - _start >= _limits.RequestLineBytesMax;
        ReadOnlySpan<byte> view = isFull ? input[..(_start + _limits.RequestLineBytesMax)] : input;
        if (!_line.IsWorthParsing(view, isFull))
        {
            return ParseStatus.NeedMore;
        }

        int position = _start;
        ParseStatus status = RequestLine.Read(view, ref position, Head, _limits, _profile, out HttpRule rule);
        switch (status)
        {
            case ParseStatus.Done:
                _fields.Begin(position);
                _state = State.Fields;
                return status;
            case ParseStatus.NeedMore when isFull:
                return Reject(HttpRule.RequestLineTooLong);
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

        HttpRule rule = Conclude(input);
        if (rule != HttpRule.None)
        {
            return Reject(rule);
        }

        Consumed = _fields.Position;
        Head.Length = Consumed;
        _state = State.Done;
        return ParseStatus.Done;
    }

    /// <summary>What the fields mean together.</summary>
    private HttpRule Conclude(ReadOnlySpan<byte> input)
    {
        HeaderFields fields = Head.Fields;
        HttpRule rule = CheckHost(input);
        if (rule != HttpRule.None)
        {
            return rule;
        }

        rule = Framing.Decide(input, Head, _profile, out BodyKind kind, out long length);
        if (rule != HttpRule.None)
        {
            return rule;
        }

        Head.Body = kind == BodyKind.Length && length == 0 ? BodyKind.None : kind;
        Head.ContentLength = length;
        bool hasContent = Head.Body != BodyKind.None;

        // RFC 9110 section 9.3.8: "A client MUST NOT send content in a TRACE request." Section 9.3.6: "A CONNECT
        // request message does not have content", and what follows its head belongs to the tunnel.
        if (hasContent && Head.Method is Method.Connect or Method.Trace)
        {
            return HttpRule.ContentForMethod;
        }

        bool isHttp11 = Head.Version == ProtocolVersion.Http11;
        Head.KeepAlive = Connections.KeepAlive(input, fields, Head.Version);
        if (!isHttp11)
        {
            // RFC 9110 sections 7.8 and 10.1.1: Upgrade and 100-continue in HTTP/1.0 are ignored.
            return HttpRule.None;
        }

        Head.UpgradeRequested = fields.Contains(KnownField.Upgrade)
            && Connections.Has(input, fields, KnownField.Connection, "upgrade"u8);
        return CheckExpect(input, hasContent);
    }

    private HttpRule CheckHost(ReadOnlySpan<byte> input)
    {
        HeaderFields fields = Head.Fields;
        int host = fields.FirstOf(KnownField.Host);
        if (host < 0)
        {
            return Head.Version == ProtocolVersion.Http10 ? HttpRule.None : HttpRule.MissingHost;
        }

        if (fields.CountOf(KnownField.Host) > 1)
        {
            return HttpRule.RepeatedHost;
        }

        // RFC 9110 section 7.2: the field is empty when the target has no authority.
        ReadOnlySpan<byte> value = fields.ValueAt(input, host);
        if (!value.IsEmpty && !Authority.TryParse(value, out _, out _))
        {
            return HttpRule.BadHost;
        }

        if (Head.AuthorityLength == 0)
        {
            return HttpRule.None;
        }

        ReadOnlySpan<byte> authority = input.Slice(Head.AuthorityStart, Head.AuthorityLength);
        int defaultPort;
        if (Head.Form == TargetForm.Authority)
        {
            Authority.TryParse(authority, out _, out defaultPort); // A tunnel's Host may leave its port out.
        }
        else
        {
            defaultPort = RequestTarget.DefaultPort(input.Slice(Head.TargetStart, Head.SchemeLength));
        }

        return Authority.AreSame(authority, defaultPort, value, defaultPort)
            || _profile.Passes(Leniencies.HostMismatch)
            ? HttpRule.None
            : HttpRule.HostMismatch;
    }

    /// <summary>RFC 9110 section 10.1.1: "A server that receives an Expect field value containing a member other than
    /// 100-continue MAY respond with a 417 (Expectation Failed) status code".</summary>
    private HttpRule CheckExpect(ReadOnlySpan<byte> input, bool hasContent)
    {
        HeaderFields fields = Head.Fields;
        if (!fields.Contains(KnownField.Expect))
        {
            return HttpRule.None;
        }

        if (Connections.HasOther(input, fields, KnownField.Expect, "100-continue"u8))
        {
            return HttpRule.UnknownExpectation;
        }

        // "A server MAY omit sending a 100 (Continue) response … if … the framing indicates that there is no content."
        Head.ExpectsContinue = hasContent && Connections.Has(input, fields, KnownField.Expect, "100-continue"u8);
        return HttpRule.None;
    }
}
