using System.Buffers;
using System.Text;

namespace Sockeye.Http.Protocol;

/// <summary>
/// The dates of <c>Expires</c>, in the algorithm of RFC 6265bis section 5.1.1: it picks a time, a day, a month and a
/// year out of whatever stands there, in any order.
/// </summary>
internal static class CookieDate
{
    // "delimiter = %x09 / %x20-2F / %x3B-40 / %x5B-60 / %x7B-7E": the colon is none.
    private static readonly SearchValues<byte> s_delimiters =
        SearchValues.Create("\t !\"#$%&'()*+,-./;<=>?@[\\]^_`{|}~"u8);

    public static bool TryParse(ReadOnlySpan<byte> text, out DateTimeOffset date)
    {
        date = default;
        TimeSpan? time = null;
        int day = -1;
        int month = -1;
        int year = -1;
        while (!text.IsEmpty)
        {
            int end = text.IndexOfAny(s_delimiters);
            ReadOnlySpan<byte> token = end < 0 ? text : text[..end];
            text = end < 0 ? default : text[(end + 1)..];
            if (time is null && TryReadTime(token, out TimeSpan found))
            {
                time = found;
            }
            else if (day < 0 && TryReadNumber(token, 1, 2, out int one))
            {
                day = one;
            }
            else if (month < 0 && MonthOf(token) is > 0 and int named)
            {
                month = named;
            }
            else if (year < 0 && TryReadNumber(token, 2, 4, out int last))
            {
                year = last;
            }
        }

        year += year switch { >= 70 and <= 99 => 1900, >= 0 and <= 69 => 2000, _ => 0 };
        if (time is null || month < 0 || day < 1 || year < 1601 || day > DateTime.DaysInMonth(year, month))
        {
            return false;
        }

        date = new DateTimeOffset(year, month, day, 0, 0, 0, TimeSpan.Zero) + time.Value;
        return true;
    }

    /// <summary>Reads <c>hms-time [ non-digit *OCTET ]</c>; each of the three has one digit or two.</summary>
    private static bool TryReadTime(ReadOnlySpan<byte> token, out TimeSpan time)
    {
        time = default;
        Span<int> parts = stackalloc int[3];
        for (int i = 0; i < 3; i++)
        {
            int digits = DigitCount(token);
            if (digits is 0 or > 2 || (i < 2 && (digits == token.Length || token[digits] != ':')))
            {
                return false;
            }

            parts[i] = ReadDigits(token[..digits]);
            token = i < 2 ? token[(digits + 1)..] : token;
        }

        time = new TimeSpan(parts[0], parts[1], parts[2]);
        return parts[0] <= 23 && parts[1] <= 59 && parts[2] <= 59;
    }

    private static bool TryReadNumber(ReadOnlySpan<byte> token, int least, int most, out int value)
    {
        int digits = DigitCount(token);
        bool isNumber = digits >= least && digits <= most;
        value = isNumber ? ReadDigits(token[..digits]) : -1;
        return isNumber;
    }

    private static int MonthOf(ReadOnlySpan<byte> token)
    {
        ReadOnlySpan<byte> months = "janfebmaraprmayjunjulaugsepoctnovdec"u8;
        for (int at = 0; token.Length >= 3 && at < months.Length; at += 3)
        {
            if (Ascii.EqualsIgnoreCase(token[..3], months.Slice(at, 3)))
            {
                return (at / 3) + 1;
            }
        }

        return -1;
    }

    private static int DigitCount(ReadOnlySpan<byte> token)
    {
        int count = token.IndexOfAnyExceptInRange((byte)'0', (byte)'9');
        return count < 0 ? token.Length : count;
    }

    private static int ReadDigits(ReadOnlySpan<byte> digits)
    {
        int value = 0;
        foreach (byte one in digits)
        {
            value = (value * 10) + one - '0';
        }

        return value;
    }
}
