using Sockeye.Wire.Dissection;
using Sockeye.Wire.Transport;

namespace Sockeye.Capture.Streams;

/// <summary>The line about a segment, as Wireshark writes it: marks, ports, bits, numbers, options.</summary>
internal static class TcpInfo
{
    public static void Write(TextBuffer info, in TcpSegment segment, in TcpPacket packet)
    {
        if ((packet.Marks & TcpMarks.Analysis) != 0)
        {
            WriteMarks(info, packet);
        }

        info.AppendNumber(segment.Source.Port);
        info.Append(" → "u8);
        info.AppendNumber(segment.Destination.Port);
        info.Append(" ["u8);
        info.Append(TcpView.NameOf(segment.Flags));
        info.Append("] Seq="u8);
        info.AppendNumber(packet.Sequence);
        if (segment.HasAck)
        {
            info.Append(" Ack="u8);
            info.AppendNumber(packet.Acknowledgment);
        }

        info.Append(" Win="u8);
        info.AppendNumber(packet.Window);
        info.Append(" Len="u8);
        info.AppendNumber(packet.PayloadLength);
        if (!segment.Options.IsEmpty)
        {
            WriteOptions(info, segment.Options);
        }
    }

    private static void WriteMarks(TextBuffer info, in TcpPacket packet)
    {
        for (int i = 0; i < TcpMarks.Rows.Count; i++)
        {
            TcpMarkRow row = TcpMarks.Rows[i];
            if ((packet.Marks & row.Mark) == 0 || !row.IsAnalysis)
            {
                continue;
            }

            info.Append($"[{row.Field.Label}");
            if (row.Mark == TcpMark.DuplicateAck)
            {
                info.Append($" {packet.DuplicateOf}#{packet.DuplicateNumber}");
            }

            info.Append("] "u8);
        }
    }

    private static void WriteOptions(TextBuffer info, ReadOnlySpan<byte> options)
    {
        var reader = new TcpOptionReader(options);
        while (reader.TryRead(out TcpOption option))
        {
            ReadOnlySpan<byte> data = option.Data;
            switch (option.Kind, data.Length)
            {
                case (TcpOptionKind.MaximumSegmentSize, sizeof(ushort)):
                    info.Append($" MSS={Word(data)}");
                    break;
                case (TcpOptionKind.WindowScale, sizeof(byte)):
                    info.Append($" WS={1 << TcpSide.ShiftOf(data[0])}");
                    break;
                case (TcpOptionKind.SackPermitted, 0):
                    info.Append(" SACK_PERM"u8);
                    break;
                case (TcpOptionKind.Timestamps, 2 * sizeof(uint)):
                    info.Append($" TSval={Long(data)} TSecr={Long(data[sizeof(uint)..])}");
                    break;
            }
        }
    }

    private static ushort Word(ReadOnlySpan<byte> data) =>
        System.Buffers.Binary.BinaryPrimitives.ReadUInt16BigEndian(data);

    private static uint Long(ReadOnlySpan<byte> data) =>
        System.Buffers.Binary.BinaryPrimitives.ReadUInt32BigEndian(data);
}
