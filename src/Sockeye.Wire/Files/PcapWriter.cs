using Sockeye.Wire.Link;

namespace Sockeye.Wire.Files;

/// <summary>Writes a pcap file to a stream, which stays the caller's to flush and to close.</summary>
public sealed class PcapWriter
{
    private readonly Stream _stream;
    private readonly PcapHeader _header;

    /// <summary>Begins a file.</summary>
    /// <param name="stream">Where it goes.</param>
    /// <param name="linkType">What all frames begin with.</param>
    /// <param name="isNanoseconds">Whether times are in nanoseconds; otherwise in microseconds.</param>
    /// <param name="isBigEndian">Whether numbers have their highest byte first.</param>
    public PcapWriter(Stream stream, LinkType linkType, bool isNanoseconds = true, bool isBigEndian = false)
    {
        ArgumentNullException.ThrowIfNull(stream);
        _stream = stream;
        _header = new PcapHeader
        {
            IsBigEndian = isBigEndian,
            IsNanoseconds = isNanoseconds,
            MajorVersion = PcapHeader.CurrentMajorVersion,
            MinorVersion = PcapHeader.CurrentMinorVersion,
            SnapLength = PcapHeader.SnapLengthMax,
            LinkType = linkType,
        };
        Span<byte> bytes = stackalloc byte[PcapHeader.Bytes];
        _header.Emit(bytes);
        stream.Write(bytes);
    }

    /// <summary>Writes a frame. The format knows times from 1970 to 2106.</summary>
    /// <param name="time">When it was seen.</param>
    /// <param name="bytes">What was captured of it.</param>
    /// <param name="lengthOnWire">How long it was on the wire; zero when it was captured whole.</param>
    public void Write(Timestamp time, ReadOnlySpan<byte> bytes, long lengthOnWire = 0)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(bytes.Length, CaptureLimits.BlockBytesMax, nameof(bytes));
        if (time.Seconds is < 0 or > uint.MaxValue)
        {
            throw new ArgumentOutOfRangeException(
                nameof(time), time, "A pcap file has times from 1970 to 2106: write pcapng instead.");
        }

        var order = new ByteOrder(_header.IsBigEndian);
        Span<byte> record = stackalloc byte[PcapHeader.RecordHeaderBytes];
        order.Write(record[PcapHeader.SecondsAt..], (uint)time.Seconds);
        int ticks = _header.IsNanoseconds ? time.Fraction : time.Fraction / 1_000;
        order.Write(record[PcapHeader.TicksAt..], (uint)ticks);
        order.Write(record[PcapHeader.CapturedAt..], (uint)bytes.Length);
        order.Write(record[PcapHeader.OnWireAt..], (uint)(lengthOnWire == 0 ? bytes.Length : lengthOnWire));
        _stream.Write(record);
        _stream.Write(bytes);
    }
}
