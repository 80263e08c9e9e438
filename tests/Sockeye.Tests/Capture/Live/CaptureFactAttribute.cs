using Sockeye.Capture;
using Sockeye.Tests.Cli;

namespace Sockeye.Tests.Capture.Live;

/// <summary>A test that captures; where that is not allowed it is skipped, and says why.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class CaptureFactAttribute : FactAttribute
{
    private static readonly Lazy<string?> s_whyNot = new(() =>
    {
        try
        {
            // With a filter: most tests need the compiler too.
            LiveCapture.Open(new LiveCaptureOptions { Filter = "udp" }).Dispose();
            return null;
        }
        catch (CaptureException exception)
        {
            return exception.Message;
        }
    });

    /// <summary>Marks a test.</summary>
    /// <param name="programs">What it runs besides.</param>
    public CaptureFactAttribute(params string[] programs) =>
        Skip = s_whyNot.Value ?? programs.Select(NeedsFactAttribute.WhySkip).FirstOrDefault(why => why is not null);
}

/// <summary>A test that captures as root, and gives up that.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class RootCaptureFactAttribute : FactAttribute
{
    /// <summary>Marks a test.</summary>
    /// <param name="programs">What it runs besides.</param>
    public RootCaptureFactAttribute(params string[] programs) => Skip = UserAccount.WeAreRoot
        ? new CaptureFactAttribute(programs).Skip
        : "only root has rights to give up";
}

/// <summary>A test that captures only what a command sends.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class CommandFactAttribute : FactAttribute
{
    private static readonly Lazy<string?> s_whyNot = new(() =>
    {
        try
        {
            CommandTraffic.Open(TimeProvider.System).Dispose();
            return null;
        }
        catch (CaptureException exception)
        {
            return exception.Message;
        }
    });

    /// <summary>Marks a test.</summary>
    /// <param name="programs">What it runs besides.</param>
    public CommandFactAttribute(params string[] programs) =>
        Skip = new CaptureFactAttribute(programs).Skip ?? s_whyNot.Value;
}
