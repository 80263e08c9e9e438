using System.Runtime.InteropServices;

namespace Sockeye.Linux;

/// <summary>struct mmsghdr of recvmmsg(2): a msghdr of 56 bytes, and the length of the datagram.</summary>
[StructLayout(LayoutKind.Explicit, Size = 64)]
internal unsafe struct MessageHeader
{
    /// <summary>msg_name: where the peer's address is or goes.</summary>
    [FieldOffset(0)]
    internal void* Name;

    /// <summary>msg_namelen: its length; in a receive, the room there is.</summary>
    [FieldOffset(8)]
    internal uint NameLength;

    /// <summary>msg_iov: the pieces of memory.</summary>
    [FieldOffset(16)]
    internal MemoryPiece* Pieces;

    /// <summary>msg_iovlen. musl declares four bytes and four of padding, which little-endian makes the same.</summary>
    [FieldOffset(24)]
    internal ulong PieceCount;

    /// <summary>msg_control: ancillary data.</summary>
    [FieldOffset(32)]
    internal void* Control;

    /// <summary>msg_controllen: its length.</summary>
    [FieldOffset(40)]
    internal ulong ControlLength;

    /// <summary>msg_flags: what a receive reports, such as truncation.</summary>
    [FieldOffset(48)]
    internal int Flags;

    /// <summary>msg_len: how many bytes came or went.</summary>
    [FieldOffset(56)]
    internal uint Length;
}

/// <summary>struct iovec of readv(2).</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct MemoryPiece
{
    /// <summary>iov_base: the first byte.</summary>
    internal void* Start;

    /// <summary>iov_len: how many.</summary>
    internal nuint Length;
}

/// <summary>struct cmsghdr of cmsg(3) with the 16 bits of UDP_SEGMENT, padded to the next message.</summary>
[StructLayout(LayoutKind.Explicit, Size = 24)]
internal readonly struct SegmentControl(int segmentBytes)
{
    [FieldOffset(0)]
    private readonly ulong _length = 18;

    [FieldOffset(8)]
    private readonly int _level = (int)SocketLevel.Udp;

    [FieldOffset(12)]
    private readonly int _type = (int)UdpOption.Segment;

    /// <summary>How long each datagram is.</summary>
    [FieldOffset(16)]
    internal readonly ushort SegmentBytes = (ushort)segmentBytes;
}

/// <summary>struct cmsghdr of cmsg(3) with the int of UDP_GRO: unlike that of UDP_SEGMENT it has four bytes.</summary>
[StructLayout(LayoutKind.Explicit, Size = 24)]
internal readonly struct JoinedControl
{
    [FieldOffset(0)]
    private readonly ulong _length;

    [FieldOffset(8)]
    private readonly int _level;

    [FieldOffset(12)]
    private readonly int _type;

    [FieldOffset(16)]
    private readonly int _datagramBytes;

    /// <summary>How long each datagram of the message is, save the last, which may be shorter; zero when the kernel
    /// wrote something else or nothing.</summary>
    internal int DatagramBytes =>
        _length == 20 && _level == (int)SocketLevel.Udp && _type == (int)UdpOption.Join ? _datagramBytes : 0;
}
