using System.Buffers.Binary;
using Sockeye.Wire.Dissection;
using Sockeye.Wire.Internet;

namespace Sockeye.Wire.Transport;

/// <summary>TCP (RFC 9293 section 3.1): fields and row.</summary>
public static class Tcp
{
    /// <summary>How many bytes the header has without options.</summary>
    public const int HeaderBytes = 20;

    /// <summary>How many bytes the header has at most: fifteen words of four.</summary>
    public const int HeaderBytesMax = 60;

    internal const int SourcePortAt = 0;
    internal const int DestinationPortAt = 2;
    internal const int SequenceAt = 4;
    internal const int AcknowledgmentAt = 8;
    internal const int FlagsAt = 12;
    internal const int WindowAt = 14;
    internal const int ChecksumAt = 16;
    internal const int UrgentPointerAt = 18;

    internal const int HeaderLengthShift = 12;
    internal const int WordBytes = 4;

    /// <summary>The sender's port.</summary>
    public static readonly Field SourcePort = new("tcp.srcport", "Source Port", FieldKind.Number);

    /// <summary>The receiver's port.</summary>
    public static readonly Field DestinationPort = new("tcp.dstport", "Destination Port", FieldKind.Number);

    /// <summary>Either port.</summary>
    public static readonly Field Port = new("tcp.port", "Source or Destination Port", FieldKind.Number);

    /// <summary>How many bytes it carries.</summary>
    public static readonly Field PayloadLength = new("tcp.len", "TCP Segment Len", FieldKind.Number);

    /// <summary>The number of its first byte, as it stands there.</summary>
    public static readonly Field Sequence = new("tcp.seq_raw", "Sequence Number (raw)", FieldKind.Number);

    /// <summary>The number of the byte that is expected next, as it stands there.</summary>
    public static readonly Field Acknowledgment = new("tcp.ack_raw", "Acknowledgment Number (raw)", FieldKind.Number);

    /// <summary>How long the header is.</summary>
    public static readonly Field HeaderLength = new("tcp.hdr_len", "Header Length", FieldKind.Number);

    /// <summary>The control bits.</summary>
    public static readonly Field Flags =
        new("tcp.flags", "Flags", FieldKind.Hex, static bits => TcpFlagFields.Words((TcpFlags)bits));

    /// <summary>How much the sender is ready to receive, not yet scaled.</summary>
    public static readonly Field Window = new("tcp.window_size_value", "Window", FieldKind.Number);

    /// <summary>The checksum.</summary>
    public static readonly Field Checksum = new("tcp.checksum", "Checksum", FieldKind.Hex);

    /// <summary>Where urgent data ends.</summary>
    public static readonly Field UrgentPointer = new("tcp.urgent_pointer", "Urgent Pointer", FieldKind.Number);

    /// <summary>What it carries.</summary>
    public static readonly Field Payload = new("tcp.payload", "TCP payload", FieldKind.Bytes);

    /// <summary>The row of the table.</summary>
    public static readonly Protocol Row = new(
        "tcp", "TCP", "Transmission Control Protocol", [new(Selector.IpProtocol, IpProtocol.Tcp)],
        [
            SourcePort, DestinationPort, Port, PayloadLength, Sequence, Acknowledgment, HeaderLength, Flags,
            .. TcpFlagFields.All, Window, Checksum, UrgentPointer, .. TcpOptionFields.All, Payload,
        ],
        Dissect);

    private static bool Dissect(in Layer layer)
    {
        if (!TcpView.TryParse(layer.Bytes, out TcpView segment))
        {
            return (layer.IsQuoted && TryAddQuoted(layer)) || layer.Malformed();
        }

        layer.Begin(segment.HeaderLength);
        if (layer.WantsFields)
        {
            AddFields(layer, segment);
        }

        if (layer.BeginInfo() && !layer.LeavesStreams)
        {
            WriteInfo(layer.Info, segment);
        }

        if (layer.WantsFields || !layer.LeavesStreams)
        {
            TcpOptionFields.Dissect(layer, segment.Options);
        }

        int length = segment.Payload.Length;
        if (length > 0)
        {
            layer.Add(Payload, segment.HeaderLength, length);
            if (!layer.LeavesStreams)
            {
                _ = layer.NextByPort(
                    Selector.TcpPort, segment.SourcePort, segment.DestinationPort, segment.HeaderLength, length);
            }
        }

        return true;
    }

    // An error quotes "the internet header plus the first 64 bits of the original datagram's data" (RFC 792): the ports
    // and the sequence number.
    private static bool TryAddQuoted(in Layer layer)
    {
        ReadOnlySpan<byte> bytes = layer.Bytes;
        if (bytes.Length < AcknowledgmentAt)
        {
            return false;
        }

        layer.Begin(bytes.Length);
        AddPorts(
            layer, BinaryPrimitives.ReadUInt16BigEndian(bytes[SourcePortAt..]),
            BinaryPrimitives.ReadUInt16BigEndian(bytes[DestinationPortAt..]));
        layer.Add(Sequence, SequenceAt, sizeof(uint), BinaryPrimitives.ReadUInt32BigEndian(bytes[SequenceAt..]));
        return true;
    }

