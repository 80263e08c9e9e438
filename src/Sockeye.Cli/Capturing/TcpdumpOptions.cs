using Sockeye.Cli.Resources;

namespace Sockeye.Cli.Capturing;

/// <summary>What somebody who knows tcpdump types, and what capture has instead.</summary>
internal static class TcpdumpOptions
{
    /// <summary>The options that are tcpdump's and not ours, with the remedy.</summary>
    public static IReadOnlyDictionary<string, string> Instead { get; } = new (string[] Options, string Remedy)[]
    {
        (["-n"], CaptureText.InsteadNumbers),
        (["-l", "-U"], CaptureText.InsteadFlush),
        (["-v", "-e"], CaptureText.InsteadTree),
        (["-x", "-X", "-A"], CaptureText.InsteadHex),
        (["-D"], CaptureText.InsteadList),
        (["-C"], CaptureText.InsteadSize),
        (["-G"], CaptureText.InsteadSeconds),
        (["-W"], CaptureText.InsteadFiles),
        (["-B"], CaptureText.InsteadBuffer),
        (["-p"], CaptureText.InsteadPromiscuous),
        (["-r"], CaptureText.InsteadRead),
        (["-t"], ReadText.InsteadTime),
        (["-q"], CaptureText.InsteadJson),
        (["-F"], CaptureText.InsteadFilterFile),
    }.SelectMany(row => row.Options, (row, option) => (option, row.Remedy)).ToDictionary();
}
