using Sockeye.Capture;
using Sockeye.Cli.Resources;

namespace Sockeye.Cli.Capturing;

/// <summary>Whose rights a command goes on with that began as root.</summary>
internal static class AskingUser
{
    private const string SudoUser = "SUDO_UID";

    /// <summary>Who is named, or who ran sudo; null for nobody.</summary>
    public static UserAccount? Find(Output output, string? named = null)
    {
        string? wanted = named ?? output.Environment(SudoUser);
        if (!UserAccount.WeAreRoot || wanted is null)
        {
            return named is null ? null : throw new ToolException(ExitCode.Permission, CaptureText.UserNeedsRoot);
        }

        UserAccount user = UserAccount.Find(wanted)
            ?? throw new ToolException(ExitCode.Usage, CaptureText.UserUnknown.With(wanted));
        return user.UserId == 0 ? null : user;
    }
}
