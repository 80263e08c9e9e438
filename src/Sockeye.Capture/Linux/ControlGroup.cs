using System.Globalization;
using Microsoft.Win32.SafeHandles;
using Sockeye.Linux;

namespace Sockeye.Capture.Linux;

/// <summary>
/// A control group (cgroups(7), version 2) of our own, beneath the one that we are in: what is started in it, and
/// whatever that starts, belongs to it. It limits nothing.
/// </summary>
internal sealed class ControlGroup
{
    private const string MountsFile = "/proc/self/mounts";
    private const string MembershipFile = "/proc/self/cgroup";
    private const string MembersFile = "cgroup.procs";
    private const string FamilyName = "sockeye-capture";

    private static int s_made;

    private readonly string _family;
    private readonly string _path;
    private readonly SafeFileHandle _members;
    private readonly SafeFileHandle _before;

    private ControlGroup(string family, string path, SafeFileHandle members, SafeFileHandle before, int descriptor)
    {
        _family = family;
        _path = path;
        _members = members;
        _before = before;
        Descriptor = descriptor;
    }

    /// <summary>The group to the kernel.</summary>
    public int Descriptor { get; }

    /// <summary>The folder that holds the groups of all captures: whoever owns it can remove them.</summary>
    public string Family => _family;

    /// <summary>Makes one.</summary>
    public static ControlGroup Make() => Make(Current() ?? throw new CaptureException(
        CaptureError.NotSupported,
        "To capture only what a command sends, Linux control groups of version 2 are needed, and none are " +
        "mounted; 'sudo mount -t cgroup2 none /sys/fs/cgroup/unified' mounts them."));

    /// <summary>Makes one beneath the group that we are in now.</summary>
    internal static ControlGroup Make(string now)
    {
        string family = Path.Combine(now, FamilyName);
        string path = Path.Combine(family, string.Create(
            CultureInfo.InvariantCulture, $"{Environment.ProcessId}-{Interlocked.Increment(ref s_made)}"));
        SafeFileHandle? members = null;
        SafeFileHandle? before = null;
        try
        {
            Directory.CreateDirectory(path);

            // Opened now, with the rights that we have now: the kernel asks for those of the one who opened them.
            members = OpenMembers(path);
            before = OpenMembers(now);
            Result opened = Interop.Openat(0, path, FileFlags.None);
            return opened.Ok
                ? new ControlGroup(family, path, members, before, opened.Value)
                : throw new IOException(opened.Error.Explain());
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            members?.Dispose();
            before?.Dispose();
            RemoveFolders(family, path);
            throw new CaptureException(
                exception is UnauthorizedAccessException ? CaptureError.PermissionDenied : CaptureError.NotSupported,
                "To capture only what a command sends, a control group is made for it, and that fails here " +
                $"({exception.Message.TrimEnd('.')}); run it with sudo, outside of a container.");
        }
    }

    /// <summary>Moves this process in: what it starts is in it too.</summary>
    public void Enter() => Join(_members);

    /// <summary>Moves this process back to where it was.</summary>
    public void Leave() => Join(_before);

    /// <summary>Asks every process in it to end.</summary>
    public void Terminate()
    {
        foreach (string line in File.ReadAllLines(Path.Combine(_path, MembersFile)))
        {
            if (int.TryParse(line, NumberStyles.None, CultureInfo.InvariantCulture, out int process) && process > 0)
            {
                _ = Calls.Kill(process, Signal.Terminate);
            }
        }
    }

    /// <summary>Removes the group, unless something that was started in it still runs.</summary>
    public void Remove()
    {
        _members.Dispose();
        _before.Dispose();
        Interop.Close(Descriptor);
        RemoveFolders(_family, _path);
    }

    private static void RemoveFolders(string family, string path)
    {
        foreach (string folder in (string[])[path, family])
        {
            try
            {
                Directory.Delete(folder);
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                // It was not made, or a process is left in it, or another capture; an empty group costs nothing.
            }
        }
    }

    private static SafeFileHandle OpenMembers(string path) => File.OpenHandle(
        Path.Combine(path, MembersFile), FileMode.Open, FileAccess.Write, FileShare.ReadWrite);

    // Zero stands for the process that writes it.
    private static void Join(SafeFileHandle members) => RandomAccess.Write(members, "0\n"u8, 0);

    /// <summary>The folder of the group that this process is in; null when there are none of version 2.</summary>
    private static string? Current()
    {
        string? mount = File.ReadLines(MountsFile).Select(line => line.Split(' '))
            .Where(words => words is [_, _, "cgroup2", ..]).Select(words => words[1]).FirstOrDefault();
        string? own = File.ReadLines(MembershipFile).Where(line => line.StartsWith("0::", StringComparison.Ordinal))
            .Select(line => line[3..]).FirstOrDefault();
        return mount is null || own is null ? null : Path.Join(mount, own);
    }
}
