using Sockeye.Capture.Resources;
using Sockeye.Capture.Streams;
using Sockeye.Wire;
using Sockeye.Wire.Dissection;
using Sockeye.Wire.Link;

namespace Sockeye.Capture.Ladder;

/// <summary>
/// Which column a packet begins and ends at. A host is a column; where a host speaks with itself, each end is one.
/// </summary>
/// <param name="countMax">How many columns there may be.</param>
internal sealed class LadderColumns(int countMax)
{
    private readonly List<Column> _columns = [];
    private readonly Dictionary<string, int> _places = [];
    private readonly Dictionary<InternetAddress, string> _names = [];

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
            : (HeadOf(frame.Source), HeadOf(frame.Destination));
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
