using System.Buffers.Binary;
using Sockeye.Capture.Resources;
using Sockeye.Capture.Streams;
using Sockeye.Wire;
using Sockeye.Wire.Dissection;
using Sockeye.Wire.Internet;
using Sockeye.Wire.Link;

namespace Sockeye.Capture.Ladder;

/// <summary>
/// Which column a packet begins and ends at. A host is a column; where a host speaks with itself, each end is one.
/// </summary>
/// <param name="countMax">How many columns there may be.</param>
internal sealed class LadderColumns(int countMax)
{
    // RFC 791 section 3.1, RFC 8200 section 3: the destination follows the source.
    private const int Ipv4SourceAt = 12;
    private const int Ipv6SourceAt = 8;

    private readonly List<Column> _columns = [];
    private readonly Dictionary<string, int> _places = [];
    private readonly Dictionary<InternetAddress, string> _names = [];
    private readonly Dictionary<StreamEnd, Head> _ends = []; // As many as the columns have ports.

    public void Name(InternetAddress address, string name) => _names[address] = name;

    /// <summary>The state of an end before its first packet.</summary>
    public void Begin(int column, TcpState state) => _columns[column].State ??= state;

    /// <summary>Says that nobody listened there.</summary>
    public void Refuse(int column) =>
        _columns[column].State = _columns[column].State == TcpState.Listen ? TcpState.Closed : _columns[column].State;

    /// <summary>The columns of a packet; null when there are too many others.</summary>
    public (int From, int To)? Find(in DissectedFrame frame, in StreamPacket packet)
    {
        (Head from, Head to) = HeadsOf(frame, packet);
        int more = (_places.ContainsKey(from.Key) ? 0 : 1)
            + (_places.ContainsKey(to.Key) || from.Key == to.Key ? 0 : 1);
        if (_columns.Count + more > countMax)
        {
            return null;
        }

        (int first, int second) = (Place(from), Place(to));
        if (packet.Stream is { } stream)
        {
            TakeEnd(first, stream, packet.From);
            TakeEnd(second, stream, packet.From.Other());
        }

        return (first, second);
    }

    public IReadOnlyList<LadderColumn> Build()
    {
        bool isBusy = _columns.Any(column => column.Roles.Count > 1);
        return
        [
            .. _columns.Select(column => new LadderColumn(
                column.Ports.Count == 1 ? column.Ports.First() : column.Name,
                column.Roles.Count == 1 && !isBusy ? column.Roles.First() : "")
            {
                State = column.State,
            }),
        ];
    }

    private (Head From, Head To) HeadsOf(in DissectedFrame frame, in StreamPacket packet)
    {
        if (packet.Stream is { } stream)
        {
            return (HeadOf(stream, packet.From), HeadOf(stream, packet.From.Other()));
        }

        // Who asks by ARP, and whom, is told by the addresses in it: the frame goes to everybody.
        return frame.TryFindLayer(Arp.Row, out LayerRecord layer)
            && ArpView.TryParse(frame.BytesOf(layer), out ArpView arp)
            ? (HeadOf(arp.Sender), HeadOf(arp.Target))
            : HeadsOfError(frame) ?? (HeadOf(frame.Source), HeadOf(frame.Destination));
    }

    /// <summary>An error goes back to the end that sent the packet which it quotes. It comes from the end that this was
    /// for, or from a router on the way.</summary>
    private (Head From, Head To)? HeadsOfError(in DissectedFrame frame)
    {
        if (!TryReadQuoted(frame, out StreamEnd sender, out StreamEnd receiver)
            || !_ends.TryGetValue(sender, out Head to))
        {
            return null;
        }

        bool isFromReceiver = frame.Source.Kind == StationKind.Internet && frame.Source.Internet == receiver.Address;
        return (isFromReceiver && _ends.TryGetValue(receiver, out Head from) ? from : HeadOf(frame.Source), to);
    }

    // Of the quoted packet at least the ports are there (RFC 792: 64 bits of its data).
    private static bool TryReadQuoted(in DissectedFrame frame, out StreamEnd sender, out StreamEnd receiver)
    {
        (sender, receiver) = (default, default);
        foreach (LayerRecord layer in frame.Layers)
        {
            ReadOnlySpan<byte> bytes = frame.BytesOf(layer);
            bool isIpv4 = layer.Protocol == Ipv4.Row;
            if (!layer.IsQuoted || !(isIpv4 || layer.Protocol == Ipv6.Row)
                || bytes.Length < layer.HeaderLength + (2 * sizeof(ushort)))
            {
                continue;
            }

            int length = isIpv4 ? InternetAddress.Ipv4Bytes : InternetAddress.Ipv6Bytes;
            ReadOnlySpan<byte> addresses = bytes[(isIpv4 ? Ipv4SourceAt : Ipv6SourceAt)..];
            ReadOnlySpan<byte> ports = bytes[layer.HeaderLength..];
            sender = new(new InternetAddress(addresses[..length]), BinaryPrimitives.ReadUInt16BigEndian(ports));
            receiver = new(
                new InternetAddress(addresses.Slice(length, length)),
                BinaryPrimitives.ReadUInt16BigEndian(ports[sizeof(ushort)..]));
            return true;
        }

        return false;
    }

    private Head HeadOf(Conversation stream, Side side)
    {
        StreamEnd end = stream.EndOf(side);
        string name = NameOf(end.Address);
        bool isAlone = stream.Client.Address == stream.Server.Address && side == Side.Server;
        return new Head(isAlone ? end.ToString() : name, name);
    }

    // Addresses of one name are one host.
    private Head HeadOf(InternetAddress address) => new(NameOf(address), NameOf(address));

    private Head HeadOf(Station station) => station.Kind switch
    {
        StationKind.Internet => HeadOf(station.Internet),
        _ => new Head(station.ToString(), station.ToString()),
    };

    private string NameOf(InternetAddress address) =>
        _names.TryGetValue(address, out string? name) ? name : address.ToString();

    private int Place(Head head)
    {
        if (!_places.TryGetValue(head.Key, out int place))
        {
            place = _columns.Count;
            _places[head.Key] = place;
            _columns.Add(new Column(head.Name));
        }

        return place;
    }

    private void TakeEnd(int place, Conversation stream, Side side)
    {
        StreamEnd end = stream.EndOf(side);
        _ends[end] = HeadOf(stream, side);
        Column column = _columns[place];
        _ = column.Ports.Add(_names.TryGetValue(end.Address, out string? name) ? $"{name}:{end.Port}" : end.ToString());
        _ = column.Roles.Add(side == Side.Client ? StreamText.RoleClient : StreamText.RoleServer);
    }

    /// <summary>What tells a column from others, and what stands at its head.</summary>
    private readonly record struct Head(string Key, string Name);

    private sealed class Column(string name)
    {
        public string Name { get; } = name;

        public HashSet<string> Ports { get; } = [];

        public HashSet<string> Roles { get; } = [];

        public TcpState? State { get; set; }
    }
}
