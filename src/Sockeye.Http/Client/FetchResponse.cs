using System.Buffers;
using System.Text;
using Sockeye.Http.Protocol;

namespace Sockeye.Http.Client;

/// <summary>A response on the way to the one that was asked for.</summary>
/// <param name="Uri">What was requested.</param>
/// <param name="Status">The status.</param>
/// <param name="Fields">The fields.</param>
/// <param name="Timings">How long it took.</param>
public sealed record FetchStep(Uri Uri, int Status, FetchFields Fields, FetchTimings Timings);

/// <summary>
/// A response: its head, and its body as a stream. Dispose of it, or read the body to its end, so that its connection
/// can be used again. It may be used from any thread, by one at a time.
/// </summary>
public sealed class FetchResponse : IDisposable, IAsyncDisposable
{
    /// <summary>Bytes that <see cref="ReadBytesAsync"/> holds unless told otherwise: 30,000,000.</summary>
    public const int BufferedBytesMax = 30_000_000;

    private const int BufferBytes = 16_384;

    internal FetchResponse(Uri uri, int status, string reason, ProtocolVersion version, FetchTimings timings)
    {
        Uri = uri;
        Status = status;
        Reason = reason;
        Version = version;
        Timings = timings;
    }

    /// <summary>What was requested in the end, after redirects.</summary>
    public Uri Uri { get; }

    /// <summary>The status code.</summary>
    public int Status { get; }

    /// <summary>The reason phrase, of no meaning.</summary>
    public string Reason { get; }

    /// <summary>The version.</summary>
    public ProtocolVersion Version { get; }

    /// <summary>Whether the status is 2xx.</summary>
    public bool IsSuccess => Status is >= 200 and < 300;

    /// <summary>The fields. Content-Encoding and Content-Length are those of the body as it came, also when
    /// <see cref="Body"/> decompresses it.</summary>
    public FetchFields Fields { get; internal init; } = new();

    /// <summary>The fields after a body in chunks, once it was read to its end.</summary>
    public FetchFields Trailers { get; internal set; } = new();

    /// <summary>Bytes of the body as it comes, if the head says so; 0 without a body.</summary>
    public long? Length { get; internal init; }

    /// <summary>The body. What breaks it is an <see cref="HttpIOException"/>.</summary>
    public Stream Body { get; internal set; } = Stream.Null;

    /// <summary>Whether <see cref="Body"/> decompresses.</summary>
    public bool IsDecompressed { get; internal set; }

    /// <summary>After 101: the connection, which is no longer HTTP, and the caller's to use on its owner and to
    /// dispose of. <see cref="Body"/> is the same as a stream, for any thread.</summary>
    public Connection? Switched { get; internal set; }

    /// <summary>When each phase was over. Some are later than this response.</summary>
    public FetchTimings Timings { get; }

    /// <summary>The redirects that led here.</summary>
    public IReadOnlyList<FetchStep> Steps { get; internal set; } = [];

    /// <summary>Told, on the owner, when the body was read whole; for who hands trailers on.</summary>
    internal Action? Ended { get; set; }

    /// <summary>Reads the body to its end.</summary>
    /// <param name="bytesMax">Bytes that it may have.</param>
    /// <param name="cancellationToken">Gives it up.</param>
    /// <exception cref="IOException">It could not be read whole, or is longer.</exception>
    public async Task<byte[]> ReadBytesAsync(
        int bytesMax = BufferedBytesMax, CancellationToken cancellationToken = default)
    {
        using var held = new MemoryStream();
        byte[] buffer = ArrayPool<byte>.Shared.Rent(BufferBytes);
        try
        {
            while (await Body.ReadAsync(buffer, cancellationToken) is > 0 and int count)
            {
                if (held.Length + count > bytesMax)
                {
                    Dispose();
                    throw new IOException($"The body is longer than {bytesMax} bytes.");
                }

                held.Write(buffer, 0, count);
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }

        return held.ToArray();
    }

    /// <summary>Reads the body to its end as text, in the charset of its Content-Type; UTF-8 when it names none that is
    /// known here.</summary>
    /// <exception cref="IOException">It could not be read whole, or is longer.</exception>
    public async Task<string> ReadTextAsync(CancellationToken cancellationToken = default)
    {
        byte[] bytes = await ReadBytesAsync(cancellationToken: cancellationToken);
        return CharsetOf(Fields["Content-Type"]).GetString(bytes);
    }

    /// <summary>Gives up what is left of the body. If that has come already its connection is kept.</summary>
    public void Dispose() => Body.Dispose();

    /// <summary>As <see cref="Dispose"/>.</summary>
    public ValueTask DisposeAsync() => Body.DisposeAsync();

    internal void TellEnd() => Ended?.Invoke();

    private static Encoding CharsetOf(string? contentType)
    {
        int at = contentType?.IndexOf("charset=", StringComparison.OrdinalIgnoreCase) ?? -1;
        string name = at < 0 ? "utf-8" : contentType![(at + "charset=".Length)..].Split(';')[0].Trim(' ', '"');
        try
        {
            return Encoding.GetEncoding(name);
        }
        catch (ArgumentException)
        {
            return Encoding.UTF8;
        }
    }
}
