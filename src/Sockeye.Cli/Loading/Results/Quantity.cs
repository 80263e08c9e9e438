using System.Globalization;

namespace Sockeye.Cli.Loading.Results;

/// <summary>Numbers as people read them: three significant digits and a unit of a sensible size.</summary>
internal static class Quantity
{
    private static readonly (string Name, double Size)[] s_bytes =
        [("TB", 1e12), ("GB", 1e9), ("MB", 1e6), ("kB", 1e3), ("B", 1)];

    /// <summary>A duration: <c>12.3 µs</c>.</summary>
    public static string Duration(double nanoseconds)
    {
        DurationUnit unit = DurationUnit.For(nanoseconds);
        return $"{Digits(nanoseconds / unit.Nanoseconds)} {unit.Name}";
    }

    /// <summary>An amount of data: <c>1.23 MB</c>.</summary>
    public static string Bytes(double bytes)
    {
        (string name, double size) = s_bytes.First(unit => Rounded(bytes) >= unit.Size || unit.Size == 1);
        return $"{(size == 1 ? bytes.ToString("0.##", CultureInfo.InvariantCulture) : Digits(bytes / size))} {name}";
    }

    /// <summary>A whole number, in groups of three digits.</summary>
    public static string Count(long count) => count.ToString("N0", CultureInfo.InvariantCulture);

    /// <summary>So many of something, a second or for each request: whole when there are hundreds.</summary>
    public static string Number(double number) =>
        number >= 100 ? number.ToString("N0", CultureInfo.InvariantCulture) : Digits(number);

    /// <summary>A share of 1 as per cent: <c>0.123 %</c>.</summary>
    public static string Percent(double share) => share switch
    {
        0 => "0 %",
        < 0.00001 => "< 0.001 %",
        _ => $"{Digits(share * 100)} %",
    };

    /// <summary>Three significant digits, and never an exponent.</summary>
    public static string Digits(double number)
    {
        double size = Math.Abs(Rounded(number));
        string format = size >= 100 ? "N0" : size >= 10 ? "N1" : size >= 1 || size == 0 ? "N2" : "0.000";
        return number.ToString(format, CultureInfo.InvariantCulture);
    }

    /// <summary>To three significant digits: what decides which unit it is shown in.</summary>
    private static double Rounded(double number)
    {
        if (number == 0)
        {
            return 0;
        }

        double size = Math.Pow(10, Math.Floor(Math.Log10(Math.Abs(number))) - 2);
        return Math.Round(number / size) * size;
    }

    /// <summary>A unit of time.</summary>
    /// <param name="Name">Its symbol.</param>
    /// <param name="Nanoseconds">How long it is.</param>
    internal readonly record struct DurationUnit(string Name, double Nanoseconds)
    {
        private static readonly DurationUnit[] s_all = [new("s", 1e9), new("ms", 1e6), new("µs", 1e3), new("ns", 1)];

        /// <summary>The largest unit of which there is at least one.</summary>
        public static DurationUnit For(double nanoseconds) =>
            s_all.FirstOrDefault(unit => Rounded(nanoseconds) >= unit.Nanoseconds, s_all[^1]);

        /// <summary>A duration in this unit, with as many decimals as three digits of the unit leave room for.
        /// </summary>
        public string In(double nanoseconds, int decimals) =>
            (nanoseconds / Nanoseconds).ToString($"N{decimals}", CultureInfo.InvariantCulture);

        /// <summary>The decimals that show three significant digits of a duration.</summary>
        public int DecimalsFor(double nanoseconds) => Nanoseconds == 1 ? 0
            : Rounded(nanoseconds / Nanoseconds) switch { >= 100 => 0, >= 10 => 1, _ => 2 };
    }
}
