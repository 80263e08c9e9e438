namespace Sockeye.Wire.Dissection;

/// <summary>Which kind of address a <see cref="Station"/> has.</summary>
public enum StationKind : byte
{
    /// <summary>None is known.</summary>
    Unknown = 0,

    /// <summary>That of a network card.</summary>
    Mac,

    /// <summary>That of a host.</summary>
    Internet,
}

/// <summary>Who sent a frame, or for whom it is, by the highest layer that tells.</summary>
public readonly struct Station : IUtf8SpanFormattable
{
    /// <summary>A network card.</summary>
    public Station(MacAddress address)
    {
        Kind = StationKind.Mac;
        Mac = address;
    }

    /// <summary>A host.</summary>
    public Station(InternetAddress address)
    {
        Kind = StationKind.Internet;
        Internet = address;
    }

    /// <summary>Which of the addresses it has.</summary>
    public StationKind Kind { get; }

    /// <summary>The address of the network card.</summary>
    public MacAddress Mac { get; }

    /// <summary>The address of the host.</summary>
    public InternetAddress Internet { get; }

    /// <inheritdoc/>
    public bool TryFormat(
        Span<byte> utf8Destination, out int bytesWritten, ReadOnlySpan<char> format, IFormatProvider? provider)
    {
        bytesWritten = 0;
        return Kind switch
        {
            StationKind.Mac => Mac.TryFormat(utf8Destination, out bytesWritten, format, provider),
            StationKind.Internet => Internet.TryFormat(utf8Destination, out bytesWritten, format, provider),
            _ => true,
        };
    }

    /// <summary>The address, or nothing.</summary>
    public override string ToString() => Kind switch
    {
        StationKind.Mac => Mac.ToString(),
        StationKind.Internet => Internet.ToString(),
        _ => "",
    };
}
