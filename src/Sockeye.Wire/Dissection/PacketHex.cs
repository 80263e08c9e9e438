namespace Sockeye.Wire.Dissection;

/// <summary>Writes bytes in hexadecimal, sixteen a line, with the bytes of a field in brackets.</summary>
public static class PacketHex
{
    private const int BytesPerLine = 16;
    private const byte FirstPrintable = 0x20;
    private const byte LastPrintable = 0x7E;

    /// <summary>Writes the bytes.</summary>
    /// <param name="bytes">The bytes.</param>
    /// <param name="to">Where to write.</param>
    /// <param name="markStart">Where the bytes in brackets begin.</param>
    /// <param name="markLength">How many stand in brackets.</param>
    public static void Write(ReadOnlySpan<byte> bytes, TextBuffer to, int markStart = 0, int markLength = 0) =>
        WritePart(bytes, 0, bytes.Length, to, markStart, markLength);

    /// <summary>Writes some of the bytes, for those who have more than a text holds.</summary>
    /// <param name="bytes">The bytes.</param>
    /// <param name="start">Where to begin: at a multiple of sixteen.</param>
    /// <param name="length">How many to write; fewer when there are fewer.</param>
    /// <param name="to">Where to write.</param>
    /// <param name="markStart">Where the bytes in brackets begin.</param>
    /// <param name="markLength">How many stand in brackets.</param>
    public static void WritePart(
        ReadOnlySpan<byte> bytes, int start, int length, TextBuffer to, int markStart = 0, int markLength = 0)
    {
        ArgumentNullException.ThrowIfNull(to);
        int markEnd = markStart + markLength;
        int end = Math.Min(bytes.Length, start + length);
        for (int line = start; line < end; line += BytesPerLine)
        {
            ReadOnlySpan<byte> some = bytes[line..Math.Min(end, line + BytesPerLine)];
            to.Append($"{line:x4} ");
            for (int i = 0; i < BytesPerLine; i++)
            {
                int at = line + i;
                to.Append(BeforeByte(at, markStart, markEnd, isFirst: i == 0));
                if (i < some.Length)
                {
                    to.Append($"{some[i]:x2}");
                }
                else
                {
                    to.Append("  "u8);
                }
            }

            to.Append(line + BytesPerLine == markEnd && markLength > 0 ? "]  "u8 : "   "u8);
            foreach (byte one in some)
            {
                byte shown = one is >= FirstPrintable and <= LastPrintable ? one : (byte)'.';
                to.Append(new ReadOnlySpan<byte>(in shown));
            }

            to.Append("\n"u8);
        }
    }

    // The space between two bytes is where a bracket stands.
    private static ReadOnlySpan<byte> BeforeByte(int at, int markStart, int markEnd, bool isFirst)
    {
        if (markStart == markEnd)
        {
            return " "u8;
        }

        return at == markStart ? "["u8 : at == markEnd && !isFirst ? "]"u8 : " "u8;
    }
}
