namespace Sockeye.Wire.Dissection;

/// <summary>Writes every field of a frame beneath the one it is part of.</summary>
public static class PacketTree
{
    private const int IndentSpaces = 4;

    /// <summary>Writes a line for each field that was found.</summary>
    public static void Write(in DissectedFrame frame, TextBuffer to)
    {
        ArgumentNullException.ThrowIfNull(to);
        foreach (FieldRecord record in frame.Fields)
        {
            if (record.IsHidden)
            {
                continue;
            }

            for (int i = 0; i < record.Depth * IndentSpaces; i++)
            {
                to.Append(" "u8);
            }

            to.Append(record.Field.Label);
            int before = to.Length;
            to.Append(": "u8);
            int start = to.Length;
            frame.WriteValue(record, to);
            if (to.Length == start)
            {
                to.Truncate(before);
            }

            to.Append("\n"u8);
        }
    }
}
