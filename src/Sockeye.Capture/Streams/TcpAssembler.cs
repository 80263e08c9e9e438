using Sockeye.Wire.Transport;

namespace Sockeye.Capture.Streams;

/// <summary>A piece of a stream of bytes, valid until the next one is read.</summary>
public readonly ref struct StreamPiece
{
    internal StreamPiece(long missingBefore, ReadOnlySpan<byte> bytes)
    {
        MissingBefore = missingBefore;
        Bytes = bytes;
    }

    /// <summary>How many bytes before it the capture does not have.</summary>
    public long MissingBefore { get; }

    /// <summary>The bytes; empty at the end of a stream whose last bytes are missing.</summary>
    public ReadOnlySpan<byte> Bytes { get; }
}

/// <summary>
/// Puts one direction of a TCP connection together: whatever the order in which segments come, however they overlap,
/// its pieces are the bytes in their order, each once. Of bytes that came twice the first count, as most receivers have
/// it. What comes in order is passed on where it stands, without a copy.
/// </summary>
public sealed class TcpAssembler
{
    private readonly StreamLimits _limits;
    private readonly ByteBlocks _blocks;
    private HeldPieces _held;
    private byte[]? _lent;
    private TcpSequence? _next;
    private TcpSequence? _end;
    private TcpSequence? _acknowledged; // By the latest acknowledgement; it may have been seen before what it is about.
    private TcpSequence? _last;         // Once the capture is over: what is missing up to here came at its end.
    private TcpSequence _upTo;          // A hole that ends here or before will not be filled any more.
    private long _missing;

    /// <summary>An assembler for a stream of its own.</summary>
    /// <param name="limits">What it may hold; <see cref="StreamLimits.Default"/> when null.</param>
    public TcpAssembler(StreamLimits? limits = null)
        : this(limits ?? StreamLimits.Default, new ByteBlocks((limits ?? StreamLimits.Default).HeldBytesTotalMax))
    {
    }

    internal TcpAssembler(StreamLimits limits, ByteBlocks blocks)
    {
        _limits = limits;
        _blocks = blocks;
    }

    /// <summary>How many bytes were passed on.</summary>
    public long Bytes { get; private set; }

    /// <summary>How many bytes are missing from the capture.</summary>
    public long MissingBytes { get; private set; }

    /// <summary>How many bytes came again, and were dropped.</summary>
    public long RepeatedBytes { get; private set; }

    /// <summary>How many bytes wait for bytes before them.</summary>
    public int HeldBytes => _held.Bytes;

    /// <summary>In how many pieces they wait.</summary>
    internal int HeldCount => _held.Count;

    /// <summary>How many pieces were looked at or moved so far.</summary>
    internal long Steps => _held.Steps;

    // Nobody waits for ever: what is not there by then is missing.
    private bool IsFull => _held.Bytes > _limits.HeldBytesMax || _held.Count > _limits.HeldPiecesMax;

    /// <summary>Says which number the first byte has: the one after the SYN.</summary>
    public void Begin(TcpSequence first) => _next ??= first;

    /// <summary>Says which number the FIN has: no byte comes after it.</summary>
    public void End(TcpSequence end) => _end ??= end;

    /// <summary>Takes a segment; the pieces must be read before the next one is taken.</summary>
    /// <param name="sequence">The number of its first byte.</param>
    /// <param name="payload">Its bytes.</param>
    public StreamPieces Take(TcpSequence sequence, ReadOnlySpan<byte> payload)
    {
        TcpSequence next = _next ??= _acknowledged < sequence ? _acknowledged.Value : sequence;
        _upTo = next;
        int ahead = sequence - next;
        if (ahead < 0)
        {
            int dropped = (int)Math.Min(-(long)ahead, payload.Length);
            RepeatedBytes += dropped;
            payload = payload[dropped..];
            sequence = next;
        }

        if (payload.IsEmpty)
        {
            return new StreamPieces(this, default);
        }

        // What comes after the bytes that were acknowledged shows that those before were only not captured.
        if (_acknowledged > next && sequence >= _acknowledged)
        {
            _upTo = _acknowledged.Value;
            next = _held.Count == 0 ? Miss(_upTo) : next;
        }

        if (_held.Count > 0 || sequence != next)
        {
            bool hasRoom = TryHold(next, sequence, payload);
            if (hasRoom || _held.Count > 0)
            {
                _upTo = hasRoom ? _upTo : _held[0].Start;
                return new StreamPieces(this, default);
            }

            _ = Miss(sequence); // There is no room to wait.
        }

        _next = sequence + (uint)payload.Length;
        return new StreamPieces(this, payload);
    }

