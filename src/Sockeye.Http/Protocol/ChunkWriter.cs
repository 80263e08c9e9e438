using System.Buffers;
using System.Buffers.Text;

namespace Sockeye.Http.Protocol;

/// <summary>Writes a body in chunks (RFC 9112 section 7.1). Trailers go through
/// <see cref="HeadWriter.LastChunk"/>.</summary>
public static class ChunkWriter
{
    // A size of 32 bits in hexadecimal, and the line's end.
    private const int SizeLineBytesMax = 10;

    /// <summary>Writes data as one chunk; nothing when there is none, because an empty chunk is the last.</summary>
    public static void Write(IBufferWriter<byte> output, ReadOnlySpan<byte> data)
    {
        if (data.IsEmpty)
        {
            return;
        }

        Span<byte> line = stackalloc byte[SizeLineBytesMax];
        Utf8Formatter.TryFormat(data.Length, line, out int length, 'x');
        "\r\n"u8.CopyTo(line[length..]);
        output.Write(line[..(length + 2)]);
        output.Write(data);
        output.Write("\r\n"u8);
    }

    /// <summary>Writes the last chunk, without trailers.</summary>
    public static void WriteLast(IBufferWriter<byte> output) => output.Write("0\r\n\r\n"u8);
}
