using System.IO.Compression;

namespace Sockeye.Http.Client;

/// <summary>
/// A body without its content codings (RFC 9110 section 8.4). What it grows to is bounded, and its end is the end of
/// the body too, so that the connection can be used again.
/// </summary>
internal sealed class DecodedStream : ReadStream
{
    /// <summary>The codings that are undone here, in the order of preference. The framework has no zstd yet.</summary>
    public const string Accepted = "br, gzip, deflate";

    /// <summary>Codings on top of each other; there is hardly ever more than one.</summary>
    private const int CodingsMax = 2;

    private readonly Stream _body;
    private readonly Stream _decoder;
    private readonly long _bytesMax;
    private long _bytes;

    private DecodedStream(Stream body, Stream decoder, long bytesMax)
    {
        _body = body;
        _decoder = decoder;
        _bytesMax = bytesMax;
    }

    /// <summary>The body without these codings; null when there is one that is not known, or none.</summary>
    /// <param name="body">The body as it comes.</param>
    /// <param name="codings">The values of Content-Encoding.</param>
    /// <param name="bytesMax">Bytes that it may grow to.</param>
    public static DecodedStream? Of(Stream body, IEnumerable<string> codings, long bytesMax)
    {
        string[] all =
        [
            .. codings.SelectMany(one => one.Split(',')).Select(one => one.Trim().ToLowerInvariant())
                .Where(one => one.Length > 0 && one != "identity"),
        ];
        if (all.Length is 0 or > CodingsMax || all.Any(one => !IsKnown(one)))
        {
            return null;
        }

        Stream decoder = body;
        foreach (string coding in all.Reverse())
        {
            decoder = coding switch
            {
                "br" => new BrotliStream(decoder, CompressionMode.Decompress, leaveOpen: true),
                "deflate" => new DeflatedStream(decoder),
                _ => new GZipStream(decoder, CompressionMode.Decompress, leaveOpen: true),
            };
        }

        return new DecodedStream(body, decoder, bytesMax);
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        int count;
        try
        {
            count = await _decoder.ReadAsync(buffer, cancellationToken);
        }
        catch (Exception exception) when (exception is InvalidDataException or InvalidOperationException)
        {
            throw Broken($"The body is not what its Content-Encoding says: {exception.Message}", exception);
        }

        if (count == 0 && !buffer.IsEmpty)
        {
            await FinishAsync(cancellationToken);
            return 0;
        }

        _bytes += count;
        return _bytes <= _bytesMax
            ? count
            : throw Broken($"The body grows to more than DecompressedBytesMax ({_bytesMax} bytes).", null);
    }

    public override async ValueTask DisposeAsync()
    {
        await _decoder.DisposeAsync();
        await _body.DisposeAsync();
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _decoder.Dispose();
            _body.Dispose();
        }
    }

    private static bool IsKnown(string coding) => coding is "gzip" or "x-gzip" or "br" or "deflate";

    /// <summary>A decoder may stop at the end of what it decodes, before that of the body.</summary>
    private async ValueTask FinishAsync(CancellationToken cancellationToken)
    {
        if (await _body.ReadAsync(new byte[1], cancellationToken) != 0)
        {
            throw Broken("Bytes follow the end of the compressed body.", null);
        }
    }

    private HttpIOException Broken(string message, Exception? inner)
    {
        Dispose();
        return new HttpIOException(HttpRequestError.InvalidResponse, message, inner);
    }
}
