using System.Text;

namespace Sockeye.Http.Client;

/// <summary>The body of a request.</summary>
public abstract class FetchContent
{
    /// <summary>Its bytes, if that is known; otherwise it is sent in chunks.</summary>
    public abstract long? Length { get; }

    /// <summary>Whether it can be written more than once, for a redirect or a retry.</summary>
    public abstract bool IsRepeatable { get; }

    /// <summary>Bytes that are in memory already.</summary>
    internal virtual ReadOnlyMemory<byte>? InMemory => null;

    /// <summary>A body in memory.</summary>
    public static FetchContent From(ReadOnlyMemory<byte> bytes) => new BytesContent(bytes);

    /// <summary>A text in UTF-8.</summary>
    public static FetchContent From(string text) => new BytesContent(Encoding.UTF8.GetBytes(text));

    /// <summary>A stream, from where it is to its end; one that can seek can be sent again. It stays the caller's.
    /// </summary>
    /// <param name="stream">The stream.</param>
    /// <param name="length">Bytes of it, if that is known and the stream does not tell.</param>
    public static FetchContent From(Stream stream, long? length = null) => new StreamBody(stream, length);

    /// <summary>Writes all of it; the stream may be used from any thread. Called on the connection's owner, so it must
    /// not block.</summary>
    public abstract Task WriteToAsync(Stream output, CancellationToken cancellationToken);

    private sealed class BytesContent(ReadOnlyMemory<byte> bytes) : FetchContent
    {
        public override long? Length => bytes.Length;

        public override bool IsRepeatable => true;

        internal override ReadOnlyMemory<byte>? InMemory => bytes;

        public override Task WriteToAsync(Stream output, CancellationToken cancellationToken) =>
            output.WriteAsync(bytes, cancellationToken).AsTask();
    }

    private sealed class StreamBody : FetchContent
    {
        private const int BufferBytes = 65_536;

        private readonly Stream _stream;
        private readonly long _start;

        public StreamBody(Stream stream, long? length)
        {
            ArgumentNullException.ThrowIfNull(stream);
            _stream = stream;
            _start = stream.CanSeek ? stream.Position : 0;
            Length = length ?? (stream.CanSeek ? stream.Length - _start : null);
        }

        public override long? Length { get; }

        public override bool IsRepeatable => _stream.CanSeek;

        public override Task WriteToAsync(Stream output, CancellationToken cancellationToken)
        {
            if (_stream.CanSeek)
            {
                _stream.Position = _start;
            }

            return _stream.CopyToAsync(output, BufferBytes, cancellationToken);
        }
    }
}
