using System.Buffers.Binary;

namespace Sockeye.Wire.Transport;

/// <summary>
/// A block of bytes that was received beyond the acknowledgment: from <c>Left</c> to before <c>Right</c>.
/// </summary>
public readonly record struct SackBlock(TcpSequence Left, TcpSequence Right)
{
    internal const int Bytes = 8;
}

/// <summary>The blocks of a SACK option: a header has room for four.</summary>
public readonly record struct SackBlocks
{
    /// <summary>How many blocks there can be: 40 bytes of options hold no more (RFC 2018 section 3).</summary>
    public const int CountMax = 4;

    private readonly SackBlock _first;
    private readonly SackBlock _second;
    private readonly SackBlock _third;
    private readonly SackBlock _fourth;

    /// <summary>These blocks, at most four.</summary>
    public SackBlocks(params ReadOnlySpan<SackBlock> blocks)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(blocks.Length, CountMax, nameof(blocks));
        Count = blocks.Length;
        _first = blocks.Length > 0 ? blocks[0] : default;
        _second = blocks.Length > 1 ? blocks[1] : default;
        _third = blocks.Length > 2 ? blocks[2] : default;
        _fourth = blocks.Length > 3 ? blocks[3] : default;
    }

    /// <summary>How many there are.</summary>
    public int Count { get; }

    /// <summary>A block, counted from zero.</summary>
    public SackBlock this[int index] => (uint)index >= (uint)Count
        ? throw new ArgumentOutOfRangeException(nameof(index), index, $"There are {Count} blocks.")
        : index switch
        {
            0 => _first,
            1 => _second,
            2 => _third,
            _ => _fourth,
        };

    internal static SackBlocks Parse(ReadOnlySpan<byte> data)
    {
        Span<SackBlock> blocks = stackalloc SackBlock[CountMax];
        int count = Math.Min(data.Length / SackBlock.Bytes, CountMax);
        for (int i = 0; i < count; i++)
        {
            ReadOnlySpan<byte> block = data[(i * SackBlock.Bytes)..];
            blocks[i] = new SackBlock(
                new TcpSequence(BinaryPrimitives.ReadUInt32BigEndian(block)),
                new TcpSequence(BinaryPrimitives.ReadUInt32BigEndian(block[sizeof(uint)..])));
        }

        return new SackBlocks(blocks[..count]);
    }
}

/// <summary>
/// The two times of the timestamps option (RFC 7323 section 3): the sender's, and the one it answers.
/// </summary>
public readonly record struct TcpTimestamps(uint Value, uint EchoReply);

/// <summary>An option that has no meaning of its own here.</summary>
public sealed record TcpRawOption(byte Kind, ByteString Data);

