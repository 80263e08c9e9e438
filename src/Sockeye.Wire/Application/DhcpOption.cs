using System.Buffers.Binary;

namespace Sockeye.Wire.Application;

/// <summary>What a DHCP message is (RFC 2132 section 9.6).</summary>
public enum DhcpMessageType : byte
{
    /// <summary>Who gives addresses?</summary>
    Discover = 1,

    /// <summary>I do, for instance this one.</summary>
    Offer = 2,

    /// <summary>I would like that one.</summary>
    Request = 3,

    /// <summary>I will not have it: somebody has it already.</summary>
    Decline = 4,

    /// <summary>It is yours.</summary>
    Ack = 5,

    /// <summary>It is not.</summary>
    Nak = 6,

    /// <summary>I need it no longer.</summary>
    Release = 7,

    /// <summary>I have an address, and want the rest.</summary>
    Inform = 8,
}

/// <summary>An option of DHCP as a value (RFC 2132 section 2): a code and its bytes, at most 255.</summary>
public readonly record struct DhcpOption(byte Code, ByteString Data)
{
    /// <summary>Nothing, one byte of it (RFC 2132 section 3.1).</summary>
    public const byte Pad = 0;

    /// <summary>The network mask (RFC 2132 section 3.3).</summary>
    public const byte SubnetMask = 1;

    /// <summary>The routers (RFC 2132 section 3.5).</summary>
    public const byte Router = 3;

    /// <summary>The DNS servers (RFC 2132 section 3.8).</summary>
    public const byte DomainNameServer = 6;

    /// <summary>The client's name (RFC 2132 section 3.14).</summary>
    public const byte HostName = 12;

    /// <summary>The domain (RFC 2132 section 3.17).</summary>
    public const byte DomainName = 15;

    /// <summary>The address that the client would like (RFC 2132 section 9.1).</summary>
    public const byte RequestedAddress = 50;

    /// <summary>For how many seconds an address is given (RFC 2132 section 9.2).</summary>
    public const byte LeaseTime = 51;

    /// <summary>What the message is (RFC 2132 section 9.6).</summary>
    public const byte MessageType = 53;

    /// <summary>Which server is meant (RFC 2132 section 9.7).</summary>
    public const byte ServerIdentifier = 54;

    /// <summary>What the client wants to know (RFC 2132 section 9.8).</summary>
    public const byte ParameterList = 55;

    /// <summary>When to ask for more time (RFC 2132 section 9.11).</summary>
    public const byte RenewalTime = 58;

    /// <summary>When to ask anybody for more time (RFC 2132 section 9.12).</summary>
    public const byte RebindingTime = 59;

    /// <summary>Who the client is (RFC 2132 section 9.14).</summary>
    public const byte ClientIdentifier = 61;

    /// <summary>No more options (RFC 2132 section 3.2).</summary>
    public const byte End = 255;

    internal const int PrefixBytes = 2;

    /// <summary>An option that is addresses.</summary>
    public static DhcpOption OfAddresses(byte code, params ReadOnlySpan<InternetAddress> addresses)
    {
        byte[] bytes = new byte[addresses.Length * InternetAddress.Ipv4Bytes];
        for (int i = 0; i < addresses.Length; i++)
        {
            _ = addresses[i].WriteBytes(bytes.AsSpan(i * InternetAddress.Ipv4Bytes));
        }

        return new DhcpOption(code, new ByteString(bytes));
    }

    /// <summary>An option that is a number of 32 bits, such as seconds.</summary>
    public static DhcpOption OfNumber(byte code, uint number)
    {
        Span<byte> bytes = stackalloc byte[sizeof(uint)];
        BinaryPrimitives.WriteUInt32BigEndian(bytes, number);
        return new DhcpOption(code, new ByteString(bytes));
    }

    /// <summary>The words for a code, or null.</summary>
    public static string? NameOf(ulong code) => code switch
    {
        Pad => "Padding",
        SubnetMask => "Subnet Mask",
        2 => "Time Offset",
        Router => "Router",
        DomainNameServer => "Domain Name Server",
        HostName => "Host Name",
        DomainName => "Domain Name",
        26 => "Interface MTU",
        28 => "Broadcast Address",
        33 => "Static Route",
        42 => "Network Time Protocol Servers",
        43 => "Vendor-Specific Information",
        RequestedAddress => "Requested IP Address",
        LeaseTime => "IP Address Lease Time",
        52 => "Option Overload",
        MessageType => "DHCP Message Type",
        ServerIdentifier => "DHCP Server Identifier",
        ParameterList => "Parameter Request List",
        56 => "Message",
        57 => "Maximum DHCP Message Size",
        RenewalTime => "Renewal Time Value",
        RebindingTime => "Rebinding Time Value",
        60 => "Vendor class identifier",
        ClientIdentifier => "Client identifier",
        66 => "TFTP Server Name",
        67 => "Bootfile name",
        81 => "Client Fully Qualified Domain Name",
        82 => "Agent Information Option",
        119 => "Domain Search",
        121 => "Classless Static Route",
        End => "End",
        _ => null,
    };
}

/// <summary>Reads the options of a DHCP message one after another.</summary>
public ref struct DhcpOptionReader
{
    private readonly ReadOnlySpan<byte> _options;

    /// <summary>Reads these options.</summary>
    public DhcpOptionReader(ReadOnlySpan<byte> options) => _options = options;

    /// <summary>How many bytes were read.</summary>
    public int Position { get; private set; }

    /// <summary>Whether an option does not fit.</summary>
    public bool IsBroken { get; private set; }

    /// <summary>The next option that is not padding; false at the end.</summary>
    public bool TryRead(out byte code, out ReadOnlySpan<byte> data)
    {
        code = DhcpOption.End;
        data = default;
        while (Position < _options.Length && _options[Position] == DhcpOption.Pad)
        {
            Position++;
        }

        ReadOnlySpan<byte> rest = _options[Position..];
        if (rest.IsEmpty || rest[0] == DhcpOption.End)
        {
            return false;
        }

        if (rest.Length < DhcpOption.PrefixBytes || rest.Length < DhcpOption.PrefixBytes + rest[1])
        {
            IsBroken = true;
            return false;
        }

        code = rest[0];
        data = rest.Slice(DhcpOption.PrefixBytes, rest[1]);
        Position += DhcpOption.PrefixBytes + rest[1];
        return true;
    }
}
