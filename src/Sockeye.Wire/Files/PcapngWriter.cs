namespace Sockeye.Wire.Files;

/// <summary>Writes a pcapng file to a stream, which stays the caller's to flush and to close.</summary>
public sealed class PcapngWriter
{
    private const uint ByteOrderMagic = 0x1A2B_3C4D;
    private const int SectionBytes = 16;
    private const int MajorVersionAt = 4;
    private const int LengthAt = 8;
    private const ulong UnknownLength = ulong.MaxValue;

    private const int PacketHeaderBytes = 20;
    private const int TimeHighAt = 4;
    private const int TimeLowAt = 8;
    private const int CapturedAt = 12;
    private const int OnWireAt = 16;

    private readonly PcapngBlockBuilder _block;
    private readonly List<PcapngInterface> _interfaces = [];

    /// <summary>Begins a file, with its first section.</summary>
    /// <param name="stream">Where it goes.</param>
    /// <param name="isBigEndian">Whether numbers have their highest byte first.</param>
    /// <param name="options">The options of the section, such as comments.</param>
    public PcapngWriter(Stream stream, bool isBigEndian = false, params ReadOnlySpan<PcapngOption> options)
    {
        ArgumentNullException.ThrowIfNull(stream);
        _block = new PcapngBlockBuilder(stream);
        BeginSection(isBigEndian, options);
    }

    /// <summary>The interfaces of the current section.</summary>
    public IReadOnlyList<PcapngInterface> Interfaces => _interfaces;

    /// <summary>Begins another section; its interfaces are numbered anew.</summary>
    public void BeginSection(bool isBigEndian, params ReadOnlySpan<PcapngOption> options)
    {
        _block.Order = new ByteOrder(isBigEndian);
        _interfaces.Clear();
        _block.Begin(PcapngBlockType.SectionHeader);
        Span<byte> header = _block.Append(SectionBytes);
        _block.Order.Write(header, ByteOrderMagic);
        _block.Order.Write(header[MajorVersionAt..], (ushort)1);
        _block.Order.Write(header[LengthAt..], UnknownLength);
        End(options);
    }

    /// <summary>Describes an interface, before its first packet, and gives its number.</summary>
    public int AddInterface(PcapngInterface description)
    {
        ArgumentNullException.ThrowIfNull(description);
        _block.Begin(PcapngBlockType.Interface);
        description.Emit(_block);
        _block.End();
        _interfaces.Add(description);
        return _interfaces.Count - 1;
    }

    /// <summary>Writes a packet.</summary>
    /// <param name="number">The number of its interface.</param>
    /// <param name="time">When it was seen.</param>
    /// <param name="bytes">What was captured of it.</param>
    /// <param name="lengthOnWire">How long it was on the wire; zero when it was captured whole.</param>
    /// <param name="options">Its options, such as comments.</param>
    public void WritePacket(
        int number, Timestamp time, ReadOnlySpan<byte> bytes, long lengthOnWire = 0,
        params ReadOnlySpan<PcapngOption> options)
    {
        BeginPacket(number, time, bytes, lengthOnWire);
        End(options);
    }

    /// <summary>Writes a frame as it was captured or read, with its time, which it must have.</summary>
    /// <remarks>
    /// Its options go along as they stand, if their byte order is that of this section: nobody can turn round the
    /// numbers in an option that nobody here knows.
    /// </remarks>
    public void WritePacket(in CapturedFrame frame)
    {
        Timestamp time = frame.Time ?? throw new ArgumentException("A frame without a time.", nameof(frame));
        BeginPacket(frame.Interface, time, frame.Bytes, frame.LengthOnWire);
        if (frame.OptionsAreBigEndian == _block.Order.IsBigEndian)
        {
            _block.AppendPadded(frame.Options);
        }

        _block.End();
    }

    /// <summary>Writes a packet of the first interface without a time, cut to that interface's snap length.</summary>
    public void WriteSimplePacket(ReadOnlySpan<byte> bytes, long lengthOnWire = 0)
    {
        uint limit = _interfaces[0].SnapLength;
        _block.Begin(PcapngBlockType.SimplePacket);
        _block.Order.Write(_block.Append(sizeof(uint)), (uint)(lengthOnWire == 0 ? bytes.Length : lengthOnWire));
        _block.AppendPadded(limit == 0 ? bytes : bytes[..(int)Math.Min((uint)bytes.Length, limit)]);
        _block.End();
    }

    /// <summary>Writes names of addresses.</summary>
    public void WriteNames(params ReadOnlySpan<PcapngNames> names)
    {
        _block.Begin(PcapngBlockType.NameResolution);
        foreach (PcapngNames one in names)
        {
            one.Emit(_block);
        }

        PcapngNames.EmitEnd(_block);
        _block.End();
    }

    /// <summary>Writes what an interface counted.</summary>
    public void WriteStatistics(PcapngStatistics statistics)
    {
        ArgumentNullException.ThrowIfNull(statistics);
        _block.Begin(PcapngBlockType.InterfaceStatistics);
        statistics.Emit(_block);
        _block.End();
    }

    /// <summary>Writes keys. Readers need them before the packets that they decrypt.</summary>
    public void WriteSecrets(PcapngSecrets secrets)
    {
        ArgumentNullException.ThrowIfNull(secrets);
        _block.Begin(PcapngBlockType.DecryptionSecrets);
        secrets.Emit(_block);
        _block.End();
    }

    /// <summary>Writes a block as it is, such as one of another file that nobody here knows.</summary>
    /// <param name="type">Which kind of block it is.</param>
    /// <param name="body">What it holds, in the byte order of this section; filled up to a multiple of four.</param>
    public void WriteBlock(uint type, ReadOnlySpan<byte> body)
    {
        _block.Begin(type);
        _block.AppendPadded(body);
        _block.End();
    }

    private void BeginPacket(int number, Timestamp time, ReadOnlySpan<byte> bytes, long lengthOnWire)
    {
        ulong ticks = _interfaces[number].TicksOf(time);
        _block.Begin(PcapngBlockType.EnhancedPacket);
        Span<byte> header = _block.Append(PacketHeaderBytes);
        _block.Order.Write(header, (uint)number);
        _block.Order.Write(header[TimeHighAt..], (uint)(ticks >> 32));
        _block.Order.Write(header[TimeLowAt..], (uint)ticks);
        _block.Order.Write(header[CapturedAt..], (uint)bytes.Length);
        _block.Order.Write(header[OnWireAt..], (uint)(lengthOnWire == 0 ? bytes.Length : lengthOnWire));
        _block.AppendPadded(bytes);
    }

    private void End(ReadOnlySpan<PcapngOption> options)
    {
        foreach (PcapngOption option in options)
        {
            _block.Append(option);
        }

        _block.EndOptions();
        _block.End();
    }
}
