using System.IO.Compression;

namespace Sockeye.Http.Client;

/// <summary>
/// RFC 9110 section 8.4.1.2: "deflate" is the zlib format. "Some non-conformant implementations send the 'deflate'
/// compressed data without the zlib wrapper", which its first byte tells.
/// </summary>
internal sealed class DeflatedStream(Stream body) : ReadStream
{
    private Stream? _decoder;

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        _decoder ??= await ChooseAsync(cancellationToken);
        return await _decoder.ReadAsync(buffer, cancellationToken);
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _decoder?.Dispose();
        }
    }

    private async Task<Stream> ChooseAsync(CancellationToken cancellationToken)
    {
        byte[] first = new byte[1];
        if (await body.ReadAsync(first, cancellationToken) == 0)
        {
            return Null;
        }

        // RFC 1950 section 2.2: CM is 8 and CINFO at most 7. As a first byte of raw deflate 0x78 would be a stored
        // block whose padding is not zero, which no encoder writes.
        bool isZlib = (first[0] & 0x8F) == 0x08;
        var whole = new PrefixedStream(first, body);
        return isZlib
            ? new ZLibStream(whole, CompressionMode.Decompress)
            : new DeflateStream(whole, CompressionMode.Decompress);
    }
}
