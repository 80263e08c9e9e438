namespace Sockeye.Wire.Files;

/// <summary>What an interface counted while it captured, as a value (pcapng section 4.6); null is not told.</summary>
public sealed record PcapngStatistics
{
    // The option codes of the block (section 4.6, table 8).
    private const ushort ReceivedCode = 4;
    private const ushort DroppedByInterfaceCode = 5;
    private const ushort AcceptedCode = 6;
    private const ushort DroppedBySystemCode = 7;
    private const ushort DeliveredCode = 8;

    private const int HeaderBytes = 12;
    private const int TimeHighAt = 4;
    private const int TimeLowAt = 8;

    /// <summary>The number of the interface within its section.</summary>
    public int Interface { get; init; }

    /// <summary>When it was counted, in ticks of the interface's clock.</summary>
    public ulong Ticks { get; init; }

    /// <summary>How many packets the interface received.</summary>
    public ulong? Received { get; init; }

    /// <summary>How many packets the interface lost for want of room.</summary>
    public ulong? DroppedByInterface { get; init; }

    /// <summary>How many packets the filter let pass.</summary>
    public ulong? Accepted { get; init; }

    /// <summary>How many packets the operating system lost for want of room.</summary>
    public ulong? DroppedBySystem { get; init; }

    /// <summary>How many packets reached the program that captured.</summary>
    public ulong? Delivered { get; init; }

    /// <summary>Reads an interface statistics block; null when it is too short.</summary>
    public static PcapngStatistics? Parse(in PcapngBlock block)
    {
        if (block.Type != PcapngBlockType.InterfaceStatistics || block.Body.Length < HeaderBytes)
        {
            return null;
        }

        ByteOrder order = block.Order;
        var read = new PcapngStatistics
        {
            Interface = (int)order.ReadUInt32(block.Body),
            Ticks = ((ulong)order.ReadUInt32(block.Body[TimeHighAt..]) << 32)
                | order.ReadUInt32(block.Body[TimeLowAt..]),
        };
        var options = new PcapngOptionReader(block.Body[HeaderBytes..], block.IsBigEndian);
        while (options.TryRead(out ushort code, out ReadOnlySpan<byte> value))
        {
            read = value.Length == sizeof(ulong) ? read.With(code, order.ReadUInt64(value)) : read;
        }

        return read;
    }

    internal void Emit(PcapngBlockBuilder to)
    {
        Span<byte> header = to.Append(HeaderBytes);
        to.Order.Write(header, (uint)Interface);
        to.Order.Write(header[TimeHighAt..], (uint)(Ticks >> 32));
        to.Order.Write(header[TimeLowAt..], (uint)Ticks);
        Span<(ushort Code, ulong? Value)> counters =
        [
            (ReceivedCode, Received), (DroppedByInterfaceCode, DroppedByInterface), (AcceptedCode, Accepted),
            (DroppedBySystemCode, DroppedBySystem), (DeliveredCode, Delivered),
        ];
        Span<byte> bytes = stackalloc byte[sizeof(ulong)];
        foreach ((ushort code, ulong? value) in counters)
        {
            if (value is { } number)
            {
                to.Order.Write(bytes, number);
                to.Append(new PcapngOption(code, new ByteString(bytes)));
            }
        }

        to.EndOptions();
    }

    private PcapngStatistics With(ushort code, ulong value) => code switch
    {
        ReceivedCode => this with { Received = value },
        DroppedByInterfaceCode => this with { DroppedByInterface = value },
        AcceptedCode => this with { Accepted = value },
        DroppedBySystemCode => this with { DroppedBySystem = value },
        DeliveredCode => this with { Delivered = value },
        _ => this,
    };
}
