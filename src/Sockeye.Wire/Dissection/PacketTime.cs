namespace Sockeye.Wire.Dissection;

/// <summary>What the times of a listing are counted from.</summary>
public enum PacketTime : byte
{
    /// <summary>The first packet, in seconds.</summary>
    SinceFirst = 0,

    /// <summary>The packet that is listed before, in seconds.</summary>
    SinceLast,

    /// <summary>The calendar, in the zone of <see cref="PacketListing.Zone"/>.</summary>
    Calendar,
}
