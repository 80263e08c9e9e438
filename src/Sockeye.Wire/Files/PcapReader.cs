using Sockeye.Wire.Link;

namespace Sockeye.Wire.Files;

/// <summary>
/// Reads pcap files ("PCAP Capture File Format", an Internet-Draft): both byte orders and both precisions.
/// </summary>
public sealed class PcapReader : CaptureReader
{
    private readonly PcapHeader _header;
    private readonly PcapngInterface[] _interfaces;
    private readonly uint _nanosecondsPerTick;

    internal PcapReader(FileBuffer file)
        : base(file)
    {
        if (!file.Fill(PcapHeader.Bytes))
        {
            throw new CaptureFileException(0, $"its header is cut short; {PcapHeader.Bytes} bytes are needed.");
        }

        _header = PcapHeader.Parse(file.Available);
        if (_header.MajorVersion != PcapHeader.CurrentMajorVersion)
        {
            throw new CaptureFileException(
                0, $"it is pcap version {_header.MajorVersion}.{_header.MinorVersion}; only version 2 is known.");
        }

        file.Consume(PcapHeader.Bytes);
        _nanosecondsPerTick = _header.IsNanoseconds ? 1u : 1_000u;
        _interfaces =
        [
            new PcapngInterface
            {
                LinkType = _header.LinkType,
                SnapLength = _header.SnapLength,
                TicksPerSecond = _header.IsNanoseconds ? 1_000_000_000u : 1_000_000u,
            },
        ];
    }

    /// <summary>What the file begins with.</summary>
    public PcapHeader Header => _header;

    /// <inheritdoc/>
    public override IReadOnlyList<PcapngInterface> Interfaces => _interfaces;

    /// <inheritdoc/>
    public override bool TryRead(out CapturedFrame frame)
    {
        frame = default;
        long offset = File.Offset;
        if (!File.Fill(PcapHeader.RecordHeaderBytes))
        {
            return File.Available.IsEmpty
                ? false
                : throw new CaptureFileException(offset, "the file ends within the header of a frame.");
        }

        var order = new ByteOrder(_header.IsBigEndian);
        ReadOnlySpan<byte> record = File.Available;
        uint seconds = order.ReadUInt32(record[PcapHeader.SecondsAt..]);
        uint ticks = order.ReadUInt32(record[PcapHeader.TicksAt..]);
        uint captured = order.ReadUInt32(record[PcapHeader.CapturedAt..]);
        uint onWire = order.ReadUInt32(record[PcapHeader.OnWireAt..]);
        if (captured > CaptureLimits.BlockBytesMax)
        {
            throw new CaptureFileException(
                offset, $"a frame of {captured} bytes; at most {CaptureLimits.BlockBytesMax} are possible.");
        }

        int length = PcapHeader.RecordHeaderBytes + (int)captured;
        if (!File.Fill(length))
        {
            throw new CaptureFileException(
                offset, $"the file ends within a frame: {captured} bytes are promised, and "
                + $"{File.Available.Length - PcapHeader.RecordHeaderBytes} are there.");
        }

        frame = new CapturedFrame
        {
            Number = ++FrameCount,
            Time = new Timestamp((seconds * Timestamp.NanosecondsPerSecond) + ((long)ticks * _nanosecondsPerTick)),
            LinkType = _header.LinkType,
            LengthOnWire = onWire,
            Bytes = File.Available[PcapHeader.RecordHeaderBytes..length],
            FileOffset = offset,
        };
        File.Consume(length);
        return true;
    }
}

/// <summary>What a pcap file begins with, as a value.</summary>
public readonly record struct PcapHeader
{
    /// <summary>How many bytes it has.</summary>
    public const int Bytes = 24;

    /// <summary>The major version of all pcap files.</summary>
    public const ushort CurrentMajorVersion = 2;

    /// <summary>The minor version of all recent pcap files.</summary>
    public const ushort CurrentMinorVersion = 4;

    /// <summary>The snap length that libpcap takes for "everything".</summary>
    public const uint SnapLengthMax = 262_144;

    internal const int RecordHeaderBytes = 16;
    internal const int SecondsAt = 0;
    internal const int TicksAt = 4;
    internal const int CapturedAt = 8;
    internal const int OnWireAt = 12;

    private const uint MagicMicroseconds = 0xA1B2_C3D4;
    private const uint MagicMicrosecondsSwapped = 0xD4C3_B2A1;
    private const uint MagicNanoseconds = 0xA1B2_3C4D;
    private const uint MagicNanosecondsSwapped = 0x4D3C_B2A1;

    private const int MajorVersionAt = 4;
    private const int MinorVersionAt = 6;
    private const int SnapLengthAt = 16;
    private const int LinkTypeAt = 20;

    /// <summary>Whether numbers have their highest byte first.</summary>
    public bool IsBigEndian { get; init; }

    /// <summary>Whether times are in nanoseconds; otherwise in microseconds.</summary>
    public bool IsNanoseconds { get; init; }

    /// <summary>The major version, 2.</summary>
    public ushort MajorVersion { get; init; }

    /// <summary>The minor version, 4.</summary>
    public ushort MinorVersion { get; init; }

    /// <summary>How many bytes of a frame were captured at most.</summary>
    public uint SnapLength { get; init; }

    /// <summary>What frames begin with.</summary>
    public LinkType LinkType { get; init; }

    /// <summary>Whether a file that begins with these four bytes, highest first, is a pcap file.</summary>
    internal static bool IsMagic(uint magic) => magic is MagicMicroseconds or MagicMicrosecondsSwapped
        or MagicNanoseconds or MagicNanosecondsSwapped;

    internal static PcapHeader Parse(ReadOnlySpan<byte> bytes)
    {
        uint magic = System.Buffers.Binary.BinaryPrimitives.ReadUInt32BigEndian(bytes);
        bool isBigEndian = magic is MagicMicroseconds or MagicNanoseconds;
        var order = new ByteOrder(isBigEndian);
        return new PcapHeader
        {
            IsBigEndian = isBigEndian,
            IsNanoseconds = magic is MagicNanoseconds or MagicNanosecondsSwapped,
            MajorVersion = order.ReadUInt16(bytes[MajorVersionAt..]),
            MinorVersion = order.ReadUInt16(bytes[MinorVersionAt..]),
            SnapLength = order.ReadUInt32(bytes[SnapLengthAt..]),

            // The upper half says how long the frame check sequence is, if anything.
            LinkType = (LinkType)(ushort)order.ReadUInt32(bytes[LinkTypeAt..]),
        };
    }

    internal void Emit(Span<byte> bytes)
    {
        var order = new ByteOrder(IsBigEndian);
        bytes[..Bytes].Clear();
        order.Write(bytes, IsNanoseconds ? MagicNanoseconds : MagicMicroseconds);
        order.Write(bytes[MajorVersionAt..], MajorVersion);
        order.Write(bytes[MinorVersionAt..], MinorVersion);
        order.Write(bytes[SnapLengthAt..], SnapLength);
        order.Write(bytes[LinkTypeAt..], (uint)LinkType);
    }
}
