namespace Sockeye.Wire.Files;

/// <summary>
/// Reads pcapng files: block by block with <see cref="TryReadBlock"/>, or only their frames with
/// <see cref="TryRead"/>. The two may be mixed.
/// </summary>
public sealed class PcapngReader : CaptureReader
{
    private const uint ByteOrderMagic = 0x1A2B_3C4D;
    private const ushort MajorVersion = 1;
    private const int SectionBodyBytesMin = 16;
    private const int MajorVersionAt = 4;

    // An enhanced packet (section 4.3), and the obsolete one (appendix A), which has an interface of 16 bits and drops.
    private const int TimeHighAt = 4;
    private const int TimeLowAt = 8;
    private const int CapturedAt = 12;
    private const int OnWireAt = 16;
    private const int PacketHeaderBytes = 20;
    private const int SimpleHeaderBytes = 4;

    private readonly List<PcapngInterface> _interfaces = [];
    private ByteOrder _order;
    private int _interfaceBytes;

    internal PcapngReader(FileBuffer file)
        : base(file)
    {
    }

    /// <inheritdoc/>
    public override IReadOnlyList<PcapngInterface> Interfaces => _interfaces;

    /// <summary>How many sections have begun.</summary>
    public int SectionCount { get; private set; }

    /// <summary>
    /// Receives each block that <see cref="TryRead"/> passes over: names, statistics, keys, unknown ones.
    /// </summary>
    public PcapngBlockHandler? OtherBlock { get; set; }

    /// <inheritdoc/>
    public override bool TryRead(out CapturedFrame frame)
    {
        while (TryReadBlock(out PcapngBlock block))
        {
            if (TryReadFrame(block, out frame))
            {
                return true;
            }

            OtherBlock?.Invoke(block);
        }

        frame = default;
        return false;
    }

    /// <summary>The next block, valid until the one after it is read; false at the end of the capture.</summary>
    public bool TryReadBlock(out PcapngBlock block)
    {
        block = default;
        long offset = File.Offset;
        if (!File.Fill(PcapngBlockBuilder.FrameBytes))
        {
            return File.Available.IsEmpty
                ? false
                : throw new CaptureFileException(offset, "the file ends within the header of a block.");
        }

        // The type of a section header reads the same in both orders; what follows its length tells which it is.
        bool isSection = _order.ReadUInt32(File.Available) == PcapngBlockType.SectionHeader;
        ByteOrder order = isSection ? OrderOfSection(offset) : _order;
        int length = LengthOfBlock(order, offset);
        if (!File.Fill(length))
        {
            throw new CaptureFileException(
                offset, $"the file ends within a block: {length} bytes are promised, and "
                + $"{File.Available.Length} are there.");
        }

        ReadOnlySpan<byte> bytes = File.Available[..length];
        uint repeated = order.ReadUInt32(bytes[^sizeof(uint)..]);
        if (repeated != length)
        {
            throw new CaptureFileException(
                offset, $"a block has {length} bytes by the length before it, and {repeated} by the one after it.");
        }

        block = new PcapngBlock
        {
            Type = order.ReadUInt32(bytes),
            Body = bytes[PcapngBlockBuilder.HeaderBytes..^sizeof(uint)],
            IsBigEndian = order.IsBigEndian,
            FileOffset = offset,
        };
        File.Consume(length);
        Take(block);
        return true;
    }

    /// <summary>The frame of a block that is a packet; false when it is another.</summary>
    public bool TryReadFrame(PcapngBlock block, out CapturedFrame frame)
    {
        switch (block.Type)
        {
            case PcapngBlockType.EnhancedPacket:
                frame = ReadPacket(block, Require(block, PacketHeaderBytes).ReadUInt32(block.Body));
                return true;
            case PcapngBlockType.ObsoletePacket:
                frame = ReadPacket(block, Require(block, PacketHeaderBytes).ReadUInt16(block.Body));
                return true;
            case PcapngBlockType.SimplePacket:
                frame = ReadSimple(block);
                return true;
            default:
                frame = default;
                return false;
        }
    }

    private static ByteOrder Require(scoped in PcapngBlock block, int bytes) => block.Body.Length >= bytes
        ? block.Order
        : throw new CaptureFileException(
            block.FileOffset, $"a block of type {block.Type} needs {bytes} bytes, and has {block.Body.Length}.");

    private ByteOrder OrderOfSection(long offset)
    {
        ReadOnlySpan<byte> magic = File.Available[PcapngBlockBuilder.HeaderBytes..];
        var big = new ByteOrder(isBigEndian: true);
        var little = new ByteOrder(isBigEndian: false);
        return big.ReadUInt32(magic) == ByteOrderMagic ? big
            : little.ReadUInt32(magic) == ByteOrderMagic ? little
            : throw new CaptureFileException(
                offset, $"a section's byte order is {big.ReadUInt32(magic):x8}, which is none.");
    }

