namespace Sockeye.Http.Protocol;

/// <summary>What a parser says of the bytes so far.</summary>
public enum ParseStatus : byte
{
    /// <summary>More bytes are needed.</summary>
    NeedMore = 0,

    /// <summary>All of it is there.</summary>
    Done,

    /// <summary>A rule is broken, and nothing after it can be trusted.</summary>
    Rejected,
}

/// <summary>Which section the field lines are in; some leniencies depend on it.</summary>
internal enum SectionKind : byte
{
    Request = 0,
    Response,
    Trailers,
}

/// <summary>
/// Reads the field lines of a head or a trailer section, line by line, until the empty line (RFC 9112 section 5). The
/// answer to a prefix of some bytes is either "need more" or the answer to all of them, however they are cut.
/// </summary>
internal struct FieldSection
{
    private readonly SectionKind _kind;
    private readonly HttpProfile _profile;
    private readonly int _fieldsMax;
    private readonly int _bytesMax;
    private readonly bool _remembers;
    private UnfinishedLine _line;
    private int _start;

    public FieldSection(SectionKind kind, HttpProfile profile, HttpLimits limits)
    {
        _kind = kind;
        _profile = profile;
        _fieldsMax = kind == SectionKind.Trailers ? limits.TrailersMax : limits.FieldsMax;
        _bytesMax = kind == SectionKind.Trailers ? limits.TrailerBytesMax : limits.FieldBytesMax;

        // Nothing is counted in a line that is recalled, and what else is read differs with the section.
        _remembers = kind != SectionKind.Trailers && profile.Accepts == Leniencies.None;
    }

    /// <summary>Where the next line begins; after the end, where the section ends.</summary>
    public int Position { get; private set; }

    /// <summary>The rule that is broken.</summary>
    public HttpRule Rule { get; private set; }

    /// <summary>Begins at this place of the input.</summary>
    public void Begin(int start)
    {
        _start = start;
        Position = start;
        Rule = HttpRule.None;
        _line.Finish();
    }

    public ParseStatus Read(ReadOnlySpan<byte> input, HeaderFields fields)
    {
        // A line is parsed as if the input ended where the limit is, so that what is wrong before the limit is
        // found before it, and what is wrong after it is not, whether the bytes come in one piece or in many.
        bool isFull = input.Length - _start >= _bytesMax;
        ReadOnlySpan<byte> view = isFull ? input[..(_start + _bytesMax)] : input;
        if (!_line.IsWorthParsing(view, isFull))
        {
            return ParseStatus.NeedMore;
        }

        if (Position == _start)
        {
            fields.Begin(_start);
            Position += fields.Recall(view[_start..]);
        }

        while (true)
        {
            ParseStatus status = ReadLine(view, fields, out bool isEnd);
            switch (status)
            {
                case ParseStatus.Done when isEnd:
                    if (_remembers)
                    {
                        fields.Remember(view[_start..]);
                    }

                    return ParseStatus.Done;
                case ParseStatus.Done:
                    _line.Finish();
                    break;
                case ParseStatus.NeedMore when isFull:
                    return Reject(
                        _kind == SectionKind.Trailers ? HttpRule.TrailersTooLong : HttpRule.FieldsTooLong);
                case ParseStatus.NeedMore:
                    _line.Postpone(view);
                    return ParseStatus.NeedMore;
                default:
                    return ParseStatus.Rejected;
            }
        }
    }

    private ParseStatus Reject(HttpRule rule)
    {
        Rule = rule;
        return ParseStatus.Rejected;
    }

    private ParseStatus ReadLine(ReadOnlySpan<byte> view, HeaderFields fields, out bool isEnd)
    {
        isEnd = false;
        ReadOnlySpan<byte> line = view[Position..];
        if (line.IsEmpty)
        {
            return ParseStatus.NeedMore;
        }

        byte first = line[0];
        if (first is Octets.CarriageReturn or Octets.LineFeed)
        {
            isEnd = true;
            return ReadEnd(line, 0);
        }

        if (Octets.IsBlank(first))
        {
            return ReadFold(view, line, fields);
        }

        if (fields.Count == _fieldsMax)
        {
            return Reject(_kind == SectionKind.Trailers ? HttpRule.TooManyTrailers : HttpRule.TooManyFields);
        }

        int colon = line.IndexOfAnyExcept(Octets.Token);
        int nameLength = colon;
        if (colon <= 0 || line[colon] != ':')
        {
            ParseStatus status = ReadOddName(line, ref colon);
            if (status != ParseStatus.Done)
            {
                return status;
            }
        }

        return ReadField(line, nameLength, colon + 1, fields);
    }

    private ParseStatus ReadField(ReadOnlySpan<byte> line, int nameLength, int valueStart, HeaderFields fields)
    {
        int start = Position;
        ParseStatus status = ReadValue(line, ref valueStart, out int valueLength);
        if (status != ParseStatus.Done)
        {
            return status;
        }

        KnownField known = KnownFields.Find(line[..nameLength]);
        if (_kind == SectionKind.Trailers && !known.MayBeTrailer())
        {
            return _profile.Passes(Leniencies.ForbiddenTrailers)
                ? ParseStatus.Done
                : Reject(HttpRule.ForbiddenTrailer);
        }

        int at = start - _start;
        fields.Add(known, at, nameLength, at + valueStart, valueLength, Position - _start);
        return ParseStatus.Done;
    }

