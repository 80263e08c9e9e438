using System.Diagnostics;

namespace Sockeye.Tests;

/// <summary>Whether a server without work uses the processor.</summary>
internal static class Resting
{
    private static readonly TimeSpan s_window = TimeSpan.FromMilliseconds(300);
    private static readonly TimeSpan s_usedMax = TimeSpan.FromMilliseconds(90);

    /// <summary>Whether in one of a few windows it used less than a third of a processor.</summary>
    public static async Task<bool> RestsAsync(this Process process)
    {
        for (int i = 0; i < 10; i++)
        {
            process.Refresh();
            TimeSpan before = process.TotalProcessorTime;
            await Task.Delay(s_window);
            process.Refresh();
            if (process.TotalProcessorTime - before < s_usedMax)
            {
                return true;
            }
        }

        return false;
    }
}
