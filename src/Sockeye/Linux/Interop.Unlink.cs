using System.Runtime.InteropServices;

namespace Sockeye.Linux;

internal static unsafe partial class Interop
{
    /// <summary>unlink(2): removes a path, such as that of a Unix socket.</summary>
    internal static Result Unlink(ReadOnlySpan<char> path)
    {
        byte[] text = TerminatedUtf8(path);
        if (text.AsSpan(..^1).Contains((byte)0))
        {
            return Result.Failure(Errno.EINVAL);
        }

        // SAFETY: the text is pinned for the call, and its last byte is null.
        fixed (byte* pointer = text)
        {
            return Result.FromReturn(UnlinkNative(pointer));
        }
    }

    [LibraryImport(Libc, EntryPoint = "unlink")]
    private static partial int UnlinkNative(byte* path);
}
