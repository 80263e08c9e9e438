namespace Sockeye.Wire.Addresses;

/// <summary>
/// The classes that IPv4 addresses had until 1993 (RFC 791 section 3.2; RFC 1112 section 4): how many of the first bits
/// were the network was told by the first bits themselves. Prefixes of any length replaced them (RFC 1519, now
/// RFC 4632).
/// </summary>
/// <param name="Letter">A to E.</param>
/// <param name="Block">Which addresses it had.</param>
/// <param name="NetworkBits">How many bits were the network; null for D and E, which had no networks.</param>
/// <param name="Reason">Why an address is of this class.</param>
public sealed record AddressClass(char Letter, InternetPrefix Block, int? NetworkBits, string Reason)
{
    /// <summary>The five classes.</summary>
    public static IReadOnlyList<AddressClass> All { get; } =
    [
        new('A', InternetPrefix.Parse("0.0.0.0/1"), 8, "the first bit is 0, so the first number is 0 to 127"),
        new('B', InternetPrefix.Parse("128.0.0.0/2"), 16, "the first bits are 10, so the first number is 128 to 191"),
        new('C', InternetPrefix.Parse("192.0.0.0/3"), 24, "the first bits are 110, so the first number is 192 to 223"),
        new('D', InternetPrefix.Parse("224.0.0.0/4"), null,
            "the first bits are 1110, so the first number is 224 to 239: multicast groups"),
        new('E', InternetPrefix.Parse("240.0.0.0/4"), null,
            "the first bits are 1111, so the first number is 240 to 255: reserved"),
    ];

    /// <summary>The class of an IPv4 address; null for an IPv6 one.</summary>
    public static AddressClass? Of(InternetAddress address) => All.FirstOrDefault(one => one.Block.Contains(address));
}
