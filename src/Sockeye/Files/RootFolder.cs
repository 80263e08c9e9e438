using Microsoft.Win32.SafeHandles;
using Sockeye.Linux;

namespace Sockeye.Files;

/// <summary>Which symbolic links beneath a <see cref="RootFolder"/> are followed.</summary>
public enum FileLinks
{
    /// <summary>Those whose target lies beneath the folder too.</summary>
    Inside = 0,

    /// <summary>None.</summary>
    Never,

    /// <summary>All of them, wherever they lead: whoever may make links there may show any file that we can
    /// read.</summary>
    Always,
}

/// <summary>What came of looking for a file.</summary>
public enum FileOutcome
{
    /// <summary>It is there.</summary>
    Found = 0,

    /// <summary>There is none, or it lies outside, or behind a link that is not followed.</summary>
    NotFound,

    /// <summary>It is there, and may not be read.</summary>
    Forbidden,
}

/// <summary>
/// A folder whose files are opened by a path beneath it, and never one outside of it. What is opened is checked after
/// it was opened, so that a link which is changed meanwhile leads nowhere else; nothing but a regular file is opened
/// for reading, so that a pipe or a device neither blocks nor notices. Its members may be called from any thread; they
/// wait for the file system to find the name.
/// </summary>
public sealed class RootFolder : IDisposable
{
    /// <summary>AT_FDCWD: a path that does not begin with a slash begins here.</summary>
    private const int CurrentDirectory = -100;

    private const FileFlags ForReading = FileFlags.NonBlocking | FileFlags.NoControllingTerminal;

    private readonly SafeFileHandle _handle;
    private readonly FileLinks _links;
    private readonly RecentFiles _recent = new();
    private volatile string _realPath;  // Without its slash at the end. The folder may be moved.

    /// <summary>Opens a folder. Where the path is a link, it is followed now and not again.</summary>
    /// <exception cref="DirectoryNotFoundException">There is no such folder.</exception>
    /// <exception cref="IOException">It cannot be opened.</exception>
    public RootFolder(string path, FileLinks links = FileLinks.Inside)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        _links = links;
        Result opened = Interop.Openat(CurrentDirectory, path, FileFlags.Path);
        _handle = new SafeFileHandle(opened.Ok ? opened.Value : -1, ownsHandle: true);
        if (opened.Error is Errno.ENOENT or Errno.ENOTDIR
            || (opened.Ok && !(Interop.StatusOf(opened.Value, out FileStatus status).Ok && status.IsDirectory)))
        {
            _handle.Dispose();
            throw new DirectoryNotFoundException($"There is no folder {path}.");
        }

