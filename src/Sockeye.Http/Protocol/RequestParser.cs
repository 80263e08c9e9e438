namespace Sockeye.Http.Protocol;

/// <summary>Reads the heads of requests.</summary>
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
public sealed class RequestParser : HeadParser
{
    private const int LastHostBytesMax = 64;

    private readonly byte[] _lastHost = new byte[LastHostBytesMax];     // Of a request before, and in order.
    private int _lastHostLength;
    private Conclusion _last;       // Of the request before.
    private readonly HttpLimits _limits;
    private readonly HttpProfile _profile;
    private int _emptyLines;

    /// <summary>Makes a parser.</summary>
    /// <param name="limits">How much is read; the defaults when null.</param>
    /// <param name="profile">How strictly; <see cref="HttpProfile.Strict"/> when null.</param>
    public RequestParser(HttpLimits? limits = null, HttpProfile? profile = null)
        : this(new RequestHead(), limits ?? HttpLimits.Default, profile ?? HttpProfile.Strict)
    {
    }

    private RequestParser(RequestHead head, HttpLimits limits, HttpProfile profile)
        : base(head, SectionKind.Request, profile, limits)
    {
        Head = head;
        _limits = limits;
        _profile = profile;
    }

    /// <summary>What was concluded, and from what beside the fields' bytes: how many there are, and the first
    /// line.</summary>
    private struct Conclusion
    {
        public int Fields;          // 0: there is none.
        public Method Method;
        public ProtocolVersion Version;
        public BodyKind Body;
        public long ContentLength;
        public bool KeepAlive;
        public bool UpgradeRequested;
        public bool ExpectsContinue;
    }

    /// <summary>The head. While it is not complete, or rejected, it has what was read so far, for a log.</summary>
    public RequestHead Head { get; }

    private protected override HttpRule TooLong => HttpRule.RequestLineTooLong;

    /// <summary>Forgets the head and expects the next one.</summary>
    public void Reset()
    {
        Head.Clear();
        _emptyLines = 0;
        Restart();
    }

    /// <summary>RFC 9112 section 2.2: "a server that is expecting to receive and parse a request-line SHOULD ignore at
    /// least one empty line (CRLF) received prior to the request-line".</summary>
    private protected override ParseStatus FindFirstLine(
        ReadOnlySpan<byte> input, ref int start, out HttpRule rule)
    {
        rule = HttpRule.None;
        while (start < input.Length)
        {
            int length;
            switch (input[start])
            {
                case Octets.CarriageReturn when start + 1 == input.Length:
                    return ParseStatus.NeedMore;
                case Octets.CarriageReturn when input[start + 1] != Octets.LineFeed:
                    rule = HttpRule.BareCarriageReturn;
                    return ParseStatus.Rejected;
                case Octets.CarriageReturn:
                    length = 2;
                    break;
                case Octets.LineFeed when !_profile.Passes(Leniencies.BareLineFeed):
                    rule = HttpRule.BareLineFeed;
                    return ParseStatus.Rejected;
                case Octets.LineFeed:
                    length = 1;
                    break;
                default:
                    return ParseStatus.Done;
            }

            if (++_emptyLines > _limits.EmptyLinesMax)
            {
                rule = HttpRule.TooManyEmptyLines;
                return ParseStatus.Rejected;
            }

            start += length;
        }

        return ParseStatus.NeedMore;
    }

    private protected override ParseStatus ReadFirstLine(
        ReadOnlySpan<byte> view, ref int position, out HttpRule rule) =>
        RequestLine.Read(view, ref position, Head, _limits, _profile, out rule);

    private protected override HttpRule Conclude(ReadOnlySpan<byte> input)
    {
        if (TryConcludeAsBefore())
        {
            return HttpRule.None;
        }

        _last.Fields = 0;
        HttpRule rule = ConcludeFrom(input);
        if (rule == HttpRule.None && Head.Form == TargetForm.Origin)
        {
            _last.Fields = Head.Fields.Count;
            _last.Method = Head.Method;
            _last.Version = Head.Version;
            _last.Body = Head.Body;
            _last.ContentLength = Head.ContentLength;
            _last.KeepAlive = Head.KeepAlive;
            _last.UpgradeRequested = Head.UpgradeRequested;
            _last.ExpectsContinue = Head.ExpectsContinue;
        }

        return rule;
    }

    /// <summary>The same fields after as good as the same first line mean the same again.</summary>
    private bool TryConcludeAsBefore()
    {
        // What is remembered of the fields changes only with a section that is not recalled as a whole, and what that
        // one means takes the place of this conclusion. Or it was rejected halfway: then there are fewer fields.
        if (!Head.Fields.AreRecalled || _last.Fields != Head.Fields.Count || _last.Method != Head.Method
            || _last.Version != Head.Version || Head.Form != TargetForm.Origin)
        {
            return false;
        }

        Head.Body = _last.Body;
        Head.ContentLength = _last.ContentLength;
        Head.KeepAlive = _last.KeepAlive;
        Head.UpgradeRequested = _last.UpgradeRequested;
        Head.ExpectsContinue = _last.ExpectsContinue;
        return true;
    }

    /// <summary>What the fields mean together.</summary>
    private HttpRule ConcludeFrom(ReadOnlySpan<byte> input)
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
        if (!value.IsEmpty && !IsAuthority(value))
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

        // RFC 9112 section 3.2.2 has the Host ignored beside an absolute target, and no other.
        return Authority.AreSame(authority, defaultPort, value, defaultPort)
            || (Head.Form == TargetForm.Absolute && _profile.Passes(Leniencies.HostMismatch))
            ? HttpRule.None
            : HttpRule.HostMismatch;
    }

    /// <summary>Requests of a connection, and most of a server's, have the same Host: what was in order is compared
    /// before it is taken apart: 2.7 % of a request in a pipeline of 16 were spent on that (2026-11).</summary>
    private bool IsAuthority(ReadOnlySpan<byte> value)
    {
        if (value.SequenceEqual(_lastHost.AsSpan(0, _lastHostLength)))
        {
            return true;
        }

        if (!Authority.TryParse(value, out _, out _))
        {
            return false;
        }

        if (value.Length <= LastHostBytesMax)
        {
            value.CopyTo(_lastHost);
            _lastHostLength = value.Length;
        }

        return true;
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
