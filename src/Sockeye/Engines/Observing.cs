using System.Diagnostics;

namespace Sockeye.Engines;

/// <summary>Tells an observer, which must not throw; one that does must not end a loop with it.</summary>
internal static class Observing
{
    public static void Tell(Action<NetworkEvent> observe, in NetworkEvent report)
    {
        try
        {
            observe(report);
        }
        catch (Exception exception)
        {
            Trace.TraceError($"NetworkOptions.Observe threw: {exception}");
        }
    }
}
