using Microsoft.Win32.SafeHandles;
using Sockeye.Linux;

namespace Sockeye.Files;

/// <summary>Something found in a <see cref="RootFolder"/>, as it was when it was opened.</summary>
public sealed class OpenedFile : IDisposable
{
    private static readonly EnumerationOptions s_all = new()
    {
        AttributesToSkip = FileAttributes.None,
        IgnoreInaccessible = false, // A folder that may not be read is not an empty one.
    };

    private readonly SafeFileHandle _handle;
    private readonly FileStatus _status;
    private SharedHandle? _shared;  // Null once disposed of.

    /// <summary>One that is held by the caller, whose hold it takes over.</summary>
    internal OpenedFile(SharedHandle shared)
    {
        _shared = shared;
        _handle = shared.Handle;
        _status = shared.Status;
    }

    /// <summary>A regular file, open for reading; null for anything else.</summary>
    public SafeFileHandle? Handle => _status.IsRegular ? _handle : null;

    /// <summary>It is a folder.</summary>
    public bool IsFolder => _status.IsDirectory;

    /// <summary>Its bytes.</summary>
    public long Length => _status.Length;

    /// <summary>When its content changed last.</summary>
    public DateTimeOffset LastModified => DateTimeOffset.UnixEpoch.AddTicks(ModifiedTicks);

    /// <summary>The same moment in units of 100 ns since 1970. A date of before, or of far ahead, is cut.</summary>
    public long ModifiedTicks => _status.Modified.Ticks;

    /// <summary>Whether the content is another by now than when it was opened, as far as length and time of the last
    /// change tell.</summary>
    /// <exception cref="InvalidOperationException">It is no regular file.</exception>
    public bool HasChanged()
    {
        bool isHeld = false;
        try
        {
            _handle.DangerousAddRef(ref isHeld);
            return !Interop.StatusOf((int)_handle.DangerousGetHandle(), out FileStatus now).Ok
                || !now.HasContentOf(_status);
        }
        finally
        {
            if (isHeld)
            {
                _handle.DangerousRelease();
            }
        }
    }

    /// <summary>What a folder has, in no order. It waits for the disk.</summary>
    /// <param name="entriesMax">The most entries that are read.</param>
    /// <exception cref="IOException">It is no folder, or cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be read.</exception>
    public IReadOnlyList<FolderEntry> List(int entriesMax)
    {
        bool isHeld = false;
        try
        {
            _handle.DangerousAddRef(ref isHeld);

            // By its descriptor: the name that it was found by may lead elsewhere by now.
            var folder = new DirectoryInfo($"/proc/self/fd/{_handle.DangerousGetHandle()}/");
            return
            [
                .. folder.EnumerateFileSystemInfos("*", s_all).Take(entriesMax).Select(one => new FolderEntry(
                    one.Name,
                    one is DirectoryInfo,
                    one.LinkTarget is not null,
                    one is FileInfo { LinkTarget: null } file ? file.Length : 0,
                    one.LastWriteTimeUtc)),
            ];
        }
        finally
        {
            if (isHeld)
            {
                _handle.DangerousRelease();
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose() => Interlocked.Exchange(ref _shared, null)?.Release();
}

/// <summary>One entry of a folder.</summary>
/// <param name="Name">Its name.</param>
/// <param name="IsFolder">It is a folder.</param>
/// <param name="IsLink">It is a symbolic link; what it leads to is not looked at.</param>
/// <param name="Length">Bytes of a file; 0 for anything else.</param>
/// <param name="LastModified">When it changed last.</param>
public readonly record struct FolderEntry(
    string Name, bool IsFolder, bool IsLink, long Length, DateTimeOffset LastModified);
