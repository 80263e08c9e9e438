using System.Numerics;
using Sockeye.Linux;

namespace Sockeye;

/// <summary>Which processors the calling thread may run on. A program that it starts may run on the same ones.
/// </summary>
/// <example><code>
/// IReadOnlyList&lt;int&gt; before = ThreadProcessors.Allowed;
/// ThreadProcessors.Use(before[^1]);
/// Process server = Process.Start(…);     // has that one processor
/// ThreadProcessors.Use([.. before]);
/// </code></example>
public static class ThreadProcessors
{
    /// <summary>The highest number of a processor, and one: the kernel has the same limit (CONFIG_NR_CPUS).</summary>
    private const int CountMax = 8_192;

    private const int BitsOfWord = 64;

    /// <summary>Their numbers, the least first; empty where the kernel does not tell (sched_getaffinity(2)).</summary>
    public static IReadOnlyList<int> Allowed
    {
        get
        {
            ulong[] words = new ulong[CountMax / BitsOfWord];
            List<int> numbers = [];
            if (OperatingSystem.IsLinux() && Interop.SchedGetaffinity(0, words).Ok)
            {
                for (int at = 0; at < words.Length; at++)
                {
                    for (ulong rest = words[at]; rest != 0; rest &= rest - 1)
                    {
                        numbers.Add((at * BitsOfWord) + BitOperations.TrailingZeroCount(rest));
                    }
                }
            }

            return numbers;
        }
    }

    /// <summary>Runs the calling thread on these alone from now on (sched_setaffinity(2)).</summary>
    /// <exception cref="ArgumentException">This process may run on none of them.</exception>
    public static void Use(params ReadOnlySpan<int> processors)
    {
        ulong[] words = new ulong[CountMax / BitsOfWord];
        foreach (int processor in processors)
        {
            ArgumentOutOfRangeException.ThrowIfNegative(processor, nameof(processors));
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(processor, CountMax, nameof(processors));
            words[processor / BitsOfWord] |= 1UL << (processor % BitsOfWord);
        }

        if (Interop.SchedSetaffinity(0, words) is { Ok: false } failed)
        {
            throw new ArgumentException(
                $"This thread cannot run on processor {string.Join(", ", processors.ToArray())}: {failed}.",
                nameof(processors));
        }
    }
}
