using System.Globalization;
using Sockeye.Cli.Resources;

namespace Sockeye.Cli.Loading;

/// <summary>How many files and sockets this process may have open. The runtime raises the soft limit to the hard one by
/// itself.</summary>
internal static class Descriptors
{
    /// <summary>What the runtime, the terminal and a loop need themselves.</summary>
    private const int OwnMax = 200;

    /// <summary>Ends the command when there are not enough for so many connections.</summary>
    public static void Require(int connections)
    {
        if (Limit() is { } limit && connections + OwnMax > limit)
        {
            throw new ToolException(
                ExitCode.Usage, LoadText.TooFewDescriptors.With(connections, limit, connections + OwnMax));
        }
    }

    /// <summary>The limit in force, by proc(5); null where it cannot be read.</summary>
    private static long? Limit()
    {
        try
        {
            string? line = File.ReadLines("/proc/self/limits")
                .FirstOrDefault(one => one.StartsWith("Max open files", StringComparison.Ordinal));
            string[] words = line?.Split(' ', StringSplitOptions.RemoveEmptyEntries) ?? [];
            string soft = words.ElementAtOrDefault(3) ?? "";
            return long.TryParse(soft, CultureInfo.InvariantCulture, out long limit) ? limit : null;
        }
        catch (IOException)
        {
            return null;
        }
    }
}
