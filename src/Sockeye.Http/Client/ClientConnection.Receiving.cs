using System.Diagnostics;
using System.Runtime.CompilerServices;
using Sockeye.Http.Protocol;

namespace Sockeye.Http.Client;

// The response: its heads, and its body piece by piece from where the connection received it.
public sealed partial class ClientConnection
{
    private enum Receiving : byte
    {
        /// <summary>No exchange has begun, or the response is whole.</summary>
        Done = 0,

        /// <summary>A head is expected.</summary>
        Head,

        /// <summary>A body of stated length.</summary>
        Sized,

        /// <summary>A body in chunks.</summary>
        Chunked,

        /// <summary>A body until the connection ends.</summary>
        UntilClose,

        /// <summary>What follows is no longer HTTP.</summary>
        Tunnel,

        /// <summary>It broke a rule or the connection ended within it.</summary>
        Broken,
    }

    private Receiving _receiving;
    private Task<Received>? _idleRead;  // Begun while idle, so that an end is noticed; the next exchange takes it over.
    private long _left;                 // Of a sized body: bytes not given yet.
    private int _given;                 // Bytes of the connection's input that the last piece lies in.
    private int _interim;
    private bool _keepAlive;
    private bool _hasReceived;

    /// <summary>The head that was read last.</summary>
    public ResponseHead Head => _parser.Head;

    /// <summary>The fields after a body in chunks, once it was read to its end; none before and otherwise.</summary>
    public HeaderFields Trailers => _decoder.Trailers;

    /// <summary>Whether a byte has come since the exchange began: a request that was answered with none may be sent
    /// again, if its method allows that.</summary>
    public bool HasReceived => _hasReceived || !Connection.Unconsumed.IsEmpty;

    /// <summary>The response is whole.</summary>
    public bool IsResponseOver => _receiving == Receiving.Done;

    /// <summary>After 101, and after 2xx to CONNECT, the connection is the caller's and no longer HTTP; what came after
    /// the head is its unconsumed input.</summary>
    public bool IsTunnel => _receiving == Receiving.Tunnel;

    private bool HasWordWhileIdle => _idleRead is { IsCompleted: true };

    /// <summary>
    /// Waits for the next head: after an interim one (<see cref="ResponseHead.IsInterim"/>) call it again. It stays
    /// valid until the next head or exchange. <see cref="Connection.ReadTimeout"/> limits each read, except one that
    /// <see cref="WatchIdle"/> has begun.
    /// </summary>
    /// <exception cref="BadResponseException">It breaks a rule, or the connection ended.</exception>
    public async ValueTask<ResponseHead> ReadHeadAsync()
    {
        if (_receiving != Receiving.Head)
        {
            throw new InvalidOperationException("The final head of this exchange was read, or none has begun.");
        }

        if (_interim > 0)
        {
            _parser.Reset(_method);
        }

        while (true)
        {
            switch (_parser.Parse(Connection.Unconsumed))
            {
                case ParseStatus.Done:
                    TakeHead();
                    return Head;
                case ParseStatus.Rejected:
                    throw Break(_parser.Rule);
            }

            await ReceiveAsync();
        }
    }

    /// <summary>
    /// Waits for the next piece of the body; empty at its end. The bytes are the connection's own, valid until the next
    /// call. <see cref="Connection.ReadTimeout"/> limits each read.
    /// </summary>
    /// <exception cref="BadResponseException">It breaks a rule, or the connection ended within it.</exception>
    public ValueTask<ReadOnlyMemory<byte>> ReadBodyAsync() => TryReadBody(out ReadOnlyMemory<byte> piece)
        ? new ValueTask<ReadOnlyMemory<byte>>(piece)
        : WaitForPieceAsync();

    /// <summary>The next piece of what has come already; false when it has to be waited for.</summary>
    /// <exception cref="BadResponseException">It breaks a rule, or the connection ended within it.</exception>
    public bool TryReadBody(out ReadOnlyMemory<byte> piece)
    {
        piece = default;
        ReleasePiece();
        switch (_receiving)
        {
            case Receiving.Done:
                return true;
            case Receiving.Sized:
                piece = Connection.Unconsumed;
                piece = piece[..(int)Math.Min(_left, piece.Length)];
                _given = piece.Length;
                _left -= piece.Length;
                _receiving = _left == 0 ? Receiving.Done : Receiving.Sized;
                return !piece.IsEmpty;
            case Receiving.Chunked:
                return TryTakeChunk(out piece);
            case Receiving.UntilClose:
                piece = Connection.Unconsumed;
                _given = piece.Length;
                return !piece.IsEmpty;
            default:
                throw new InvalidOperationException("There is no body to be read.");
        }
    }