    /// <summary>Finds the value without the blanks around it, and goes to the next line.</summary>
    private ParseStatus ReadValue(ReadOnlySpan<byte> line, ref int start, out int length)
    {
        length = 0;
        while (start < line.Length && Octets.IsBlank(line[start]))
        {
            start++;
        }

        int end = start;
        bool hasControls = false;
        while (true)
        {
            int stop = line[end..].IndexOfAny(Octets.NotInValue);
            if (stop < 0)
            {
                return ParseStatus.NeedMore;
            }

            end += stop;
            if (line[end] is Octets.CarriageReturn or Octets.LineFeed)
            {
                break;
            }

            // RFC 9110 section 5.5: NUL is dangerous and never passes; other controls may.
            if (line[end] == 0 || (_profile.Accepts & Leniencies.ControlCharacters) == 0)
            {
                return Reject(HttpRule.BadFieldValue);
            }

            hasControls = true;
            end++;
        }

        ParseStatus status = ReadEnd(line, end);
        if (status != ParseStatus.Done)
        {
            return status;
        }

        while (end > start && Octets.IsBlank(line[end - 1]))
        {
            end--;
        }

        if (hasControls)
        {
            _profile.Passes(Leniencies.ControlCharacters);
        }

        length = end - start;
        return ParseStatus.Done;
    }

    /// <summary>Reads a line's end at this place, and goes to the next line.</summary>
    private ParseStatus ReadEnd(ReadOnlySpan<byte> line, int at)
    {
        if (line[at] == Octets.LineFeed)
        {
            // Trailers are part of the framing of chunks, where nothing is lenient.
            if (_kind == SectionKind.Trailers || !_profile.Passes(Leniencies.BareLineFeed))
            {
                return Reject(HttpRule.BareLineFeed);
            }

            Position += at + 1;
            return ParseStatus.Done;
        }

        if (at + 1 >= line.Length)
        {
            return ParseStatus.NeedMore;
        }

        // RFC 9112 section 2.2: "A sender MUST NOT generate a bare CR … A recipient of such a bare CR MUST consider
        // that element to be invalid or replace each bare CR with SP".
        if (line[at + 1] != Octets.LineFeed)
        {
            return Reject(HttpRule.BareCarriageReturn);
        }

        Position += at + 2;
        return ParseStatus.Done;
    }

    /// <summary>
    /// A name that no colon follows at once. RFC 9112 section 5.1: "A server MUST reject, with a response status code
    /// of 400 (Bad Request), any received request message that contains whitespace between a header field name and
    /// colon. A proxy MUST remove any such whitespace from a response message".
    /// </summary>
    private ParseStatus ReadOddName(ReadOnlySpan<byte> line, ref int colon)
    {
        if (colon < 0)
        {
            return ParseStatus.NeedMore;
        }

        int at = colon;
        while (at < line.Length && Octets.IsBlank(line[at]))
        {
            at++;
        }

        if (at == line.Length)
        {
            return ParseStatus.NeedMore;
        }

        if (colon == 0)
        {
            return Reject(HttpRule.BadFieldName);
        }

        switch (line[at])
        {
            case Octets.CarriageReturn or Octets.LineFeed:
                return Reject(HttpRule.MissingColon);
            case (byte)':':
                // Counted when the colon is seen; a line is parsed again only when its end was not there.
                if (_kind != SectionKind.Response || (_profile.Accepts & Leniencies.SpaceBeforeColonInResponse) == 0)
                {
                    return Reject(HttpRule.SpaceBeforeColon);
                }

                if (line[at..].Contains(Octets.LineFeed))
                {
                    _profile.Passes(Leniencies.SpaceBeforeColonInResponse);
                }

                colon = at;
                return ParseStatus.Done;
            default:
                return Reject(HttpRule.BadFieldName);
        }
    }

    /// <summary>
    /// A line that begins with a blank. RFC 9112 section 5.2: a server "MUST either reject the message … or replace
    /// each received obs-fold with one or more SP octets prior to interpreting the field value". Before the first
    /// field it is none, and section 2.2 says to reject it or drop it.
    /// </summary>
    private ParseStatus ReadFold(ReadOnlySpan<byte> view, ReadOnlySpan<byte> line, HeaderFields fields)
    {
        bool mayFold = _kind != SectionKind.Trailers && fields.Count > 0
            && (_profile.Accepts & Leniencies.ObsoleteFold) != 0
            && fields.LastKnown is not (KnownField.TransferEncoding or KnownField.ContentLength or KnownField.Host
                or KnownField.Connection or KnownField.Upgrade or KnownField.Expect);
        if (!mayFold)
        {
            return Reject(HttpRule.ObsoleteFold);
        }

        int start = 0;
        ParseStatus status = ReadValue(line, ref start, out int length);
        if (status != ParseStatus.Done)
        {
            return status;
        }

        // A line of blanks alone is the end of the head to some readers.
        if (length == 0)
        {
            return Reject(HttpRule.ObsoleteFold);
        }

        _profile.Passes(Leniencies.ObsoleteFold);
        fields.Continue(view, line.Slice(start, length));
        return ParseStatus.Done;
    }
}
