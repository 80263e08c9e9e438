using System.Diagnostics;
using System.IO.Compression;

namespace Sockeye.Http.Protocol;

/// <summary>
/// Compresses messages for one peer (RFC 7692 section 7.2.1). The runtime compresses streams only, so memory in the
/// form of one takes the result.
/// </summary>
/// <param name="keepsContext">Whether a message is compressed with the help of those before, as was agreed. It costs
/// some 256 KiB for as long as the connection lasts.</param>
/// <param name="level">How hard to try.</param>
public sealed class WebSocketDeflater(bool keepsContext, CompressionLevel level = CompressionLevel.Fastest)
    : IDisposable
{
    private static readonly byte[] s_empty = [0x00];

    private readonly MemoryStream _output = new();
    private DeflateStream? _deflate;

    // Section 7.2.1: "Remove 4 octets (that are 0x00 0x00 0xff 0xff) from the tail end."
    private static ReadOnlySpan<byte> Tail => [0x00, 0x00, 0xFF, 0xFF];

    /// <summary>Compresses a message. The result is valid until the next one; send it in frames of which the first has
    /// RSV1 set.</summary>
    public ReadOnlyMemory<byte> Compress(ReadOnlySpan<byte> message)
    {
        // Section 7.2.3.6: an empty message is an empty block without compression. To flush nothing gives nothing.
        if (message.IsEmpty)
        {
            return s_empty;
        }

        _output.SetLength(0);
        _deflate ??= new DeflateStream(_output, level, leaveOpen: true);
        _deflate.Write(message);
        _deflate.Flush();
        ReadOnlyMemory<byte> result = _output.GetBuffer().AsMemory(0, (int)_output.Length);
        Debug.Assert(result.Span.EndsWith(Tail), "A flush ends with an empty block.");
        if (!keepsContext)
        {
            Forget(result.Length);
        }

        return result[..^Tail.Length];
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Forget((int)_output.Length);
        _output.Dispose();
    }

    // Disposing writes a last block behind the result, which nobody gets.
    private void Forget(int length)
    {
        _deflate?.Dispose();
        _deflate = null;
        _output.SetLength(length);
    }
}
