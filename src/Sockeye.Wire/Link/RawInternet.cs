using Sockeye.Wire.Dissection;
using Sockeye.Wire.Internet;

namespace Sockeye.Wire.Link;

/// <summary>IPv4 or IPv6 without a header of a link (LINKTYPE_RAW): the first four bits tell which.</summary>
public static class RawInternet
{
    /// <summary>The row of the table.</summary>
    public static readonly Protocol Row = new(
        "raw", "Raw", "Raw packet data",
        [new(Selector.LinkType, (int)LinkType.Raw), new(Selector.LinkType, (int)LinkType.RawOld)], [], Dissect);

    private static bool Dissect(in Layer layer)
    {
        layer.Begin(0);
        int version = layer.Bytes.IsEmpty ? 0 : layer.Bytes[0] >> 4;
        _ = layer.Next(version == 4 ? Ipv4.Row : version == 6 ? Ipv6.Row : null, 0, layer.Bytes.Length);
        return true;
    }
}
