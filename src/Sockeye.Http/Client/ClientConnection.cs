using System.Buffers;
using Sockeye.Http.Protocol;

namespace Sockeye.Http.Client;

/// <summary>
/// HTTP/1.1 on one connection, as its client: one exchange after the other, without a pool, redirects or anything else
/// that decides by itself. A proxy stands on it, and so does <see cref="HttpFetcher"/>. Use it from the connection's
/// owner; one activity may send while another receives.
/// </summary>
/// <example><code>
/// var client = new ClientConnection(connection);
/// client.Begin(Method.Get);
/// var head = new HeadWriter(client.Output);
/// head.RequestLine(Method.Get, "/"u8);
/// head.Field(KnownField.Host, "example.com"u8);
/// head.End();
/// await client.FlushAsync();
/// while ((await client.ReadHeadAsync()).IsInterim)
/// {
/// }
///
/// while (await client.ReadBodyAsync() is { IsEmpty: false } piece)
/// {
///     use(piece);
/// }
/// </code></example>
public sealed partial class ClientConnection
{
    private readonly ResponseParser _parser;
    private readonly ChunkedDecoder _decoder;
    private readonly RecordedOutput _output;
    private Sending _sending;
    private long _toSend;           // Of a body of stated length: bytes not written yet.
    private Method _method;
    private bool _maySwitch;

    /// <summary>Speaks HTTP on a connection from its first byte on.</summary>
    /// <param name="connection">The connection, which stays the caller's to close.</param>
    /// <param name="limits">How much of a response is read; the defaults when null, but with bodies of any length.
    /// </param>
    /// <param name="profile">How strictly; <see cref="HttpProfile.Strict"/> when null.</param>
    public ClientConnection(Connection connection, HttpLimits? limits = null, HttpProfile? profile = null)
    {
        ArgumentNullException.ThrowIfNull(connection);
        Connection = connection;
        limits ??= DefaultLimits;
        _parser = new ResponseParser(limits, profile);
        _decoder = new ChunkedDecoder(limits, profile);
        _output = new RecordedOutput(this);
    }

    /// <summary>Where the request is on its way out.</summary>
    private enum Sending : byte
    {
        /// <summary>There is none, or it is written whole.</summary>
        Done = 0,

        /// <summary>As many bytes as its head says, less those that were written.</summary>
        Sized,

        /// <summary>In chunks.</summary>
        Chunked,
    }

    /// <summary>The limits of responses: those of <see cref="HttpLimits"/>, with bodies of any length, since they are
    /// given piece by piece and never held.</summary>
    public static HttpLimits DefaultLimits { get; } = new() { BodyBytesMax = long.MaxValue };

    /// <summary>The connection beneath.</summary>
    public Connection Connection { get; }

    /// <summary>Interim responses that one exchange may have; more break
    /// <see cref="HttpRule.TooManyInterimResponses"/>. Default 32.</summary>
    public int InterimResponsesMax { get; set; } = 32;

    /// <summary>Is given what is sent and received; null for nobody.</summary>
    public Transcript? Transcript { get; set; }

    /// <summary>Exchanges begun so far.</summary>
    public int Exchanges { get; private set; }

    /// <summary>Where a head is written to, after <see cref="Begin"/>.</summary>
    public IBufferWriter<byte> Output => _output;

    /// <summary>The request is written whole.</summary>
    public bool IsRequestWritten => _sending == Sending.Done;

    /// <summary>
    /// Whether another exchange may begin: the one before is whole in both directions, both sides keep the connection
    /// (RFC 9112 section 9.3), and it has not ended or brought a byte that belongs to nothing.
    /// </summary>
    public bool IsReusable => _sending == Sending.Done
        && _receiving == Receiving.Done
        && _keepAlive
        && !HasWordWhileIdle
        && Connection.Ended == End.None
        && Connection.Unconsumed.Length == _given;

