using System.Runtime.InteropServices;

namespace Sockeye.Linux;

/// <summary>struct perf_event_attr of perf_event_open(2), in its first version.</summary>
[StructLayout(LayoutKind.Explicit, Size = Bytes)]
internal readonly struct PerfEventSetting
{
    private const int Bytes = 64; // PERF_ATTR_SIZE_VER0
    private const uint Tracepoint = 2; // PERF_TYPE_TRACEPOINT

    // The bits of the field of flags, from the lowest.
    private const ulong Disabled = 1 << 0;
    private const ulong Inherit = 1 << 1;
    private const ulong EnableOnExec = 1 << 12;

    [FieldOffset(0)]
    private readonly uint _type;

    [FieldOffset(4)]
    private readonly uint _size;

    [FieldOffset(8)]
    private readonly ulong _what;

    [FieldOffset(40)]
    private readonly ulong _flags;

    private PerfEventSetting(ulong tracepoint, ulong flags)
    {
        _type = Tracepoint;
        _size = Bytes;
        _what = tracepoint;
        _flags = flags;
    }

    /// <summary>Counts how often a tracepoint is passed. It begins in a child of the thread when that executes a
    /// program; the thread itself executes none.</summary>
    internal static PerfEventSetting OfNextProgram(ulong tracepoint) =>
        new(tracepoint, Disabled | Inherit | EnableOnExec);
}
