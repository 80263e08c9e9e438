using Sockeye.Wire;
using Sockeye.Wire.Files;
using Sockeye.Wire.Internet;
using Sockeye.Wire.Link;
using Sockeye.Wire.Transport;

namespace Sockeye.Tests.Capture;

/// <summary>Writes the packets of TCP connections one by one, whatever they say, as a capture.</summary>
internal sealed class TcpScript
{
    public const uint ClientStart = 1_000_000;
    public const uint ServerStart = 5_000_000;

    private static readonly InternetAddress s_client = new(0x0A00_0001u);
    private static readonly InternetAddress s_server = new(0x0A00_0002u);

    private readonly List<(long Nanoseconds, byte[] Bytes, int LengthOnWire)> _frames = [];
    private ushort _clientPort = 40_000;
    private long _nanoseconds = 1_700_000_000_000_000_000;

    /// <summary>Where the client's numbers begin; relative numbers count from it.</summary>
    public uint ClientBase { get; set; } = ClientStart;

    /// <summary>Where the server's numbers begin.</summary>
    public uint ServerBase { get; set; } = ServerStart;

    /// <summary>The server's port.</summary>
    public ushort ServerPort { get; init; } = 9_000;

    public int Count => _frames.Count;

    public ushort ClientPort => _clientPort;

    /// <summary>How many bytes of a packet the capture keeps.</summary>
    public int SnapLength { get; set; } = int.MaxValue;

    /// <summary>Goes on with another connection, from another port of the client.</summary>
    public TcpScript NextConnection()
    {
        _clientPort++;
        return After(1_000_000);
    }

    /// <summary>Lets time pass.</summary>
    public TcpScript After(int microseconds)
    {
        _nanoseconds += microseconds * 1_000L;
        return this;
    }

    /// <summary>A segment of the client, in relative numbers.</summary>
    public TcpScript Client(
        uint sequence, uint acknowledgment, int length = 0, TcpFlags flags = TcpFlags.Ack, ushort window = 1_000,
        TcpOptions options = default) =>
        Add(fromClient: true, sequence + ClientBase, acknowledgment + ServerBase, Data(length), flags, window, options);

    /// <summary>A segment of the server, in relative numbers.</summary>
    public TcpScript Server(
        uint sequence, uint acknowledgment, int length = 0, TcpFlags flags = TcpFlags.Ack, ushort window = 1_000,
        TcpOptions options = default) =>
        Add(
            fromClient: false, sequence + ServerBase, acknowledgment + ClientBase, Data(length), flags, window,
            options);

    /// <summary>A segment with this content, in relative numbers.</summary>
    public TcpScript Say(bool fromClient, uint sequence, uint acknowledgment, ReadOnlySpan<byte> data) => Add(
        fromClient, sequence + (fromClient ? ClientBase : ServerBase),
        acknowledgment + (fromClient ? ServerBase : ClientBase), data.ToArray(),
        TcpFlags.Ack | TcpFlags.Psh, 1_000, default);

    /// <summary>A handshake; the way there and back takes a millisecond.</summary>
    public TcpScript Handshake(byte? scale = null, ushort window = 1_000)
    {
        var options = new TcpOptions { MaximumSegmentSize = 1460, WindowScale = scale, SackPermitted = true };
        Add(fromClient: true, ClientBase, 0, [], TcpFlags.Syn, window, options);
        After(500);
        Server(0, 1, 0, TcpFlags.Syn | TcpFlags.Ack, window, options);
        After(500);
        return Client(1, 1, window: window);
    }

    /// <summary>Any segment, in the numbers of the wire.</summary>
    public TcpScript Add(
        bool fromClient, uint sequence, uint acknowledgment, byte[] data, TcpFlags flags, ushort window,
        TcpOptions options)
    {
        (InternetAddress source, InternetAddress target) = fromClient ? (s_client, s_server) : (s_server, s_client);
        var header = new TcpHeader
        {
            SourcePort = fromClient ? _clientPort : ServerPort,
            DestinationPort = fromClient ? ServerPort : _clientPort,
            Sequence = new TcpSequence(sequence),
            Acknowledgment = new TcpSequence((flags & TcpFlags.Ack) != 0 ? acknowledgment : 0),
            Flags = flags,
            Window = window,
            Options = options,
        };
        var packet = new byte[Ipv4.HeaderBytes + header.Length + data.Length];
        Span<byte> segment = packet.AsSpan(Ipv4.HeaderBytes);
        data.CopyTo(segment[header.Length..]);
        header.Emit(segment, source, target);
        new Ipv4Header
        {
            Source = source,
            Destination = target,
            Protocol = IpProtocol.Tcp,
            TimeToLive = 64,
            PayloadLength = segment.Length,
        }.Emit(packet);
        _frames.Add((_nanoseconds, packet[..Math.Min(packet.Length, SnapLength)], packet.Length));
        return After(10);
    }

    /// <summary>The capture, as a pcapng file.</summary>
    /// <param name="keys">The lines of a key log of TLS that it holds; none when empty.</param>
    public byte[] ToFile(string keys = "")
    {
        using var stream = new MemoryStream();
        var writer = new PcapngWriter(stream);
        if (keys.Length > 0)
        {
            writer.WriteSecrets(new PcapngSecrets(PcapngSecrets.TlsKeyLog, ByteString.FromText(keys)));
        }

        _ = writer.AddInterface(new PcapngInterface { LinkType = LinkType.Raw, TicksPerSecond = 1_000_000_000 });
        foreach ((long nanoseconds, byte[] bytes, int length) in _frames)
        {
            writer.WritePacket(0, new Timestamp(nanoseconds), bytes, length);
        }

        return stream.ToArray();
    }

    private static byte[] Data(int length)
    {
        var data = new byte[length];
        Array.Fill(data, (byte)'x');
        return data;
    }
}