    private static void AddPorts(in Layer layer, ushort source, ushort destination)
    {
        layer.Add(SourcePort, SourcePortAt, sizeof(ushort), source);
        layer.AddHidden(Port, SourcePortAt, sizeof(ushort), source);
        layer.Add(DestinationPort, DestinationPortAt, sizeof(ushort), destination);
        layer.AddHidden(Port, DestinationPortAt, sizeof(ushort), destination);
    }

    private static void AddFields(in Layer layer, in TcpView segment)
    {
        AddPorts(layer, segment.SourcePort, segment.DestinationPort);
        layer.Add(PayloadLength, FlagsAt, sizeof(byte), (ulong)segment.Payload.Length);
        layer.Add(Sequence, SequenceAt, sizeof(uint), segment.Sequence.Value);
        layer.Add(Acknowledgment, AcknowledgmentAt, sizeof(uint), segment.Acknowledgment.Value);
        layer.Add(HeaderLength, FlagsAt, sizeof(byte), (ulong)segment.HeaderLength);
        layer.Add(Flags, FlagsAt, sizeof(ushort), (ulong)segment.Flags);
        layer.Indent();
        TcpFlagFields.Add(layer, FlagsAt, segment.Flags);
        layer.Outdent();
        layer.Add(Window, WindowAt, sizeof(ushort), segment.Window);
        layer.Add(Checksum, ChecksumAt, sizeof(ushort), segment.Checksum);
        layer.Add(UrgentPointer, UrgentPointerAt, sizeof(ushort), segment.UrgentPointer);
    }

    private static void WriteInfo(TextBuffer info, in TcpView segment)
    {
        info.Append($"{segment.SourcePort} → {segment.DestinationPort} [{TcpFlagFields.Words(segment.Flags)}] "
            + $"Seq={segment.Sequence.Value}");
        if ((segment.Flags & TcpFlags.Ack) != 0)
        {
            info.Append($" Ack={segment.Acknowledgment.Value}");
        }

        info.Append($" Win={segment.Window} Len={segment.Payload.Length}");
    }
}

/// <summary>A TCP segment where it stands.</summary>
public readonly ref struct TcpView
{
    private readonly ReadOnlySpan<byte> _bytes;

    private TcpView(ReadOnlySpan<byte> bytes) => _bytes = bytes;

    /// <summary>The sender's port.</summary>
    public ushort SourcePort => Word(Tcp.SourcePortAt);

    /// <summary>The receiver's port.</summary>
    public ushort DestinationPort => Word(Tcp.DestinationPortAt);

    /// <summary>The number of its first byte, or of the SYN.</summary>
    public TcpSequence Sequence => new(BinaryPrimitives.ReadUInt32BigEndian(_bytes[Tcp.SequenceAt..]));

    /// <summary>The number of the byte that is expected next, if the ACK bit is set.</summary>
    public TcpSequence Acknowledgment => new(BinaryPrimitives.ReadUInt32BigEndian(_bytes[Tcp.AcknowledgmentAt..]));

    /// <summary>How long the header is, options included.</summary>
    public int HeaderLength => (Word(Tcp.FlagsAt) >> Tcp.HeaderLengthShift) * Tcp.WordBytes;

    /// <summary>The control bits.</summary>
    public TcpFlags Flags => (TcpFlags)(Word(Tcp.FlagsAt) & TcpFlagFields.BitsMask);

    /// <summary>How much the sender is ready to receive, not yet scaled.</summary>
    public ushort Window => Word(Tcp.WindowAt);

    /// <summary>The checksum.</summary>
    public ushort Checksum => Word(Tcp.ChecksumAt);

    /// <summary>Where urgent data ends, if the URG bit is set.</summary>
    public ushort UrgentPointer => Word(Tcp.UrgentPointerAt);

    /// <summary>The options as they stand there; <see cref="TcpOptionReader"/> reads them.</summary>
    public ReadOnlySpan<byte> Options => _bytes[Tcp.HeaderBytes..HeaderLength];

    /// <summary>What it carries.</summary>
    public ReadOnlySpan<byte> Payload => _bytes[HeaderLength..];

    /// <summary>How many sequence numbers it takes: its bytes, its SYN and its FIN (RFC 9293 section 3.4).</summary>
    public uint SequenceLength =>
        (uint)Payload.Length + ((Flags & TcpFlags.Syn) != 0 ? 1u : 0) + ((Flags & TcpFlags.Fin) != 0 ? 1u : 0);

    /// <summary>The words for control bits, such as "SYN, ACK".</summary>
    public static string NameOf(TcpFlags flags) => TcpFlagFields.Words(flags);

    /// <summary>Checks that the header is whole.</summary>
    public static bool TryParse(ReadOnlySpan<byte> bytes, out TcpView view)
    {
        view = default;
        if (bytes.Length < Tcp.HeaderBytes)
        {
            return false;
        }

        var whole = new TcpView(bytes);
        if (whole.HeaderLength < Tcp.HeaderBytes || whole.HeaderLength > bytes.Length)
        {
            return false;
        }

        view = whole;
        return true;
    }

    /// <summary>Whether the checksum is right.</summary>
    public bool IsChecksumRight(InternetAddress source, InternetAddress destination) =>
        InternetChecksum.Sum(_bytes, InternetChecksum.PseudoHeader(source, destination, IpProtocol.Tcp, _bytes.Length))
        == InternetChecksum.RightSum;

    private ushort Word(int at) => BinaryPrimitives.ReadUInt16BigEndian(_bytes[at..]);
}

