using Sockeye.Wire;

namespace Sockeye.Capture.Streams;

/// <summary>What kind of stream it is.</summary>
public enum StreamKind : byte
{
    /// <summary>A TCP connection.</summary>
    Tcp = 0,

    /// <summary>The datagrams of UDP between two ports.</summary>
    Udp,
}

/// <summary>One of the two ends of a stream.</summary>
public enum Side : byte
{
    /// <summary>The one that began: it sent the SYN, or the first datagram.</summary>
    Client = 0,

    /// <summary>The other.</summary>
    Server,
}

/// <summary>What one end of a stream has sent.</summary>
public sealed class Traffic
{
    /// <summary>How many packets.</summary>
    public long Packets { get; internal set; }

    /// <summary>How many bytes on the wire, headers included.</summary>
    public long Bytes { get; internal set; }

    /// <summary>How many bytes of data; what was sent twice counts twice.</summary>
    public long PayloadBytes { get; internal set; }
}

/// <summary>A stream: all packets between two ports of two hosts, from the first to the last.</summary>
public abstract class Conversation
{
    private readonly Traffic _client = new();
    private readonly Traffic _server = new();

    private protected Conversation(StreamKind kind, int number, StreamEnd client, StreamEnd server)
    {
        Kind = kind;
        Number = number;
        Client = client;
        Server = server;
    }

    /// <summary>What kind it is.</summary>
    public StreamKind Kind { get; }

    /// <summary>Its number among those of its kind, counted from zero as <c>tcp.stream</c> and <c>udp.stream</c> are.
    /// </summary>
    public int Number { get; }

    /// <summary>Its place among all streams of the capture, of whatever kind, in the order in which they began, counted
    /// from one.</summary>
    public int Ordinal { get; internal set; }

    /// <summary>The end that began.</summary>
    public StreamEnd Client { get; }

    /// <summary>The other end.</summary>
    public StreamEnd Server { get; }

    /// <summary>The number of its first frame.</summary>
    public long FirstFrame { get; private set; }

    /// <summary>The number of its latest frame.</summary>
    public long LastFrame { get; private set; }

    /// <summary>When its first packet was seen; null where the capture does not tell.</summary>
    public Timestamp? FirstTime { get; private set; }

    /// <summary>When its latest packet was seen.</summary>
    public Timestamp? LastTime { get; private set; }

    /// <summary>How long it lasted so far.</summary>
    public TimeSpan Duration => LastTime is { } last && FirstTime is { } first ? last - first : TimeSpan.Zero;

    /// <summary>How many packets both ends sent.</summary>
    public long Packets => _client.Packets + _server.Packets;

    /// <summary>How many bytes both ends sent, headers included.</summary>
    public long Bytes => _client.Bytes + _server.Bytes;

    // The streams in the order of their latest packets: owned by StreamTable.
    internal Conversation? Newer { get; set; }

    internal Conversation? Older { get; set; }

    /// <summary>What an end has sent.</summary>
    public Traffic From(Side side) => side == Side.Client ? _client : _server;

    /// <summary>Which end sent a packet that comes from there.</summary>
    public Side SideOf(StreamEnd source) => source == Client ? Side.Client : Side.Server;

    /// <summary>An end's address and port.</summary>
    public StreamEnd EndOf(Side side) => side == Side.Client ? Client : Server;

    internal void Count(Side side, in CapturedFrame frame, uint payload)
    {
        Traffic traffic = From(side);
        if (Packets == 0)
        {
            FirstFrame = frame.Number;
            FirstTime = frame.Time;
        }

        traffic.Packets++;
        traffic.Bytes += frame.LengthOnWire;
        traffic.PayloadBytes += payload;
        LastFrame = frame.Number;
        LastTime = frame.Time ?? LastTime;
    }

    /// <summary>Gives back what it holds: nobody will ask it any more.</summary>
    internal virtual void Release()
    {
    }
}

/// <summary>The datagrams between two ports of UDP.</summary>
public sealed class UdpStream : Conversation
{
    internal UdpStream(int number, StreamEnd client, StreamEnd server)
        : base(StreamKind.Udp, number, client, server)
    {
    }
}

/// <summary>The sides of a stream.</summary>
public static class Sides
{
    /// <summary>The other one.</summary>
    public static Side Other(this Side side) => side == Side.Client ? Side.Server : Side.Client;
}
