using System.Globalization;

namespace Sockeye.Wire.Addresses;

/// <summary>
/// A block of addresses that begin with the same bits, such as 192.0.2.0/24 or 2001:db8::/32 (RFC 4632; RFC 4291
/// section 2.3).
/// </summary>
public readonly struct InternetPrefix : IEquatable<InternetPrefix>, IComparable<InternetPrefix>
{
    /// <summary>How many parts <see cref="Split"/> makes at most.</summary>
    public const int PartsMax = 65_536;

    /// <summary>The block around an address; the bits after the prefix are made zero.</summary>
    /// <param name="address">An address of it.</param>
    /// <param name="length">How many bits its addresses have in common.</param>
    public InternetPrefix(InternetAddress address, int length)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(length, address.Bits);
        Length = length;
        First = Make(address, address.Value & ~HostMask(address.Bits - length));
    }

    /// <summary>How many bits its addresses have in common.</summary>
    public int Length { get; }

    /// <summary>The first address; of an IPv4 network, the network's own.</summary>
    public InternetAddress First { get; }

    /// <summary>The last address; of an IPv4 network, that of all in it (RFC 919 section 7).</summary>
    public InternetAddress Last => Make(First, First.Value | HostMask(HostBits));

    /// <summary>How many bits tell its addresses apart.</summary>
    public int HostBits => First.Bits - Length;

    /// <summary>How many addresses it has; 2^128, which no number here holds, counts as one less.</summary>
    public UInt128 Count => HostBits == 128 ? UInt128.MaxValue : UInt128.One << HostBits;

    /// <summary>The mask of the prefix, such as 255.255.255.0.</summary>
    public InternetAddress Mask => Make(First, ~HostMask(HostBits));

    /// <summary>The mask of the rest, such as 0.0.0.255, as access lists have it.</summary>
    public InternetAddress Wildcard => Make(First, HostMask(HostBits));

    /// <summary>
    /// The first address that a host may have: in an IPv4 network of more than two addresses the second (RFC 3021 lets
    /// both of two be hosts).
    /// </summary>
    public InternetAddress FirstHost => First.IsIpv6 || HostBits < 2 ? First : Make(First, First.Value + 1);

    /// <summary>
    /// The last address that a host may have: in an IPv4 network of more than two, the one before the last.
    /// </summary>
    public InternetAddress LastHost => First.IsIpv6 || HostBits < 2 ? Last : Make(First, Last.Value - 1);

    /// <summary>Whether two are the same block.</summary>
    public static bool operator ==(InternetPrefix left, InternetPrefix right) => left.Equals(right);

    /// <summary>Whether two are different blocks.</summary>
    public static bool operator !=(InternetPrefix left, InternetPrefix right) => !left.Equals(right);

    /// <summary>
    /// Reads a prefix: an address, and after a slash its length or its mask. An address alone is the block of one.
    /// </summary>
    public static bool TryParse(ReadOnlySpan<char> text, out InternetPrefix prefix)
    {
        prefix = default;
        int slash = text.IndexOf('/');
        ReadOnlySpan<char> before = slash < 0 ? text : text[..slash];
        if (!InternetAddress.TryParse(before, out InternetAddress address))
        {
            return false;
        }

        int length = address.Bits;
        if (slash >= 0 && !TryParseLength(text[(slash + 1)..], address, out length))
        {
            return false;
        }

        prefix = new InternetPrefix(address, length);
        return true;
    }

    /// <summary>Reads a prefix as <see cref="TryParse"/> does.</summary>
    public static InternetPrefix Parse(string text) => TryParse(text, out InternetPrefix prefix)
        ? prefix
        : throw new FormatException($"'{text}' is not a prefix: write one such as 192.0.2.0/24 or 2001:db8::/32.");

    /// <summary>The fewest blocks that hold the addresses from one to another, in their order.</summary>
    public static IReadOnlyList<InternetPrefix> ForRange(InternetAddress first, InternetAddress last)
    {
        if (first.IsIpv6 != last.IsIpv6 || first.CompareTo(last) > 0)
        {
            throw new ArgumentException($"{first} to {last} is no range: name the lower address of one family first.");
        }

        var blocks = new List<InternetPrefix>();
        while (true)
        {
            InternetPrefix block = LargestWithin(first, last);
            blocks.Add(block);
            if (block.Last == last)
            {
                return blocks;
            }

            first = Make(first, block.Last.Value + 1);
        }
    }

    /// <summary>The fewest blocks that hold the same addresses as these, in their order.</summary>
    public static IReadOnlyList<InternetPrefix> Aggregate(IEnumerable<InternetPrefix> prefixes)
    {
        ArgumentNullException.ThrowIfNull(prefixes);
        var blocks = new List<InternetPrefix>();
        foreach (InternetPrefix next in prefixes.Order())
        {
            // In this order a block comes before all that it holds.
            if (blocks.Count > 0 && blocks[^1].Contains(next))
            {
                continue;
            }

            blocks.Add(next);
            while (blocks.Count > 1 && blocks[^2].TryJoin(blocks[^1], out InternetPrefix joined))
            {
                blocks.RemoveRange(blocks.Count - 2, 2);
                blocks.Add(joined);
            }
        }

        return blocks;
    }

    /// <summary>Whether an address is in the block.</summary>
    public bool Contains(InternetAddress address) => address.IsIpv6 == First.IsIpv6
        && (address.Value & ~HostMask(HostBits)) == First.Value;

    /// <summary>Whether another block is in this one.</summary>
    public bool Contains(InternetPrefix other) => other.Length >= Length && Contains(other.First);

    /// <summary>Whether the two have an address in common.</summary>
    public bool Overlaps(InternetPrefix other) => Contains(other) || other.Contains(this);

    /// <summary>Cuts the block into blocks of a longer prefix, at most 65,536.</summary>
    public IEnumerable<InternetPrefix> Split(int length)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(length, Length);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(length, First.Bits);
        if (length - Length > 16)
        {
            throw new ArgumentOutOfRangeException(
                nameof(length), length, $"/{length} in {this} makes more than {PartsMax} blocks: split in steps.");
        }

        InternetPrefix whole = this;
        return Enumerable.Range(0, 1 << (length - Length)).Select(part => new InternetPrefix(
            Make(whole.First, whole.First.Value + ((UInt128)part << (whole.First.Bits - length))), length));
    }

    /// <inheritdoc/>
    public bool Equals(InternetPrefix other) => First == other.First && Length == other.Length;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is InternetPrefix other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(First, Length);

    /// <summary>By the first address, and of two that begin at the same the larger first.</summary>
    public int CompareTo(InternetPrefix other) =>
        First.CompareTo(other.First) is not 0 and int order ? order : Length.CompareTo(other.Length);

    /// <summary>The first address, a slash and the length.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{First.ToString()}/{Length}");

    private static UInt128 HostMask(int bits) => bits == 128 ? UInt128.MaxValue : (UInt128.One << bits) - 1;

    private static InternetAddress Make(InternetAddress like, UInt128 value) =>
        like.IsIpv6 ? new InternetAddress(value) : new InternetAddress((uint)value);

    private static bool TryParseLength(ReadOnlySpan<char> text, InternetAddress address, out int length)
    {
        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out length))
        {
            return length <= address.Bits && (text.Length == 1 || text[0] != '0');
        }

        if (address.IsIpv6 || !InternetAddress.TryParse(text, out InternetAddress mask) || mask.IsIpv6)
        {
            return false;
        }

        // A mask is ones and then zeros.
        uint bits = (uint)mask.Value;
        length = System.Numerics.BitOperations.LeadingZeroCount(~bits);
        return length == 32 || bits << length == 0;
    }

    // As large as its place and its end allow.
    private static InternetPrefix LargestWithin(InternetAddress first, InternetAddress last)
    {
        int length = first.Bits;
        while (length > 0)
        {
            var larger = new InternetPrefix(first, length - 1);
            if (larger.First != first || larger.Last.CompareTo(last) > 0)
            {
                break;
            }

            length--;
        }

        return new InternetPrefix(first, length);
    }

    private bool TryJoin(InternetPrefix next, out InternetPrefix joined)
    {
        joined = default;
        if (Length == 0 || Length != next.Length || First.IsIpv6 != next.First.IsIpv6)
        {
            return false;
        }

        joined = new InternetPrefix(First, Length - 1);
        return joined.First == First && joined.Contains(next) && next != this;
    }
}
