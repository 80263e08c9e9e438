using System.Buffers;
using System.Buffers.Text;

namespace Sockeye.Http.Protocol;

/// <summary>Writes a body in chunks (RFC 9112 section 7.1). Trailers go through
/// <see cref="HeadWriter.LastChunk"/>.</summary>
public static class ChunkWriter
{
    // A size of 64 bits in hexadecimal, and the line's end.
    private const int SizeLineBytesMax = 18;

    /// <summary>Writes data as one chunk; nothing when there is none, because an empty chunk is the last.</summary>
    public static void Write(IBufferWriter<byte> output, ReadOnlySpan<byte> data)
    {
        if (data.IsEmpty)
        {
            return;
        }

        WriteSize(output, data.Length);
        output.Write(data);
        WriteEnd(output);
    }

    /// <summary>Writes the last chunk, without trailers.</summary>
    public static void WriteLast(IBufferWriter<byte> output) => output.Write("0\r\n\r\n"u8);

    /// <summary>Writes the line before a chunk whose data, of at least a byte, goes another way.</summary>
    internal static void WriteSize(IBufferWriter<byte> output, long size)
    {
        Span<byte> line = output.GetSpan(SizeLineBytesMax);
        Utf8Formatter.TryFormat(size, line, out int length, 'x');
        "\r\n"u8.CopyTo(line[length..]);
        output.Advance(length + 2);
    }

    /// <summary>Writes what follows a chunk's data.</summary>
    internal static void WriteEnd(IBufferWriter<byte> output) => output.Write("\r\n"u8);
}
