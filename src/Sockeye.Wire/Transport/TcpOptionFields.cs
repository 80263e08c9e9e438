using System.Buffers.Binary;
using Sockeye.Wire.Dissection;

namespace Sockeye.Wire.Transport;

/// <summary>The options of a TCP header as fields.</summary>
public static class TcpOptionFields
{
    /// <summary>An option, with its name.</summary>
    public static readonly Field Option = new("tcp.option", "TCP Option", FieldKind.Group);

    /// <summary>Which option it is.</summary>
    public static readonly Field Kind = new("tcp.option_kind", "Kind", FieldKind.Number, TcpOptionKind.NameOf);

    /// <summary>How long it is.</summary>
    public static readonly Field Length = new("tcp.option_len", "Length", FieldKind.Number);

    /// <summary>The longest segment that the sender takes.</summary>
    public static readonly Field SegmentSize = new("tcp.options.mss_val", "MSS Value", FieldKind.Number);

    /// <summary>By how many bits windows are to be shifted.</summary>
    public static readonly Field WindowScale = new("tcp.options.wscale.shift", "Shift count", FieldKind.Number);

    /// <summary>What windows are to be multiplied with.</summary>
    public static readonly Field WindowMultiplier =
        new("tcp.options.wscale.multiplier", "Multiplier", FieldKind.Number);

    /// <summary>Selective acknowledgment is understood.</summary>
    public static readonly Field SackPermitted = new("tcp.options.sack_perm", "SACK permitted", FieldKind.Group);

    /// <summary>Where a block begins that was received.</summary>
    public static readonly Field SackLeft = new("tcp.options.sack_le", "left edge", FieldKind.Number);

    /// <summary>Where it ends.</summary>
    public static readonly Field SackRight = new("tcp.options.sack_re", "right edge", FieldKind.Number);

    /// <summary>The sender's time.</summary>
    public static readonly Field TimestampValue =
        new("tcp.options.timestamp.tsval", "Timestamp value", FieldKind.Number);

    /// <summary>The time that it answers.</summary>
    public static readonly Field TimestampEcho =
        new("tcp.options.timestamp.tsecr", "Timestamp echo reply", FieldKind.Number);

    /// <summary>A cookie of TCP Fast Open.</summary>
    public static readonly Field FastOpenCookie =
        new("tcp.options.tfo.cookie", "Fast Open Cookie", FieldKind.Bytes);

    // Larger shifts count as this one (RFC 7323 section 2.3).
    private const byte WindowScaleMax = 14;

    internal static Field[] All =>
    [
        Option, Kind, Length, SegmentSize, WindowScale, WindowMultiplier, SackPermitted, SackLeft, SackRight,
        TimestampValue, TimestampEcho, FastOpenCookie,
    ];

    internal static void Dissect(in Layer layer, ReadOnlySpan<byte> options)
    {
        var reader = new TcpOptionReader(options);
        int start = Tcp.HeaderBytes;
        while (reader.TryRead(out TcpOption option))
        {
            int end = Tcp.HeaderBytes + reader.Position;
            if (layer.Wants(Option))
            {
                TextBuffer title = layer.Scratch;
                title.Append($"{TcpOptionKind.NameOf(option.Kind) ?? "Unknown"}");
                layer.AddText(Option, start, end - start, title.Written);
            }

            layer.Indent();
            layer.Add(Kind, start, sizeof(byte), option.Kind);
            if (option.Kind != TcpOptionKind.NoOperation)
            {
                layer.Add(Length, start + 1, sizeof(byte), (ulong)(end - start));
                AddData(layer, option, start + TcpOptionReader.PrefixBytes);
            }

            layer.Outdent();
            start = end;
        }
    }

    private static void AddData(in Layer layer, in TcpOption option, int at)
    {
        ReadOnlySpan<byte> data = option.Data;
        bool writes = layer.WritesInfo;
        switch (option.Kind, data.Length)
        {
            case (TcpOptionKind.MaximumSegmentSize, sizeof(ushort)):
                ushort size = BinaryPrimitives.ReadUInt16BigEndian(data);
                layer.Add(SegmentSize, at, sizeof(ushort), size);
                if (writes)
                {
                    layer.Info.Append($" MSS={size}");
                }

                break;
            case (TcpOptionKind.WindowScale, sizeof(byte)):
                ulong multiplier = 1UL << Math.Min(data[0], WindowScaleMax);
                layer.Add(WindowScale, at, sizeof(byte), data[0]);
                layer.Add(WindowMultiplier, at, sizeof(byte), multiplier);
                if (writes)
                {
                    layer.Info.Append($" WS={multiplier}");
                }

                break;
            case (TcpOptionKind.SackPermitted, 0):
                layer.Add(SackPermitted, at - TcpOptionReader.PrefixBytes, TcpOptionReader.PrefixBytes);
                if (writes)
                {
                    layer.Info.Append(" SACK_PERM"u8);
                }

                break;
            case (TcpOptionKind.Timestamps, 2 * sizeof(uint)):
                uint value = BinaryPrimitives.ReadUInt32BigEndian(data);
                uint echo = BinaryPrimitives.ReadUInt32BigEndian(data[sizeof(uint)..]);
                layer.Add(TimestampValue, at, sizeof(uint), value);
                layer.Add(TimestampEcho, at + sizeof(uint), sizeof(uint), echo);
                if (writes)
                {
                    layer.Info.Append($" TSval={value} TSecr={echo}");
                }

                break;
            case (TcpOptionKind.Sack, _):
                AddSack(layer, data, at);
                break;
            case (TcpOptionKind.FastOpen, > 0):
                layer.Add(FastOpenCookie, at, data.Length);
                break;
        }
    }

    private static void AddSack(in Layer layer, ReadOnlySpan<byte> data, int at)
    {
        var blocks = SackBlocks.Parse(data);
        for (int i = 0; i < blocks.Count; i++)
        {
            SackBlock block = blocks[i];
            layer.Add(SackLeft, at + (i * SackBlock.Bytes), sizeof(uint), block.Left.Value);
            layer.Add(SackRight, at + (i * SackBlock.Bytes) + sizeof(uint), sizeof(uint), block.Right.Value);
            if (layer.WritesInfo)
            {
                layer.Info.Append($" SLE={block.Left.Value} SRE={block.Right.Value}");
            }
        }
    }
}
