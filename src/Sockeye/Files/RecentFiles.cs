using System.Diagnostics.CodeAnalysis;
using Microsoft.Win32.SafeHandles;
using Sockeye.Linux;

namespace Sockeye.Files;

/// <summary>
/// Files that were opened less than a second ago, by their path, and stay open that long: a file that is asked for
/// again need not be found, opened, looked at and closed again, which is 17 % of a request for 64 KB (2026-11). What is
/// open is given only while the path leads to the same file and nothing of it has changed, not even its permissions.
/// May be used from any thread.
/// </summary>
internal sealed class RecentFiles : IDisposable
{
    /// <summary>Descriptors that are kept at most. Of more files it forgets some.</summary>
    private const int FilesMax = 64;

    private const int ValidMilliseconds = 1_000;

    private readonly Entry?[] _entries = new Entry?[FilesMax];  // By hash of the path.
    private readonly Timer _timer;
    private int _sweeping;      // 1 while the timer is set.
    private volatile bool _isDisposed;

    public RecentFiles()
    {
        // The caller's AsyncLocals must not be kept for every sweep.
        using AsyncFlowControl? flow = ExecutionContext.IsFlowSuppressed() ? null : ExecutionContext.SuppressFlow();
        _timer = new Timer(
            static files => ((RecentFiles)files!).Sweep(), this, Timeout.Infinite, Timeout.Infinite);
    }

    private sealed record Entry(string Path, SharedHandle File, long Opened);

    /// <summary>Gives the file that was opened by this path, if it is the one that the path leads to now.</summary>
    /// <param name="path">The path.</param>
    /// <param name="now">What the path leads to.</param>
    /// <param name="file">The file, to be disposed of.</param>
    public bool TryOpen(string path, in FileStatus now, [NotNullWhen(true)] out OpenedFile? file)
    {
        file = Volatile.Read(ref _entries[PlaceOf(path)]) is { } entry
            && entry.Path == path
            && entry.File.Status == now
            && IsValid(entry)
            && entry.File.TryHold()
                ? new OpenedFile(entry.File)
                : null;
        return file is not null;
    }

    /// <summary>Keeps a file, perhaps in the place of another.</summary>
    public void Add(string path, SharedHandle file)
    {
        // One that was changed a moment ago might be changed again within the same tick of the file system's clock.
        if (_isDisposed || !file.Status.IsOlderThan(TimeSpan.FromMilliseconds(ValidMilliseconds)) || !file.TryHold())
        {
            return;
        }

        var entry = new Entry(path, file, Environment.TickCount64);
        Interlocked.Exchange(ref _entries[PlaceOf(path)], entry)?.File.Release();
        SetTimer();
    }

    public void Dispose()
    {
        _isDisposed = true;
        _timer.Dispose();
        Forget(static _ => true);
    }

    private static bool IsValid(Entry entry) => Environment.TickCount64 - entry.Opened < ValidMilliseconds;

    private static int PlaceOf(string path) => (int)((uint)path.GetHashCode(StringComparison.Ordinal) % FilesMax);

    private void Sweep()
    {
        Forget(static entry => !IsValid(entry));
        Volatile.Write(ref _sweeping, 0);
        if (Array.Exists(_entries, static entry => entry is not null))
        {
            SetTimer();
        }
    }

    private void SetTimer()
    {
        if (Interlocked.Exchange(ref _sweeping, 1) == 0)
        {
            _timer.Change(ValidMilliseconds, Timeout.Infinite);
        }
        else if (_isDisposed)
        {
            Forget(static _ => true); // Disposed while this was added.
        }
    }

    private void Forget(Predicate<Entry> which)
    {
        for (int i = 0; i < _entries.Length; i++)
        {
            if (Volatile.Read(ref _entries[i]) is { } entry
                && which(entry)
                && Interlocked.CompareExchange(ref _entries[i], null, entry) == entry)
            {
                entry.File.Release();
            }
        }
    }
}

/// <summary>A descriptor that several have, closed when the last gives it back, and what the file was when it was
/// opened.</summary>
internal sealed class SharedHandle(SafeFileHandle handle, in FileStatus status)
{
    private int _holders = 1;

    public SafeFileHandle Handle { get; } = handle;

    public FileStatus Status { get; } = status;

    /// <summary>One more has it; false when the last has given it back already.</summary>
    public bool TryHold()
    {
        int holders = Volatile.Read(ref _holders);
        while (holders > 0)
        {
            int seen = Interlocked.CompareExchange(ref _holders, holders + 1, holders);
            if (seen == holders)
            {
                return true;
            }

            holders = seen;
        }

        return false;
    }

    public void Release()
    {
        if (Interlocked.Decrement(ref _holders) == 0)
        {
            Handle.Dispose();
        }
    }
}
