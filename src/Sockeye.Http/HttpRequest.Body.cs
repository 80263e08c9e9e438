using System.Runtime.CompilerServices;
using Sockeye.Http.Protocol;

namespace Sockeye.Http;

// The body of a request, read piece by piece from where the connection received it.
public sealed partial class HttpRequest
{
    private enum Stage : byte
    {
        /// <summary>There is none, or all of it was read.</summary>
        Ended,

        /// <summary>Nobody has asked for it, and its head is still where it was received.</summary>
        Unread,

        /// <summary>As many bytes as the head said, less those that were given.</summary>
        Sized,

        /// <summary>In chunks.</summary>
        Chunked,

        /// <summary>It broke a rule or the connection ended within it.</summary>
        Broken,
    }

    private readonly ChunkedDecoder _decoder;
    private Stage _body;
    private long _left;             // Of a sized body: bytes not given yet.
    private long _read;             // Bytes given.
    private int _given;             // Bytes of the connection's input that the last piece lies in.
    private TimeSpan _waited;       // For the body, in reads of the connection.

    /// <summary>Bytes that the body may have; more is 413. <see cref="HttpLimits.BodyBytesMax"/> at first; a handler
    /// may change it before it reads.</summary>
    public long BodyBytesMax { get; set; }

    /// <summary>Bytes in a second that the body must bring on average; 0 does not limit it.
    /// <see cref="HttpServerOptions.BodyBytesPerSecondMin"/> at first; a handler may change it.</summary>
    public int BodyBytesPerSecondMin { get; set; }

    /// <summary>For how long the body may come more slowly than that;
    /// <see cref="HttpServerOptions.BodyGracePeriod"/> at first.</summary>
    public TimeSpan BodyGracePeriod { get; set; }

    /// <summary>Bytes of the body, if its head says so; null for one in chunks. 0 without a body.</summary>
    public long? BodyLength => Head.Body switch
    {
        BodyKind.None => 0,
        BodyKind.Length => Head.ContentLength,
        _ => null,
    };

    /// <summary>The fields after a body in chunks, once it was read to its end; none before and otherwise.</summary>
    public HeaderFields Trailers => _decoder.Trailers;

    /// <summary>
    /// Waits for the next piece of the body; empty at its end. The bytes are the connection's own, valid until the next
    /// call. A client that waits for permission to send (Expect: 100-continue) gets it by the first call.
    /// </summary>
    /// <exception cref="BadRequestException">The body cannot be read to its end: let it pass.</exception>
    /// <exception cref="OperationCanceledException">The token fired; nothing is lost.</exception>
    public ValueTask<ReadOnlyMemory<byte>> ReadBodyAsync(CancellationToken cancellationToken = default)
    {
        if (_body == Stage.Unread)
        {
            BeginBody();
        }

        return TryTakePiece(out ReadOnlyMemory<byte> piece)
            ? new ValueTask<ReadOnlyMemory<byte>>(piece)
            : WaitForPieceAsync(cancellationToken);
    }

    internal void Reset()
    {
        _body = Head.Body == BodyKind.None ? Stage.Ended : Stage.Unread;
        BodyBytesMax = _options.Limits.BodyBytesMax;
        BodyBytesPerSecondMin = _options.BodyBytesPerSecondMin;
        BodyGracePeriod = _options.BodyGracePeriod;
        _left = 0;
        _read = 0;
        _given = 0;
        _waited = default;
        if (Head.Body == BodyKind.Chunked || _decoder.Trailers.Count > 0)
        {
            _decoder.Reset(); // The trailers may be those of another client's request.
        }
    }

    /// <summary>Nothing of a body is left on the connection.</summary>
    internal bool IsBodyOver => _body == Stage.Ended;

    /// <summary>Whether what is left of the body can be skipped, so that the connection goes on.</summary>
    /// <param name="isHandlerDone">It reads no more; one that is at it is taken to read it all.</param>
    internal bool IsRestSkippable(bool isHandlerDone) => _body switch
    {
        Stage.Ended => true,
        Stage.Broken => false,

        // The client may never send it: RFC 9110 section 10.1.1.
        Stage.Unread when Head.ExpectsContinue => false,
        Stage.Unread => Head.ContentLength <= _options.SkippedBytesMax,
        Stage.Sized => !isHandlerDone || _left <= _options.SkippedBytesMax,
        _ => true,
    };