    /// <summary>
    /// Between two exchanges: listens for the server's closing, so that <see cref="IsReusable"/> tells of it and the
    /// task that is returned completes. The next exchange goes on with the same read. For a pool of connections.
    /// </summary>
    public Task WatchIdle()
    {
        Debug.Assert(IsReusable, "only an idle connection is watched");
        ReleasePiece();
        Connection.ReadTimeout = Timeout.InfiniteTimeSpan;
        return _idleRead = ReadIdleAsync();
    }

    private async Task<Received> ReadIdleAsync()
    {
        await Task.Yield(); // On a blocking engine the read would keep the caller.
        return await Connection.ReadAsync();
    }

    private void BeginResponse()
    {
        _parser.Reset(_method);
        _receiving = Receiving.Head;
        _interim = 0;
        _keepAlive = false;
        _hasReceived = false;
        if (_decoder.Trailers.Count > 0)
        {
            _decoder.Reset();
        }
    }

    private void TakeHead()
    {
        Head.Keep();
        Connection.Consume(Head.Length);
        _hasReceived = true;
        if (Head.IsInterim)
        {
            if (++_interim > InterimResponsesMax)
            {
                throw Break(HttpRule.TooManyInterimResponses);
            }

            return;
        }

        if (Head.Status == StatusCode.SwitchingProtocols && !_maySwitch)
        {
            throw Break(HttpRule.UnaskedSwitch);
        }

        _keepAlive = Head.KeepAlive;
        _left = Head.ContentLength;
        _receiving = Head.Body switch
        {
            BodyKind.None => Receiving.Done,
            BodyKind.Length => Receiving.Sized,
            BodyKind.Chunked => Receiving.Chunked,
            BodyKind.UntilClose => Receiving.UntilClose,
            _ => Receiving.Tunnel,
        };
        if (_receiving == Receiving.Chunked)
        {
            _decoder.Reset();
        }
    }

    private void ReleasePiece()
    {
        Connection.Consume(_given);
        _given = 0;
    }

    private bool TryTakeChunk(out ReadOnlyMemory<byte> piece)
    {
        ReadOnlyMemory<byte> input = Connection.Unconsumed;
        ChunkedStatus status = _decoder.Decode(input.Span, out _given, out ReadOnlySpan<byte> data);
        piece = input.Slice(_given - data.Length, data.Length); // What is consumed ends with the data.
        switch (status)
        {
            case ChunkedStatus.Rejected:
                throw Break(_decoder.Rule);
            case ChunkedStatus.Done:
                _receiving = Receiving.Done;
                return true;
            default:
                return status == ChunkedStatus.Data;
        }
    }

    // Pooled, so that a body that is waited for allocates nothing.
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<ReadOnlyMemory<byte>> WaitForPieceAsync()
    {
        while (true)
        {
            if (!await ReceiveAsync())
            {
                return default;
            }

            if (TryReadBody(out ReadOnlyMemory<byte> piece))
            {
                return piece;
            }
        }
    }

    /// <summary>Waits for more bytes; false when a body has ended with the connection, as it may.</summary>
    private async ValueTask<bool> ReceiveAsync()
    {
        while (true)
        {
            int held = Connection.Unconsumed.Length;
            Task<Received>? begun = _idleRead;
            _idleRead = null;
            Received received = begun is null ? await Connection.ReadAsync() : await begun;
            if (!received.IsEmpty)
            {
                _hasReceived = true;
                Transcript?.Invoke(TranscriptDirection.Received, Connection.Unconsumed[held..]);
                return true;
            }

            switch (received.End)
            {
                case End.Shutdown:
                    continue; // Of the server whose handler is this client; the exchange goes on.
                case End.Finished when _receiving == Receiving.UntilClose:
                    _receiving = Receiving.Done;
                    return false;
                default:
                    throw Break(new BadResponseException(received.End));
            }
        }
    }

    private BadResponseException Break(HttpRule rule) => Break(new BadResponseException(rule));

    private BadResponseException Break(BadResponseException wrong)
    {
        bool inHead = _receiving == Receiving.Head;
        _receiving = Receiving.Broken;
        return inHead ? BadResponseException.Of(Connection.Unconsumed.Span, wrong) : wrong;
    }
}
