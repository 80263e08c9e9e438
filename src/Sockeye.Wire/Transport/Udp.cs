using System.Buffers.Binary;
using Sockeye.Wire.Dissection;
using Sockeye.Wire.Internet;

namespace Sockeye.Wire.Transport;

/// <summary>UDP (RFC 768): fields and row.</summary>
public static class Udp
{
    /// <summary>How many bytes the header has.</summary>
    public const int HeaderBytes = 8;

    internal const int SourcePortAt = 0;
    internal const int DestinationPortAt = 2;
    internal const int LengthAt = 4;
    internal const int ChecksumAt = 6;

    /// <summary>The sender's port.</summary>
    public static readonly Field SourcePort = new("udp.srcport", "Source Port", FieldKind.Number);

    /// <summary>The receiver's port.</summary>
    public static readonly Field DestinationPort = new("udp.dstport", "Destination Port", FieldKind.Number);

    /// <summary>Either port.</summary>
    public static readonly Field Port = new("udp.port", "Source or Destination Port", FieldKind.Number);

    /// <summary>How long the datagram is, header included.</summary>
    public static readonly Field Length = new("udp.length", "Length", FieldKind.Number);

    /// <summary>The checksum.</summary>
    public static readonly Field Checksum = new("udp.checksum", "Checksum", FieldKind.Hex);

    /// <summary>The row of the table.</summary>
    public static readonly Protocol Row = new(
        "udp", "UDP", "User Datagram Protocol", [new(Selector.IpProtocol, IpProtocol.Udp)],
        [SourcePort, DestinationPort, Port, Length, Checksum], Dissect);

    private static bool Dissect(in Layer layer)
    {
        if (!UdpView.TryParse(layer.Bytes, out UdpView datagram))
        {
            return layer.Malformed();
        }

        layer.Begin(HeaderBytes);
        if (layer.WantsFields)
        {
            AddFields(layer, datagram);
        }

        bool isTold = layer.NextByPort(
            Selector.UdpPort, datagram.SourcePort, datagram.DestinationPort, HeaderBytes, datagram.Payload.Length);
        if (!isTold && layer.BeginInfo())
        {
            int length = Math.Max(datagram.Length - HeaderBytes, 0);
            layer.Info.Append($"{datagram.SourcePort} → {datagram.DestinationPort} Len={length}");
        }

        return true;
    }

    private static void AddFields(in Layer layer, in UdpView datagram)
    {
        layer.Add(SourcePort, SourcePortAt, sizeof(ushort), datagram.SourcePort);
        layer.AddHidden(Port, SourcePortAt, sizeof(ushort), datagram.SourcePort);
        layer.Add(DestinationPort, DestinationPortAt, sizeof(ushort), datagram.DestinationPort);
        layer.AddHidden(Port, DestinationPortAt, sizeof(ushort), datagram.DestinationPort);
        layer.Add(Length, LengthAt, sizeof(ushort), datagram.Length);
        layer.Add(Checksum, ChecksumAt, sizeof(ushort), datagram.Checksum);
    }
}

/// <summary>A UDP datagram where it stands.</summary>
public readonly ref struct UdpView
{
    private readonly ReadOnlySpan<byte> _bytes;

    private UdpView(ReadOnlySpan<byte> bytes) => _bytes = bytes;

    /// <summary>The sender's port; zero when it expects no answer.</summary>
    public ushort SourcePort => Word(Udp.SourcePortAt);

    /// <summary>The receiver's port.</summary>
    public ushort DestinationPort => Word(Udp.DestinationPortAt);

    /// <summary>How long the datagram says it is; zero in a jumbogram (RFC 2675 section 4).</summary>
    public ushort Length => Word(Udp.LengthAt);

    /// <summary>The checksum; zero when the sender made none.</summary>
    public ushort Checksum => Word(Udp.ChecksumAt);

    /// <summary>What it carries; cut short if the capture was.</summary>
    public ReadOnlySpan<byte> Payload => _bytes[Udp.HeaderBytes..];

    /// <summary>Checks the length. A datagram that is cut short is let through.</summary>
    public static bool TryParse(ReadOnlySpan<byte> bytes, out UdpView view)
    {
        view = default;
        if (bytes.Length < Udp.HeaderBytes)
        {
            return false;
        }

        int length = BinaryPrimitives.ReadUInt16BigEndian(bytes[Udp.LengthAt..]);
        if (length is > 0 and < Udp.HeaderBytes)
        {
            return false;
        }

        view = new UdpView(length == 0 ? bytes : bytes[..Math.Min(length, bytes.Length)]);
        return true;
    }

    /// <summary>Whether the checksum is right, or there is none.</summary>
    public bool IsChecksumRight(InternetAddress source, InternetAddress destination) => Checksum == 0
        || InternetChecksum.Sum(
            _bytes, InternetChecksum.PseudoHeader(source, destination, IpProtocol.Udp, _bytes.Length))
        == InternetChecksum.RightSum;

    private ushort Word(int at) => BinaryPrimitives.ReadUInt16BigEndian(_bytes[at..]);
}

/// <summary>The header of a UDP datagram as a value.</summary>
public readonly record struct UdpHeader(ushort SourcePort, ushort DestinationPort)
{
    /// <summary>How many bytes it has on the wire.</summary>
    public int Length => Udp.HeaderBytes;

    /// <summary>Reads a header. The checksum is not looked at.</summary>
    public static bool TryParse(ReadOnlySpan<byte> bytes, out UdpHeader header)
    {
        bool isValid = UdpView.TryParse(bytes, out UdpView view);
        header = isValid ? new UdpHeader(view.SourcePort, view.DestinationPort) : default;
        return isValid;
    }

    /// <summary>Writes the header before what it carries, which is already there, with the checksum of both.</summary>
    public void Emit(Span<byte> datagram, InternetAddress source, InternetAddress destination)
    {
        BinaryPrimitives.WriteUInt16BigEndian(datagram[Udp.SourcePortAt..], SourcePort);
        BinaryPrimitives.WriteUInt16BigEndian(datagram[Udp.DestinationPortAt..], DestinationPort);
        BinaryPrimitives.WriteUInt16BigEndian(datagram[Udp.LengthAt..], checked((ushort)datagram.Length));
        BinaryPrimitives.WriteUInt16BigEndian(datagram[Udp.ChecksumAt..], 0);
        ushort sum = InternetChecksum.PseudoHeader(source, destination, IpProtocol.Udp, datagram.Length);
        ushort checksum = InternetChecksum.Of(datagram, sum);

        // "If the computed checksum is zero, it is transmitted as all ones" (RFC 768).
        BinaryPrimitives.WriteUInt16BigEndian(datagram[Udp.ChecksumAt..], checksum == 0 ? (ushort)0xFFFF : checksum);
    }
}
