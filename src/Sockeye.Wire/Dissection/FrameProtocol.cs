namespace Sockeye.Wire.Dissection;

/// <summary>What the capture itself says of a frame: its number, its time, its length.</summary>
public static class FrameProtocol
{
    /// <summary>Which frame it is.</summary>
    public static readonly Field Number = new("frame.number", "Frame Number", FieldKind.Number);

    /// <summary>When it was seen, in seconds since 1970.</summary>
    public static readonly Field Time = new("frame.time_epoch", "Epoch Time", FieldKind.Time);

    /// <summary>How long after the first frame it was seen.</summary>
    public static readonly Field TimeRelative =
        new("frame.time_relative", "Time since reference or first frame", FieldKind.Time);

    /// <summary>How long after the frame before it.</summary>
    public static readonly Field TimeDelta =
        new("frame.time_delta", "Time delta from previous captured frame", FieldKind.Time);

    /// <summary>How long it was on the wire.</summary>
    public static readonly Field Length = new("frame.len", "Frame Length", FieldKind.Number);

    /// <summary>How much of it was captured.</summary>
    public static readonly Field CapturedLength = new("frame.cap_len", "Capture Length", FieldKind.Number);

    /// <summary>The interface it was seen on.</summary>
    public static readonly Field Interface = new("frame.interface_id", "Interface id", FieldKind.Number);

    /// <summary>A layer that breaks the rules of its protocol.</summary>
    public static readonly Field Malformed = new("_ws.malformed", "Malformed Packet", FieldKind.Group);

    /// <summary>A layer of which the capture did not keep enough.</summary>
    public static readonly Field CutShort = new("_ws.short", "Packet cut short", FieldKind.Group);

    /// <summary>The row of the table.</summary>
    public static readonly Protocol Row = new(
        "frame", "Frame", "Frame", [],
        [Number, Time, TimeRelative, TimeDelta, Length, CapturedLength, Interface, Malformed, CutShort],
        static (in Layer _) => false);

    internal static void Describe(Dissector to, in CapturedFrame frame)
    {
        if (!to.WantsFields)
        {
            return;
        }

        Put(to, Row.Self, frame, 0);
        to.Depth = 1;
        Put(to, Interface, frame, (ulong)frame.Interface);
        if (frame.Time is { } time)
        {
            (Timestamp first, Timestamp previous) = to.TakeTime(time);
            Put(to, Time, frame, (ulong)time.Nanoseconds);
            Put(to, TimeRelative, frame, (ulong)(time.Nanoseconds - first.Nanoseconds), isHidden: true);
            Put(to, TimeDelta, frame, (ulong)(time.Nanoseconds - previous.Nanoseconds), isHidden: true);
        }

        Put(to, Number, frame, (ulong)frame.Number);
        Put(to, Length, frame, (ulong)frame.LengthOnWire);
        Put(to, CapturedLength, frame, (ulong)frame.Bytes.Length);
        to.Depth = 0;
    }

    private static void Put(Dissector to, Field field, in CapturedFrame frame, ulong value, bool isHidden = false)
    {
        if (to.Wants(field))
        {
            to.Add(field, 0, frame.Bytes.Length, value, isHidden);
        }
    }
}
