using System.Buffers.Binary;
using Sockeye.Wire.Dissection;

namespace Sockeye.Wire.Application;

/// <summary>DHCP for IPv4 (RFC 2131 section 2), in BOOTP's messages (RFC 951): fields and row.</summary>
public static class Dhcp
{
    /// <summary>The port of servers (RFC 2131 section 4.1).</summary>
    public const int ServerPort = 67;

    /// <summary>The port of clients (RFC 2131 section 4.1).</summary>
    public const int ClientPort = 68;

    /// <summary>How many bytes come before the options.</summary>
    public const int HeaderBytes = 240;

    /// <summary>How many bytes an address of a card has room in.</summary>
    public const int HardwareBytesMax = 16;

    /// <summary>What comes before the options: 99.130.83.99 (RFC 2131 section 3).</summary>
    internal const uint Magic = 0x6382_5363;

    internal const int OperationAt = 0;
    internal const int HardwareTypeAt = 1;
    internal const int HardwareLengthAt = 2;
    internal const int HopsAt = 3;
    internal const int TransactionAt = 4;
    internal const int SecondsAt = 8;
    internal const int FlagsAt = 10;
    internal const int ClientAt = 12;
    internal const int YoursAt = 16;
    internal const int ServerAt = 20;
    internal const int RelayAt = 24;
    internal const int HardwareAt = 28;
    internal const int MagicAt = 236;
    internal const int BroadcastBit = 0x8000;

    /// <summary>Whether a client asks or a server answers.</summary>
    public static readonly Field Operation = new(
        "dhcp.type", "Message type", FieldKind.Number,
        static value => value == 1 ? "Boot Request" : value == 2 ? "Boot Reply" : null);

    /// <summary>The kind of the link.</summary>
    public static readonly Field HardwareType =
        new("dhcp.hw.type", "Hardware type", FieldKind.Hex, static type => type == 1 ? "Ethernet" : null);

    /// <summary>How long addresses of cards are.</summary>
    public static readonly Field HardwareLength = new("dhcp.hw.len", "Hardware address length", FieldKind.Number);

    /// <summary>How many relays it passed.</summary>
    public static readonly Field Hops = new("dhcp.hops", "Hops", FieldKind.Number);

    /// <summary>What an answer has in common with its question.</summary>
    public static readonly Field Transaction = new("dhcp.id", "Transaction ID", FieldKind.Hex);

    /// <summary>For how long the client has been asking.</summary>
    public static readonly Field Seconds = new("dhcp.secs", "Seconds elapsed", FieldKind.Number);

    /// <summary>Whether the client can only hear what goes to all.</summary>
    public static readonly Field Broadcast = new("dhcp.flags.bc", "Broadcast flag", FieldKind.Flag);

    /// <summary>The address that the client has.</summary>
    public static readonly Field Client = new("dhcp.ip.client", "Client IP address", FieldKind.Ipv4);

    /// <summary>The address that the client gets.</summary>
    public static readonly Field Yours = new("dhcp.ip.your", "Your (client) IP address", FieldKind.Ipv4);

    /// <summary>The server to go on with.</summary>
    public static readonly Field Server = new("dhcp.ip.server", "Next server IP address", FieldKind.Ipv4);

    /// <summary>The relay that it passed first.</summary>
    public static readonly Field Relay = new("dhcp.ip.relay", "Relay agent IP address", FieldKind.Ipv4);

    /// <summary>The client's card.</summary>
    public static readonly Field Hardware = new("dhcp.hw.mac_addr", "Client MAC address", FieldKind.Mac);

    /// <summary>An option.</summary>
    public static readonly Field OptionType = new("dhcp.option.type", "Option", FieldKind.Number, DhcpOption.NameOf);

    /// <summary>How long an option is.</summary>
    public static readonly Field OptionLength = new("dhcp.option.length", "Length", FieldKind.Number);

    /// <summary>What the message is.</summary>
    public static readonly Field MessageType = new(
        "dhcp.option.dhcp", "DHCP", FieldKind.Number, static type => NameOf((DhcpMessageType)type));

    /// <summary>The network mask.</summary>
    public static readonly Field SubnetMask = new("dhcp.option.subnet_mask", "Subnet Mask", FieldKind.Ipv4);

    /// <summary>A router.</summary>
    public static readonly Field Router = new("dhcp.option.router", "Router", FieldKind.Ipv4);

    /// <summary>A DNS server.</summary>
    public static readonly Field NameServer =
        new("dhcp.option.domain_name_server", "Domain Name Server", FieldKind.Ipv4);

    /// <summary>The client's name.</summary>
    public static readonly Field HostName = new("dhcp.option.hostname", "Host Name", FieldKind.Text);

