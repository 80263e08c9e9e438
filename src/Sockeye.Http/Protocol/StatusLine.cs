namespace Sockeye.Http.Protocol;

/// <summary>Reads a status line (RFC 9112 section 4). The answer to a prefix is "need more" or the final one.</summary>
internal static class StatusLine
{
    // "HTTP/1.1 200"
    private const int StatusStart = 9;
    private const int StatusEnd = 12;

    public static ParseStatus Read(
        ReadOnlySpan<byte> view, ResponseHead head, HttpProfile profile, out int length, out HttpRule rule)
    {
        length = 0;
        rule = CheckStart(view[..Math.Min(view.Length, StatusEnd)]);
        if (rule != HttpRule.None)
        {
            return ParseStatus.Rejected;
        }

        if (view.Length <= StatusEnd)
        {
            return ParseStatus.NeedMore;
        }

        byte after = view[StatusEnd];
        bool hasSpace = after == Octets.Space;
        bool isEnd = after is Octets.CarriageReturn or Octets.LineFeed;
        if (!hasSpace && !(isEnd && (profile.Accepts & Leniencies.MissingReasonSpace) != 0))
        {
            return Reject(HttpRule.BadStatusLine, out rule);
        }

        int start = hasSpace ? StatusEnd + 1 : StatusEnd;
        int reason = view[start..].IndexOfAny(Octets.NotInValue);
        if (reason < 0)
        {
            return ParseStatus.NeedMore;
        }

        int end = start + reason;
        switch (view[end])
        {
            case Octets.CarriageReturn when end + 1 == view.Length:
                return ParseStatus.NeedMore;
            case Octets.CarriageReturn when view[end + 1] != Octets.LineFeed:
                return Reject(HttpRule.BareCarriageReturn, out rule);
            case Octets.CarriageReturn:
                length = end + 2;
                break;
            case Octets.LineFeed when profile.Passes(Leniencies.BareLineFeed):
                length = end + 1;
                break;
            case Octets.LineFeed:
                return Reject(HttpRule.BareLineFeed, out rule);
            default:
                return Reject(HttpRule.BadStatusLine, out rule);
        }

        if (!hasSpace)
        {
            profile.Passes(Leniencies.MissingReasonSpace);
        }

        head.Version = view[7] == '0' ? ProtocolVersion.Http10 : ProtocolVersion.Http11;
        head.Status = ((view[StatusStart] - '0') * 100) + ((view[StatusStart + 1] - '0') * 10)
            + view[StatusStart + 2] - '0';
        head.ReasonStart = start;
        head.ReasonLength = reason;
        return ParseStatus.Done;
    }

    private static HttpRule CheckStart(ReadOnlySpan<byte> start)
    {
        for (int i = 0; i < start.Length; i++)
        {
            byte octet = start[i];
            bool isRight = i switch
            {
                5 or 7 or 10 or 11 => Octets.IsDigit(octet),

                // RFC 9110 section 15: "values outside the range 100..599 are invalid".
                StatusStart => octet is >= (byte)'1' and <= (byte)'5',
                _ => octet == "HTTP/0.0 000"u8[i],
            };
            if (!isRight)
            {
                return HttpRule.BadStatusLine;
            }

            if (i == 5 && octet != '1')
            {
                return HttpRule.UnsupportedVersion;
            }
        }

        return HttpRule.None;
    }

    private static ParseStatus Reject(HttpRule why, out HttpRule rule)
    {
        rule = why;
        return ParseStatus.Rejected;
    }
}
