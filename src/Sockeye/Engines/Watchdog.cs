using System.Runtime;

namespace Sockeye.Engines;

/// <summary>
/// Reports a handler that holds its loop, while it does: the other connections of that loop wait. It looks at each
/// loop a few times within the limit; the loop itself only counts what it begins. Time in which code was compiled does
/// not count: the first connections of a process would be reported, most of whose time that is (70 % of 250 ms with
/// TLS, 2026-11), and there is nothing to be done about it in a handler. Where a loop has lent its thread, it has
/// another go on instead (<see cref="LentThread"/>).
/// </summary>
internal sealed class Watchdog : IDisposable
{
    private const int LooksPerLimit = 4;

    /// <summary>How often it looks at least.</summary>
    private const int LookMillisecondsMax = 25;

    /// <summary>How often while loops lend their threads.</summary>
    private const int LookMillisecondsWhenLent = 10;

    private readonly Lock _lock = new();
    private volatile Watched[] _loops = [];         // Replaced under _lock.
    private readonly TimeSpan _limit;
    private readonly ReportHandler _report;
    private readonly ManualResetEventSlim _stop = new();
    private readonly Thread _thread;

    public Watchdog(TimeSpan limit, ReportHandler report)
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(limit, TimeSpan.Zero);
        _limit = limit;
        _report = report;
        _thread = new Thread(Run) { IsBackground = true, Name = "watchdog" };
        _thread.UnsafeStart();
    }

    public delegate void ReportHandler(in NetworkEvent report);

    public void Watch(Loop loop)
    {
        lock (_lock)
        {
            _loops = [.. _loops, new Watched(loop, new Hold(_limit), new LentThread(loop))];
        }
    }

    public void Dispose() => _stop.Set();

    private void Run()
    {
        int usual = (int)Math.Clamp(_limit.TotalMilliseconds / LooksPerLimit, 1, LookMillisecondsMax);
        int pause = usual;
        while (!_stop.Wait(pause))
        {
            pause = usual;
            TimeSpan compiling = JitInfo.GetCompilationTime(); // Of all threads: no other sum can be had from here.
            foreach (Watched watched in _loops)
            {
                if (watched.Lent.Look())
                {
                    pause = Math.Min(usual, LookMillisecondsWhenLent);
                }

                object? busy = watched.Loop.Busy;
                TimeSpan now = TimeSpan.FromMilliseconds(Environment.TickCount64);
                if (watched.Hold.Look(busy is not null, watched.Loop.Dispatches, now, compiling) is { } held)
                {
                    Report(watched.Loop, busy!, held);
                }
            }
        }

        Array.ForEach(_loops, watched => watched.Lent.Dispose());
    }

    private void Report(Loop loop, object busy, TimeSpan held)
    {
        var connection = busy as SocketConnection;
        (string what, string where) = busy switch
        {
            SocketConnection c => ($"The handler {c.HandlerName}", $" for {c.RemoteEndpoint}"),
            LoopDatagramSocket s => ($"The handler {s.HandlerName}", $" for {s.LocalEndpoint}"),
            Action { Target: { } continuation } => ($"The handler {NameOf(continuation)}", ""),
            _ => ("Posted work", ""),
        };
        _report(new NetworkEvent
        {
            Kind = NetworkEventKind.LoopHeld,
            Connection = connection,
            Duration = held,
            Message = $"{what} has held the loop '{loop.Name}'{where} for {held.TotalMilliseconds:0} ms, "
                + "and its other connections wait: await instead of blocking, or move the work with Task.Run.",
        });
    }

    /// <summary>The method that goes on after an await: the box of its state machine has the type
    /// <c>Box&lt;Result, Class.&lt;Method&gt;d__1&gt;</c>.</summary>
    private static string NameOf(object continuation)
    {
        Type? machine = continuation.GetType().GenericTypeArguments.LastOrDefault();
        string method = machine?.Name.Split('>')[0].TrimStart('<') ?? continuation.GetType().Name;
        return machine?.DeclaringType is { } type ? $"{type.Name}.{method}" : method;
    }

    private sealed record Watched(Loop Loop, Hold Hold, LentThread Lent);

    /// <summary>For how long a loop has been at one thing.</summary>
    internal sealed class Hold(TimeSpan limit)
    {
        private int _dispatches;
        private TimeSpan _since;
        private TimeSpan _compiledBefore;
        private bool _isReported;

        /// <summary>Takes note of what a loop does; the time it was held when that is to be reported, once.</summary>
        /// <param name="isBusy">It runs something.</param>
        /// <param name="dispatches">How many times it has begun something.</param>
        /// <param name="now">The time.</param>
        /// <param name="compiling">How long code was compiled until now.</param>
        public TimeSpan? Look(bool isBusy, int dispatches, TimeSpan now, TimeSpan compiling)
        {
            if (!isBusy || dispatches != _dispatches)
            {
                _dispatches = dispatches;
                _since = now;
                _compiledBefore = compiling;
                _isReported = false;
                return null;
            }

            TimeSpan held = now - _since - (compiling - _compiledBefore);
            if (held < limit || _isReported)
            {
                return null;
            }

            _isReported = true;
            return held;
        }
    }
}
