using System.Runtime.InteropServices;

namespace Sockeye.Linux;

internal static unsafe partial class Interop
{
    /// <summary>openat(2): opens what there is, close-on-exec; makes nothing. A path that begins with a slash does not
    /// care for the directory. A null byte in it is EINVAL.</summary>
    internal static Result Openat(int directory, ReadOnlySpan<char> path, FileFlags flags)
    {
        byte[] text = TerminatedUtf8(path);
        if (text.AsSpan(..^1).Contains((byte)0))
        {
            return Result.Failure(Errno.EINVAL);
        }

        // SAFETY: the text is pinned for the call, and its last byte is null.
        fixed (byte* pointer = text)
        {
            Result result;
            do
            {
                result = Result.FromReturn(OpenatNative(directory, pointer, (int)(flags | FileFlags.CloseOnExec), 0));
            }
            while (result.IsInterrupted);

            return result;
        }
    }

    // Variadic in C. On x86-64 and arm64 Linux integers travel in the same registers either way.
    [LibraryImport(Libc, EntryPoint = "openat")]
    private static partial int OpenatNative(int directory, byte* path, int flags, uint mode);
}
