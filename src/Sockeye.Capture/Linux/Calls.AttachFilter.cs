using System.Runtime.InteropServices;
using Sockeye.Linux;

namespace Sockeye.Capture.Linux;

/// <summary>The system calls that only captures make, in the way of <see cref="Interop"/>.</summary>
internal static unsafe partial class Calls
{
    // The runtime knows this name: it loads libc.so.6 of glibc, or musl's, whichever the process runs on.
    private const string Libc = "libc";

    /// <summary>setsockopt(2), SO_ATTACH_FILTER: from now on only what passes reaches the socket.</summary>
    internal static Result AttachFilter(int socket, ReadOnlySpan<FilterInstruction> filter)
    {
        // SAFETY: the instructions are pinned for the call, which copies them, and their true number is told.
        fixed (FilterInstruction* instructions = filter)
        {
            var program = new FilterProgram { Count = (ushort)filter.Length, Instructions = (nint)instructions };
            return Interop.Setsockopt(socket, SocketLevel.Socket, (int)SocketOption.AttachFilter, program);
        }
    }

    /// <summary>struct sock_fprog.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct FilterProgram
    {
        internal ushort Count;
        internal nint Instructions;
    }
}