    /// <summary>Begins an exchange: what is written next is the head of its request.</summary>
    /// <param name="method">The request's method.</param>
    /// <param name="body">How the request's body is framed: none, a stated length, or in chunks. The head has to say
    /// the same.</param>
    /// <param name="length">Bytes of a body of <see cref="BodyKind.Length"/>.</param>
    /// <param name="maySwitch">The request asks for another protocol with Upgrade, so that 101 may come.</param>
    /// <exception cref="InvalidOperationException">The connection is not <see cref="IsReusable"/>.</exception>
    /// <exception cref="BadResponseException">A response is there before its request.</exception>
    public void Begin(Method method, BodyKind body = BodyKind.None, long length = 0, bool maySwitch = false)
    {
        if (Exchanges > 0 && !IsReusable)
        {
            throw new InvalidOperationException("The connection cannot be used for another exchange: see IsReusable.");
        }

        ReleasePiece();
        if (!Connection.Unconsumed.IsEmpty)
        {
            throw Break(HttpRule.ResponseBeforeRequest);
        }

        _sending = body switch
        {
            BodyKind.None => Sending.Done,
            BodyKind.Length => length == 0 ? Sending.Done : Sending.Sized,
            BodyKind.Chunked => Sending.Chunked,
            _ => throw new ArgumentException("A request has no other body.", nameof(body)),
        };
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        _toSend = length;
        _method = method;
        _maySwitch = maySwitch;
        Exchanges++;
        BeginResponse();
    }

    /// <summary>Writes content of the body, framed as <see cref="Begin"/> was told.</summary>
    /// <exception cref="InvalidOperationException">It is more than the head said; or the connection's output is full:
    /// flush first.</exception>
    public void WriteBody(ReadOnlySpan<byte> content)
    {
        switch (_sending)
        {
            case Sending.Chunked:
                ChunkWriter.Write(_output, content);
                break;
            case Sending.Sized when content.Length <= _toSend:
                _output.Write(content);
                _toSend -= content.Length;
                _sending = _toSend == 0 ? Sending.Done : Sending.Sized;
                break;
            default:
                if (!content.IsEmpty)
                {
                    throw new InvalidOperationException("This is more content than the request's head has said.");
                }

                break;
        }
    }

    /// <summary>The body is complete: writes the last chunk, if there are chunks.</summary>
    /// <param name="trailers">Fields to be sent after the chunks; only those that may be trailers are.</param>
    /// <exception cref="InvalidOperationException">It is less than the head said.</exception>
    public void EndBody(HeaderFields? trailers = null)
    {
        switch (_sending)
        {
            case Sending.Done:
                return;
            case Sending.Chunked:
                WriteTrailers(trailers);
                _sending = Sending.Done;
                return;
            default:
                throw new InvalidOperationException(
                    $"The content is {_toSend} bytes shorter than the request's head has said.");
        }
    }

    /// <summary>Has what was written sent; suspends while too much waits. Its value is why nothing can be sent any
    /// more.</summary>
    public ValueTask<End> FlushAsync() => Connection.FlushAsync();

    private void WriteTrailers(HeaderFields? trailers)
    {
        var section = new HeadWriter(_output);
        section.LastChunk();
        for (int i = 0; i < (trailers?.Count ?? 0); i++)
        {
            HeaderField field = trailers![i];
            if (field.Known.MayBeTrailer())
            {
                section.Field(field.Name, field.Value);
            }
        }

        section.End();
    }

    /// <summary>The connection's output, which the transcript sees too.</summary>
    private sealed class RecordedOutput(ClientConnection client) : IBufferWriter<byte>
    {
        private Memory<byte> _lent;

        public void Advance(int count)
        {
            client.Transcript?.Invoke(TranscriptDirection.Sent, _lent[..count]);
            _lent = default;
            client.Connection.Advance(count);
        }

        public Memory<byte> GetMemory(int sizeHint = 0) => _lent = client.Connection.GetMemory(sizeHint);

        public Span<byte> GetSpan(int sizeHint = 0) => client.Transcript is null
            ? client.Connection.GetSpan(sizeHint)
            : GetMemory(sizeHint).Span;
    }
}
