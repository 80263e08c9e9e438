using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Unicode;

namespace Sockeye.Linux;

/// <summary>
/// sockaddr(3type): an address as the kernel writes it, of any family, together with its length. A value: building,
/// comparing and hashing allocate nothing.
/// </summary>
internal struct SocketAddress : IEquatable<SocketAddress>
{
    /// <summary>Room for the longest family used here: sockaddr_un has 110 bytes.</summary>
    internal const int BytesMax = 112;

    /// <summary>The longest Unix path in UTF-8 bytes: sun_path has 108, one of which ends or begins it.</summary>
    internal const int UnixPathBytesMax = 107;

    private const int FamilyBytes = 2;
    private const int PortOffset = 2;
    private const int Ipv4Offset = 4;
    private const int Ipv4Length = 16;
    private const int Ipv6Offset = 8;
    private const int Ipv6ScopeOffset = 24;
    private const int Ipv6Length = 28;
    private const int UnixPathOffset = 2;

    private Storage _storage;
    private int _length;

    /// <summary>How many bytes of the storage the address uses; zero when there is none.</summary>
    internal readonly int Length => _length;

    /// <summary>The family, which says how the rest is read.</summary>
    internal readonly SocketFamily Family =>
        _length < FamilyBytes ? SocketFamily.Unspecified : (SocketFamily)MemoryMarshal.Read<ushort>(_storage);

    /// <summary>The used bytes, as the kernel sees them.</summary>
    [UnscopedRef]
    internal readonly ReadOnlySpan<byte> Bytes => ((ReadOnlySpan<byte>)_storage)[.._length];

    /// <summary>The port of an IPv4 or IPv6 address, otherwise zero.</summary>
    internal readonly int Port =>
        IsInternet ? BinaryPrimitives.ReadUInt16BigEndian(((ReadOnlySpan<byte>)_storage)[PortOffset..]) : 0;

    /// <summary>The address without its port, or null for another family. Allocates.</summary>
    internal readonly IPAddress? IPAddress => Family switch
    {
        SocketFamily.Ipv4 when _length >= Ipv4Length => new IPAddress(Bytes.Slice(Ipv4Offset, 4)),
        SocketFamily.Ipv6 when _length >= Ipv6Length =>
            new IPAddress(Bytes.Slice(Ipv6Offset, 16), MemoryMarshal.Read<uint>(Bytes[Ipv6ScopeOffset..])),
        _ => null,
    };

    /// <summary>
    /// The path of a Unix address, "@name" for an abstract one, empty for an unnamed one; null for another family.
    /// </summary>
    internal readonly string? UnixPath
    {
        get
        {
            if (Family != SocketFamily.Unix)
            {
                return null;
            }

            ReadOnlySpan<byte> path = Bytes[UnixPathOffset..];
            if (path is [0, .. var name])
            {
                // unix(7): "null bytes in the name have no special significance", so all of it belongs to the name.
                return "@" + Encoding.UTF8.GetString(name);
            }

            int end = path.IndexOf((byte)0);
            return Encoding.UTF8.GetString(end < 0 ? path : path[..end]);
        }
    }

    /// <summary>
    /// Who the peer is, whatever its port: the IPv6 address, or ::ffff:a.b.c.d for IPv4 however it arrived. Zero for
    /// every other family, which makes all local peers one host.
    /// </summary>
    internal readonly UInt128 HostKey => Family switch
    {
        SocketFamily.Ipv4 when _length >= Ipv4Length =>
            new UInt128(0, 0xFFFF_0000_0000UL | BinaryPrimitives.ReadUInt32BigEndian(Bytes[Ipv4Offset..])),
        SocketFamily.Ipv6 when _length >= Ipv6Length => BinaryPrimitives.ReadUInt128BigEndian(Bytes[Ipv6Offset..]),
        _ => UInt128.Zero,
    };

    /// <summary>It is a multicast group's (RFC 1112 section 4, RFC 4291 section 2.7).</summary>
    internal readonly bool IsMulticast => Family switch
    {
        SocketFamily.Ipv4 when _length >= Ipv4Length => (Bytes[Ipv4Offset] & 0xF0) == 0xE0,
        SocketFamily.Ipv6 when _length >= Ipv6Length => Bytes[Ipv6Offset] == 0xFF,
        _ => false,
    };

    private readonly bool IsInternet => Family switch
    {
        SocketFamily.Ipv4 => _length >= Ipv4Length,
        SocketFamily.Ipv6 => _length >= Ipv6Length,
        _ => false,
    };

