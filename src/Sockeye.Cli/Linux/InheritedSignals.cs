using System.Globalization;
using System.Runtime.InteropServices;

namespace Sockeye.Cli.Linux;

/// <summary>What whoever started this process said about signals (signal(7)).</summary>
internal static partial class InheritedSignals
{
    private const string StatusFile = "/proc/self/status";
    private const string IgnoredRow = "SigIgn:";
    private const int Interrupt = 2;        // SIGINT
    private const nint Default = 0;         // SIG_DFL

    /// <summary>
    /// Heeds SIGINT again where it is ignored. A shell without job control, which is every script, has it ignored by
    /// what it starts in the background; the runtime respects that, and 'kill -INT' would then do nothing. tcpdump
    /// heeds it too. A hang-up stays ignored: that is what nohup(1) is for.
    /// </summary>
    public static void HeedInterrupt()
    {
        if (IsIgnored(Interrupt))
        {
            _ = SignalNative(Interrupt, Default);
        }
    }

    private static bool IsIgnored(int signal)
    {
        try
        {
            string row = File.ReadLines(StatusFile).First(
                line => line.StartsWith(IgnoredRow, StringComparison.Ordinal));
            ulong ignored = ulong.Parse(
                row.AsSpan(IgnoredRow.Length).Trim(), NumberStyles.HexNumber, CultureInfo.InvariantCulture);
            return ((ignored >> (signal - 1)) & 1) != 0;
        }
        catch (Exception exception) when (exception is IOException or InvalidOperationException)
        {
            return false; // There is no /proc here; what was ignored stays so.
        }
    }

    [LibraryImport("libc", EntryPoint = "signal")]
    private static partial nint SignalNative(int signal, nint action);
}
