namespace Sockeye.Wire.Dissection;

/// <summary>
/// Writes a line for each frame: number, time, from, to, protocol, length, what it is about.
/// </summary>
public sealed class PacketListing
{
    private const int NumberWidth = 6;
    private const int TimeWidth = 12;
    private const int FractionDigits = 6;
    private const long NanosecondsPerMicrosecond = 1_000;

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
        to.AppendNumber(frame.Frame.Number, width: NumberWidth);
        to.Append(" "u8);
        WriteTime(frame.Frame.Time, to);
        to.Append(" "u8);
        to.Append(frame.Source);
        to.Append(" → "u8);
        to.Append(frame.Destination);
        to.Append(" "u8);
        to.Append(frame.ShortName);
        to.Append(" "u8);
        to.AppendNumber(frame.Frame.LengthOnWire);
        to.Append(" "u8);
        to.Append(frame.Info);
        to.Append(frame.IsMalformed ? " [malformed]\n"u8 : frame.Frame.IsCutShort ? " [cut short]\n"u8 : "\n"u8);
    }

    private void WriteTime(Timestamp? time, TextBuffer to)
    {
        if (time is not { } seen)
        {
            to.Append("           -"u8);
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
        to.AppendNumber(since / NanosecondsPerMicrosecond, FractionDigits, TimeWidth);
    }

    private void WriteCalendar(Timestamp time, TextBuffer to)
    {
        DateTimeOffset there = TimeZoneInfo.ConvertTime(time.ToDateTimeOffset(), Zone);
        to.Append($"{there:yyyy-MM-dd HH:mm:ss.ffffff}");
        to.Append(Zone == TimeZoneInfo.Utc ? "Z"u8 : ""u8);
    }
}
