using Sockeye.Cli.Resources;

namespace Sockeye.Cli.Reading;

/// <summary>What somebody who knows tshark or tcpdump types to read a file, and what read has instead.</summary>
internal static class TsharkOptions
{
    /// <summary>The options that are theirs and not ours, with the remedy.</summary>
    public static IReadOnlyDictionary<string, string> Instead { get; } = new (string[] Options, string Remedy)[]
    {
        (["-r"], ReadText.InsteadFile),
        (["-n", "-N"], CaptureText.InsteadNumbers),
        (["-V", "-v", "-O"], CaptureText.InsteadTree),
        (["-x", "-X", "-A"], CaptureText.InsteadHex),
        (["-T", "-E"], ReadText.InsteadFields),
        (["-t", "-u"], ReadText.InsteadTime),
        (["-R", "-f", "-J"], ReadText.InsteadWhere),
        (["-z", "-q"], ReadText.InsteadStatistics),
        (["-w"], ReadText.InsteadWrite),
        (["-l", "-P", "-S"], CaptureText.InsteadFlush),
        (["-i"], ReadText.InsteadInterface),
        (["-o", "-d"], CaptureText.InsteadJson),
    }.SelectMany(row => row.Options, (row, option) => (option, row.Remedy)).ToDictionary();
}
