namespace Sockeye.Linux;

/// <summary>What statx(2) says of a file. Two that are equal are of the same file, and nothing of it has changed
/// between.</summary>
/// <param name="Device">The file system, as major and minor number.</param>
/// <param name="Inode">The file's number there.</param>
/// <param name="IsRegular">S_ISREG.</param>
/// <param name="IsDirectory">S_ISDIR.</param>
/// <param name="Length">Its bytes.</param>
/// <param name="Modified">When its content changed last.</param>
/// <param name="Changed">When anything of it did, its permissions or its name too.</param>
internal readonly record struct FileStatus(
    ulong Device, ulong Inode, bool IsRegular, bool IsDirectory, long Length, FileTime Modified, FileTime Changed)
{
    /// <summary>Whether the content is the same, as far as length and time of the last change tell.</summary>
    public bool HasContentOf(in FileStatus other) => Length == other.Length && Modified == other.Modified;

    /// <summary>Whether nothing has changed for so long.</summary>
    public bool IsOlderThan(TimeSpan age) =>
        DateTimeOffset.UtcNow - DateTimeOffset.UnixEpoch.AddTicks(Changed.Ticks) > age;
}

/// <summary>A moment as file systems have it.</summary>
/// <param name="Seconds">Since 1970.</param>
/// <param name="Nanoseconds">And beyond them.</param>
internal readonly record struct FileTime(long Seconds, uint Nanoseconds)
{
    /// <summary>The same moment in units of 100 ns since 1970. One before that, or far ahead, is cut.</summary>
    public long Ticks => (Math.Clamp(Seconds, 0, uint.MaxValue) * TimeSpan.TicksPerSecond)
        + (Nanoseconds / TimeSpan.NanosecondsPerTick);
}
