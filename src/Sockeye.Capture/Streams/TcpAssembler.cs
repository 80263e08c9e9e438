using System.Runtime.InteropServices;
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
    private readonly int _heldBytesMax;
    private readonly ByteBlocks _blocks;
    private readonly List<Held> _held = []; // Apart from each other, the lowest number first.
    private byte[]? _lent;
    private TcpSequence? _next;
    private TcpSequence? _end;
    private TcpSequence _upTo;
    private long _missing;
    private int _heldBytes;

    /// <summary>An assembler for a stream of its own.</summary>
    /// <param name="limits">What it may hold; <see cref="StreamLimits.Default"/> when null.</param>
    public TcpAssembler(StreamLimits? limits = null)
        : this(limits ?? StreamLimits.Default, new ByteBlocks((limits ?? StreamLimits.Default).HeldBytesTotalMax))
    {
    }

    internal TcpAssembler(StreamLimits limits, ByteBlocks blocks)
    {
        _heldBytesMax = limits.HeldBytesMax;
        _blocks = blocks;
    }

    /// <summary>How many bytes were passed on.</summary>
    public long Bytes { get; private set; }

    /// <summary>How many bytes are missing from the capture.</summary>
    public long MissingBytes { get; private set; }

    /// <summary>How many bytes came again, and were dropped.</summary>
    public long RepeatedBytes { get; private set; }

    /// <summary>How many bytes wait for bytes before them.</summary>
    public int HeldBytes => _heldBytes;

    /// <summary>Says which number the first byte has: the one after the SYN.</summary>
    public void Begin(TcpSequence first) => _next ??= first;

    /// <summary>Says which number the FIN has: no byte comes after it.</summary>
    public void End(TcpSequence end) => _end ??= end;

    /// <summary>Takes a segment; the pieces must be read before the next one is taken.</summary>
    /// <param name="sequence">The number of its first byte.</param>
    /// <param name="payload">Its bytes.</param>
    public StreamPieces Take(TcpSequence sequence, ReadOnlySpan<byte> payload)
    {
        TcpSequence next = _next ??= sequence;
        _upTo = next;
        int known = next - sequence;
        if (known > 0)
        {
            int dropped = Math.Min(known, payload.Length);
            RepeatedBytes += dropped;
            payload = payload[dropped..];
            sequence = next;
        }

        if (payload.IsEmpty)
        {
            return new StreamPieces(this, default);
        }

        if (sequence == next && _held.Count == 0)
        {
            _next = next + (uint)payload.Length;
            _upTo = _next.Value;
            return new StreamPieces(this, payload);
        }

        Hold(sequence, payload);
        if (_held.Count > 0 && _held[0].Start - next > 0 && _heldBytes > _heldBytesMax)
        {
            _upTo = _held[0].Start; // Nobody waits for ever: what is not there by now is missing.
        }

        return new StreamPieces(this, default);
    }

    /// <summary>
    /// Says that the other end acknowledged everything up to a number: what is not there will not come any more.
    /// </summary>
    public StreamPieces Skip(TcpSequence upTo)
    {
        _next ??= upTo;
        _upTo = _end < upTo ? _end.Value : upTo;
        return new StreamPieces(this, default);
    }

    /// <summary>Says that the capture is over: what waits comes, with gaps.</summary>
    public StreamPieces Finish()
    {
        _next ??= default(TcpSequence);
        _upTo = _held.Count > 0 ? _held[^1].Start : _next.Value;
        return new StreamPieces(this, default);
    }

    /// <summary>Gives back what is held.</summary>
    internal void Release()
    {
        foreach (Held one in _held)
        {
            _blocks.Return(one.Buffer);
        }

        _held.Clear();
        _heldBytes = 0;
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

        TcpSequence next = _next!.Value;
        if (_held.Count == 0 || _held[0].Start > next)
        {
            // Up to where it is known that nothing more comes, or up to what is there.
            TcpSequence target = _held.Count > 0 && _held[0].Start < _upTo ? _held[0].Start : _upTo;
            if (target - next > 0)
            {
                _missing += target - next;
                MissingBytes += target - next;
                _next = next = target;
            }
        }

        if (_held.Count > 0 && _held[0].Start == next)
        {
            Held first = _held[0];
            _held.RemoveAt(0);
            _lent = first.Buffer;
            _heldBytes -= first.Length;
            _next = first.End;
            Bytes += first.Length;
            piece = new StreamPiece(TakeMissing(), first.Buffer.AsSpan(0, first.Length));
            return true;
        }

        piece = default;
        return false;
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

    // Keeps of a segment what is not there yet, between what is.
    private void Hold(TcpSequence sequence, ReadOnlySpan<byte> payload)
    {
        int at = 0;
        while (!payload.IsEmpty)
        {
            while (at < _held.Count && _held[at].End <= sequence)
            {
                at++;
            }

            int room = at < _held.Count ? _held[at].Start - sequence : payload.Length;
            int part = Math.Clamp(room, 0, payload.Length);
            if (part > 0)
            {
                Keep(at, sequence, payload[..part]);
                sequence += (uint)part;
                payload = payload[part..];
                continue;
            }

            int repeated = Math.Min(payload.Length, _held[at].End - sequence);
            RepeatedBytes += repeated;
            sequence += (uint)repeated;
            payload = payload[repeated..];
        }
    }

    private void Keep(int at, TcpSequence sequence, ReadOnlySpan<byte> bytes)
    {
        // Without room the bytes are let go, as if they had not been captured.
        if (_blocks.TryLend(bytes.Length) is { } buffer)
        {
            bytes.CopyTo(buffer);
            _held.Insert(at, new Held(sequence, buffer, bytes.Length));
            _heldBytes += bytes.Length;
        }
    }

    [StructLayout(LayoutKind.Auto)]
    private readonly record struct Held(TcpSequence Start, byte[] Buffer, int Length)
    {
        public TcpSequence End => Start + (uint)Length;
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