    /// <summary>
    /// Says that the other end acknowledged everything up to a number: what is not there, and has something after it
    /// that is, will not come any more. An acknowledgement may be seen before the bytes that it is about, where a
    /// capture has several interfaces, and anybody can forge one: alone it does not make bytes missing.
    /// </summary>
    public StreamPieces Skip(TcpSequence upTo)
    {
        _upTo = _end < upTo ? _end.Value : upTo;
        _acknowledged = _upTo;
        return new StreamPieces(this, default);
    }

    /// <summary>Says that the capture is over: what waits comes, with gaps.</summary>
    public StreamPieces Finish()
    {
        _next ??= _acknowledged ?? default;
        _upTo = _held.Count > 0 ? _held[_held.Count - 1].Start : _next.Value;
        _last = _acknowledged;
        return new StreamPieces(this, default);
    }

    /// <summary>Gives back what is held.</summary>
    internal void Release()
    {
        while (_held.Count > 0)
        {
            _blocks.Return(_held.TakeFirst().Buffer);
        }

        ReturnLent();
    }

    internal bool TryRead(ReadOnlySpan<byte> direct, out StreamPiece piece)
    {
        ReturnLent();
        if (!direct.IsEmpty)
        {
            Bytes += direct.Length;
            piece = new StreamPiece(TakeMissing(), direct);
            return true;
        }

        if (_held.Count == 0)
        {
            return TryReadEnd(out piece);
        }

        TcpSequence start = _held[0].Start;
        TcpSequence target = start < _upTo || IsFull ? start : _upTo;
        if (target > _next)
        {
            _ = Miss(target);
        }

        if (start != _next)
        {
            piece = default;
            return false;
        }

        HeldPiece first = _held.TakeFirst();
        _lent = first.Buffer;
        _next = first.End;
        Bytes += first.Length;
        piece = new StreamPiece(TakeMissing(), first.Buffer.AsSpan(0, first.Length));
        return true;
    }

    private bool TryReadEnd(out StreamPiece piece)
    {
        if (_last is { } last && last > _next)
        {
            _ = Miss(last);
            piece = new StreamPiece(TakeMissing(), default);
            return true;
        }

        piece = default;
        return false;
    }

    /// <summary>Gives up what is not there up to a number, which comes next.</summary>
    private TcpSequence Miss(TcpSequence upTo)
    {
        int count = upTo - _next!.Value;
        _missing += count;
        MissingBytes += count;
        _next = upTo;
        return upTo;
    }

    private long TakeMissing()
    {
        long missing = _missing;
        _missing = 0;
        return missing;
    }

    private void ReturnLent()
    {
        if (_lent is not null)
        {
            _blocks.Return(_lent);
            _lent = null;
        }
    }

    // Keeps of a segment what is not there yet, between what is; false when not all of it found room.
    private bool TryHold(TcpSequence next, TcpSequence sequence, ReadOnlySpan<byte> payload)
    {
        for (int at = _held.Find(next, sequence); !payload.IsEmpty; at++)
        {
            int room = at < _held.Count ? _held[at].Start - sequence : payload.Length;
            int part = Math.Clamp(room, 0, payload.Length);
            if (part > 0)
            {
                if (_blocks.TryLend(part) is not { } buffer)
                {
                    return false;
                }

                payload[..part].CopyTo(buffer);
                _held.Insert(at, new HeldPiece(sequence, buffer, part));
                sequence += (uint)part;
                payload = payload[part..];
                continue;
            }

            int repeated = Math.Min(payload.Length, _held[at].End - sequence);
            RepeatedBytes += repeated;
            sequence += (uint)repeated;
            payload = payload[repeated..];
        }

        return true;
    }
}

/// <summary>The pieces that became known, in their order; read them all.</summary>
public ref struct StreamPieces
{
    private readonly TcpAssembler _assembler;
    private ReadOnlySpan<byte> _direct;

    internal StreamPieces(TcpAssembler assembler, ReadOnlySpan<byte> direct)
    {
        _assembler = assembler;
        _direct = direct;
    }

    /// <summary>Whether the next piece is the end of the segment that was just taken.</summary>
    internal readonly bool IsDirect => !_direct.IsEmpty;

    /// <summary>The next piece; false when there is none now.</summary>
    public bool TryRead(out StreamPiece piece)
    {
        ReadOnlySpan<byte> direct = _direct;
        _direct = default;
        return _assembler.TryRead(direct, out piece);
    }
}
