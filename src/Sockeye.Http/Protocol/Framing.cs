using System.Text;

namespace Sockeye.Http.Protocol;

/// <summary>
/// Where a message's body ends (RFC 9112 section 6.3). Whoever reads this differently from another sees other
/// messages in the same bytes, so only one spelling of each framing is accepted.
/// </summary>
internal static class Framing
{
    /// <summary>Reads Transfer-Encoding and Content-Length, and gives the rule that they break.</summary>
    public static HttpRule Decide(
        ReadOnlySpan<byte> input, MessageHead head, HttpProfile profile, out BodyKind kind, out long length)
    {
        HeaderFields fields = head.Fields;
        kind = BodyKind.None;
        length = -1;
        int coding = fields.FirstOf(KnownField.TransferEncoding);
        if (coding >= 0)
        {
            // RFC 9112 section 6.1: "A server or client that receives an HTTP/1.0 message containing a
            // Transfer-Encoding header field MUST treat the message as if the framing is faulty".
            if (head.Version == ProtocolVersion.Http10)
            {
                return HttpRule.TransferEncodingInOldVersion;
            }

            // Section 6.1: "A server MAY reject a request that contains both".
            if (fields.Contains(KnownField.ContentLength))
            {
                return HttpRule.ConflictingFraming;
            }

            kind = BodyKind.Chunked;
            return Ascii.EqualsIgnoreCase(fields.ValueAt(input, coding), "chunked"u8)
                && fields.CountOf(KnownField.TransferEncoding) == 1
                ? HttpRule.None
                : WrongCoding(input, fields, coding);
        }

        int stated = fields.FirstOf(KnownField.ContentLength);
        if (stated < 0)
        {
            return HttpRule.None;
        }

        kind = BodyKind.Length;
        HttpRule rule = ReadLengths(input, fields, stated, out length, out bool isRepeated);
        return rule == HttpRule.None && isRepeated && !profile.Passes(Leniencies.RepeatedContentLength)
            ? HttpRule.RepeatedContentLength
            : rule;
    }

    /// <summary>Says what is wrong with codings that are not chunked alone.</summary>
    private static HttpRule WrongCoding(ReadOnlySpan<byte> input, HeaderFields fields, int first)
    {
        int chunkedCount = 0;
        bool isLastChunked = false;
        bool hasOther = false;
        for (int i = first; i < fields.Count; i++)
        {
            if (fields.KnownAt(i) != KnownField.TransferEncoding)
            {
                continue;
            }

            ReadOnlySpan<byte> list = fields.ValueAt(input, i);
            foreach (Range range in list.Split((byte)','))
            {
                ReadOnlySpan<byte> coding = list[range].Trim(" \t"u8);

                // RFC 9110 section 5.6.1.2 has empty elements ignored, and RFC 9112 section 7 allows parameters to
                // other codings; here both are ways to hide "chunked" from one reader.
                if (coding.IsEmpty || coding.ContainsAnyExcept(Octets.Token))
                {
                    return HttpRule.BadTransferEncoding;
                }

                isLastChunked = Ascii.EqualsIgnoreCase(coding, "chunked"u8);
                chunkedCount += isLastChunked ? 1 : 0;
                hasOther |= !isLastChunked;
            }
        }

        // RFC 9112 section 6.3, when chunked is not the last: "the message body length cannot be determined reliably;
        // the server MUST respond with the 400 (Bad Request) status code"; section 6.1 for a coding before it that is
        // not understood: "SHOULD respond with 501".
        return chunkedCount > 1 || !isLastChunked
            ? HttpRule.ChunkedNotLast
            : hasOther ? HttpRule.UnknownTransferCoding : HttpRule.BadTransferEncoding;
    }

    private static HttpRule ReadLengths(
        ReadOnlySpan<byte> input, HeaderFields fields, int first, out long length, out bool isRepeated)
    {
        length = -1;
        isRepeated = false;
        for (int i = first; i < fields.Count; i++)
        {
            if (fields.KnownAt(i) != KnownField.ContentLength)
            {
                continue;
            }

            // RFC 9112 section 6.3: "the field value can be successfully parsed as a comma-separated list, all values
            // in the list are valid, and all values in the list are the same".
            ReadOnlySpan<byte> list = fields.ValueAt(input, i);
            foreach (Range range in list.Split((byte)','))
            {
                if (!TryReadNumber(list[range].Trim(" \t"u8), out long value))
                {
                    return HttpRule.BadContentLength;
                }

                isRepeated |= length >= 0;
                if (length >= 0 && value != length)
                {
                    return HttpRule.RepeatedContentLength;
                }

                length = value;
            }
        }

        return HttpRule.None;
    }

    /// <summary>
    /// RFC 9110 section 8.6: 1*DIGIT, and "a recipient MUST anticipate potentially large decimal numerals and prevent
    /// parsing errors due to integer conversion overflows". Leading zeros are decimal.
    /// </summary>
    private static bool TryReadNumber(ReadOnlySpan<byte> digits, out long value)
    {
        value = 0;
        foreach (byte digit in digits)
        {
            if (!Octets.IsDigit(digit) || value > (long.MaxValue - 9) / 10)
            {
                return false;
            }

            value = (value * 10) + digit - '0';
        }

        return !digits.IsEmpty;
    }
}
