using System.Buffers.Binary;

namespace Sockeye.Http.Protocol;

/// <summary>
/// Dates as header fields have them (RFC 9110 section 5.6.7): one form is written, three are read.
/// </summary>
public static class HttpDate
{
    /// <summary>Bytes of the form that is written, such as <c>Sun, 06 Nov 1994 08:49:37 GMT</c>.</summary>
    public const int Bytes = 29;

    // RFC 9110 section 5.6.7, asctime-date: "Sun Nov  6 08:49:37 1994".
    private const int AsctimeBytes = 24;

    // Two-digit years without a clock, as cookies have them (RFC 6265 section 5.1.1): 70 to 99 are of last century.
    private const int FirstYearOfLastCentury = 70;

    private static ReadOnlySpan<byte> DayNames => "SunMonTueWedThuFriSat"u8;

    private static ReadOnlySpan<byte> MonthNames => "JanFebMarAprMayJunJulAugSepOctNovDec"u8;

    /// <summary>Writes the preferred form (IMF-fixdate), and gives its length, <see cref="Bytes"/>.</summary>
    /// <exception cref="ArgumentException">The destination is shorter than that.</exception>
    public static int Write(Span<byte> destination, DateTimeOffset date)
    {
        if (destination.Length < Bytes)
        {
            throw new ArgumentException($"A date takes {Bytes} bytes: give a longer span.", nameof(destination));
        }

        DateTime utc = date.UtcDateTime;
        DayNames.Slice(3 * (int)utc.DayOfWeek, 3).CopyTo(destination);
        ", "u8.CopyTo(destination[3..]);
        WriteTwo(destination[5..], utc.Day);
        destination[7] = (byte)' ';
        MonthNames.Slice(3 * (utc.Month - 1), 3).CopyTo(destination[8..]);
        destination[11] = (byte)' ';
        WriteTwo(destination[12..], utc.Year / 100);
        WriteTwo(destination[14..], utc.Year % 100);
        destination[16] = (byte)' ';
        WriteTwo(destination[17..], utc.Hour);
        destination[19] = (byte)':';
        WriteTwo(destination[20..], utc.Minute);
        destination[22] = (byte)':';
        WriteTwo(destination[23..], utc.Second);
        " GMT"u8.CopyTo(destination[25..]);
        return Bytes;
    }

    /// <summary>
    /// Reads any of the three forms. A two-digit year, which nothing has sent for decades, is taken as 1970 to 2069;
    /// the overload with a clock's time follows the RFC to the letter.
    /// </summary>
    public static bool TryParse(ReadOnlySpan<byte> text, out DateTimeOffset date) => TryParse(text, null, out date);

    /// <summary>
    /// Reads any of the three forms. RFC 9110 section 5.6.7: "Recipients of a timestamp value in rfc850-date format,
    /// which uses a two-digit year, MUST interpret a timestamp that appears to be more than 50 years in the future as
    /// representing the most recent year in the past that had the same last two digits."
    /// </summary>
    public static bool TryParse(ReadOnlySpan<byte> text, DateTimeOffset now, out DateTimeOffset date) =>
        TryParse(text, (DateTimeOffset?)now, out date);

    private static bool TryParse(ReadOnlySpan<byte> text, DateTimeOffset? now, out DateTimeOffset date)
    {
        date = default;
        if (text.Length == Bytes && text[3] == ',')
        {
            return TryParseFixed(text, out date);
        }

        if (text.Length == AsctimeBytes && text[3] == ' ')
        {
            return TryParseAsctime(text, out date);
        }

        int comma = text.IndexOf((byte)',');
        return comma > 0 && TryParseRfc850(text, comma, now, out date);
    }

    /// <summary><c>Sun, 06 Nov 1994 08:49:37 GMT</c></summary>
    private static bool TryParseFixed(ReadOnlySpan<byte> text, out DateTimeOffset date)
    {
        date = default;
        return IsDayName(text[..3]) && text[4] == ' ' && text[7] == ' ' && text[11] == ' ' && text[16] == ' '
            && text[25..].SequenceEqual(" GMT"u8)
            && TryTwo(text[5..], out int day)
            && TryTwo(text[12..], out int century) && TryTwo(text[14..], out int year)
            && TryMake((century * 100) + year, text[8..11], day, text.Slice(17, 8), out date);
    }

