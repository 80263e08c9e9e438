using System.Diagnostics;

namespace Sockeye.Tests;

/// <summary>What the library tells of processes and threads.</summary>
public sealed class ProcessTests
{
    [Fact]
    public void AThreadRunsOnTheProcessorsThatItWasGiven()
    {
        IReadOnlyList<int> all = ThreadProcessors.Allowed;
        Assert.Equal(Environment.ProcessorCount, all.Count);
        List<IReadOnlyList<int>> seen = [];
        var thread = new Thread(() =>
        {
            ThreadProcessors.Use(all[^1]);
            seen.Add(ThreadProcessors.Allowed);
            using Process child = Process.Start(
                new ProcessStartInfo("cat", ["/proc/self/status"]) { RedirectStandardOutput = true })!;
            string line = child.StandardOutput.ReadToEnd().Split('\n')
                .First(one => one.StartsWith("Cpus_allowed_list:", StringComparison.Ordinal));
            seen.Add([int.Parse(line.Split('\t')[1], System.Globalization.CultureInfo.InvariantCulture)]);
            ThreadProcessors.Use([.. all]);
            seen.Add(ThreadProcessors.Allowed);
        });
        thread.Start();
        thread.Join();
        Assert.Equal([[all[^1]], [all[^1]], all], seen);
        Assert.Equal(all, ThreadProcessors.Allowed);
    }

    [Fact]
    public void AProcessorThatIsNotThereIsAMistake()
    {
        Assert.Throws<ArgumentException>(() => ThreadProcessors.Use(8_191));
        Assert.Throws<ArgumentException>(() => ThreadProcessors.Use());
        Assert.Throws<ArgumentOutOfRangeException>(() => ThreadProcessors.Use(-1));
        Assert.Throws<ArgumentOutOfRangeException>(() => ThreadProcessors.Use(8_192));
    }

    [Fact]
    public void WhatAProcessUsedOnlyGrows()
    {
        ProcessUsage before = ProcessUsage.Now;
        var thread = new Thread(static () => Thread.Yield());
        thread.Start();
        thread.Join(); // Waiting is a switch.
        ProcessUsage after = ProcessUsage.Now;
        Assert.True(before.ProcessorTime > TimeSpan.Zero);
        Assert.True(after.ProcessorTime >= before.ProcessorTime);
        Assert.True(after.VoluntarySwitches > before.VoluntarySwitches);
        Assert.True(after.InvoluntarySwitches >= before.InvoluntarySwitches);
    }

    [CountsCallsFact]
    public void SystemCallsOfAProgramAreCountedAndNoneOfOurs()
    {
        const int Blocks = 5_000;
        using SystemCallCounter counter = SystemCallCounter.ForNextProgram();
        for (int i = 0; i < Blocks; i++)
        {
            File.Exists("/"); // A call of ours.
        }

        Assert.Equal(0, counter.Count);
        using (Process copy = Process.Start("dd", $"if=/dev/zero of=/dev/null bs=1 count={Blocks} status=none"))
        {
            copy.WaitForExit();
        }

        // It reads and writes each block, and does a little more.
        Assert.InRange(counter.Count, 2 * Blocks, (2 * Blocks) + 1_000);
        counter.Dispose();
        Assert.Throws<ObjectDisposedException>(() => counter.Count);
    }

    /// <summary>A test that counts system calls, which takes a permission.</summary>
    [AttributeUsage(AttributeTargets.Method)]
    private sealed class CountsCallsFactAttribute : FactAttribute
    {
        public CountsCallsFactAttribute() => Skip = SystemCallCounter.WhyUnavailable();
    }
}