/// <summary>The options of a TCP header as a value; what is null or zero is not there.</summary>
public readonly record struct TcpOptions
{
    private const int PrefixBytes = TcpOptionReader.PrefixBytes;
    private const int SegmentSizeBytes = PrefixBytes + sizeof(ushort);
    private const int WindowScaleBytes = PrefixBytes + sizeof(byte);
    private const int TimestampsBytes = PrefixBytes + (2 * sizeof(uint));
    private const int UserTimeoutBytes = PrefixBytes + sizeof(ushort);

    /// <summary>The longest segment that the sender takes.</summary>
    public ushort? MaximumSegmentSize { get; init; }

    /// <summary>By how many bits the sender's windows are to be shifted.</summary>
    public byte? WindowScale { get; init; }

    /// <summary>Whether selective acknowledgment is understood.</summary>
    public bool SackPermitted { get; init; }

    /// <summary>What was received beyond the acknowledgment.</summary>
    public SackBlocks Sack { get; init; }

    /// <summary>Times, to measure the way there and back.</summary>
    public TcpTimestamps? Timestamps { get; init; }

    /// <summary>
    /// The time-out as it stands there: the highest bit says minutes, not seconds (RFC 5482 section 3).
    /// </summary>
    public ushort? UserTimeout { get; init; }

    /// <summary>A cookie of TCP Fast Open; an empty one asks for a cookie (RFC 7413 section 4.1.1).</summary>
    public ByteString? FastOpenCookie { get; init; }

    /// <summary>Options that have no meaning of their own here, such as MPTCP.</summary>
    public ValueList<TcpRawOption> Others { get; init; }

    /// <summary>How many bytes they take on the wire, filled up to a multiple of four.</summary>
    public int Length
    {
        get
        {
            int length = (MaximumSegmentSize is null ? 0 : SegmentSizeBytes)
                + (WindowScale is null ? 0 : WindowScaleBytes)
                + (SackPermitted ? PrefixBytes : 0)
                + (Sack.Count == 0 ? 0 : PrefixBytes + (Sack.Count * SackBlock.Bytes))
                + (Timestamps is null ? 0 : TimestampsBytes)
                + (UserTimeout is null ? 0 : UserTimeoutBytes)
                + (FastOpenCookie is { } cookie ? PrefixBytes + cookie.Length : 0);
            foreach (TcpRawOption other in Others)
            {
                length += PrefixBytes + other.Data.Length;
            }

            return (length + Tcp.WordBytes - 1) / Tcp.WordBytes * Tcp.WordBytes;
        }
    }

    /// <summary>Reads options. One whose length is impossible ends them; of two of a kind, the later counts.</summary>
    public static TcpOptions Parse(ReadOnlySpan<byte> bytes)
    {
        var options = default(TcpOptions);
        List<TcpRawOption>? others = null;
        var reader = new TcpOptionReader(bytes);
        while (reader.TryRead(out TcpOption option))
        {
            if (option.Kind != TcpOptionKind.NoOperation && !TryTake(option, ref options))
            {
                (others ??= []).Add(new TcpRawOption(option.Kind, new ByteString(option.Data)));
            }
        }

        return others is null ? options : options with { Others = [.. others] };
    }

    /// <summary>Writes them, and fills the rest up with nothing, byte by byte.</summary>
    public void Emit(Span<byte> bytes)
    {
        var writer = new Writer(bytes);
        if (MaximumSegmentSize is { } size)
        {
            BinaryPrimitives.WriteUInt16BigEndian(
                writer.Begin(TcpOptionKind.MaximumSegmentSize, sizeof(ushort)), size);
        }

        if (SackPermitted)
        {
            _ = writer.Begin(TcpOptionKind.SackPermitted, 0);
        }

        if (Timestamps is { } times)
        {
            Span<byte> data = writer.Begin(TcpOptionKind.Timestamps, 2 * sizeof(uint));
            BinaryPrimitives.WriteUInt32BigEndian(data, times.Value);
            BinaryPrimitives.WriteUInt32BigEndian(data[sizeof(uint)..], times.EchoReply);
        }

        if (WindowScale is { } scale)
        {
            writer.Begin(TcpOptionKind.WindowScale, sizeof(byte))[0] = scale;
        }

        EmitRare(ref writer);
        writer.Fill();
    }

    private static bool TryTake(in TcpOption option, ref TcpOptions options)
    {
        ReadOnlySpan<byte> data = option.Data;
        switch (option.Kind, data.Length)
        {
            case (TcpOptionKind.MaximumSegmentSize, sizeof(ushort)):
                options = options with { MaximumSegmentSize = BinaryPrimitives.ReadUInt16BigEndian(data) };
                return true;
            case (TcpOptionKind.WindowScale, sizeof(byte)):
                options = options with { WindowScale = data[0] };
                return true;
            case (TcpOptionKind.SackPermitted, 0):
                options = options with { SackPermitted = true };
                return true;
            case (TcpOptionKind.Sack, > 0) when data.Length % SackBlock.Bytes == 0:
                options = options with { Sack = SackBlocks.Parse(data) };
                return true;
            case (TcpOptionKind.Timestamps, 2 * sizeof(uint)):
                uint echo = BinaryPrimitives.ReadUInt32BigEndian(data[sizeof(uint)..]);
                options = options with { Timestamps = new(BinaryPrimitives.ReadUInt32BigEndian(data), echo) };
                return true;
            case (TcpOptionKind.UserTimeout, sizeof(ushort)):
                options = options with { UserTimeout = BinaryPrimitives.ReadUInt16BigEndian(data) };
                return true;
            case (TcpOptionKind.FastOpen, _):
                options = options with { FastOpenCookie = new ByteString(data) };
                return true;
            default:
                return false;
        }
    }

    private void EmitRare(ref Writer writer)
    {
        if (UserTimeout is { } timeout)
        {
            BinaryPrimitives.WriteUInt16BigEndian(writer.Begin(TcpOptionKind.UserTimeout, sizeof(ushort)), timeout);
        }

        if (FastOpenCookie is { } cookie)
        {
            cookie.Span.CopyTo(writer.Begin(TcpOptionKind.FastOpen, cookie.Length));
        }

        foreach (TcpRawOption other in Others)
        {
            other.Data.Span.CopyTo(writer.Begin(other.Kind, other.Data.Length));
        }

        if (Sack.Count == 0)
        {
            return;
        }

        Span<byte> blocks = writer.Begin(TcpOptionKind.Sack, Sack.Count * SackBlock.Bytes);
        for (int i = 0; i < Sack.Count; i++)
        {
            BinaryPrimitives.WriteUInt32BigEndian(blocks[(i * SackBlock.Bytes)..], Sack[i].Left.Value);
            BinaryPrimitives.WriteUInt32BigEndian(
                blocks[((i * SackBlock.Bytes) + sizeof(uint))..], Sack[i].Right.Value);
        }
    }

    private ref struct Writer(Span<byte> bytes)
    {
        private Span<byte> _rest = bytes;

        /// <summary>Writes kind and length, and gives the room for the data.</summary>
        public Span<byte> Begin(byte kind, int dataLength)
        {
            _rest[0] = kind;
            _rest[1] = (byte)(PrefixBytes + dataLength);
            Span<byte> data = _rest.Slice(PrefixBytes, dataLength);
            _rest = _rest[(PrefixBytes + dataLength)..];
            return data;
        }

        public readonly void Fill() => _rest.Fill(TcpOptionKind.NoOperation);
    }
}
