using Sockeye.Cli.Loading.Results;

namespace Sockeye.Cli.Loading;

/// <summary>Runs a load and says what came of it.</summary>
/// <example><code>
/// LoadResult result = await LoadRun.RunAsync(plan, null, stop);
/// </code></example>
internal sealed class LoadRun
{
    /// <summary>How long answers are waited for once no more requests are made.</summary>
    private static readonly TimeSpan s_drainMax = TimeSpan.FromSeconds(1);

    /// <summary>How often in a second what was counted is collected for who watches.</summary>
    private const int TicksWatched = 4;

    /// <summary>The share of its time that a loop can work before it, rather than the peer, is the limit.</summary>
    private const double BusyShareMax = 0.9;

    /// <summary>The share of requests that may leave late.</summary>
    private const double LateShareMax = 0.01;

    private readonly LoadPlan _plan;
    private readonly Action<LoadProgress>? _watch;
    private readonly Func<Task>? _edge;
    private readonly CancellationToken _stop;
    private readonly int _ticks;        // In a second.
    private readonly TimeSpan _tick;    // From one to the next.
    private readonly LoadCounts _total = new();
    private readonly LoadCounts _second = new();
    private readonly List<LoadSecond> _seconds = [];
    private Lane[] _lanes = [];
    private long _collected;            // When what was counted was collected last.

    private LoadRun(LoadPlan plan, Action<LoadProgress>? watch, Func<Task>? edge, CancellationToken stop)
    {
        _plan = plan;
        _watch = watch;
        _edge = edge;
        _ticks = watch is null ? 1 : TicksWatched;
        _tick = TimeSpan.FromSeconds(1.0 / _ticks);
        _stop = stop;
    }

    /// <summary>Runs a load.</summary>
    /// <param name="plan">What to run.</param>
    /// <param name="watch">Told a few times a second how far it is; null for nobody.</param>
    /// <param name="stop">Ends it early: the result is that of the time until then.</param>
    /// <param name="edge">Awaited right before it begins to be measured and right before it ends: for who measures the
    /// peer meanwhile. Requests go on.</param>
    /// <exception cref="NetworkException">No connection could be made.</exception>
    public static Task<LoadResult> RunAsync(
        LoadPlan plan,
        Action<LoadProgress>? watch = null,
        CancellationToken stop = default,
        Func<Task>? edge = null) =>
        new LoadRun(plan, watch, edge, stop).RunAsync();

    private async Task<LoadResult> RunAsync()
    {
        int loops = Math.Min(
            _plan.Loops > 0 ? _plan.Loops : Math.Max(1, Environment.ProcessorCount / 2), _plan.Connections);
        await using Network network = Network.Open(_plan.Model, new NetworkOptions
        {
            Loops = loops,
            LoopHeldAfter = Timeout.InfiniteTimeSpan,
        });
        await Rehearsal.RunAsync(_plan, network);
        var start = new TaskCompletionSource<long>(TaskCreationOptions.RunContinuationsAsynchronously);
        _lanes = [.. Enumerable.Range(0, loops).Select(index => new Lane(_plan, network, index, loops))];
        Task[] running = [.. _lanes.Select(lane => network.RunAsync(() => RunLaneAsync(lane, start.Task)))];
        await Task.WhenAll(_lanes.Select(lane => lane.Opened)).WaitAsync(_stop);

        if (_plan.WarmUp == TimeSpan.Zero)
        {
            await AtEdgeAsync();
        }

        DateTimeOffset beganAt = network.Time.GetUtcNow() + _plan.WarmUp;
        long begin = LoadClock.Now;
        start.SetResult(begin);
        Task all = Task.WhenAll(running);
        if (_plan.WarmUp > TimeSpan.Zero)
        {
            await WarmUpAsync(all, network.Time);
            await AtEdgeAsync();
            begin = LoadClock.Now;
            Array.ForEach(_lanes, lane => lane.Measure());
        }

        long end = await MeasureAsync(all, begin, network.Time);
        return ResultOf(network, beganAt, begin, end);
    }

    private Task RunLaneAsync(Lane lane, Task<long> start)
    {
        if (_plan.Processor is { } processor)
        {
            ThreadProcessors.Use(processor); // The loop's thread ends with the network of this run.
        }

        return lane.RunAsync(start);
    }

    private Task AtEdgeAsync() => _edge?.Invoke() ?? Task.CompletedTask;

    private async Task WarmUpAsync(Task all, TimeProvider time)
    {
        long began = LoadClock.Now;
        while (LoadClock.Now - began < LoadClock.Nanoseconds(_plan.WarmUp) && !all.IsCompleted
            && !_stop.IsCancellationRequested)
        {
            TimeSpan elapsed = LoadClock.Duration(LoadClock.Now - began);
            _watch?.Invoke(new LoadProgress(elapsed, IsWarmingUp: true, _total, 0));
            TimeSpan left = _plan.WarmUp - elapsed;
            await DelayAsync(all, left < _tick ? left : _tick, time);
        }
    }

