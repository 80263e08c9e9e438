using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Sockeye.Linux;

internal static unsafe partial class Interop
{
    private const int StatxBytes = 256;
    private const int StatxModeOffset = 28;
    private const int StatxInodeOffset = 32;
    private const int StatxSizeOffset = 40;
    private const int StatxChangedOffset = 96;      // struct statx_timestamp: seconds, then nanoseconds.
    private const int StatxModifiedOffset = 112;
    private const int StatxDeviceOffset = 136;      // Major, then minor.
    private const uint StatxType = 1;               // STATX_TYPE
    private const uint StatxModified = 0x40;        // STATX_MTIME
    private const uint StatxChanged = 0x80;         // STATX_CTIME
    private const uint StatxInode = 0x100;          // STATX_INO
    private const uint StatxSize = 0x200;           // STATX_SIZE
    private const uint StatxStatus = StatxType | StatxModified | StatxChanged | StatxInode | StatxSize;
    private const int AtEmptyPath = 0x1000;         // AT_EMPTY_PATH
    private const int AtCurrentDirectory = -100;    // AT_FDCWD
    private const int AtSymbolicLinkNoFollow = 0x100;
    private const int AtNoAutomount = 0x800;
    private const int FileTypeMask = 0xF000;        // S_IFMT
    private const int FileTypeSocket = 0xC000;      // S_IFSOCK
    private const int FileTypeRegular = 0x8000;     // S_IFREG
    private const int FileTypeDirectory = 0x4000;   // S_IFDIR

    /// <summary>statx(2): 1 when the path itself, not what it links to, is a socket; otherwise 0.</summary>
    internal static Result IsSocket(string path) => IsOfType(path, FileTypeSocket);

    /// <summary>statx(2): 1 when the path itself, not what it links to, is a regular file; otherwise 0.</summary>
    internal static Result IsRegular(string path) => IsOfType(path, FileTypeRegular);

    /// <summary>statx(2): the number of the path's inode, which no other file of the file system has
    /// meanwhile.</summary>
    [SkipLocalsInit]
    internal static Result InodeOf(string path, out ulong inode)
    {
        byte* buffer = stackalloc byte[StatxBytes];
        Result result = Statx(path, StatxInode, buffer);
        inode = result.Ok ? *(ulong*)(buffer + StatxInodeOffset) : 0;
        return result;
    }

    /// <summary>statx(2) of an open descriptor.</summary>
    [SkipLocalsInit]
    internal static Result StatusOf(int descriptor, out FileStatus status)
    {
        byte* buffer = stackalloc byte[StatxBytes];
        byte empty = 0;

        // SAFETY: the path is a local that is its own null byte; the buffer has the size of struct statx.
        Result result = Result.FromReturn(StatxNative(descriptor, &empty, AtEmptyPath, StatxStatus, buffer));
        status = result.Ok ? ReadStatus(buffer) : default;
        return result;
    }

    /// <summary>statx(2) of what a path beneath a directory leads to.</summary>
    [SkipLocalsInit]
    internal static Result StatusOf(int directory, string path, out FileStatus status)
    {
        Span<byte> name = TerminatedUtf8(path, stackalloc byte[ShortPathBytesMax]);
        byte* buffer = stackalloc byte[StatxBytes];

        // SAFETY: name ends in a null byte and is pinned for the call; the buffer has the size of struct statx.
        fixed (byte* pointer = name)
        {
            Result result = Result.FromReturn(StatxNative(directory, pointer, AtNoAutomount, StatxStatus, buffer));
            status = result.Ok ? ReadStatus(buffer) : default;
            return result;
        }
    }

    [SkipLocalsInit]
    private static Result IsOfType(string path, int type)
    {
        byte* buffer = stackalloc byte[StatxBytes];
        Result result = Statx(path, StatxType, buffer);
        return result.Ok
            ? Result.Success((*(ushort*)(buffer + StatxModeOffset) & FileTypeMask) == type ? 1 : 0)
            : result;
    }

    private static FileStatus ReadStatus(byte* buffer)
    {
        int type = *(ushort*)(buffer + StatxModeOffset) & FileTypeMask;
        return new FileStatus(
            *(ulong*)(buffer + StatxDeviceOffset),
            *(ulong*)(buffer + StatxInodeOffset),
            type == FileTypeRegular,
            type == FileTypeDirectory,
            *(long*)(buffer + StatxSizeOffset),
            ReadTime(buffer + StatxModifiedOffset),
            ReadTime(buffer + StatxChangedOffset));
    }

    private static FileTime ReadTime(byte* buffer) => new(*(long*)buffer, *(uint*)(buffer + sizeof(long)));

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
