using Sockeye.Linux;

namespace Sockeye;

/// <summary>The datagrams that one receive gave. Valid until the next receive on the same socket, or until it is
/// closed.</summary>
public readonly struct DatagramBatch
{
    private readonly DatagramSocket? _socket;
    private readonly int _number;

    internal DatagramBatch(DatagramSocket socket, int number, int count)
    {
        _socket = socket;
        _number = number;
        Count = count;
    }

    internal DatagramBatch(End end) => End = end;

    /// <summary>How many there are.</summary>
    public int Count { get; }

    /// <summary>True when there are none: see <see cref="End"/>.</summary>
    public bool IsEmpty => Count == 0;

    /// <summary>Why there are none; <see cref="End.None"/> when there are.</summary>
    public End End { get; }

    /// <summary>One of them, from 0.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There are not so many.</exception>
    /// <exception cref="InvalidOperationException">The socket has received again since, or was closed.</exception>
    public Datagram this[int index]
    {
        get
        {
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)index, (uint)Count, nameof(index));
            return _socket!.At(_number, index);
        }
    }
}

/// <summary>One datagram as it came. Valid until the next receive.</summary>
public readonly ref struct Datagram
{
    private readonly ref readonly PeerAddress _peer;

    /// <summary>Makes one.</summary>
    public Datagram(ReadOnlySpan<byte> data, ref readonly PeerAddress peer, bool isTruncated)
    {
        Data = data;
        _peer = ref peer;
        IsTruncated = isTruncated;
    }

    /// <summary>Its content; may be empty.</summary>
    public ReadOnlySpan<byte> Data { get; }

    /// <summary>Who sent it; empty for a Unix socket that is not bound. Copy it to keep it.</summary>
    public ref readonly PeerAddress Peer => ref _peer;

    /// <summary>It was longer than <see cref="ListenOptions.DatagramBytesMax"/>, and the rest is lost (MSG_TRUNC,
    /// recvmsg(2)).</summary>
    public bool IsTruncated { get; }
}

/// <summary>
/// The address of a datagram's peer, as the kernel writes it. A value: copying, comparing and hashing allocate nothing,
/// so it can be a key. Made by <see cref="DatagramSocket.AddressOf"/> and by receiving.
/// </summary>
public readonly struct PeerAddress : IEquatable<PeerAddress>
{
    internal readonly SocketAddress Native;

    internal PeerAddress(in SocketAddress native) => Native = native;

    /// <summary>It has no address: a Unix socket that is not bound. Nothing can be sent to it.</summary>
    public bool IsEmpty => Native.Length <= sizeof(ushort);

    /// <summary>The address in the grammar of endpoints; that of an IPv4 peer is an IPv4 address also on a socket of
    /// both families. Allocates.</summary>
    public Endpoint ToEndpoint() => Native.ToEndpoint(EndpointScheme.Udp, EndpointScheme.UnixDatagram);

    /// <inheritdoc/>
    public bool Equals(PeerAddress other) => Native.Equals(other.Native);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is PeerAddress other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => Native.GetHashCode();

    /// <inheritdoc/>
    public override string ToString() => ToEndpoint().ToString();

    /// <summary>Whether both are the same address and port, or path.</summary>
    public static bool operator ==(PeerAddress left, PeerAddress right) => left.Equals(right);

    /// <summary>Whether they differ.</summary>
    public static bool operator !=(PeerAddress left, PeerAddress right) => !left.Equals(right);
}
