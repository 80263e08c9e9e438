using Sockeye.Capture.Linux;
using Sockeye.Linux;

namespace Sockeye.Capture;

/// <summary>A user of this machine, whom a process that began as root can become once its capture is open.</summary>
public sealed class UserAccount
{
    private const uint Root = 0;

    private UserAccount(string name, uint userId, uint groupId)
    {
        Name = name;
        UserId = userId;
        GroupId = groupId;
    }

    /// <summary>Whether this process has the rights of root.</summary>
    public static bool WeAreRoot => Interop.Geteuid() == Root;

    /// <summary>The name.</summary>
    public string Name { get; }

    /// <summary>The number of the user.</summary>
    public uint UserId { get; }

    /// <summary>The number of the user's group.</summary>
    public uint GroupId { get; }

    /// <summary>Finds a user by name or by number; null when there is none.</summary>
    public static UserAccount? Find(string nameOrNumber)
    {
        ArgumentNullException.ThrowIfNull(nameOrNumber);
        return Calls.TryFindAccount(nameOrNumber, out string name, out uint user, out uint group)
            ? new UserAccount(name, user, group)
            : null;
    }

    /// <summary>Gives this user a file or a folder, which this process must still have the right to do.</summary>
    /// <returns>Whether it did.</returns>
    public bool TakeOver(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        return Calls.ChangeOwner(path, UserId, GroupId).Ok;
    }

    /// <summary>
    /// Gives up the rights of root for good: from now on every thread of this process is this user's, in this user's
    /// groups and without capabilities. What is open stays open. A process that is root no longer stays as it is.
    /// </summary>
    /// <exception cref="CaptureException">The kernel refuses; the process may be half way and should end.</exception>
    public void Become()
    {
        if (UserId != Root && WeAreRoot && Calls.Become(Name, UserId, GroupId) is { Ok: false, Error: var error })
        {
            throw new CaptureException(
                CaptureError.PermissionDenied,
                $"The kernel does not let this process become {Name}: {error.Explain()}.");
        }
    }
}