        _realPath = opened.Ok && Interop.PathOf(opened.Value, out string real).Ok
            ? real.TrimEnd('/')
            : throw new IOException($"The folder {path} cannot be opened: {opened}.");
    }

    /// <summary>Where it is, without links.</summary>
    public string Path => _realPath.Length == 0 ? "/" : _realPath;

    /// <summary>Opens what a path leads to.</summary>
    /// <param name="path">A path beneath the folder, such as <c>a/b.txt</c>, with nothing to be decoded; empty for the
    /// folder itself. With a slash at its beginning or end, an empty segment, <c>.</c>, <c>..</c> or a null character
    /// it leads nowhere.</param>
    /// <param name="file">What was found, to be disposed of; null otherwise.</param>
    /// <exception cref="IOException">It is not known: the process is out of descriptors, or the disk fails.</exception>
    public FileOutcome TryOpen(string path, out OpenedFile? file)
    {
        ArgumentNullException.ThrowIfNull(path);
        file = null;
        if (!IsPlain(path))
        {
            return FileOutcome.NotFound;
        }

        bool isHeld = false;
        try
        {
            _handle.DangerousAddRef(ref isHeld);
            int folder = (int)_handle.DangerousGetHandle();
            if (path.Length > 0)
            {
                // Looked at before, since opening a pipe would be noticed at its other end.
                Result known = Interop.StatusOf(folder, path, out FileStatus status);
                if (!known.Ok)
                {
                    return OutcomeOf(known, path);
                }

                if (status.IsRegular
                    && (_recent.TryOpen(path, status, out file) || TryOpenAtOnce(folder, path, out file)))
                {
                    return FileOutcome.Found;
                }
            }

            // O_PATH opens nothing but the name: neither a pipe nor a device notices.
            Result found = Interop.Openat(folder, path.Length == 0 ? "." : path, FileFlags.Path);
            if (!found.Ok)
            {
                return OutcomeOf(found, path);
            }

            var name = new SafeFileHandle(found.Value, ownsHandle: true);
            try
            {
                return IsInside(folder, found.Value, path)
                    ? Open(name, found.Value, path, out file)
                    : FileOutcome.NotFound;
            }
            finally
            {
                // Also when it throws since descriptors ran out: those that are left must not wait for a finalizer.
                if (file is null || file.Handle is not null)
                {
                    name.Dispose();
                }
            }
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
    public void Dispose()
    {
        _recent.Dispose();
        _handle.Dispose();
    }

    /// <summary>The usual case with fewer system calls: a regular file, reached in a way that the kernel itself can
    /// keep within the folder (openat2(2)). Whatever else there is, and why, the longer way finds out.</summary>
    private bool TryOpenAtOnce(int folder, string path, out OpenedFile? file)
    {
        file = null;
        Result opened = Interop.Openat2(folder, path, ForReading, PathResolution.NoMagicLinks | _links switch
        {
            FileLinks.Always => PathResolution.None,
            FileLinks.Never => PathResolution.Beneath | PathResolution.NoLinks,
            _ => PathResolution.Beneath,
        });
        if (!opened.Ok)
        {
            return false; // Such as EXDEV for an absolute link, which may lead inside all the same; ENOSYS; EPERM.
        }

        var handle = new SafeFileHandle(opened.Value, ownsHandle: true);
        if (!Interop.StatusOf(opened.Value, out FileStatus status).Ok || !status.IsRegular)
        {
            handle.Dispose();
            return false;
        }

        var shared = new SharedHandle(handle, status);
        _recent.Add(path, shared);
        file = new OpenedFile(shared);
        return true;
    }

    /// <summary>Opens what a name was found to be: a regular file for reading, and of others only the name.</summary>
    private static FileOutcome Open(SafeFileHandle name, int descriptor, string path, out OpenedFile? file)
    {
        file = null;
        Result known = Interop.StatusOf(descriptor, out FileStatus status);
        if (known.Ok && !status.IsRegular)
        {
            file = new OpenedFile(new SharedHandle(name, status));
            return FileOutcome.Found;
        }

        // The very file that was checked, whatever its name leads to by now.
        Result opened = !known.Ok ? known : Interop.Openat(
            CurrentDirectory, $"/proc/self/fd/{descriptor}", ForReading);
        if (!opened.Ok)
        {
            return OutcomeOf(opened, path);
        }

        file = new OpenedFile(
            new SharedHandle(new SafeFileHandle(opened.Value, ownsHandle: true), status));
        return FileOutcome.Found;
    }

    private bool IsInside(int folder, int found, string path)
    {
        if (!Interop.PathOf(found, out string real).Ok)
        {
            return false;
        }

        if (IsInside(_realPath, real, path))
        {
            return true;
        }

        // Unless the folder itself was moved.
        if (!Interop.PathOf(folder, out string now).Ok || now == Path)
        {
            return false;
        }

        _realPath = now.TrimEnd('/');
        return IsInside(_realPath, real, path);
    }

    private bool IsInside(string root, string real, string path) => _links switch
    {
        FileLinks.Always => true,

        // Where no link was followed, the real path is the one that was asked for.
        FileLinks.Never => path.Length == 0
            ? real.TrimEnd('/') == root
            : real.Length == root.Length + 1 + path.Length
                && real.StartsWith(root, StringComparison.Ordinal)
                && real[root.Length] == '/'
                && real.EndsWith(path, StringComparison.Ordinal),
        _ => real.StartsWith(root, StringComparison.Ordinal)
            && (real.Length == root.Length || real[root.Length] == '/'),
    };

    /// <summary>Whether each segment is the name of something in the folder before it.</summary>
    private static bool IsPlain(string path)
    {
        if (path.Contains('\0', StringComparison.Ordinal))
        {
            return false;
        }

        foreach (Range range in path.AsSpan().Split('/'))
        {
            if (path.Length > 0 && path.AsSpan()[range] is "" or "." or "..")
            {
                return false;
            }
        }

        return true;
    }

    private static FileOutcome OutcomeOf(Result failed, string path) => failed.Error switch
    {
        Errno.ENOENT or Errno.ENOTDIR or Errno.ELOOP or Errno.ENAMETOOLONG or Errno.EINVAL or Errno.ENXIO
            => FileOutcome.NotFound,
        Errno.EACCES or Errno.EPERM => FileOutcome.Forbidden,
        _ => throw new IOException($"{path} cannot be opened: {failed}."),
    };
}
