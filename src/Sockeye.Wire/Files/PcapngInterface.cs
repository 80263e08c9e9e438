using System.Numerics;
using Sockeye.Wire.Link;

namespace Sockeye.Wire.Files;

/// <summary>An interface that packets were captured on, as a value (pcapng section 4.2).</summary>
public sealed record PcapngInterface
{
    // The option codes of the block (section 4.2, table 3).
    private const ushort NameCode = 2;
    private const ushort DescriptionCode = 3;
    private const ushort ResolutionCode = 9;
    private const ushort OffsetCode = 14;

    private const int HeaderBytes = 8;
    private const int SnapLengthAt = 4;
    private const byte PowerOfTwoBit = 0x80;
    private const ulong DefaultTicksPerSecond = 1_000_000;

    // 10^19 and 2^63 are the largest powers that fit in 64 bits.
    private const int DecimalExponentMax = 19;
    private const int BinaryExponentMax = 63;

    /// <summary>What its frames begin with.</summary>
    public LinkType LinkType { get; init; }

    /// <summary>How many bytes of a frame were captured at most; zero for no limit.</summary>
    public uint SnapLength { get; init; }

    /// <summary>Its name, such as <c>eth0</c>; empty when it is not told.</summary>
    public string Name { get; init; } = "";

    /// <summary>What people call it; empty when it is not told.</summary>
    public string Description { get; init; } = "";

    /// <summary>How many ticks of its clock a second has: a power of ten or of two.</summary>
    public ulong TicksPerSecond { get; init; } = DefaultTicksPerSecond;

    /// <summary>How many seconds to add to its times.</summary>
    public long OffsetSeconds { get; init; }

    /// <summary>Its other options, comments among them.</summary>
    public ValueList<PcapngOption> OtherOptions { get; init; }

    /// <summary>Reads an interface description block; null when it is too short or its clock is impossible.</summary>
    public static PcapngInterface? Parse(in PcapngBlock block)
    {
        ByteOrder order = block.Order;
        if (block.Type != PcapngBlockType.Interface || block.Body.Length < HeaderBytes)
        {
            return null;
        }

        var others = new List<PcapngOption>();
        var read = new PcapngInterface
        {
            LinkType = (LinkType)order.ReadUInt16(block.Body),
            SnapLength = order.ReadUInt32(block.Body[SnapLengthAt..]),
        };
        foreach (PcapngOption option in PcapngOption.ReadAll(block.Body[HeaderBytes..], block.IsBigEndian))
        {
            switch (option.Code)
            {
                case NameCode:
                    read = read with { Name = option.Value.ToText() };
                    break;
                case DescriptionCode:
                    read = read with { Description = option.Value.ToText() };
                    break;
                case ResolutionCode when option.Value.Length == 1:
                    if (TicksFor(option.Value.Span[0]) is not { } ticks)
                    {
                        return null;
                    }

                    read = read with { TicksPerSecond = ticks };
                    break;
                case OffsetCode when option.Value.Length == sizeof(long):
                    read = read with { OffsetSeconds = (long)order.ReadUInt64(option.Value.Span) };
                    break;
                default:
                    others.Add(option);
                    break;
            }
        }

        return read with { OtherOptions = [.. others] };
    }

    internal void Emit(PcapngBlockBuilder to)
    {
        Span<byte> header = to.Append(HeaderBytes);
        to.Order.Write(header, (ushort)LinkType);
        to.Order.Write(header[SnapLengthAt..], SnapLength);
        if (Name.Length > 0)
        {
            to.Append(PcapngOption.Text(NameCode, Name));
        }

        if (Description.Length > 0)
        {
            to.Append(PcapngOption.Text(DescriptionCode, Description));
        }

        if (TicksPerSecond != DefaultTicksPerSecond)
        {
            to.Append(new PcapngOption(ResolutionCode, new ByteString([ResolutionFor(TicksPerSecond)])));
        }

        if (OffsetSeconds != 0)
        {
            Span<byte> offset = stackalloc byte[sizeof(long)];
            to.Order.Write(offset, (ulong)OffsetSeconds);
            to.Append(new PcapngOption(OffsetCode, new ByteString(offset)));
        }

        foreach (PcapngOption option in OtherOptions)
        {
            to.Append(option);
        }

        to.EndOptions();
    }

    /// <summary>
    /// The time that a number of ticks stands for; what lies outside the times of packets is moved to their edge.
    /// </summary>
    internal Timestamp TimeOf(ulong ticks)
    {
        (ulong seconds, ulong rest) = Math.DivRem(ticks, TicksPerSecond);
        UInt128 fraction = (UInt128)rest * Timestamp.NanosecondsPerSecond / TicksPerSecond;
        Int128 time = (((Int128)seconds + OffsetSeconds) * Timestamp.NanosecondsPerSecond) + (Int128)fraction;
        return Timestamp.Nearest(time);
    }

    /// <summary>The number of ticks for a time, rounded down.</summary>
    internal ulong TicksOf(Timestamp time)
    {
        Int128 since = (Int128)time.Nanoseconds - ((Int128)OffsetSeconds * Timestamp.NanosecondsPerSecond);
        if (Int128.IsNegative(since))
        {
            throw new ArgumentOutOfRangeException(
                nameof(time), time, "A pcapng file has no times before 1970: give the interface an OffsetSeconds.");
        }

        return (ulong)(since * TicksPerSecond / Timestamp.NanosecondsPerSecond);
    }

    // "If the Most Significant Bit is zero, the rest is a negative power of 10, otherwise of 2" (section 4.2).
    private static ulong? TicksFor(byte resolution)
    {
        int exponent = resolution & ~PowerOfTwoBit;
        if ((resolution & PowerOfTwoBit) != 0)
        {
            return exponent <= BinaryExponentMax ? 1UL << exponent : null;
        }

        return exponent <= DecimalExponentMax ? PowerOfTen(exponent) : null;
    }

    private static byte ResolutionFor(ulong ticksPerSecond)
    {
        for (int exponent = 0; exponent <= DecimalExponentMax; exponent++)
        {
            if (PowerOfTen(exponent) == ticksPerSecond)
            {
                return (byte)exponent;
            }
        }

        return BitOperations.IsPow2(ticksPerSecond)
            ? (byte)(PowerOfTwoBit | BitOperations.Log2(ticksPerSecond))
            : throw new InvalidOperationException(
                $"A clock of {ticksPerSecond} ticks a second cannot be written: take a power of ten or of two.");
    }

    private static ulong PowerOfTen(int exponent)
    {
        ulong power = 1;
        for (int i = 0; i < exponent; i++)
        {
            power *= 10;
        }

        return power;
    }
}
