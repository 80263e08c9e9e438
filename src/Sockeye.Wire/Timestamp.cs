using System.Globalization;
using System.Text;
using System.Text.Unicode;

namespace Sockeye.Wire;

/// <summary>
/// When a packet was seen: nanoseconds since 1970-01-01 00:00 UTC. What reads times moves those before
/// <see cref="Earliest"/> and after <see cref="Latest"/> there, so that the time between any two has a number too.
/// </summary>
public readonly record struct Timestamp(long Nanoseconds) : IComparable<Timestamp>, IUtf8SpanFormattable
{
    /// <summary>How many nanoseconds a second has.</summary>
    public const long NanosecondsPerSecond = 1_000_000_000;

    private const int TextBytesMax = 32;

    /// <summary>The earliest time of a packet, in the year 1823.</summary>
    public static Timestamp Earliest { get; } = new(long.MinValue / 2);

    /// <summary>The latest time of a packet, in the year 2116.</summary>
    public static Timestamp Latest { get; } = new(long.MaxValue / 2);

    /// <summary>The whole seconds since 1970, rounded towards the past.</summary>
    public long Seconds => Math.DivRem(Nanoseconds, NanosecondsPerSecond) switch
    {
        (long quotient, < 0) => quotient - 1,
        (long quotient, _) => quotient,
    };

    /// <summary>The nanoseconds after <see cref="Seconds"/>, which are never negative.</summary>
    public int Fraction => (int)(Nanoseconds - (Seconds * NanosecondsPerSecond));

    private ulong Magnitude => Nanoseconds < 0 ? 0 - (ulong)Nanoseconds : (ulong)Nanoseconds;

    /// <summary>The time between two.</summary>
    public static TimeSpan operator -(Timestamp later, Timestamp earlier) =>
        TimeSpan.FromTicks((later.Nanoseconds - earlier.Nanoseconds) / TimeSpan.NanosecondsPerTick);

    /// <summary>A time of the calendar.</summary>
    public static Timestamp From(DateTimeOffset time) =>
        Nearest((Int128)(time.UtcTicks - DateTimeOffset.UnixEpoch.Ticks) * TimeSpan.NanosecondsPerTick);

    /// <summary>The time in the calendar, to 100 nanoseconds.</summary>
    public DateTimeOffset ToDateTimeOffset() =>
        DateTimeOffset.UnixEpoch.AddTicks((Seconds * TimeSpan.TicksPerSecond) + (Fraction / 100));

    /// <summary>The time that is a number of nanoseconds after 1970, or as near to it as there is one.</summary>
    internal static Timestamp Nearest(Int128 nanoseconds) =>
        new((long)Int128.Clamp(nanoseconds, Earliest.Nanoseconds, Latest.Nanoseconds));

    /// <inheritdoc/>
    public int CompareTo(Timestamp other) => Nanoseconds.CompareTo(other.Nanoseconds);

    /// <summary>Seconds since 1970 with nine digits after the point.</summary>
    public override string ToString()
    {
        Span<byte> text = stackalloc byte[TextBytesMax];
        _ = TryFormat(text, out int length, default, null);
        return Encoding.ASCII.GetString(text[..length]);
    }

    /// <inheritdoc/>
    public bool TryFormat(
        Span<byte> utf8Destination, out int bytesWritten, ReadOnlySpan<char> format, IFormatProvider? provider)
    {
        (ulong seconds, ulong fraction) = Math.DivRem(Magnitude, (ulong)NanosecondsPerSecond);
        string sign = Nanoseconds < 0 ? "-" : "";
        return Utf8.TryWrite(utf8Destination, CultureInfo.InvariantCulture, $"{sign}{seconds}.{fraction:D9}",
            out bytesWritten);
    }
}