    /// <summary>Collects what is counted until the run is over, and gives the time when it was.</summary>
    private async Task<long> MeasureAsync(Task all, long begin, TimeProvider time)
    {
        _collected = begin;
        long duration = LoadClock.Nanoseconds(_plan.Duration);
        long end = _plan.Duration == Timeout.InfiniteTimeSpan ? long.MaxValue : begin + duration;
        for (int tick = 1; !all.IsCompleted && !_stop.IsCancellationRequested && LoadClock.Now < end; tick++)
        {
            long next = Math.Min(end, begin + (tick * LoadClock.Nanoseconds(_tick)));
            await DelayAsync(all, LoadClock.Duration(next - LoadClock.Now), time);
            await CollectAsync(begin, isWholeSecond: tick % _ticks == 0);
        }

        await AtEdgeAsync();
        long stopped = LoadClock.Now;
        Array.ForEach(_lanes, lane => lane.Drain());
        await DelayAsync(all, s_drainMax, time, CancellationToken.None);
        bool isDrained = all.IsCompleted;
        Array.ForEach(_lanes, lane => lane.GiveUp());
        await all;
        await CollectAsync(begin, isWholeSecond: false);
        if (_second.Latency.Count + _second.ErrorCount > 0)
        {
            CloseSecond();
        }

        // The last answers have been counted, so their time counts too; what never answered takes none.
        return isDrained ? _lanes.Max(lane => lane.EndedAt) : stopped;
    }

    private async Task CollectAsync(long begin, bool isWholeSecond)
    {
        long before = _total.Latency.Count;
        long now = LoadClock.Now;
        foreach (Lane lane in _lanes)
        {
            LoadCounts counts = await lane.TakeAsync();
            _second.Add(counts);
            _total.Add(counts);
            counts.Clear();
        }

        double rate = (_total.Latency.Count - before) / LoadClock.Duration(now - _collected).TotalSeconds;
        _watch?.Invoke(new LoadProgress(LoadClock.Duration(now - begin), IsWarmingUp: false, _total, rate));
        _collected = now;
        if (isWholeSecond)
        {
            CloseSecond();
        }
    }

    private void CloseSecond()
    {
        _seconds.Add(LoadSecond.Of(_second.Latency, _second.ErrorCount));
        _second.Clear();
    }

    private async Task DelayAsync(Task all, TimeSpan pause, TimeProvider time, CancellationToken? stop = null)
    {
        // What was a pause when it was decided on may be over by now, and a millisecond less than none would be for
        // ever.
        TimeSpan left = pause > TimeSpan.Zero ? pause : TimeSpan.Zero;
        using var over = CancellationTokenSource.CreateLinkedTokenSource(stop ?? _stop);
        await Task.WhenAny(all, Task.Delay(left, time, over.Token));
        await over.CancelAsync();
    }

    private LoadResult ResultOf(Network network, DateTimeOffset beganAt, long begin, long end)
    {
        TimeSpan elapsed = LoadClock.Duration(end - begin);
        double share = _lanes.Sum(lane => lane.Used.TotalSeconds) / (elapsed.TotalSeconds * _lanes.Length);
        long requests = _total.Latency.Count;
        return new LoadResult
        {
            Settings = new LoadSettings
            {
                Target = _plan.Target,
                Protocol = _plan.Protocol.Name,
                Connections = _plan.Connections,
                Pipeline = _plan.Pipeline,
                RatePerSecond = _plan.RatePerSecond,
                Loops = _lanes.Length,
                IoModel = network.Name,
                Close = _plan.Close,
                MessageBytes = _plan.Protocol.MessageBytes,
            },
            BeganAt = beganAt,
            Machine = LoadMachine.Here(),
            Elapsed = elapsed,
            Requests = requests,
            BytesIn = _total.BytesIn,
            BytesOut = _total.BytesOut,
            Latency = _total.Latency,
            ConnectLatency = _total.ConnectLatency,
            Seconds = _seconds,
            Errors = _total.Errors(),
            StatusCodes = _total.StatusCodes(),
            Backlog = _lanes.Sum(lane => lane.Backlog),
            Generator = new LoadGenerator(
                share,
                _total.LateSends,
                _total.PortsMissing > 0 ? GeneratorLimit.Ports
                : share >= BusyShareMax ? GeneratorLimit.Processor
                : _total.LateSends > requests * LateShareMax ? GeneratorLimit.LateSends
                : GeneratorLimit.None),
        };
    }
}
