using System.Buffers;
using System.Text;

namespace Sockeye.Http.Protocol;

/// <summary>
/// Writes what surrounds the parts of a <c>multipart/byteranges</c> body (RFC 9110 section 14.6): before each part
/// <see cref="WritePartHead"/>, then the part's bytes, and at the end <see cref="WriteEnd"/>.
/// </summary>
public readonly struct MultipartByteRanges
{
    /// <summary>How much randomness a boundary is made of, in bytes.</summary>
    public const int SeedBytes = 16;

    private readonly byte[]? _boundary;
    private readonly byte[] _contentType;
    private readonly long _completeLength;

    /// <summary>Makes a writer.</summary>
    /// <param name="seed"><see cref="SeedBytes"/> random bytes: nobody who knows the content may know the boundary
    /// beforehand, or the content could contain it.</param>
    /// <param name="contentType">The media type of the whole; empty to leave it out.</param>
    /// <param name="completeLength">The length of the whole.</param>
    /// <exception cref="ArgumentException">The seed has another length, or the media type is malformed.</exception>
    public MultipartByteRanges(ReadOnlySpan<byte> seed, ReadOnlySpan<byte> contentType, long completeLength)
    {
        if (seed.Length != SeedBytes)
        {
            throw new ArgumentException($"A boundary is made of {SeedBytes} random bytes.", nameof(seed));
        }

        if (!contentType.IsEmpty && !MediaType.TryParse(contentType, out _))
        {
            throw new ArgumentException("This is no media type: write one such as text/html.", nameof(contentType));
        }

        ArgumentOutOfRangeException.ThrowIfNegative(completeLength);
        _boundary = Encoding.ASCII.GetBytes(Convert.ToHexStringLower(seed));
        _contentType = contentType.ToArray();
        _completeLength = completeLength;
    }

    /// <summary>What separates the parts.</summary>
    public ReadOnlySpan<byte> Boundary => _boundary
        ?? throw new InvalidOperationException("The default value of MultipartByteRanges has no boundary.");

    /// <summary>Writes the value of <c>Content-Type</c>.</summary>
    public void WriteContentType(IBufferWriter<byte> output) =>
        MediaType.Write(output, "multipart/byteranges"u8, "boundary"u8, Boundary);

    /// <summary>Writes what stands before the bytes of a part.</summary>
    public void WritePartHead(IBufferWriter<byte> output, ByteRange range)
    {
        ArgumentNullException.ThrowIfNull(output);
        output.Write("\r\n--"u8);
        output.Write(Boundary);
        if (_contentType.Length > 0)
        {
            output.Write("\r\nContent-Type: "u8);
            output.Write(_contentType);
        }

        output.Write("\r\nContent-Range: "u8);
        new ContentRange(range, _completeLength).Write(output);
        output.Write("\r\n\r\n"u8);
    }

    /// <summary>Writes what stands behind the last part.</summary>
    public void WriteEnd(IBufferWriter<byte> output)
    {
        ArgumentNullException.ThrowIfNull(output);
        output.Write("\r\n--"u8);
        output.Write(Boundary);
        output.Write("--\r\n"u8);
    }

    /// <summary>How many bytes the whole body has: the value of <c>Content-Length</c>.</summary>
    public long LengthOf(ReadOnlySpan<ByteRange> ranges)
    {
        var surroundings = new ArrayBufferWriter<byte>();
        long length = 0;
        foreach (ByteRange range in ranges)
        {
            WritePartHead(surroundings, range);
            length += range.Length;
        }

        WriteEnd(surroundings);
        return length + surroundings.WrittenCount;
    }
}