    /// <summary><c>Sun Nov  6 08:49:37 1994</c></summary>
    private static bool TryParseAsctime(ReadOnlySpan<byte> text, out DateTimeOffset date)
    {
        date = default;
        if (!IsDayName(text[..3]) || text[7] != ' ' || text[10] != ' ' || text[19] != ' ')
        {
            return false;
        }

        int day;
        if (text[8] == ' ')
        {
            day = text[9] - '0';
            if (day is < 0 or > 9)
            {
                return false;
            }
        }
        else if (!TryTwo(text[8..], out day))
        {
            return false;
        }

        return TryTwo(text[20..], out int century) && TryTwo(text[22..], out int year)
            && TryMake((century * 100) + year, text[4..7], day, text.Slice(11, 8), out date);
    }

    /// <summary><c>Sunday, 06-Nov-94 08:49:37 GMT</c></summary>
    private static bool TryParseRfc850(
        ReadOnlySpan<byte> text, int comma, DateTimeOffset? now, out DateTimeOffset date)
    {
        date = default;
        ReadOnlySpan<byte> rest = text[comma..];
        if (!IsLongDayName(text[..comma]) || rest.Length != 24 || rest[1] != ' ' || rest[4] != '-' || rest[8] != '-'
            || rest[11] != ' ' || !rest[20..].SequenceEqual(" GMT"u8)
            || !TryTwo(rest[2..], out int day) || !TryTwo(rest[9..], out int year))
        {
            return false;
        }

        int full;
        if (now is { } today)
        {
            // The year of this century or the next whose moment is at most 50 years ahead.
            full = (today.Year / 100 * 100) + 100 + year;
            while (full > today.Year + 50)
            {
                full -= 100;
            }
        }
        else
        {
            full = year + (year >= FirstYearOfLastCentury ? 1900 : 2000);
        }

        if (!TryMake(full, rest[5..8], day, rest.Slice(12, 8), out date))
        {
            return false;
        }

        if (now is { } limit && full == limit.Year + 50 && date > limit.AddYears(50))
        {
            return TryMake(full - 100, rest[5..8], day, rest.Slice(12, 8), out date);
        }

        return true;
    }

    private static bool TryMake(
        int year, ReadOnlySpan<byte> month, int day, ReadOnlySpan<byte> time, out DateTimeOffset date)
    {
        date = default;
        int number = MonthNumber(month);
        if (number == 0 || year is < 1 or > 9999 || day < 1 || day > DateTime.DaysInMonth(year, number)
            || time[2] != ':' || time[5] != ':' || !TryTwo(time, out int hour) || !TryTwo(time[3..], out int minute)
            || !TryTwo(time[6..], out int second) || hour > 23 || minute > 59 || second > 60)
        {
            return false;
        }

        // Second 60 is a leap second, which .NET's time does not have: the last moment before it.
        date = new DateTimeOffset(year, number, day, hour, minute, Math.Min(second, 59), TimeSpan.Zero);
        return true;
    }

    private static int MonthNumber(ReadOnlySpan<byte> name)
    {
        for (int month = 0; month < 12; month++)
        {
            if (name.SequenceEqual(MonthNames.Slice(3 * month, 3)))
            {
                return month + 1;
            }
        }

        return 0;
    }

    private static bool IsDayName(ReadOnlySpan<byte> name)
    {
        for (int day = 0; day < 7; day++)
        {
            if (name.SequenceEqual(DayNames.Slice(3 * day, 3)))
            {
                return true;
            }
        }

        return false;
    }

    private static bool IsLongDayName(ReadOnlySpan<byte> name) =>
        name.SequenceEqual("Monday"u8) || name.SequenceEqual("Tuesday"u8) || name.SequenceEqual("Wednesday"u8)
        || name.SequenceEqual("Thursday"u8) || name.SequenceEqual("Friday"u8) || name.SequenceEqual("Saturday"u8)
        || name.SequenceEqual("Sunday"u8);

    private static void WriteTwo(Span<byte> destination, int value) => BinaryPrimitives.WriteUInt16LittleEndian(
        destination, (ushort)(((value / 10) + '0') | (((value % 10) + '0') << 8)));

    private static bool TryTwo(ReadOnlySpan<byte> text, out int value)
    {
        int tens = text[0] - '0';
        int ones = text[1] - '0';
        value = (tens * 10) + ones;
        return (uint)tens <= 9 && (uint)ones <= 9;
    }
}