    /// <summary>An IPv4 or IPv6 address, the latter with its scope, and a port.</summary>
    internal static SocketAddress From(IPAddress address, int port)
    {
        ArgumentNullException.ThrowIfNull(address);
        ArgumentOutOfRangeException.ThrowIfNegative(port);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(port, ushort.MaxValue);

        SocketAddress result = default;
        Span<byte> bytes = result._storage;
        BinaryPrimitives.WriteUInt16BigEndian(bytes[PortOffset..], (ushort)port);
        if (address.AddressFamily == System.Net.Sockets.AddressFamily.InterNetwork)
        {
            WriteFamily(bytes, SocketFamily.Ipv4);
            address.TryWriteBytes(bytes[Ipv4Offset..], out _);
            result._length = Ipv4Length;
        }
        else
        {
            WriteFamily(bytes, SocketFamily.Ipv6);
            address.TryWriteBytes(bytes[Ipv6Offset..], out _);
            MemoryMarshal.Write(bytes[Ipv6ScopeOffset..], (uint)address.ScopeId);
            result._length = Ipv6Length;
        }

        return result;
    }

    /// <summary>To bind: unix(7), "if a bind(2) call specifies addrlen as sizeof(sa_family_t) […] then the socket is
    /// autobound to an abstract address".</summary>
    internal static SocketAddress UnixAutobind
    {
        get
        {
            SocketAddress result = default;
            WriteFamily(result._storage, SocketFamily.Unix);
            result._length = FamilyBytes;
            return result;
        }
    }

    /// <summary>
    /// A Unix path, or "@name" in the abstract namespace; ENAMETOOLONG past <see cref="UnixPathBytesMax"/>, EINVAL when
    /// there is no name or a path holds a null character.
    /// </summary>
    internal static Result FromUnixPath(ReadOnlySpan<char> path, out SocketAddress address)
    {
        address = default;
        bool isAbstract = path is ['@', ..];
        if (path is [] or ['@'] || (!isAbstract && path.Contains('\0')))
        {
            return Result.Failure(Errno.EINVAL);
        }

        // unix(7): an abstract name follows a null byte and is not terminated; a path is terminated by one.
        SocketAddress result = default;
        Span<byte> name = ((Span<byte>)result._storage).Slice(UnixPathOffset + (isAbstract ? 1 : 0), UnixPathBytesMax);
        var status = Utf8.FromUtf16(isAbstract ? path[1..] : path, name, out _, out int written);
        if (status != System.Buffers.OperationStatus.Done)
        {
            return Result.Failure(Errno.ENAMETOOLONG);
        }

        WriteFamily(result._storage, SocketFamily.Unix);
        result._length = UnixPathOffset + written + 1;
        address = result;
        return Result.Success();
    }

    /// <summary>An address of any family from the bytes the kernel uses.</summary>
    internal static SocketAddress FromBytes(ReadOnlySpan<byte> bytes)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(bytes.Length, BytesMax);
        SocketAddress result = default;
        bytes.CopyTo(result._storage);
        result._length = bytes.Length;
        return result;
    }

    /// <summary>Equal when the same bytes are used: for IPv6 this includes flow label and scope.</summary>
    public readonly bool Equals(SocketAddress other) => Bytes.SequenceEqual(other.Bytes);

    /// <inheritdoc/>
    public override readonly bool Equals(object? obj) => obj is SocketAddress other && Equals(other);

    /// <inheritdoc/>
    public override readonly int GetHashCode()
    {
        // Seeded at random in each process, so that peers cannot choose addresses that collide.
        var hash = new HashCode();
        hash.AddBytes(Bytes);
        return hash.ToHashCode();
    }

    /// <summary>Address and port, the Unix path, or the family and length of anything else. Allocates.</summary>
    public override readonly string ToString() =>
        IPAddress is { } address ? new IPEndPoint(address, Port).ToString()
        : UnixPath is { } path ? "unix:" + path
        : $"{Family} ({_length} bytes)";

    /// <summary>The whole storage, for a call that fills it.</summary>
    [UnscopedRef]
    internal ref byte Buffer() => ref _storage[0];

    /// <summary>
    /// Takes the length a call reported. The kernel reports the full length even where it had to cut, so it is clamped.
    /// </summary>
    internal void SetLength(uint reported) => _length = (int)Math.Min(reported, BytesMax);

    private static void WriteFamily(Span<byte> bytes, SocketFamily family) =>
        MemoryMarshal.Write(bytes, (ushort)family);

    [InlineArray(BytesMax)]
    private struct Storage
    {
        private byte _first;
    }
}
