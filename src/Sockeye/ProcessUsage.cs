using Sockeye.Linux;

namespace Sockeye;

/// <summary>
/// What this process has used so far, by the kernel's own accounting (getrusage(2)): threads that have ended are in it.
/// </summary>
/// <param name="ProcessorTime">In user mode and in the kernel together.</param>
/// <param name="VoluntarySwitches">How often a thread gave up its processor in order to wait.</param>
/// <param name="InvoluntarySwitches">How often a thread's processor was given to another.</param>
public readonly record struct ProcessUsage(
    TimeSpan ProcessorTime, long VoluntarySwitches, long InvoluntarySwitches)
{
    /// <summary>Up to now; zero where the kernel does not tell.</summary>
    public static ProcessUsage Now => Interop.Getrusage(UsageOf.Process, out ResourceUsage usage).Ok
        ? new ProcessUsage(usage.User + usage.System, usage.VoluntarySwitches, usage.InvoluntarySwitches)
        : default;
}
