namespace Sockeye.Engines;

/// <summary>
/// Reports a handler that holds its loop, while it does: the other connections of that loop wait. It looks at each
/// loop a few times within the limit; the loop itself only counts what it begins. Where a loop has lent its thread, it
/// has another go on instead (<see cref="LentThread"/>).
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
            _loops = [.. _loops, new Watched(loop)];
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
            foreach (Watched watched in _loops)
            {
                if (watched.Lent.Look())
                {
                    pause = Math.Min(usual, LookMillisecondsWhenLent);
                }

                Look(watched);
            }
        }

        Array.ForEach(_loops, watched => watched.Lent.Dispose());
    }

    private void Look(Watched watched)
    {
        object? busy = watched.Loop.Busy;
        int dispatches = watched.Loop.Dispatches;
        long now = Environment.TickCount64;
        if (busy is null || dispatches != watched.Dispatches)
        {
            watched.Dispatches = dispatches;
            watched.Since = now;
            watched.IsReported = false;
            return;
        }

        TimeSpan held = TimeSpan.FromMilliseconds(now - watched.Since);
        if (held < _limit || watched.IsReported)
        {
            return;
        }

        watched.IsReported = true;
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
            Message = $"{what} has held the loop '{watched.Loop.Name}'{where} for {held.TotalMilliseconds:0} ms, "
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

    private sealed class Watched(Loop loop)
    {
        public Loop Loop { get; } = loop;

        public LentThread Lent { get; } = new(loop);

        public int Dispatches { get; set; }

        public long Since { get; set; } = Environment.TickCount64;

        public bool IsReported { get; set; }
    }
}
