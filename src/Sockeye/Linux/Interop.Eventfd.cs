using System.Runtime.InteropServices;

namespace Sockeye.Linux;

internal static unsafe partial class Interop
{
    /// <summary>eventfd(2): a counter to wake a loop with; close-on-exec always.</summary>
    internal static Result Eventfd(uint initial, EventFlags flags = EventFlags.NonBlocking) =>
        Result.FromReturn(EventfdNative(initial, (int)(flags | EventFlags.CloseOnExec)));

    /// <summary>eventfd(2): adds to the counter, which makes it readable; EAGAIN when full, hence readable.</summary>
    internal static Result EventfdAdd(int descriptor, ulong value = 1) =>
        Write(descriptor, MemoryMarshal.AsBytes(new ReadOnlySpan<ulong>(in value)));

    /// <summary>eventfd(2): takes the count and clears it; EAGAIN when it was zero.</summary>
    internal static Result EventfdTake(int descriptor, out ulong value)
    {
        value = 0;
        return Read(descriptor, MemoryMarshal.AsBytes(new Span<ulong>(ref value)));
    }

    [LibraryImport(Libc, EntryPoint = "eventfd")]
    private static partial int EventfdNative(uint initial, int flags);
}
