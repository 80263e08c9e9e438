using System.Runtime.InteropServices;

namespace Sockeye.Linux;

internal static unsafe partial class Interop
{
    /// <summary>pthread_sigmask(3): changes which signals the calling thread keeps waiting.</summary>
    internal static Result PthreadSigmask(SignalMaskChange how, in SignalSet signals, out SignalSet previous)
    {
        previous = default;

        // SAFETY: both sets are pinned for the call and have libc's 128 bytes.
        fixed (SignalSet* next = &signals, old = &previous)
        {
            // This call returns its error instead of setting errno.
            int error = PthreadSigmaskNative((int)how, next, old);
            return error == 0 ? Result.Success() : Result.Failure((Errno)error);
        }
    }

    [LibraryImport(Libc, EntryPoint = "pthread_sigmask")]
    private static partial int PthreadSigmaskNative(int how, SignalSet* signals, SignalSet* previous);
}
