using System.Text.RegularExpressions;
using Sockeye.Capture.Linux;
using Sockeye.Wire.Link;

namespace Sockeye.Capture;

/// <summary>A filter in tcpdump's language, compiled: the part that the kernel runs, and what is left for us.</summary>
internal sealed partial class CaptureFilter
{
    private readonly FilterLibrary? _library;
    private readonly FilterInstruction[] _here = [];

    private CaptureFilter(FilterInstruction[] inKernel) => InKernel = inKernel;

    private CaptureFilter(FilterInstruction[] inKernel, FilterLibrary library, FilterInstruction[] here)
    {
        InKernel = inKernel;
        _library = library;
        _here = here;
    }

    /// <summary>What the kernel runs.</summary>
    public FilterInstruction[] InKernel { get; }

    // A name with a point in it, alone or compared with something.
    [GeneratedRegex(@"[a-z]\w*(\.\w+)+\s*(==|!=|[<>]|(contains|matches|in)\b)|^[a-z]\w*(\.[a-z]\w*)+$")]
    private static partial Regex DisplayField();

    /// <summary>Compiles a filter; an empty one lets everything pass, and needs no compiler.</summary>
    public static CaptureFilter Of(string text, LinkType link, int snapLength)
    {
        FilterInstruction[] all = FilterInstruction.KeepAll(snapLength);
        if (string.IsNullOrWhiteSpace(text))
        {
            return new CaptureFilter(all);
        }

        FilterLibrary library = FilterLibrary.Load() ?? throw new CaptureException(
            CaptureError.NoFilterCompiler,
            "Filters are compiled by libpcap, which is not installed; 'sudo apt-get install libpcap0.8' does, and " +
            "without a filter it is not needed.");
        FilterInstruction[] program = library.Compile(text, link, snapLength, out string? error);
        if (error is not null)
        {
            throw new CaptureException(
                CaptureError.BadFilter,
                $"The filter '{text}' has a mistake: {error}; " + (DisplayField().IsMatch(text)
                    ? "fields are of display filters, which 'sockeye read --where' takes; here one writes tcp port 80."
                    : "'man pcap-filter' has its language."));
        }

        // The kernel keeps the tag of a VLAN beside the frame, where what libpcap compiles for files does not look.
        FilterInstruction[]? inKernel = text.Contains("vlan", StringComparison.Ordinal) ? null
            : link == LinkType.LinuxCooked2 ? FilterInstruction.ForUncooked(program)
            : program;
        return inKernel is not null && inKernel.Length < FilterInstruction.ProgramInstructionsMax - 5
            ? new CaptureFilter(inKernel)
            : new CaptureFilter(all, library, program);
    }

    /// <summary>Whether a frame that the kernel let pass is wanted.</summary>
    public bool Passes(ReadOnlySpan<byte> frame, long lengthOnWire) =>
        _library is null || _library.Matches(_here, frame, lengthOnWire);
}
