namespace Sockeye.Wire.Dissection;

/// <summary>
/// Writes a line for each frame: number, time, from, to, protocol, length, what it is about.
/// </summary>
public sealed class PacketListing
{
    private const int NumberWidth = 6;
    private const int TimeWidth = 12;
    private const int FractionWidth = 7;
    private const ulong NanosecondsPerMicrosecond = 1_000;
    private const ulong MicrosecondsPerSecond = 1_000_000;

    private Timestamp? _first;      // What times are counted from.

    /// <summary>What times are counted from.</summary>
    public PacketTime Time { get; init; }

    /// <summary>The zone of times of the calendar.</summary>
    public TimeZoneInfo Zone { get; init; } = TimeZoneInfo.Utc;

    /// <summary>Says when the capture began, when its first frame is not the first that is listed.</summary>
    public void Begin(Timestamp? first) => _first ??= Time == PacketTime.SinceFirst ? first : null;

    /// <summary>Writes the line of a frame, with its line feed.</summary>
    public void Write(in DissectedFrame frame, TextBuffer to)
    {
        ArgumentNullException.ThrowIfNull(to);
        Pad(to, NumberWidth - Digits((ulong)frame.Frame.Number));
        to.Append($"{frame.Frame.Number} ");
        WriteTime(frame.Frame.Time, to);
        to.Append($" {frame.Source} → {frame.Destination} {frame.ShortName} {frame.Frame.LengthOnWire} ");
        to.Append(frame.Info);
        to.Append(frame.IsMalformed ? " [malformed]\n"u8 : frame.Frame.IsCutShort ? " [cut short]\n"u8 : "\n"u8);
    }

    private static int Digits(ulong number)
    {
        int digits = 1;
        for (; number >= 10; number /= 10)
        {
            digits++;
        }

        return digits;
    }

    private static void Pad(TextBuffer to, int count)
    {
        for (int i = 0; i < count; i++)
        {
            to.Append(" "u8);
        }
    }

    private void WriteTime(Timestamp? time, TextBuffer to)
    {
        if (time is not { } seen)
        {
            Pad(to, TimeWidth - 1);
            to.Append("-"u8);
            return;
        }

        if (Time == PacketTime.Calendar)
        {
            WriteCalendar(seen, to);
            return;
        }

        Timestamp first = _first ??= seen;
        _first = Time == PacketTime.SinceLast ? seen : first;
        long since = unchecked(seen.Nanoseconds - first.Nanoseconds);
        ulong micro = (since < 0 ? 0 - (ulong)since : (ulong)since) / NanosecondsPerMicrosecond;
        (ulong seconds, ulong fraction) = Math.DivRem(micro, MicrosecondsPerSecond);
        Pad(to, TimeWidth - FractionWidth - Digits(seconds) - (since < 0 ? 1 : 0));
        to.Append(since < 0 ? "-"u8 : ""u8);
        to.Append($"{seconds}.{fraction:D6}");
    }

    private void WriteCalendar(Timestamp time, TextBuffer to)
    {
        DateTimeOffset there = TimeZoneInfo.ConvertTime(time.ToDateTimeOffset(), Zone);
        to.Append($"{there:yyyy-MM-dd HH:mm:ss.ffffff}");
        to.Append(Zone == TimeZoneInfo.Utc ? "Z"u8 : ""u8);
    }
}