    private int LengthOfBlock(ByteOrder order, long offset)
    {
        uint length = order.ReadUInt32(File.Available[sizeof(uint)..]);
        return length switch
        {
            < PcapngBlockBuilder.FrameBytes => throw new CaptureFileException(
                offset, $"a block of {length} bytes; {PcapngBlockBuilder.FrameBytes} is the least."),
            > CaptureLimits.BlockBytesMax => throw new CaptureFileException(
                offset, $"a block of {length} bytes; at most {CaptureLimits.BlockBytesMax} are read."),
            _ when length % sizeof(uint) != 0 => throw new CaptureFileException(
                offset, $"a block of {length} bytes, which is no multiple of 4."),
            _ => (int)length,
        };
    }

    private void Take(in PcapngBlock block)
    {
        switch (block.Type)
        {
            case PcapngBlockType.SectionHeader:
                ByteOrder order = Require(block, SectionBodyBytesMin);
                ushort version = order.ReadUInt16(block.Body[MajorVersionAt..]);
                if (version != MajorVersion)
                {
                    throw new CaptureFileException(
                        block.FileOffset, $"a section of pcapng version {version}; only version 1 is known.");
                }

                _order = order;
                _interfaces.Clear();
                _interfaceBytes = 0;
                SectionCount++;
                break;
            case PcapngBlockType.Interface:
                if (_interfaces.Count == CaptureLimits.InterfacesMax)
                {
                    throw new CaptureFileException(
                        block.FileOffset, $"more than {CaptureLimits.InterfacesMax} interfaces.");
                }

                _interfaceBytes += block.Body.Length;
                if (_interfaceBytes > CaptureLimits.InterfaceBytesMax)
                {
                    throw new CaptureFileException(
                        block.FileOffset, "the descriptions of its interfaces have more than "
                        + $"{CaptureLimits.InterfaceBytesMax} bytes.");
                }

                _interfaces.Add(PcapngInterface.Parse(block) ?? throw new CaptureFileException(
                    block.FileOffset, "the description of an interface is too short, or its clock is impossible."));
                break;
        }
    }

    private PcapngInterface InterfaceOf(scoped in PcapngBlock block, uint number) => number < _interfaces.Count
        ? _interfaces[(int)number]
        : throw new CaptureFileException(
            block.FileOffset, $"a packet of interface {number}, and {_interfaces.Count} were described.");

    private CapturedFrame ReadPacket(PcapngBlock block, uint number)
    {
        ByteOrder order = block.Order;
        PcapngInterface source = InterfaceOf(block, number);
        uint captured = order.ReadUInt32(block.Body[CapturedAt..]);
        ReadOnlySpan<byte> data = block.Body[PacketHeaderBytes..];
        if (captured > data.Length)
        {
            throw new CaptureFileException(
                block.FileOffset, $"a packet of {captured} bytes in a block that has room for {data.Length}.");
        }

        ulong ticks = ((ulong)order.ReadUInt32(block.Body[TimeHighAt..]) << 32)
            | order.ReadUInt32(block.Body[TimeLowAt..]);
        return new CapturedFrame
        {
            Number = ++FrameCount,
            Time = source.TimeOf(ticks),
            LinkType = source.LinkType,
            Interface = (int)number,
            LengthOnWire = order.ReadUInt32(block.Body[OnWireAt..]),
            Bytes = data[..(int)captured],
            Options = data[Math.Min(data.Length, PcapngOption.Padded((int)captured))..],
            OptionsAreBigEndian = order.IsBigEndian,
            FileOffset = block.FileOffset,
        };
    }

    // "The Simple Packet Block does not contain the Interface ID; it is that of the first" (section 4.4), and how much
    // was captured follows from the interface's limit.
    private CapturedFrame ReadSimple(PcapngBlock block)
    {
        uint onWire = Require(block, SimpleHeaderBytes).ReadUInt32(block.Body);
        PcapngInterface source = InterfaceOf(block, 0);
        ReadOnlySpan<byte> data = block.Body[SimpleHeaderBytes..];
        uint limit = source.SnapLength == 0 ? uint.MaxValue : source.SnapLength;
        uint captured = Math.Min(onWire, limit);
        if (captured > data.Length)
        {
            throw new CaptureFileException(
                block.FileOffset, $"a packet of {captured} bytes in a block that has room for {data.Length}.");
        }

        return new CapturedFrame
        {
            Number = ++FrameCount,
            LinkType = source.LinkType,
            LengthOnWire = onWire,
            Bytes = data[..(int)captured],
            OptionsAreBigEndian = block.IsBigEndian,
            FileOffset = block.FileOffset,
        };
    }
}
