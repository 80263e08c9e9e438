using System.Runtime.CompilerServices;

namespace Sockeye.Linux;

internal static unsafe partial class Interop
{
    /// <summary>openat2(2), since Linux 5.6: opens what there is, close-on-exec, if the path can be followed as the
    /// flags allow. A null byte in the path is EINVAL.</summary>
    [SkipLocalsInit]
    internal static Result Openat2(int directory, ReadOnlySpan<char> path, FileFlags flags, PathResolution resolution)
    {
        Span<byte> text = TerminatedUtf8(path, stackalloc byte[ShortPathBytesMax]);
        if (text[..^1].Contains((byte)0))
        {
            return Result.Failure(Errno.EINVAL);
        }

        // struct open_how: flags, mode, resolve.
        ulong* how = stackalloc ulong[3] { (ulong)(flags | FileFlags.CloseOnExec), 0, (ulong)resolution };

        // SAFETY: the text is pinned for the call, and its last byte is null; the struct is a local of the size given.
        fixed (byte* pointer = text)
        {
            Result result;
            do
            {
                result = Result.FromReturn(
                    SyscallNative(NumberOfOpenat2, directory, (nint)pointer, (nint)how, 3 * sizeof(ulong)));
            }
            while (result.IsInterrupted);

            return result;
        }
    }
}
