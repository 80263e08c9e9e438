using System.Globalization;

namespace Sockeye.Capture.Ladder;

/// <summary>Numbers as people read them, the same on every machine.</summary>
internal static class Numbers
{
    private const double NanosecondsPerSecond = 1e9;
    private const double NanosecondsPerMillisecond = 1e6;
    private const double NanosecondsPerMicrosecond = 1e3;

    public static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);

    public static string Grouped(long number) => number.ToString("N0", CultureInfo.InvariantCulture);

    /// <summary>Seconds to the microsecond, of which no part is rounded up: as a listing has them.</summary>
    public static string Seconds(long nanoseconds) =>
        (nanoseconds / 1_000 / 1e6m).ToString("F6", CultureInfo.InvariantCulture);

    /// <summary>A duration in the unit that suits it.</summary>
    public static string Duration(long nanoseconds)
    {
        (double value, string unit) = Math.Abs(nanoseconds) switch
        {
            < 1_000_000 => (nanoseconds / NanosecondsPerMicrosecond, "µs"),
            < 1_000_000_000 => (nanoseconds / NanosecondsPerMillisecond, "ms"),
            _ => (nanoseconds / NanosecondsPerSecond, "s"),
        };
        string format = Math.Abs(value) >= 100 ? "F0" : Math.Abs(value) >= 10 ? "F1" : "F2";
        return $"{value.ToString(format, CultureInfo.InvariantCulture)} {unit}";
    }

    public static string Fill(string text, params ReadOnlySpan<object?> values) =>
        string.Format(CultureInfo.InvariantCulture, text, values);
}
