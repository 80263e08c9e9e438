using System.Diagnostics;

namespace Sockeye.Tests;

/// <summary>
/// Finds out what work allocates once it runs steadily: counts the bytes of one window of rounds after another, and
/// the least of them is what the work itself takes. One window proves nothing, because the runtime allocates on the
/// same thread too: when code runs for the first time, and again when a method has been compiled anew in the
/// background, which on a busy machine comes seconds later. That passes, and what each round allocates is in every
/// window. The first window within the limit is the end, so that only work that does allocate is measured for long.
/// </summary>
internal sealed class Allocations
{
    private const int RoundsOfAction = 1_000;

    // Given up by both: on a busy machine much time goes by in which little runs.
    private const int WindowsMin = 100;

    private static readonly TimeSpan s_timeMin = TimeSpan.FromSeconds(20);

    private readonly int _rounds;
    private readonly long _bytesMax;
    private readonly Func<long> _bytes;
    private readonly Stopwatch _clock = Stopwatch.StartNew();

    // The thread that is measured owns these.
    private int _left = 1; // The first round only begins.
    private long? _before;
    private int _windows;
    private long _least = long.MaxValue;

    private volatile bool _isDone;

    /// <param name="rounds">Rounds of a window.</param>
    /// <param name="bytesMax">Bytes that a window may take.</param>
    /// <param name="bytes">What has been allocated so far: by default by the thread that counts the rounds.</param>
    public Allocations(int rounds, long bytesMax = 0, Func<long>? bytes = null)
    {
        _rounds = rounds;
        _bytesMax = bytesMax;
        _bytes = bytes ?? GC.GetAllocatedBytesForCurrentThread;
    }

    /// <summary>Enough is known, and no more rounds are needed; any thread may ask.</summary>
    public bool IsDone => _isDone;

    /// <summary>Fails when an action allocates anything on this thread once it runs steadily.</summary>
    public static void AssertNone(Action action) => AssertAtMost(0, action, RoundsOfAction);

    /// <summary>Fails when an action, run so many times, allocates more than that on this thread.</summary>
    public static void AssertAtMost(long bytesMax, Action action, int rounds = 1)
    {
        var allocations = new Allocations(rounds, bytesMax);
        for (allocations.Count(); !allocations.IsDone; allocations.Count())
        {
            action();
        }

        allocations.AssertWithinLimit();
    }

    /// <summary>Counts a round, at the same place of each. Where a peer makes the rounds until
    /// <see cref="IsDone"/>, that is before the peer hears of this one.</summary>
    public void Count()
    {
        if (_isDone || --_left > 0)
        {
            return;
        }

        if (_before is { } before)
        {
            _least = Math.Min(_least, _bytes() - before);
            _windows++;
            _isDone = _least <= _bytesMax || IsHopeless(_clock.Elapsed);
        }

        _left = _rounds;
        _before = _bytes();
    }

    /// <summary>Fails when every window took more than the limit.</summary>
    public void AssertWithinLimit() => Assert.InRange(_least, 0, _bytesMax);

    private bool IsHopeless(TimeSpan elapsed) =>
        (elapsed > s_timeMin && _windows >= WindowsMin) || elapsed > Patience.Time;
}
