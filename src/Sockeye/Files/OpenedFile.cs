using Microsoft.Win32.SafeHandles;
using Sockeye.Linux;

namespace Sockeye.Files;

/// <summary>Something found in a <see cref="RootFolder"/>, as it was when it was opened.</summary>
public sealed class OpenedFile : IDisposable
{
    private readonly FileStatus _status;

    internal OpenedFile(SafeFileHandle? handle, in FileStatus status, string path)
    {
        Handle = handle;
        _status = status;
        Path = path;
    }

    /// <summary>A regular file, open for reading; null for anything else.</summary>
    public SafeFileHandle? Handle { get; }

    /// <summary>It is a folder.</summary>
    public bool IsFolder => _status.IsDirectory;

    /// <summary>Its path, without links.</summary>
    public string Path { get; }

    /// <summary>Its bytes.</summary>
    public long Length => _status.Length;

    /// <summary>When its content changed last.</summary>
    public DateTimeOffset LastModified => DateTimeOffset.UnixEpoch.AddTicks(ModifiedTicks);

    /// <summary>The same moment in units of 100 ns since 1970. A date of before, or of far ahead, is cut.</summary>
    public long ModifiedTicks => (Math.Clamp(_status.ModifiedSeconds, 0, uint.MaxValue) * TimeSpan.TicksPerSecond)
        + (_status.ModifiedNanoseconds / TimeSpan.NanosecondsPerTick);

    /// <summary>Whether the content is another by now than when it was opened, as far as length and time of the last
    /// change tell.</summary>
    /// <exception cref="InvalidOperationException">It is no regular file.</exception>
    public bool HasChanged()
    {
        SafeFileHandle handle = Handle ?? throw new InvalidOperationException("Only a regular file is looked at again.");
        bool isHeld = false;
        try
        {
            handle.DangerousAddRef(ref isHeld);
            return !Interop.StatusOf((int)handle.DangerousGetHandle(), out FileStatus now).Ok || now != _status;
        }
        finally
        {
            if (isHeld)
            {
                handle.DangerousRelease();
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose() => Handle?.Dispose();
}
