using System.Runtime.InteropServices;

namespace Sockeye.Linux;

internal static unsafe partial class Interop
{
    /// <summary>if_nametoindex(3): the number of a network interface; ENODEV when there is none of that name.</summary>
    internal static Result IfNametoindex(ReadOnlySpan<char> name)
    {
        byte[] text = TerminatedUtf8(name);

        // SAFETY: the text is pinned for the call, and its last byte is null.
        fixed (byte* pointer = text)
        {
            // Zero, not minus one, says that it failed.
            uint index = IfNametoindexNative(pointer);
            return index > 0 ? Result.Success((int)index) : Result.LastError();
        }
    }

    [LibraryImport(Libc, EntryPoint = "if_nametoindex")]
    private static partial uint IfNametoindexNative(byte* name);
}
