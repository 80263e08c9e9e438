using System.Diagnostics;

namespace Sockeye.Wire.Internet;

/// <summary>
/// What fragments of one packet have in common (RFC 791 section 3.2; RFC 8200 section 4.5, where the protocol is not a
/// part of it and zero here).
/// </summary>
internal readonly record struct FragmentKey(
    InternetAddress Source, InternetAddress Destination, uint Identification, byte Protocol);

/// <summary>A fragment, but for its bytes.</summary>
/// <param name="Frame">The number of the frame that it came in.</param>
/// <param name="Nanoseconds">When it came.</param>
/// <param name="Offset">Where it belongs in its packet, in bytes.</param>
/// <param name="HasMore">Whether another comes after it.</param>
/// <param name="Protocol">What the packet carries; that of the first fragment counts (RFC 8200 section 4.5).</param>
internal readonly record struct Fragment(long Frame, long Nanoseconds, int Offset, bool HasMore, byte Protocol);

/// <summary>
/// Fragments of IPv4 and IPv6 packets that wait for the rest of their packet. However hostile a capture is, no more of
/// them are kept than the limits say; beyond these the packet that began first is given up. Once it is warm nothing is
/// allocated for a fragment. One thread uses it.
/// </summary>
public sealed class FragmentTable
{
    /// <summary>How many packets may be incomplete at once.</summary>
    public const int PacketsMax = 1_024;

    /// <summary>How many bytes of all fragments wait.</summary>
    public const int BytesMax = 4 * 1024 * 1024;

    /// <summary>
    /// How many fragments of a packet wait. The smallest links that carry IPv4 cut the longest packet into 963.
    /// </summary>
    public const int FragmentsMax = 1_024;

    /// <summary>
    /// How long a packet is waited for, from the first of its fragments on (RFC 8200 section 4.5; RFC 1122 section
    /// 3.3.2 says 60 to 120): an identification is used again later.
    /// </summary>
    public const int SecondsMax = 60;

    private readonly Dictionary<FragmentKey, FragmentedPacket> _packets = [];
    private readonly LinkedList<FragmentedPacket> _byAge = [];
    private readonly Stack<FragmentedPacket> _spare = [];
    private FragmentedPacket? _whole;

    /// <summary>How many packets are incomplete.</summary>
    public int Count => _packets.Count;

    /// <summary>How many bytes of fragments wait.</summary>
    public int Bytes { get; private set; }

    /// <summary>Takes a fragment.</summary>
    /// <returns>The packet, when this was the last of it; valid until the next fragment is taken.</returns>
    internal FragmentedPacket? Take(in FragmentKey key, in Fragment fragment, ReadOnlySpan<byte> bytes)
    {
        if (_whole is not null)
        {
            Spare(_whole);
            _whole = null;
        }

        if (bytes.IsEmpty || fragment.Offset + bytes.Length > Ipv4.PacketBytesMax)
        {
            return null;
        }

        ForgetOld(fragment.Nanoseconds, bytes.Length);
        if (!_packets.TryGetValue(key, out FragmentedPacket? packet))
        {
            packet = Begin(key, fragment.Nanoseconds);
        }

        if (packet.Pieces.Length == FragmentsMax)
        {
            Forget(packet);
            return null;
        }

        packet.Add(fragment, bytes);
        Bytes += bytes.Length;
        if (!packet.IsWhole)
        {
            return null;
        }

        Remove(packet);
        _whole = packet;
        return packet;
    }

    private FragmentedPacket Begin(in FragmentKey key, long nanoseconds)
    {
        if (Count == PacketsMax)
        {
            Forget(_byAge.First!.Value);
        }

        if (!_spare.TryPop(out FragmentedPacket? packet))
        {
            packet = new FragmentedPacket();
        }

        packet.Begin(key, nanoseconds);
        _packets.Add(key, packet);
        _byAge.AddLast(packet.ByAge);
        return packet;
    }

    // A capture whose clock was set back keeps its packets longer, but no more of them.
    private void ForgetOld(long nanoseconds, int more)
    {
        while (_byAge.First?.Value is { } oldest
            && (nanoseconds - oldest.Began > SecondsMax * Timestamp.NanosecondsPerSecond || Bytes + more > BytesMax))
        {
            Forget(oldest);
        }
    }

    private void Forget(FragmentedPacket packet)
    {
        Remove(packet);
        Spare(packet);
    }

    private void Remove(FragmentedPacket packet)
    {
        bool wasThere = _packets.Remove(packet.Key);
        Debug.Assert(wasThere, "A packet is forgotten twice.");
        _byAge.Remove(packet.ByAge);
        Bytes -= packet.KeptBytes;
    }

    private void Spare(FragmentedPacket packet)
    {
        packet.Release();
        _spare.Push(packet);
    }
}