    /// <summary>The domain.</summary>
    public static readonly Field DomainName = new("dhcp.option.domain_name", "Domain Name", FieldKind.Text);

    /// <summary>The address that the client would like.</summary>
    public static readonly Field RequestedAddress =
        new("dhcp.option.requested_ip_address", "Requested IP Address", FieldKind.Ipv4);

    /// <summary>Which server is meant.</summary>
    public static readonly Field ServerIdentifier =
        new("dhcp.option.dhcp_server_id", "DHCP Server Identifier", FieldKind.Ipv4);

    /// <summary>For how many seconds an address is given.</summary>
    public static readonly Field LeaseTime =
        new("dhcp.option.ip_address_lease_time", "IP Address Lease Time", FieldKind.Number);

    /// <summary>What the client wants to know.</summary>
    public static readonly Field RequestedItem = new(
        "dhcp.option.request_list_item", "Parameter Request List Item", FieldKind.Number, DhcpOption.NameOf);

    /// <summary>The bytes of an option.</summary>
    public static readonly Field OptionValue = new("dhcp.option.value", "Value", FieldKind.Bytes);

    /// <summary>The row of the table.</summary>
    public static readonly Protocol Row = new(
        "dhcp", "DHCP", "Dynamic Host Configuration Protocol",
        [new(Selector.UdpPort, ServerPort), new(Selector.UdpPort, ClientPort)],
        [
            Operation, HardwareType, HardwareLength, Hops, Transaction, Seconds, Broadcast, Client, Yours, Server,
            Relay, Hardware, OptionType, OptionLength, MessageType, SubnetMask, Router, NameServer, HostName,
            DomainName,
            RequestedAddress, ServerIdentifier, LeaseTime, RequestedItem, OptionValue,
        ],
        Dissect);

    /// <summary>The word for what a message is, or null.</summary>
    public static string? NameOf(DhcpMessageType type) => type switch
    {
        DhcpMessageType.Discover => "Discover",
        DhcpMessageType.Offer => "Offer",
        DhcpMessageType.Request => "Request",
        DhcpMessageType.Decline => "Decline",
        DhcpMessageType.Ack => "ACK",
        DhcpMessageType.Nak => "NAK",
        DhcpMessageType.Release => "Release",
        DhcpMessageType.Inform => "Inform",
        _ => null,
    };

    private static bool Dissect(in Layer layer)
    {
        if (!DhcpView.TryParse(layer.Bytes, out DhcpView message))
        {
            return layer.Malformed();
        }

        layer.Begin(layer.Bytes.Length);
        layer.Add(Operation, OperationAt, sizeof(byte), message.IsReply ? 2UL : 1UL);
        layer.Add(HardwareType, HardwareTypeAt, sizeof(byte), layer.Bytes[HardwareTypeAt]);
        layer.Add(HardwareLength, HardwareLengthAt, sizeof(byte), layer.Bytes[HardwareLengthAt]);
        layer.Add(Hops, HopsAt, sizeof(byte), message.Hops);
        layer.Add(Transaction, TransactionAt, sizeof(uint), message.Transaction);
        layer.Add(Seconds, SecondsAt, sizeof(ushort), message.Seconds);
        layer.Add(Broadcast, FlagsAt, sizeof(ushort), message.IsBroadcast);
        layer.Add(Client, ClientAt, InternetAddress.Ipv4Bytes);
        layer.Add(Yours, YoursAt, InternetAddress.Ipv4Bytes);
        layer.Add(Server, ServerAt, InternetAddress.Ipv4Bytes);
        layer.Add(Relay, RelayAt, InternetAddress.Ipv4Bytes);
        if (message.Hardware.Length == MacAddress.Bytes)
        {
            layer.Add(Hardware, HardwareAt, MacAddress.Bytes);
        }

        return AddOptions(layer, message);
    }

    private static bool AddOptions(in Layer layer, in DhcpView message)
    {
        DhcpMessageType type = default;
        var reader = new DhcpOptionReader(message.Options);
        while (reader.TryRead(out byte code, out ReadOnlySpan<byte> data))
        {
            int at = HeaderBytes + reader.Position - data.Length - DhcpOption.PrefixBytes;
            layer.Add(OptionType, at, sizeof(byte), code);
            layer.Indent();
            layer.Add(OptionLength, at + 1, sizeof(byte), (ulong)data.Length);
            AddOption(layer, code, data, at + DhcpOption.PrefixBytes);
            layer.Outdent();
            type = code == DhcpOption.MessageType && data.Length == 1 ? (DhcpMessageType)data[0] : type;
        }

        if (layer.BeginInfo())
        {
            string words = NameOf(type) ?? (message.IsReply ? "Boot Reply" : "Boot Request");
            layer.Info.Append($"DHCP {words} - Transaction ID 0x{message.Transaction:x}");
        }

        return !reader.IsBroken || layer.Malformed();
    }

