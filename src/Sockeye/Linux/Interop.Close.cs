using System.Runtime.InteropServices;

namespace Sockeye.Linux;

internal static unsafe partial class Interop
{
    /// <summary>close(2): gives the descriptor back, which is done even when a signal interrupted it.</summary>
    internal static Result Close(int descriptor)
    {
        Result result = Result.FromReturn(CloseNative(descriptor));

        // close(2): "Retrying the close() after a failure return is the wrong thing to do": on Linux the number is free
        // already, and another thread may hold it by now.
        return result.IsInterrupted ? Result.Success() : result;
    }

    [LibraryImport(Libc, EntryPoint = "close")]
    private static partial int CloseNative(int descriptor);
}
