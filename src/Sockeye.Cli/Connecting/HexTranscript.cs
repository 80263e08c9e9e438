using System.Buffers;
using System.Globalization;
using System.Text;

namespace Sockeye.Cli.Connecting;

/// <summary>
/// Both directions as a dump: an arrow (→ sent, ← received), the offset of the line's first byte in its direction,
/// sixteen bytes in hexadecimal, and the same in ASCII. Every chunk begins a line of its own.
/// </summary>
internal sealed class HexTranscript(Stream stream, bool color) : Transcript
{
    private const int LineBytes = 16;
    private const int HexColumns = (LineBytes * 3) + 1;

    private readonly ArrayBufferWriter<byte> _lines = new();

    public override bool WantsSent => true;

    public override void Write(Direction direction, long offset, ReadOnlySpan<byte> bytes)
    {
        _lines.ResetWrittenCount();
        while (!bytes.IsEmpty)
        {
            ReadOnlySpan<byte> line = bytes[..Math.Min(LineBytes, bytes.Length)];
            Encoding.UTF8.GetBytes(Line(direction, offset, line, color), _lines);
            bytes = bytes[line.Length..];
            offset += line.Length;
        }

        stream.Write(_lines.WrittenSpan);
        stream.Flush();
    }

    /// <summary>One line, with its line end.</summary>
    public static string Line(Direction direction, long offset, ReadOnlySpan<byte> bytes, bool color)
    {
        var hex = new StringBuilder(HexColumns);
        var text = new StringBuilder(LineBytes);
        for (int i = 0; i < bytes.Length; i++)
        {
            hex.Append(CultureInfo.InvariantCulture, $"{(i == LineBytes / 2 ? " " : "")}{bytes[i]:x2} ");
            text.Append(bytes[i] is >= 0x20 and < 0x7f ? (char)bytes[i] : '.');
        }

        (string arrow, string start) = direction == Direction.Sent ? ("→", "\e[36m") : ("←", "\e[32m");
        string line = $"{arrow} {offset:x8}  {hex.ToString().PadRight(HexColumns)} |{text}|";
        return color ? $"{start}{line}\e[0m\n" : $"{line}\n";
    }
}
