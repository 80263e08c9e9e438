using System.Globalization;

namespace Sockeye.Cli.Loading.Models;

/// <summary>What else a machine does while something is measured on it.</summary>
internal sealed class MachineNoise
{
    /// <summary>proc(5): the column of /proc/stat that has what a host gave to others.</summary>
    private const int StolenColumn = 7;

    private readonly long[]? _before = Ticks();

    /// <summary>The share of all processors' time that a host gave to others since this was made; null where the
    /// kernel does not tell.</summary>
    public double? StolenShare => (_before, Ticks()) switch
    {
        ({ Length: > StolenColumn } before, { } now) when now.Length == before.Length =>
            (double)(now[StolenColumn] - before[StolenColumn]) / Math.Max(1, now.Sum() - before.Sum()),
        _ => null,
    };

    /// <summary>How many threads wanted a processor, over the last minute; null where the kernel does not tell.
    /// </summary>
    public static double? LoadAverage => FirstLine("/proc/loadavg")?.Split(' ') is [var minute, ..]
        && double.TryParse(minute, CultureInfo.InvariantCulture, out double load) ? load : null;

    /// <summary>User, nice, system, idle, iowait, irq, softirq, steal; what follows is in the first two already.
    /// </summary>
    private static long[]? Ticks() => FirstLine("/proc/stat")?.Split(' ', StringSplitOptions.RemoveEmptyEntries)
        .Skip(1).Take(StolenColumn + 1)
        .Select(word => long.Parse(word, CultureInfo.InvariantCulture)).ToArray();

    private static string? FirstLine(string file)
    {
        try
        {
            return File.ReadLines(file).FirstOrDefault();
        }
        catch (IOException)
        {
            return null;
        }
    }
}
