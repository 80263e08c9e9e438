using System.Runtime.InteropServices;

namespace Sockeye.Capture.Linux;

// packet(7) and linux/if_packet.h. Each line ends in the kernel's name.

/// <summary>packet(7): options of packet sockets.</summary>
internal enum PacketOption
{
    AddMembership = 1, // PACKET_ADD_MEMBERSHIP
    ReceiveRing = 5, // PACKET_RX_RING
    Statistics = 6, // PACKET_STATISTICS
    Version = 10, // PACKET_VERSION
    Reserve = 12, // PACKET_RESERVE
}

/// <summary>packet(7): sll_pkttype, which way a frame goes and for whom it is.</summary>
internal enum PacketType : byte
{
    Host = 0, // PACKET_HOST
    Broadcast = 1, // PACKET_BROADCAST
    Multicast = 2, // PACKET_MULTICAST
    OtherHost = 3, // PACKET_OTHERHOST
    Outgoing = 4, // PACKET_OUTGOING
}

/// <summary>if_arp.h: which kind of link an interface has, of which these need no cooking.</summary>
internal enum HardwareType : ushort
{
    Ethernet = 1, // ARPHRD_ETHER
    RawInternet = 519, // ARPHRD_RAWIP
    Loopback = 772, // ARPHRD_LOOPBACK
    None = 65_534, // ARPHRD_NONE: a tunnel that carries bare packets
}

/// <summary>tp_status of a frame.</summary>
[Flags]
internal enum FrameStatus : uint
{
    VlanValid = 0x10, // TP_STATUS_VLAN_VALID
    VlanProtocolValid = 0x40, // TP_STATUS_VLAN_TPID_VALID
}

/// <summary>struct tpacket_req3: what a ring is to be.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct RingRequest
{
    internal uint BlockBytes;
    internal uint BlockCount;
    internal uint FrameBytes;
    internal uint FrameCount;
    internal uint RetireMilliseconds;
    internal uint PrivateBytes;
    internal uint Features;
}

/// <summary>struct tpacket_stats_v3: what was counted since it was last asked for.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct RingStatistics
{
    /// <summary>Frames that passed the filter, the dropped ones among them.</summary>
    internal uint Packets;

    internal uint Drops;
    internal uint Freezes;
}

/// <summary>struct packet_mreq, of type PACKET_MR_PROMISC.</summary>
[StructLayout(LayoutKind.Sequential)]
internal readonly struct PromiscuousMembership(int interfaceIndex)
{
    private const ushort Promiscuous = 1; // PACKET_MR_PROMISC

    private readonly int _interface = interfaceIndex;
    private readonly ushort _type = Promiscuous;
    private readonly ushort _addressLength;
    private readonly ulong _address;
}

/// <summary>struct tpacket3_hdr: what stands before a frame in the ring.</summary>
[StructLayout(LayoutKind.Explicit, Size = Bytes)]
internal struct FrameHeader
{
    internal const int Bytes = 48;

    /// <summary>How far the next frame of the block is.</summary>
    [FieldOffset(0)]
    internal uint Next;

    [FieldOffset(4)]
    internal uint Seconds;

    [FieldOffset(8)]
    internal uint Nanoseconds;

    /// <summary>How many bytes were kept.</summary>
    [FieldOffset(12)]
    internal uint Captured;

    /// <summary>How many it had.</summary>
    [FieldOffset(16)]
    internal uint Length;

    [FieldOffset(20)]
    internal FrameStatus Status;

    /// <summary>Where the kept bytes begin, from the start of this header.</summary>
    [FieldOffset(24)]
    internal ushort DataAt;

    [FieldOffset(32)]
    internal uint VlanTag;

    [FieldOffset(36)]
    internal ushort VlanProtocol;
}

/// <summary>struct sockaddr_ll: where a frame came from.</summary>
[StructLayout(LayoutKind.Sequential, Pack = 4)]
internal struct LinkAddress
{
    internal const int Bytes = 20;

    internal ushort Family;

    /// <summary>The EtherType, in network byte order.</summary>
    internal ushort Protocol;

    internal int Interface;
    internal HardwareType Hardware;
    internal PacketType Type;
    internal byte AddressLength;
    internal ulong Address;
}

/// <summary>The front of struct tpacket_block_desc.</summary>
[StructLayout(LayoutKind.Explicit, Size = 48)]
internal struct BlockHeader
{
    internal const uint OwnedByKernel = 0; // TP_STATUS_KERNEL
    internal const uint OwnedByUs = 1; // TP_STATUS_USER

    [FieldOffset(8)]
    internal uint Status;

    [FieldOffset(12)]
    internal uint FrameCount;

    [FieldOffset(16)]
    internal uint FirstFrameAt;
}
