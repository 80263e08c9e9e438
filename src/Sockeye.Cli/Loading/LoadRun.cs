using Sockeye.Cli.Loading.Results;
using Sockeye.Cli.Resources;

namespace Sockeye.Cli.Loading;

/// <summary>Runs a load and says what came of it.</summary>
/// <example><code>
/// LoadResult result = await LoadRun.RunAsync(plan, null, stop);
/// </code></example>
internal sealed class LoadRun
{
    /// <summary>How long answers are waited for by who was stopped. Otherwise each request has its time-out.</summary>
    private static readonly TimeSpan s_stoppedDrainMax = TimeSpan.FromSeconds(1);

    /// <summary>So that at the end of that wait the time of each is over, by any clock.</summary>
    private static readonly TimeSpan s_clockSlack = TimeSpan.FromMilliseconds(10);

    /// <summary>How often in a second what was counted is collected for who watches.</summary>
    private const int TicksWatched = 4;

    /// <summary>The share of its time that a loop can work before it, rather than the peer, is the limit.</summary>
    private const double BusyShareMax = 0.9;

    /// <summary>The share of requests that may leave late.</summary>
    private const double LateShareMax = 0.01;

    /// <summary>How often it is looked whether all connections have had an answer.</summary>
    private static readonly TimeSpan s_warmLook = TimeSpan.FromMilliseconds(10);

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
    private LoadEnding _ending;

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
    /// <exception cref="OperationCanceledException">It was stopped before anything was measured.</exception>
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
            _stop.ThrowIfCancellationRequested();
            if (all.IsCompleted)
            {
                throw new NetworkException(NetworkOperation.Connect, _plan.Protocol.Endpoint, NetworkError.Refused,
                    LoadText.PeerGone.With(_plan.Target));
            }

            await AtEdgeAsync();
            begin = LoadClock.Now;
            Array.ForEach(_lanes, lane => lane.Measure());
        }

        long end = await MeasureAsync(all, begin, network.Time);
        return ResultOf(network, beganAt, LoadClock.Duration(Math.Max(end - begin, TimeSpan.NanosecondsPerTick)));
    }

    private Task RunLaneAsync(Lane lane, Task<long> start)
    {
        if (_plan.Processor is { } processor && !Thread.CurrentThread.IsThreadPoolThread)
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

        long latest = LoadClock.Now + LoadClock.Nanoseconds(_plan.Timeout);
        while (_plan.WarmsAllUp && LoadClock.Now < latest && !all.IsCompleted && !_stop.IsCancellationRequested
            && (await Task.WhenAll(_lanes.Select(lane => lane.IsWarmAsync()))).Contains(false))
        {
            await DelayAsync(all, s_warmLook, time);
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
            await ReportAsync(begin);
            if (tick % _ticks == 0)
            {
                CloseSecond();
            }
        }

        await AtEdgeAsync();
        long stopped = all.IsCompleted ? _lanes.Max(lane => lane.EndedAt) : LoadClock.Now;
        _ending = _stop.IsCancellationRequested ? LoadEnding.Stopped
            : all.IsCompleted && end == long.MaxValue && _lanes.Any(lane => lane.IsShort) ? LoadEnding.PeerGone
            : LoadEnding.Complete;
        await DrainAsync(all, time);
        await CollectAsync();
        if (_second.Latency.Count + _second.ErrorCount > 0)
        {
            CloseSecond();
        }

        return stopped;
    }

    /// <summary>Waits for the answers that are owed, until the time of each is over.</summary>
    private async Task DrainAsync(Task all, TimeProvider time)
    {
        if (!all.IsCompleted)
        {
            Array.ForEach(_lanes, lane => lane.End());
            await DelayAsync(all, _plan.Timeout + s_clockSlack, time, _stop);
        }

        if (!all.IsCompleted && _stop.IsCancellationRequested)
        {
            TimeSpan most = _plan.Timeout < s_stoppedDrainMax ? _plan.Timeout : s_stoppedDrainMax;
            await DelayAsync(all, most, time, CancellationToken.None);
        }

        if (!all.IsCompleted)
        {
            Array.ForEach(_lanes, lane => lane.GiveUp());
            await all;
        }
    }

    private async Task ReportAsync(long begin)
    {
        long before = _total.Latency.Count;
        long now = LoadClock.Now;
        await CollectAsync();
        double rate = (_total.Latency.Count - before) / LoadClock.Duration(now - _collected).TotalSeconds;
        _watch?.Invoke(new LoadProgress(LoadClock.Duration(now - begin), IsWarmingUp: false, _total, rate));
        _collected = now;
    }

    private async Task CollectAsync()
    {
        foreach (Lane lane in _lanes)
        {
            LoadCounts counts = await lane.TakeAsync();
            _second.Add(counts);
            _total.Add(counts);
            counts.Clear();
        }
    }

    private void CloseSecond()
    {
        _seconds.Add(LoadSecond.Of(_second.Latency, _second.ErrorCount));
        _second.Clear();
    }

    private Task DelayAsync(Task all, TimeSpan pause, TimeProvider time) => DelayAsync(all, pause, time, _stop);

    private static async Task DelayAsync(Task all, TimeSpan pause, TimeProvider time, CancellationToken stop)
    {
        // What was a pause when it was decided on may be over by now, and a millisecond less than none would be for
        // ever.
        TimeSpan left = pause > TimeSpan.Zero ? pause : TimeSpan.Zero;
        using var over = CancellationTokenSource.CreateLinkedTokenSource(stop);
        await Task.WhenAny(all, Task.Delay(left, time, over.Token));
        await over.CancelAsync();
    }

    private LoadResult ResultOf(Network network, DateTimeOffset beganAt, TimeSpan elapsed)
    {
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
                Duration = _plan.Duration == Timeout.InfiniteTimeSpan ? null : _plan.Duration,
                Requests = _plan.Requests,
                WarmUp = _plan.WarmUp,
                Timeout = _plan.Timeout,
                Request = _plan.Request,
            },
            BeganAt = beganAt,
            Machine = LoadMachine.Here(),
            Elapsed = elapsed,
            Ending = _ending,
            Requests = requests,
            AnsweredInTime = _total.AnsweredInTime,
            Unanswered = _total.Unanswered,
            BytesIn = _total.BytesIn,
            BytesOut = _total.BytesOut,
            Latency = _total.Latency,
            ConnectLatency = _total.ConnectLatency,
            Seconds = _seconds,
            Errors = _total.Errors(),
            StatusCodes = _total.StatusCodes(),
            NotMade = _lanes.Sum(lane => lane.NotMade),
            Generator = new LoadGenerator(
                share,
                _total.LateSends,
                _total.LateNanosecondsMost,
                _total.PortsMissing > 0 ? GeneratorLimit.Ports
                : share >= BusyShareMax ? GeneratorLimit.Processor
                : _total.LateSends > requests * LateShareMax ? GeneratorLimit.LateSends
                : GeneratorLimit.None),
        };
    }
}
