namespace Sockeye.Linux;

internal static unsafe partial class Interop
{
    private const nint ReadNoWait = 8;   // RWF_NOWAIT

    private static nint NumberOfPreadv2 => IsX64 ? 327 : 286;

    /// <summary>
    /// preadv2(2) with RWF_NOWAIT: what the page cache has of a file from the offset on, maybe less than asked; zero at
    /// the file's end. EAGAIN when the disk would have to be waited for, EOPNOTSUPP when the file system cannot tell.
    /// </summary>
    internal static Result ReadCached(int file, Span<byte> buffer, long offset)
    {
        // SAFETY: buffer is pinned for the call and the vector gives its true length; the vector is a local of two
        // words, laid out as struct iovec. On 64-bit machines the whole offset travels in the first of its two
        // arguments.
        fixed (byte* pointer = buffer)
        {
            nint* vector = stackalloc nint[2] { (nint)pointer, buffer.Length };
            Result result;
            do
            {
                result = Result.FromReturn(
                    SyscallNative(NumberOfPreadv2, file, (nint)vector, 1, (nint)offset, 0, ReadNoWait));
            }
            while (result.IsInterrupted);

            return result;
        }
    }
}
