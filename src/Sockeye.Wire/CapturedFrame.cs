using Sockeye.Wire.Link;

namespace Sockeye.Wire;

/// <summary>A frame as it was captured; its bytes are valid until the next one is read.</summary>
public readonly ref struct CapturedFrame
{
    /// <summary>Which frame of the capture it is, counted from one; zero when nobody counts.</summary>
    public long Number { get; init; }

    /// <summary>When it was seen; null where the capture does not tell (a simple packet of pcapng).</summary>
    public Timestamp? Time { get; init; }

    /// <summary>What the first byte belongs to.</summary>
    public LinkType LinkType { get; init; }

    /// <summary>The number of the interface within its section; zero in a pcap file.</summary>
    public int Interface { get; init; }

    /// <summary>How long it was on the wire; more than <see cref="Bytes"/> when the capture cut it.</summary>
    public long LengthOnWire { get; init; }

    /// <summary>What was captured of it.</summary>
    public ReadOnlySpan<byte> Bytes { get; init; }

    /// <summary>Whether the capture kept only its beginning.</summary>
    public bool IsCutShort => Bytes.Length < LengthOnWire;

    /// <summary>The options of its block in a pcapng file, as they stand there; empty otherwise.</summary>
    public ReadOnlySpan<byte> Options { get; init; }

    /// <summary>Whether numbers in <see cref="Options"/> have their highest byte first.</summary>
    public bool OptionsAreBigEndian { get; init; }

    /// <summary>Where its record begins in the file, in bytes.</summary>
    public long FileOffset { get; init; }
}
