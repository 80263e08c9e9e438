namespace Sockeye.Wire.Dissection;

/// <summary>
/// Writes a line for each frame: number, time since the first, from, to, protocol, length, what it is about.
/// </summary>
public sealed class PacketListing
{
    private const int NumberWidth = 6;
    private const int TimeWidth = 12;
    private const int FractionDigits = 6;
    private const long NanosecondsPerMicrosecond = 1_000;

    private Timestamp? _first;

    /// <summary>Says when the capture began, when its first frame is not the first that is listed.</summary>
    public void Begin(Timestamp? first) => _first ??= first;

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

        Timestamp first = _first ??= seen;
        long since = unchecked(seen.Nanoseconds - first.Nanoseconds);
        to.AppendNumber(since / NanosecondsPerMicrosecond, FractionDigits, TimeWidth);
    }
}
