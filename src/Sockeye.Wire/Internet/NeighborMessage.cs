namespace Sockeye.Wire.Internet;

/// <summary>
/// A neighbour's solicitation or advertisement as a value (RFC 4861 sections 4.3 and 4.4): what ARP is to IPv4.
/// </summary>
/// <param name="IsAdvertisement">Whether it answers; otherwise it asks.</param>
/// <param name="Target">The address that it is about.</param>
/// <param name="LinkAddress">
/// The card of the sender of a solicitation, or of the target; null when it is not told.
/// </param>
/// <param name="IsRouter">Whether a router answers.</param>
/// <param name="IsSolicited">Whether somebody asked.</param>
/// <param name="IsOverride">Whether what was known before is to be forgotten.</param>
public readonly record struct NeighborMessage(
    bool IsAdvertisement, InternetAddress Target, MacAddress? LinkAddress,
    bool IsRouter = false, bool IsSolicited = false, bool IsOverride = false)
{
    private const int TargetAt = Icmpv6.HeaderBytes;
    private const int OptionsAt = TargetAt + InternetAddress.Ipv6Bytes;

    /// <summary>How many bytes it has on the wire.</summary>
    public int Length => OptionsAt + (LinkAddress is null ? 0 : NeighborOption.UnitBytes);

    private byte OptionType =>
        IsAdvertisement ? NeighborOption.TargetLinkAddress : NeighborOption.SourceLinkAddress;

    /// <summary>Reads a message. The checksum is not looked at.</summary>
    public static bool TryParse(ReadOnlySpan<byte> bytes, out NeighborMessage message)
    {
        message = default;
        if (!Icmpv6View.TryParse(bytes, out Icmpv6View view) || bytes.Length < OptionsAt
            || view.Type is not (Icmpv6Type.NeighborSolicitation or Icmpv6Type.NeighborAdvertisement))
        {
            return false;
        }

        bool isAdvertisement = view.Type == Icmpv6Type.NeighborAdvertisement;
        uint flags = isAdvertisement ? view.Rest : 0;
        var read = new NeighborMessage(
            isAdvertisement, new InternetAddress(bytes[TargetAt..OptionsAt]), null,
            (flags & NeighborDiscovery.RouterBit) != 0, (flags & NeighborDiscovery.SolicitedBit) != 0,
            (flags & NeighborDiscovery.OverrideBit) != 0);
        var options = new NeighborOptionReader(bytes[OptionsAt..]);
        while (options.TryRead(out NeighborOption option))
        {
            if (option.Type == read.OptionType)
            {
                read = read with { LinkAddress = new MacAddress(option.Data) };
            }
        }

        message = read;
        return !options.IsBroken;
    }

    /// <summary>Writes the message with its checksum.</summary>
    public void Emit(Span<byte> bytes, InternetAddress source, InternetAddress destination)
    {
        Span<byte> message = bytes[..Length];
        Target.WriteBytes(message[TargetAt..]);
        if (LinkAddress is { } link)
        {
            message[OptionsAt] = OptionType;
            message[OptionsAt + 1] = 1;
            link.WriteBytes(message[(OptionsAt + NeighborOption.PrefixBytes)..]);
        }

        uint flags = (IsRouter ? NeighborDiscovery.RouterBit : 0) | (IsSolicited ? NeighborDiscovery.SolicitedBit : 0)
            | (IsOverride ? NeighborDiscovery.OverrideBit : 0);
        Icmpv6Type type = IsAdvertisement ? Icmpv6Type.NeighborAdvertisement : Icmpv6Type.NeighborSolicitation;
        new Icmpv6Header(type, 0, flags).Emit(message, source, destination);
    }
}
