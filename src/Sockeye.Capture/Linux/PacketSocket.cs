using System.Runtime.InteropServices;
using Sockeye.Linux;
using Sockeye.Wire.Link;

namespace Sockeye.Capture.Linux;

/// <summary>A packet socket (packet(7)) with its ring, on one interface or on all.</summary>
internal sealed class PacketSocket
{
    private const ushort EveryProtocol = 0x0300; // htons(ETH_P_ALL)
    private const int Version3 = 2; // TPACKET_V3

    private readonly Lock _lock = new();
    private readonly int _descriptor;
    private long _packets;      // Guarded by _lock: the kernel forgets what it has told.
    private long _drops;        // Guarded by _lock.
    private bool _isClosed;     // Guarded by _lock: the descriptor may be somebody else's by then.

    private PacketSocket(int descriptor, PacketRing ring)
    {
        _descriptor = descriptor;
        Ring = ring;
    }

    public PacketRing Ring { get; }

    /// <summary>To be polled.</summary>
    public int Descriptor => _descriptor;

    /// <summary>How many frames passed the filter so far, and how many of them found no room.</summary>
    public (long Passed, long Dropped) Count()
    {
        lock (_lock)
        {
            if (!_isClosed)
            {
                CountLocked();
            }

            return (_packets, _drops);
        }
    }

    /// <summary>What the frames of an interface begin with, and whether that is a header of our making.</summary>
    public static LinkType LinkOf(int interfaceIndex)
    {
        if (interfaceIndex == 0)
        {
            return LinkType.LinuxCooked2;
        }

        // A socket of no protocol receives nothing. Bound to the interface, it tells what kind that is.
        int descriptor = Check(Interop.Socket(SocketFamily.Packet, SocketKind.Raw));
        try
        {
            Check(Bind(descriptor, interfaceIndex, protocol: 0));
            Check(Interop.Getsockname(descriptor, out SocketAddress address));

            // The address that comes back ends with its last byte that means something.
            LinkAddress link = default;
            address.Bytes.CopyTo(MemoryMarshal.AsBytes(new Span<LinkAddress>(ref link)));
            return link.Hardware switch
            {
                HardwareType.Ethernet or HardwareType.Loopback => LinkType.Ethernet,
                HardwareType.None or HardwareType.RawInternet => LinkType.Raw,
                _ => LinkType.LinuxCooked2,
            };
        }
        finally
        {
            Interop.Close(descriptor);
        }
    }

    /// <summary>Opens one. Frames come from the moment that this returns, and only such as pass the filter.</summary>
    public static PacketSocket Open(
        int interfaceIndex, bool isCooked, FilterInstruction[] filter, int ringBytes, bool isPromiscuous)
    {
        // Of no protocol, it receives nothing until it is bound to all of them: by then filter and ring are there, and
        // no frame can slip in that the filter would have refused.
        SocketKind kind = isCooked ? SocketKind.Datagram : SocketKind.Raw;
        int descriptor = Check(Interop.Socket(SocketFamily.Packet, kind));
        PacketRing? ring = null;
        try
        {
            Check(Set(descriptor, PacketOption.Version, Version3));
            Check(Set(descriptor, PacketOption.Reserve, PacketRing.HeadroomBytes));
            Check(Calls.AttachFilter(descriptor, filter));
            Check(PacketRing.Open(descriptor, ringBytes, out ring));
            if (isPromiscuous && interfaceIndex != 0)
            {
                Check(Interop.Setsockopt(descriptor, SocketLevel.Packet, (int)PacketOption.AddMembership,
                    new PromiscuousMembership(interfaceIndex)));
            }

            Check(Bind(descriptor, interfaceIndex, EveryProtocol));
            return new PacketSocket(descriptor, ring!);
        }
        catch
        {
            ring?.Close();
            Interop.Close(descriptor);
            throw;
        }
    }

    /// <summary>Lets nothing more in; what came before is still read.</summary>
    public void Refuse() => _ = Calls.AttachFilter(_descriptor, FilterInstruction.KeepAll(0));

    /// <summary>Why the socket broke, such as ENETDOWN when its interface went down; asking forgets it.</summary>
    public Errno TakeError() =>
        Interop.Getsockopt(_descriptor, SocketOption.Error, out int error).Ok ? (Errno)error : Errno.None;

    public void Close()
    {
        Ring.Close();
        lock (_lock)
        {
            CountLocked();
            _isClosed = true;
            Interop.Close(_descriptor);
        }
    }

    private void CountLocked()
    {
        RingStatistics statistics = default;
        Span<byte> bytes = MemoryMarshal.AsBytes(new Span<RingStatistics>(ref statistics));
        _ = Interop.Getsockopt(_descriptor, SocketLevel.Packet, (int)PacketOption.Statistics, bytes);
        _packets += statistics.Packets;
        _drops += statistics.Drops;
    }

    private static Result Set(int descriptor, PacketOption option, int value) => Interop.Setsockopt(
        descriptor, SocketLevel.Packet, (int)option, MemoryMarshal.AsBytes(new ReadOnlySpan<int>(in value)));

    private static Result Bind(int descriptor, int interfaceIndex, ushort protocol)
    {
        var address = new LinkAddress
        {
            Family = (ushort)SocketFamily.Packet,
            Protocol = protocol,
            Interface = interfaceIndex,
        };
        return Interop.Bind(
            descriptor, SocketAddress.FromBytes(MemoryMarshal.AsBytes(new ReadOnlySpan<LinkAddress>(in address))));
    }

    private static int Check(Result result) => result.Ok ? result.Value : throw Failure(result.Error);

    private static CaptureException Failure(Errno error) => error switch
    {
        Errno.EPERM or Errno.EACCES => CaptureException.MissingCapability("CAP_NET_RAW"),
        Errno.ENOMEM or Errno.ENOBUFS => new CaptureException(
            CaptureError.Other, $"The kernel has no memory for the ring ({error}); ask for a smaller one."),
        Errno.ENODEV or Errno.ENXIO => new CaptureException(
            CaptureError.NoInterface, $"The interface went away ({error}); 'ip link' lists those that there are."),
        Errno.EAFNOSUPPORT or Errno.ENOPROTOOPT or Errno.EPROTONOSUPPORT or Errno.ESOCKTNOSUPPORT =>
            new CaptureException(
                CaptureError.NotSupported,
                $"This kernel has no packet sockets ({error}); Linux 3.2 or later is needed."),
        _ => new CaptureException(CaptureError.Other, $"The kernel does not open the capture: {error.Explain()}."),
    };
}
