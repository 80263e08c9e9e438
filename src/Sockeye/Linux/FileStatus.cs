namespace Sockeye.Linux;

/// <summary>What statx(2) says of a file.</summary>
/// <param name="IsRegular">S_ISREG.</param>
/// <param name="IsDirectory">S_ISDIR.</param>
/// <param name="Length">Its bytes.</param>
/// <param name="ModifiedSeconds">When its content changed last: seconds since 1970.</param>
/// <param name="ModifiedNanoseconds">And nanoseconds beyond them.</param>
internal readonly record struct FileStatus(
    bool IsRegular, bool IsDirectory, long Length, long ModifiedSeconds, uint ModifiedNanoseconds);
