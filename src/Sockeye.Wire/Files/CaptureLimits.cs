namespace Sockeye.Wire.Files;

/// <summary>What a capture file may ask of memory; what passes it is damage.</summary>
public static class CaptureLimits
{
    /// <summary>The longest record or block. No link has frames as long, and no tool writes such blocks.</summary>
    public const int BlockBytesMax = 16 * 1024 * 1024;

    /// <summary>How many interfaces a section may describe.</summary>
    public const int InterfacesMax = 65_536;

    /// <summary>
    /// How many bytes the descriptions of a section's interfaces have together: they are kept as long as it lasts.
    /// </summary>
    public const int InterfaceBytesMax = 4 * 1024 * 1024;
}
