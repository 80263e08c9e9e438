using System.Runtime.InteropServices;
using System.Text;

namespace Sockeye.Linux;

internal static unsafe partial class Interop
{
    private const int PathBytesMax = 4_096;     // PATH_MAX

    /// <summary>readlink(2) of /proc/self/fd: the path of an open descriptor, without links and dots.</summary>
    internal static Result PathOf(int descriptor, out string path)
    {
        byte[] name = TerminatedUtf8($"/proc/self/fd/{descriptor}");
        byte* buffer = stackalloc byte[PathBytesMax];

        // SAFETY: the name is pinned for the call and ends in a null byte; the kernel gets the true size of the buffer,
        // and of what it wrote no more is read than it says.
        fixed (byte* pointer = name)
        {
            Result result = Result.FromReturn(ReadlinkNative(pointer, buffer, PathBytesMax));
            path = result.Ok ? Encoding.UTF8.GetString(buffer, result.Value) : "";
            return result;
        }
    }

    [LibraryImport(Libc, EntryPoint = "readlink")]
    private static partial nint ReadlinkNative(byte* path, byte* buffer, nuint length);
}
