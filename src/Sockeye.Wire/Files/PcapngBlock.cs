namespace Sockeye.Wire.Files;

/// <summary>The types of blocks of a pcapng file ("PCAP Next Generation", an Internet-Draft, section 11.1).</summary>
public static class PcapngBlockType
{
    /// <summary>A section begins (section 4.1). The same in both byte orders.</summary>
    public const uint SectionHeader = 0x0A0D_0D0A;

    /// <summary>An interface (section 4.2).</summary>
    public const uint Interface = 1;

    /// <summary>A packet, in the form that is no longer written (appendix A).</summary>
    public const uint ObsoletePacket = 2;

    /// <summary>A packet without a time (section 4.4).</summary>
    public const uint SimplePacket = 3;

    /// <summary>Names of addresses (section 4.5).</summary>
    public const uint NameResolution = 4;

    /// <summary>What an interface counted (section 4.6).</summary>
    public const uint InterfaceStatistics = 5;

    /// <summary>A packet (section 4.3).</summary>
    public const uint EnhancedPacket = 6;

    /// <summary>Keys with which packets can be decrypted (section 4.7).</summary>
    public const uint DecryptionSecrets = 10;
}

/// <summary>A block of a pcapng file where it stands; its bytes are valid until the next one is read.</summary>
public readonly ref struct PcapngBlock
{
    /// <summary>Which kind of block it is (<see cref="PcapngBlockType"/>).</summary>
    public uint Type { get; init; }

    /// <summary>What stands between its two lengths.</summary>
    public ReadOnlySpan<byte> Body { get; init; }

    /// <summary>Whether numbers of its section have their highest byte first.</summary>
    public bool IsBigEndian { get; init; }

    /// <summary>Where it begins in the file, in bytes.</summary>
    public long FileOffset { get; init; }

    internal ByteOrder Order => new(IsBigEndian);
}

/// <summary>Receives a block that is not a packet; it must not keep the block.</summary>
public delegate void PcapngBlockHandler(in PcapngBlock block);
