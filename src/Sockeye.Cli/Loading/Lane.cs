using System.Net;
using Sockeye.Cli.Loading.Protocols;

namespace Sockeye.Cli.Loading;

/// <summary>
/// The clients of one loop, and what they count. Everything but what says otherwise belongs to the loop's owner.
/// </summary>
internal sealed class Lane
{
    /// <summary>Connections that a lane makes at a time, before the run: a server's backlog holds more.</summary>
    private const int ConnectsAtOnceMax = 128;

    /// <summary>How many times within its time-out an answer is looked for.</summary>
    private const int LooksPerTimeout = 16;

    /// <summary>From when on a request that had nothing to wait for is late: a millisecond.</summary>
    private const long LateNanosecondsMin = 1_000_000;

    private const long LookNanosecondsMin = 5_000_000;
    private const long LookNanosecondsMax = 250_000_000;

    private readonly LoadClient[] _clients;
    private readonly PriorityQueue<LoadClient, long> _turns = new();
    private readonly TaskCompletionSource _opened = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationTokenSource _draining = new();
    private readonly CancellationTokenSource _over = new();
    private readonly long _timeout;
    private readonly long _lookEvery;
    private readonly int _lanes;
    private LoadCounts _spare = new();
    private Alarm? _alarm;
    private long _alarmAt = long.MaxValue;  // What it is set to.
    private Owner? _owner;
    private Life _life;
    private long _nextLook;                 // When answers that are late are looked for again.
    private long _left;
    private long _until = long.MaxValue;    // What is due from then on is not made.
    private TimeSpan _usedAtBegin;

    /// <param name="plan">What to run.</param>
    /// <param name="network">What to run it over.</param>
    /// <param name="index">Which of the lanes this is, from 0.</param>
    /// <param name="lanes">How many there are: each has its share of the connections and of the requests.</param>
    public Lane(LoadPlan plan, Network network, int index, int lanes)
    {
        Plan = plan;
        Network = network;
        Peer = plan.Protocol.Endpoint;
        _lanes = lanes;
        _timeout = LoadClock.Nanoseconds(plan.Timeout);
        _lookEvery = Math.Clamp(_timeout / LooksPerTimeout, LookNanosecondsMin, LookNanosecondsMax);
        _left = plan.Requests is { } requests ? ShareOf(requests, index, lanes) : long.MaxValue;
        _clients = new LoadClient[ShareOf(plan.Connections, index, lanes)];
        for (int i = 0; i < _clients.Length; i++)
        {
            _clients[i] = plan.Protocol.CreateClient(this, index + (i * lanes));
        }
    }

    private enum Life : byte
    {
        /// <summary>The first connections are made.</summary>
        Opening,

        /// <summary>Requests are made as they are due.</summary>
        Sending,

        /// <summary>No more are made; answers are waited for.</summary>
        Draining,

        /// <summary>Nothing is waited for.</summary>
        Over,
    }

    public LoadPlan Plan { get; }

    public Network Network { get; }

    /// <summary>The peer; by its address once one connection was made, so that no name is looked up again.</summary>
    public Endpoint Peer { get; private set; }

    /// <summary>The head of HTTP's that came last.</summary>
    public HeadSeen HeadSeen { get; } = new();

    /// <summary>What was counted since it was last taken.</summary>
    public LoadCounts Counts { get; private set; } = new();

    /// <summary>Requests due before this are not counted: they warm up.</summary>
    public long MeasureFrom { get; private set; } = long.MaxValue;

    /// <summary>Answers that come from this on are late for what is counted by the second.</summary>
    public long MeasureTo { get; private set; } = long.MaxValue;

    /// <summary>Processor time that the loop used while it was measured; once it has ended.</summary>
    public TimeSpan Used { get; private set; }

    /// <summary>When the last client was done; once it has ended.</summary>
    public long EndedAt { get; private set; }

    /// <summary>Requests that were due and could not be made; once it has ended.</summary>
    public long NotMade { get; private set; }

    /// <summary>Requests were asked for that have not been made.</summary>
    public bool IsShort => _left > 0;

    /// <summary>Requests are made.</summary>
    public bool IsSending => _life == Life.Sending;

    /// <summary>Nothing is waited for any more.</summary>
    public bool IsOver => _life == Life.Over;

    /// <summary>Fires when no more requests are made.</summary>
    public CancellationToken Draining => _draining.Token;

    /// <summary>Fires when nothing is waited for any more.</summary>
    public CancellationToken Over => _over.Token;

    /// <summary>The first connections are made, or none could be. Any thread may wait for it.</summary>
    public Task Opened => _opened.Task;

    /// <summary>The clock of the loop's thread. Without a thread of its own, its share of the process's.</summary>
    private TimeSpan UsedSoFar => Thread.CurrentThread.IsThreadPoolThread
        ? ProcessUsage.Now.ProcessorTime / _lanes
        : ThreadTime.Used;

    /// <summary>Runs the clients, from the first connection to the last answer; to be called on an owner.</summary>
    /// <param name="start">When to begin, on the clock of <see cref="LoadClock"/>, once that is decided.</param>
    public async Task RunAsync(Task<long> start)
    {
        _owner = Owner.Current!;
        try
        {
            await OpenAllAsync();
            _opened.SetResult();
        }
        catch (Exception exception)
        {
            _opened.SetException(exception);
            return;
        }

        long begin = await start;
        _life = Life.Sending;
        (Counts, _spare) = (_spare, Counts); // What counts of the first connections comes back with the measurement.
        using Alarm alarm = Network.CreateAlarm(RingDue);
        _alarm = alarm;
        _nextLook = begin + _lookEvery;
        SetAlarm(_nextLook);
        if (Plan.WarmUp == TimeSpan.Zero)
        {
            BeginMeasuring(begin);
        }

        foreach (LoadClient client in _clients)
        {
            client.Begin(begin);
        }

        await Task.WhenAll(_clients.Select(client => client.RunAsync()));
        EndMeasuring();
        _life = Life.Over;
    }