/// <summary>The header of a TCP segment as a value.</summary>
public readonly record struct TcpHeader
{
    /// <summary>The sender's port.</summary>
    public ushort SourcePort { get; init; }

    /// <summary>The receiver's port.</summary>
    public ushort DestinationPort { get; init; }

    /// <summary>The number of its first byte, or of the SYN.</summary>
    public TcpSequence Sequence { get; init; }

    /// <summary>The number of the byte that is expected next, if the ACK bit is set.</summary>
    public TcpSequence Acknowledgment { get; init; }

    /// <summary>The control bits.</summary>
    public TcpFlags Flags { get; init; }

    /// <summary>How much the sender is ready to receive, not yet scaled.</summary>
    public ushort Window { get; init; }

    /// <summary>Where urgent data ends, if the URG bit is set.</summary>
    public ushort UrgentPointer { get; init; }

    /// <summary>The options.</summary>
    public TcpOptions Options { get; init; }

    /// <summary>How many bytes the header has on the wire.</summary>
    public int Length => Tcp.HeaderBytes + Options.Length;

    /// <summary>
    /// Reads a header. The checksum is not looked at, and options with impossible lengths end the options.
    /// </summary>
    public static bool TryParse(ReadOnlySpan<byte> bytes, out TcpHeader header)
    {
        header = default;
        if (!TcpView.TryParse(bytes, out TcpView view))
        {
            return false;
        }

        header = new TcpHeader
        {
            SourcePort = view.SourcePort,
            DestinationPort = view.DestinationPort,
            Sequence = view.Sequence,
            Acknowledgment = view.Acknowledgment,
            Flags = view.Flags,
            Window = view.Window,
            UrgentPointer = view.UrgentPointer,
            Options = TcpOptions.Parse(view.Options),
        };
        return true;
    }

    /// <summary>Writes the header before what it carries, which is already there, with the checksum of both.</summary>
    public void Emit(Span<byte> segment, InternetAddress source, InternetAddress destination)
    {
        int length = Length;
        if (length > Tcp.HeaderBytesMax)
        {
            throw new InvalidOperationException(
                $"The options take {length - Tcp.HeaderBytes} bytes, and there is room for 40: leave some out.");
        }

        int flags = (length / Tcp.WordBytes << Tcp.HeaderLengthShift) | ((int)Flags & TcpFlagFields.BitsMask);
        BinaryPrimitives.WriteUInt16BigEndian(segment[Tcp.SourcePortAt..], SourcePort);
        BinaryPrimitives.WriteUInt16BigEndian(segment[Tcp.DestinationPortAt..], DestinationPort);
        BinaryPrimitives.WriteUInt32BigEndian(segment[Tcp.SequenceAt..], Sequence.Value);
        BinaryPrimitives.WriteUInt32BigEndian(segment[Tcp.AcknowledgmentAt..], Acknowledgment.Value);
        BinaryPrimitives.WriteUInt16BigEndian(segment[Tcp.FlagsAt..], (ushort)flags);
        BinaryPrimitives.WriteUInt16BigEndian(segment[Tcp.WindowAt..], Window);
        BinaryPrimitives.WriteUInt16BigEndian(segment[Tcp.ChecksumAt..], 0);
        BinaryPrimitives.WriteUInt16BigEndian(segment[Tcp.UrgentPointerAt..], UrgentPointer);
        Options.Emit(segment[Tcp.HeaderBytes..length]);
        ushort sum = InternetChecksum.PseudoHeader(source, destination, IpProtocol.Tcp, segment.Length);
        BinaryPrimitives.WriteUInt16BigEndian(segment[Tcp.ChecksumAt..], InternetChecksum.Of(segment, sum));
    }
}