    /// <summary>The request is answered and its body over: gives back what it still has of the connection's
    /// input.</summary>
    internal void ReleaseInput()
    {
        ReleasePiece();
        if (Head.Body == BodyKind.None)
        {
            Connection.Consume(Head.Length);
        }
    }

    /// <summary>What follows is no longer HTTP: the head leaves the connection's input.</summary>
    internal void EndForSwitch()
    {
        if (_body != Stage.Ended)
        {
            throw new InvalidOperationException("Read the body to its end before the protocol is switched.");
        }

        ReleasePiece();
        if (Head.Body == BodyKind.None)
        {
            Head.Keep();
            Connection.Consume(Head.Length);
        }
    }

    private void BeginBody()
    {
        Head.Keep();
        Connection.Consume(Head.Length);
        _left = Head.ContentLength;
        _body = Head.Body == BodyKind.Chunked ? Stage.Chunked : Stage.Sized;
        _decoder.BodyBytesMax = BodyBytesMax;
        if (_body == Stage.Sized && _left > BodyBytesMax)
        {
            throw Break(HttpRule.BodyTooLong);
        }
    }

    private void ReleasePiece()
    {
        if (_given > 0)
        {
            Connection.Consume(_given);
            _given = 0;
        }
    }

    /// <summary>The next piece of what has been received; false when it is none of it.</summary>
    private bool TryTakePiece(out ReadOnlyMemory<byte> piece)
    {
        piece = default;
        ReleasePiece();
        switch (_body)
        {
            case Stage.Ended:
                return true;
            case Stage.Sized:
                piece = Connection.Unconsumed;
                piece = piece[..(int)Math.Min(_left, piece.Length)];
                _given = piece.Length;
                _left -= piece.Length;
                _body = _left == 0 ? Stage.Ended : Stage.Sized;
                _read += piece.Length;
                return !piece.IsEmpty;
            case Stage.Chunked:
                return TryTakeChunk(out piece);
            default:
                throw new InvalidOperationException("The body has failed and cannot be read any further.");
        }
    }

    private bool TryTakeChunk(out ReadOnlyMemory<byte> piece)
    {
        ReadOnlyMemory<byte> input = Connection.Unconsumed;
        ChunkedStatus status = _decoder.Decode(input.Span, out _given, out ReadOnlySpan<byte> data);
        piece = input.Slice(_given - data.Length, data.Length); // What is consumed ends with the data.
        _read += data.Length;
        switch (status)
        {
            case ChunkedStatus.Rejected:
                throw Break(_decoder.Rule);
            case ChunkedStatus.Done:
                _body = Stage.Ended;
                return true;
            default:
                return status == ChunkedStatus.Data;
        }
    }

    // Pooled, so that a body that is waited for allocates nothing (HttpAllocationTests).
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<ReadOnlyMemory<byte>> WaitForPieceAsync(CancellationToken cancellationToken)
    {
        if (Head.ExpectsContinue)
        {
            // RFC 9110 section 10.1.1: once, not when the body has come already, and not behind a final response's
            // head, where it would be taken for content.
            Head.ExpectsContinue = false;
            if (Connection.Unconsumed.IsEmpty && !_exchange.Response.HasStarted)
            {
                Connection.Write("HTTP/1.1 100 Continue\r\n\r\n"u8);
                await Connection.FlushAsync(cancellationToken);
            }
        }

        TimeProvider time = Connection.Network.Time;
        while (true)
        {
            Connection.ReadTimeout = TimeLeft();
            long began = time.GetTimestamp();
            Received received = await Connection.ReadAsync(cancellationToken);
            _waited += time.GetElapsedTime(began);
            if (received.IsEmpty && received.End != End.Shutdown)
            {
                _body = Stage.Broken;
                throw new BadRequestException(received.End);
            }

            if (TryTakePiece(out ReadOnlyMemory<byte> piece))
            {
                return piece;
            }
        }
    }

    /// <summary>How long the next bytes may take for the body to be as fast as it must.</summary>
    private TimeSpan TimeLeft()
    {
        if (BodyBytesPerSecondMin == 0)
        {
            return Timeout.InfiniteTimeSpan;
        }

        TimeSpan left = BodyGracePeriod
            + TimeSpan.FromSeconds((double)_read / BodyBytesPerSecondMin) - _waited;
        return left > TimeSpan.FromMilliseconds(1) ? left : TimeSpan.FromMilliseconds(1);
    }

    private BadRequestException Break(HttpRule rule)
    {
        _body = Stage.Broken;
        return new BadRequestException(rule);
    }
}