    /// <summary>Counts from now on. May be called from any thread.</summary>
    public void Measure() => _owner!.Post(static lane => ((Lane)lane!).BeginMeasuring(LoadClock.Now), this);

    /// <summary>The measurement is over: makes no more requests. May be called from any thread.</summary>
    public void End() => _owner!.Post(static lane => ((Lane)lane!).EndHere(), this);

    /// <summary>Waits for nothing any more. May be called from any thread.</summary>
    public void GiveUp() => _owner!.Post(static lane => ((Lane)lane!).GiveUpHere(), this);

    /// <summary>Whether each client has had an answer. May be called from any thread.</summary>
    public Task<bool> IsWarmAsync()
    {
        var asked = new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);
        _owner!.Post(_ => asked.SetResult(Array.TrueForAll(_clients, client => client.IsWarm)), null);
        return asked.Task;
    }

    /// <summary>Takes what was counted since the last time. It is the caller's, who clears it, until the next time. May
    /// be called from any thread, one at a time.</summary>
    public Task<LoadCounts> TakeAsync()
    {
        var taken = new TaskCompletionSource<LoadCounts>(TaskCreationOptions.RunContinuationsAsynchronously);
        _owner!.Post(
            _ =>
            {
                (Counts, _spare) = (_spare, Counts);
                taken.SetResult(_spare);
            },
            null);
        return taken.Task;
    }

    /// <summary>The peer was reached here.</summary>
    public void Found(Endpoint peer)
    {
        if (Peer.Host.Length > 0 && Peer.Address is null && peer.TryGetIPEndPoint(out IPEndPoint? address))
        {
            Peer = Endpoint.From(address, Peer.Scheme);
        }
    }

    /// <summary>Whether a request may be made that is due at this time; one that may is counted on.</summary>
    public bool TryTake(long due)
    {
        if (_life != Life.Sending)
        {
            return false;
        }

        if (due < MeasureFrom)
        {
            return true;
        }

        if (_left == 0 || due >= _until)
        {
            return false;
        }

        if (--_left == 0)
        {
            _owner!.Post(static lane => ((Lane)lane!).DrainHere(), this);
        }

        return true;
    }

    /// <summary>Rings the client at this time.</summary>
    public void RingAt(LoadClient client, long due)
    {
        _turns.Enqueue(client, due);
        SetAlarm(due);
    }

    private static long ShareOf(long all, int index, int lanes) => (all / lanes) + (index < all % lanes ? 1 : 0);

    private async Task OpenAllAsync()
    {
        // The first one shows that the server is there, and where.
        await _clients[0].OpenAsync();
        if (Plan.Close)
        {
            return; // The others are made with their requests.
        }

        foreach (LoadClient[] some in _clients.Skip(1).Chunk(ConnectsAtOnceMax))
        {
            await Task.WhenAll(some.Select(client => client.OpenAsync()));
        }
    }

    private void BeginMeasuring(long from)
    {
        (Counts, _spare) = (_spare, Counts);
        _spare.Clear(); // It warmed up.
        MeasureFrom = from;
        _until = Plan.Duration == Timeout.InfiniteTimeSpan
            ? long.MaxValue
            : from + LoadClock.Nanoseconds(Plan.Duration);
        _usedAtBegin = UsedSoFar;
    }

    private void EndMeasuring()
    {
        EndedAt = LoadClock.Now;
        if (MeasureTo == long.MaxValue)
        {
            MeasureTo = EndedAt;
            Used = UsedSoFar - _usedAtBegin;
        }
    }

    private void SetAlarm(long due)
    {
        if (due < _alarmAt)
        {
            _alarmAt = due;
            _alarm!.Set(LoadClock.Duration(due - LoadClock.Now));
        }
    }

    private void RingDue()
    {
        _alarmAt = long.MaxValue;
        long now = LoadClock.Now;
        if (now >= _nextLook)
        {
            LookForLate(now);
            _nextLook = now + _lookEvery;
        }

        SetAlarm(_nextLook);
        while (_turns.TryPeek(out LoadClient? client, out long due))
        {
            if (due > now)
            {
                SetAlarm(due);
                break;
            }

            _turns.Dequeue();
            if (now - due > LateNanosecondsMin && due >= MeasureFrom)
            {
                Counts.LateSends++;
                Counts.LateNanosecondsMost = Math.Max(Counts.LateNanosecondsMost, now - due);
            }

            client.Ring();
        }
    }

    private void LookForLate(long now)
    {
        long before = now - _timeout;
        foreach (LoadClient client in _clients)
        {
            if (client.IsWaiting && client.WaitingSince < before)
            {
                client.OnGiveUp();
            }
        }
    }

    private void EndHere()
    {
        EndMeasuring();
        DrainHere();
    }

    private void DrainHere()
    {
        if (_life != Life.Sending)
        {
            return;
        }

        long last = Math.Min(LoadClock.Now, _until - 1);
        NotMade = _left == 0 ? 0 : _clients.Sum(client => client.NotMade(last));
        _life = Life.Draining;
        _draining.Cancel();
        foreach (LoadClient client in _clients)
        {
            client.OnDrain();
        }
    }

    private void GiveUpHere()
    {
        DrainHere();
        if (_life == Life.Over)
        {
            return;
        }

        _life = Life.Over;
        _over.Cancel();
        foreach (LoadClient client in _clients)
        {
            client.OnGiveUp();
        }
    }
}