    private static void AddOption(in Layer layer, byte code, ReadOnlySpan<byte> data, int at)
    {
        layer.AddHidden(OptionValue, at, data.Length);
        switch (code)
        {
            case DhcpOption.MessageType when data.Length == 1:
                layer.Add(MessageType, at, sizeof(byte), data[0]);
                break;
            case DhcpOption.HostName:
                layer.AddText(HostName, at, data.Length);
                break;
            case DhcpOption.DomainName:
                layer.AddText(DomainName, at, data.Length);
                break;
            case DhcpOption.LeaseTime when data.Length == sizeof(uint):
                layer.Add(LeaseTime, at, sizeof(uint), BinaryPrimitives.ReadUInt32BigEndian(data));
                break;
            case DhcpOption.ParameterList:
                for (int i = 0; i < data.Length; i++)
                {
                    layer.Add(RequestedItem, at + i, sizeof(byte), data[i]);
                }

                break;
            default:
                if (AddressField(code) is { } field && data.Length % InternetAddress.Ipv4Bytes == 0)
                {
                    for (int i = 0; i < data.Length; i += InternetAddress.Ipv4Bytes)
                    {
                        layer.Add(field, at + i, InternetAddress.Ipv4Bytes);
                    }
                }

                break;
        }
    }

    private static Field? AddressField(byte code) => code switch
    {
        DhcpOption.SubnetMask => SubnetMask,
        DhcpOption.Router => Router,
        DhcpOption.DomainNameServer => NameServer,
        DhcpOption.RequestedAddress => RequestedAddress,
        DhcpOption.ServerIdentifier => ServerIdentifier,
        _ => null,
    };
}

/// <summary>A DHCP message where it stands.</summary>
public readonly ref struct DhcpView
{
    private readonly ReadOnlySpan<byte> _bytes;

    private DhcpView(ReadOnlySpan<byte> bytes) => _bytes = bytes;

    /// <summary>Whether a server answers; otherwise a client asks.</summary>
    public bool IsReply => _bytes[Dhcp.OperationAt] == 2;

    /// <summary>How many relays it passed.</summary>
    public byte Hops => _bytes[Dhcp.HopsAt];

    /// <summary>What an answer has in common with its question.</summary>
    public uint Transaction => BinaryPrimitives.ReadUInt32BigEndian(_bytes[Dhcp.TransactionAt..]);

    /// <summary>For how many seconds the client has been asking.</summary>
    public ushort Seconds => BinaryPrimitives.ReadUInt16BigEndian(_bytes[Dhcp.SecondsAt..]);

    /// <summary>Whether the client can only hear what goes to all.</summary>
    public bool IsBroadcast =>
        (BinaryPrimitives.ReadUInt16BigEndian(_bytes[Dhcp.FlagsAt..]) & Dhcp.BroadcastBit) != 0;

    /// <summary>The address that the client has.</summary>
    public InternetAddress Client => Address(Dhcp.ClientAt);

    /// <summary>The address that the client gets.</summary>
    public InternetAddress Yours => Address(Dhcp.YoursAt);

    /// <summary>The server to go on with.</summary>
    public InternetAddress Server => Address(Dhcp.ServerAt);

    /// <summary>The relay that it passed first.</summary>
    public InternetAddress Relay => Address(Dhcp.RelayAt);

    /// <summary>The address of the client's card.</summary>
    public ReadOnlySpan<byte> Hardware => _bytes.Slice(Dhcp.HardwareAt, _bytes[Dhcp.HardwareLengthAt]);

    /// <summary>The options as they stand there; <see cref="DhcpOptionReader"/> reads them.</summary>
    public ReadOnlySpan<byte> Options => _bytes[Dhcp.HeaderBytes..];

    /// <summary>Checks that all before the options is there, and that options follow.</summary>
    public static bool TryParse(ReadOnlySpan<byte> bytes, out DhcpView view)
    {
        bool isOne = bytes.Length >= Dhcp.HeaderBytes && bytes[Dhcp.OperationAt] is 1 or 2
            && bytes[Dhcp.HardwareLengthAt] <= Dhcp.HardwareBytesMax
            && BinaryPrimitives.ReadUInt32BigEndian(bytes[Dhcp.MagicAt..]) == Dhcp.Magic;
        view = isOne ? new DhcpView(bytes) : default;
        return isOne;
    }

    private InternetAddress Address(int at) => new(_bytes.Slice(at, InternetAddress.Ipv4Bytes));
}

