using System.Runtime.InteropServices;
using System.Text;
using Sockeye.Linux;

namespace Sockeye.Capture.Linux;

/// <summary>Whose rights the process has. Through libc, which makes these calls for every thread (nptl(7)).</summary>
internal static unsafe partial class Calls
{
    private const int AccountBytesMax = 16_384;

    /// <summary>getpwnam_r(3) or, of a number, getpwuid_r(3): an account of this machine.</summary>
    internal static bool TryFindAccount(string nameOrNumber, out string name, out uint user, out uint group)
    {
        byte[] room = new byte[AccountBytesMax];
        byte[] text = Encoding.UTF8.GetBytes(nameOrNumber + '\0');
        Account account;
        Account* found;
        name = "";
        user = 0;
        group = 0;

        // SAFETY: all are pinned or locals for the call, and the true length of the room is told. The name that the
        // account points to lies in the room.
        fixed (byte* buffer = room)
        fixed (byte* wanted = text)
        {
            int failed = uint.TryParse(nameOrNumber, out uint number)
                ? GetpwuidNative(number, &account, buffer, (nuint)room.Length, &found)
                : GetpwnamNative(wanted, &account, buffer, (nuint)room.Length, &found);
            if (failed != 0 || found is null)
            {
                return false;
            }

            name = Marshal.PtrToStringUTF8((nint)account.Name) ?? "";
            user = account.User;
            group = account.Group;
            return true;
        }
    }

    /// <summary>initgroups(3), setresgid(2), setresuid(2): this process becomes another user's for good.</summary>
    internal static Result Become(string name, uint user, uint group)
    {
        byte[] text = Encoding.UTF8.GetBytes(name + '\0');

        // SAFETY: the text is pinned for the call, and its last byte is null.
        fixed (byte* pointer = text)
        {
            Result result = Result.FromReturn(InitgroupsNative(pointer, group));
            result = result.Ok ? Result.FromReturn(SetresgidNative(group, group, group)) : result;
            return result.Ok ? Result.FromReturn(SetresuidNative(user, user, user)) : result;
        }
    }

    /// <summary>chown(2).</summary>
    internal static Result ChangeOwner(string path, uint user, uint group)
    {
        byte[] text = Encoding.UTF8.GetBytes(path + '\0');

        // SAFETY: the text is pinned for the call, and its last byte is null.
        fixed (byte* pointer = text)
        {
            return Result.FromReturn(ChownNative(pointer, user, group));
        }
    }

    /// <summary>kill(2): sends a signal to a process.</summary>
    internal static Result Kill(int process, Signal signal) => Result.FromReturn(KillNative(process, (int)signal));

    [LibraryImport(Libc, EntryPoint = "kill")]
    private static partial int KillNative(int process, int signal);

    [LibraryImport(Libc, EntryPoint = "getpwnam_r")]
    private static partial int GetpwnamNative(byte* name, Account* account, byte* room, nuint length, Account** found);

    [LibraryImport(Libc, EntryPoint = "getpwuid_r")]
    private static partial int GetpwuidNative(uint user, Account* account, byte* room, nuint length, Account** found);

    [LibraryImport(Libc, EntryPoint = "initgroups")]
    private static partial int InitgroupsNative(byte* name, uint group);

    [LibraryImport(Libc, EntryPoint = "setresgid")]
    private static partial int SetresgidNative(uint real, uint effective, uint saved);

    [LibraryImport(Libc, EntryPoint = "setresuid")]
    private static partial int SetresuidNative(uint real, uint effective, uint saved);

    [LibraryImport(Libc, EntryPoint = "chown")]
    private static partial int ChownNative(byte* path, uint user, uint group);

    /// <summary>struct passwd, the same in glibc and musl.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct Account
    {
        internal byte* Name;
        internal byte* Password;
        internal uint User;
        internal uint Group;
        internal byte* Description;
        internal byte* Home;
        internal byte* Shell;
    }
}
