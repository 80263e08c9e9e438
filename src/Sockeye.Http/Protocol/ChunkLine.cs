namespace Sockeye.Http.Protocol;

/// <summary>
/// Reads the line before a chunk: its size and its extensions (RFC 9112 sections 7.1 and 7.1.1). The answer to a
/// prefix is "need more" or the final one. Nothing here is lenient: how servers disagreed on the end of this line is a
/// history of smuggling (CVE-2025-55315, CVE-2025-22871 and others).
/// </summary>
internal static class ChunkLine
{
    /// <summary>Digits of a size: 15 make less than 2^60, so that adding two never overflows.</summary>
    public const int SizeDigitsMax = 15;

    /// <summary>Where a reader is in an extension: each state is what comes next.</summary>
    private enum State : byte
    {
        SemicolonOrEnd = 0,
        Name,
        RestOfName,
        AfterName,
        Value,
        RestOfValue,
        Quoted,
        QuotedPair,
        AfterValue,
    }

    /// <summary>Reads the line at the front of the input.</summary>
    /// <param name="input">The input.</param>
    /// <param name="extensionBytesMax">Bytes of extensions that may be there.</param>
    /// <param name="size">The chunk's size.</param>
    /// <param name="extensionBytes">Bytes of extensions that are there.</param>
    /// <param name="length">Bytes of the line with its end.</param>
    /// <param name="rule">The rule that is broken.</param>
    public static ParseStatus Read(
        ReadOnlySpan<byte> input, int extensionBytesMax, out long size, out int extensionBytes, out int length,
        out HttpRule rule)
    {
        size = 0;
        extensionBytes = 0;
        length = 0;
        rule = HttpRule.None;
        int digits = 0;
        while (digits < input.Length && Octets.HexValue(input[digits]) is >= 0 and var value)
        {
            // "Recipients MUST anticipate potentially large hexadecimal numerals and prevent parsing errors due to
            // integer conversion overflows".
            if (++digits > SizeDigitsMax)
            {
                return Reject(HttpRule.BadChunkSize, out rule);
            }

            size = (size << 4) | (uint)value;
        }

        if (digits == input.Length)
        {
            return ParseStatus.NeedMore;
        }

        if (digits == 0)
        {
            return Reject(HttpRule.BadChunkSize, out rule);
        }

        ReadOnlySpan<byte> rest = input[digits..];
        ParseStatus status = rest[0] is (byte)';' or Octets.Space or Octets.Tab
            ? ReadExtensions(rest, extensionBytesMax, out extensionBytes, out rule)
            : ParseStatus.Done;
        if (status != ParseStatus.Done)
        {
            return status;
        }

        length = digits + extensionBytes + 2;
        return ReadEnd(rest[extensionBytes..], out rule);
    }

    private static ParseStatus ReadEnd(ReadOnlySpan<byte> end, out HttpRule rule)
    {
        rule = HttpRule.None;
        switch (end[0])
        {
            case Octets.CarriageReturn when end.Length == 1:
                return ParseStatus.NeedMore;
            case Octets.CarriageReturn:
                return end[1] == Octets.LineFeed
                    ? ParseStatus.Done
                    : Reject(HttpRule.BareCarriageReturn, out rule);
            case Octets.LineFeed:
                return Reject(HttpRule.BareLineFeed, out rule);
            default:
                return Reject(HttpRule.BadChunkSize, out rule);
        }
    }

    /// <summary>
    /// <c>chunk-ext = *( BWS ";" BWS chunk-ext-name [ BWS "=" BWS chunk-ext-val ] )</c>. It stops at CR or LF after
    /// whole extensions.
    /// </summary>
    private static ParseStatus ReadExtensions(
        ReadOnlySpan<byte> rest, int bytesMax, out int length, out HttpRule rule)
    {
        rule = HttpRule.None;
        State state = State.SemicolonOrEnd;
        for (length = 0; length < rest.Length; length++)
        {
            byte octet = rest[length];
            bool isBlank = Octets.IsBlank(octet);
            if (octet is Octets.CarriageReturn or Octets.LineFeed)
            {
                // A blank before the line's end belongs to nothing, so the octet before it says whether it may end.
                return state is State.RestOfName or State.RestOfValue
                    || (state == State.AfterValue && !Octets.IsBlank(rest[length - 1]))
                    ? ParseStatus.Done
                    : Reject(state == State.SemicolonOrEnd ? HttpRule.BadChunkSize : HttpRule.BadChunkExtension,
                        out rule);
            }

            if (length == bytesMax)
            {
                return Reject(HttpRule.ChunkExtensionsTooLong, out rule);
            }

            bool isToken = IsToken(octet);

            // State switch: null is an octet that cannot come in this state.
            State? next = state switch
            {
                // Blanks, and then the first semicolon.
                State.SemicolonOrEnd => isBlank ? state : octet == ';' ? State.Name : null,

                // The name's first octet, perhaps after blanks.
                State.Name => isBlank ? state : isToken ? State.RestOfName : null,
                State.RestOfName => isToken ? state
                    : isBlank ? State.AfterName
                    : octet == '=' ? State.Value
                    : octet == ';' ? State.Name : null,
                State.AfterName => isBlank ? state
                    : octet == '=' ? State.Value
                    : octet == ';' ? State.Name : null,

                // A token or a quoted string, perhaps after blanks.
                State.Value => isBlank ? state
                    : octet == '"' ? State.Quoted
                    : isToken ? State.RestOfValue : null,
                State.RestOfValue => isToken ? state
                    : isBlank ? State.AfterValue
                    : octet == ';' ? State.Name : null,

                // RFC 9110 section 5.6.4: anything but controls, and a backslash quotes the next one.
                State.Quoted => octet == '"' ? State.AfterValue
                    : octet == '\\' ? State.QuotedPair
                    : IsText(octet) ? state : null,
                State.QuotedPair => IsText(octet) ? State.Quoted : null,
                _ => isBlank ? state : octet == ';' ? State.Name : null,
            };
            if (next is null)
            {
                return Reject(
                    state == State.SemicolonOrEnd ? HttpRule.BadChunkSize : HttpRule.BadChunkExtension, out rule);
            }

            state = next.Value;
        }

        return ParseStatus.NeedMore;
    }

    private static bool IsText(byte octet) => octet is Octets.Tab or (>= 0x20 and not 0x7F);

    private static bool IsToken(byte octet) => Octets.Token.Contains(octet);

    private static ParseStatus Reject(HttpRule why, out HttpRule rule)
    {
        rule = why;
        return ParseStatus.Rejected;
    }
}
