using System.Runtime.InteropServices;

namespace Sockeye.Linux;

internal static unsafe partial class Interop
{
    private const int StatxBytes = 256;
    private const int StatxModeOffset = 28;
    private const int StatxInodeOffset = 32;
    private const uint StatxType = 1;               // STATX_TYPE
    private const uint StatxInode = 0x100;          // STATX_INO
    private const int AtCurrentDirectory = -100;    // AT_FDCWD
    private const int AtSymbolicLinkNoFollow = 0x100;
    private const int FileTypeMask = 0xF000;        // S_IFMT
    private const int FileTypeSocket = 0xC000;      // S_IFSOCK

    /// <summary>statx(2): 1 when the path itself, not what it links to, is a socket; otherwise 0.</summary>
    internal static Result IsSocket(string path)
    {
        byte* buffer = stackalloc byte[StatxBytes];
        Result result = Statx(path, StatxType, buffer);
        return result.Ok
            ? Result.Success((*(ushort*)(buffer + StatxModeOffset) & FileTypeMask) == FileTypeSocket ? 1 : 0)
            : result;
    }

    /// <summary>statx(2): the number of the path's inode, which no other file of the file system has
    /// meanwhile.</summary>
    internal static Result InodeOf(string path, out ulong inode)
    {
        byte* buffer = stackalloc byte[StatxBytes];
        Result result = Statx(path, StatxInode, buffer);
        inode = result.Ok ? *(ulong*)(buffer + StatxInodeOffset) : 0;
        return result;
    }

    private static Result Statx(string path, uint mask, byte* buffer)
    {
        byte[] name = TerminatedUtf8(path);

        // SAFETY: name ends in a null byte and is pinned for the call; the buffer has the size of struct statx.
        fixed (byte* pointer = name)
        {
            return Result.FromReturn(StatxNative(AtCurrentDirectory, pointer, AtSymbolicLinkNoFollow, mask, buffer));
        }
    }

    [LibraryImport(Libc, EntryPoint = "statx")]
    private static partial int StatxNative(int directory, byte* path, int flags, uint mask, byte* buffer);
}
