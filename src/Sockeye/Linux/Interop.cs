using System.Runtime.InteropServices;
using System.Text;

namespace Sockeye.Linux;

/// <summary>
/// The system calls Sockeye makes, one per file. Each takes spans and structs, and returns a <see cref="Result"/>: no
/// caller sees a pointer, errno or −1. EINTR is retried inside, except by the calls that wait.
/// </summary>
/// <remarks>
/// No import uses SetLastError, which costs two more calls each time: errno is read after a failure only. The runtime
/// preserves it while it returns to managed code. No import uses SuppressGCTransition: all may block or take a lock.
/// </remarks>
internal static unsafe partial class Interop
{
    // The runtime knows this name: it loads libc.so.6 of glibc, or musl's, whichever the process runs on.
    private const string Libc = "libc";

    /// <summary>Whether the machine is x86-64; a constant to the JIT, so that branches on it vanish.</summary>
    internal static bool IsX64 => RuntimeInformation.ProcessArchitecture == Architecture.X64;

    /// <summary>Room for most paths, on the stack.</summary>
    private const int ShortPathBytesMax = 256;

    /// <summary>The text in this room, or in an array if it is longer.</summary>
    private static Span<byte> TerminatedUtf8(ReadOnlySpan<char> text, Span<byte> room)
    {
        if (Encoding.UTF8.GetMaxByteCount(text.Length) >= room.Length)
        {
            return TerminatedUtf8(text);
        }

        int length = Encoding.UTF8.GetBytes(text, room);
        room[length] = 0;
        return room[..(length + 1)];
    }

    private static byte[] TerminatedUtf8(ReadOnlySpan<char> text)
    {
        byte[] bytes = new byte[Encoding.UTF8.GetByteCount(text) + 1];
        Encoding.UTF8.GetBytes(text, bytes);
        return bytes;
    }
}