/// <summary>A DHCP message as a value, for a client on Ethernet.</summary>
public sealed record DhcpMessage
{
    /// <summary>Whether a server answers; otherwise a client asks.</summary>
    public bool IsReply { get; init; }

    /// <summary>How many relays it passed.</summary>
    public byte Hops { get; init; }

    /// <summary>What an answer has in common with its question.</summary>
    public uint Transaction { get; init; }

    /// <summary>For how many seconds the client has been asking.</summary>
    public ushort Seconds { get; init; }

    /// <summary>Whether the client can only hear what goes to all.</summary>
    public bool IsBroadcast { get; init; }

    /// <summary>The address that the client has.</summary>
    public InternetAddress Client { get; init; }

    /// <summary>The address that the client gets.</summary>
    public InternetAddress Yours { get; init; }

    /// <summary>The server to go on with.</summary>
    public InternetAddress Server { get; init; }

    /// <summary>The relay that it passed first.</summary>
    public InternetAddress Relay { get; init; }

    /// <summary>The client's card.</summary>
    public MacAddress Hardware { get; init; }

    /// <summary>The options, without padding and end.</summary>
    public ValueList<DhcpOption> Options { get; init; }

    /// <summary>How many bytes it has on the wire.</summary>
    public int Length
    {
        get
        {
            int length = Dhcp.HeaderBytes + 1;
            foreach (DhcpOption option in Options)
            {
                length += DhcpOption.PrefixBytes + option.Data.Length;
            }

            return length;
        }
    }

    /// <summary>What it is; null when it does not say.</summary>
    public DhcpMessageType? Type
    {
        get
        {
            foreach (DhcpOption option in Options)
            {
                if (option.Code == DhcpOption.MessageType && option.Data.Length == 1)
                {
                    return (DhcpMessageType)option.Data.Span[0];
                }
            }

            return null;
        }
    }

    /// <summary>Reads a message; null when it is none, or an option does not fit.</summary>
    public static DhcpMessage? Parse(ReadOnlySpan<byte> bytes)
    {
        if (!DhcpView.TryParse(bytes, out DhcpView view) || view.Hardware.Length != MacAddress.Bytes)
        {
            return null;
        }

        var options = new List<DhcpOption>();
        var reader = new DhcpOptionReader(view.Options);
        while (reader.TryRead(out byte code, out ReadOnlySpan<byte> data))
        {
            options.Add(new DhcpOption(code, new ByteString(data)));
        }

        return reader.IsBroken ? null : new DhcpMessage
        {
            IsReply = view.IsReply,
            Hops = view.Hops,
            Transaction = view.Transaction,
            Seconds = view.Seconds,
            IsBroadcast = view.IsBroadcast,
            Client = view.Client,
            Yours = view.Yours,
            Server = view.Server,
            Relay = view.Relay,
            Hardware = new MacAddress(view.Hardware),
            Options = [.. options],
        };
    }

    /// <summary>Writes the message.</summary>
    public void Emit(Span<byte> bytes)
    {
        bytes = bytes[..Length];
        bytes.Clear();
        bytes[Dhcp.OperationAt] = (byte)(IsReply ? 2 : 1);
        bytes[Dhcp.HardwareTypeAt] = 1;
        bytes[Dhcp.HardwareLengthAt] = MacAddress.Bytes;
        bytes[Dhcp.HopsAt] = Hops;
        BinaryPrimitives.WriteUInt32BigEndian(bytes[Dhcp.TransactionAt..], Transaction);
        BinaryPrimitives.WriteUInt16BigEndian(bytes[Dhcp.SecondsAt..], Seconds);
        BinaryPrimitives.WriteUInt16BigEndian(bytes[Dhcp.FlagsAt..], (ushort)(IsBroadcast ? Dhcp.BroadcastBit : 0));
        Client.WriteBytes(bytes[Dhcp.ClientAt..]);
        Yours.WriteBytes(bytes[Dhcp.YoursAt..]);
        Server.WriteBytes(bytes[Dhcp.ServerAt..]);
        Relay.WriteBytes(bytes[Dhcp.RelayAt..]);
        Hardware.WriteBytes(bytes[Dhcp.HardwareAt..]);
        BinaryPrimitives.WriteUInt32BigEndian(bytes[Dhcp.MagicAt..], Dhcp.Magic);
        int at = Dhcp.HeaderBytes;
        foreach (DhcpOption option in Options)
        {
            bytes[at] = option.Code;
            bytes[at + 1] = checked((byte)option.Data.Length);
            option.Data.Span.CopyTo(bytes[(at + DhcpOption.PrefixBytes)..]);
            at += DhcpOption.PrefixBytes + option.Data.Length;
        }

        bytes[at] = DhcpOption.End;
    }
}
