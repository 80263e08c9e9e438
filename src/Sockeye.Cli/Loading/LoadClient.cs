using System.Diagnostics;
using Sockeye.Cli.Loading.Results;

namespace Sockeye.Cli.Loading;

/// <summary>
/// One of the clients that make the load: when its requests are due, and which of them are under way. Everything
/// here belongs to its lane's owner.
/// </summary>
/// <remarks>
/// With a rate the schedule is fixed before the run: a request that has to wait because the peer is slow keeps the time
/// when it was due, and its latency counts from there. Without one a request is due when there is room for it.
/// </remarks>
internal abstract class LoadClient
{
    /// <summary>Attempts that fail one after the other before a client gives up, in a run that only its number of
    /// requests ends. In one that has an end it goes on trying.</summary>
    private const int AttemptsMax = 12;

    /// <summary>What a client waits after a failed attempt: this, then twice as long each time.</summary>
    private static readonly TimeSpan s_pauseMin = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan s_pauseMax = TimeSpan.FromSeconds(1);

    private readonly long[] _due;       // Of the requests under way, from _first on, as a ring.
    private readonly double _interval;  // Nanoseconds between two requests of this client; 0 without a rate.
    private readonly double _offset;    // The clients of a run take turns.
    private long _begin;
    private long _count;                // Requests taken from the schedule.
    private int _first;
    private bool _isAwaitingTurn;
    private TaskCompletionSource? _turn;

    protected LoadClient(Lane lane, int index)
    {
        Lane = lane;
        LoadPlan plan = lane.Plan;
        _due = new long[plan.Close ? 1 : plan.Pipeline];
        if (plan.RatePerSecond is { } rate)
        {
            double gap = LoadClock.NanosecondsPerSecond / rate;
            _interval = gap * plan.Connections;
            _offset = gap * index;
        }
    }

    /// <summary>The lane that it is in.</summary>
    protected Lane Lane { get; }

    /// <summary>Attempts that failed one after the other, as far as they are counted.</summary>
    protected int Attempts { get; set; }

    /// <summary>The peer seems to be gone, and nothing else would end the run.</summary>
    protected bool HasGivenUp => Attempts == AttemptsMax && Lane.Plan.Duration == Timeout.InfiniteTimeSpan;

    /// <summary>Requests that were taken from the schedule and have no outcome.</summary>
    protected int UnderWay { get; private set; }

    /// <summary>What is received now counts: it is not for a request that only warmed up.</summary>
    protected bool IsCounted => UnderWay == 0 || _due[_first] >= Lane.MeasureFrom;

    /// <summary>Since when the peer owes an answer; meaningful while one is owed.</summary>
    public long WaitingSince { get; protected set; }

    /// <summary>It has had an answer.</summary>
    public bool IsWarm { get; private set; }

    /// <summary>The peer owes an answer.</summary>
    public abstract bool IsWaiting { get; }

    /// <summary>Makes the first connection, to see that it can be made.</summary>
    public abstract Task OpenAsync();

    /// <summary>Makes requests until the lane is over.</summary>
    public abstract Task RunAsync();

    /// <summary>A request that it waited for is due.</summary>
    public virtual void OnDue() => _turn?.TrySetResult();

    /// <summary>No more requests are to be made.</summary>
    public virtual void OnDrain() => _turn?.TrySetResult();

    /// <summary>Gives up what is under way: it took too long, or the lane is over.</summary>
    public abstract void OnGiveUp();

    /// <summary>The schedule begins.</summary>
    public void Begin(long at) => _begin = at;

    /// <summary>The lane rings: its turn may have come.</summary>
    public void Ring()
    {
        _isAwaitingTurn = false;
        OnDue();
    }

    /// <summary>Requests that were due by then and could not be made.</summary>
    public long NotMade(long then) =>
        _interval == 0 ? 0 : Math.Max(0, (long)Math.Floor((then - _begin - _offset) / _interval) + 1 - _count);

    /// <summary>Takes what is due from the schedule, as much as there is room for. When nothing is due and there is
    /// room, <see cref="OnDue"/> tells later.</summary>
    protected int TakeDue(long now)
    {
        int taken = 0;
        while (UnderWay < _due.Length)
        {
            long due = now;
            if (_interval > 0 && (due = NextDue()) > now)
            {
                AwaitTurn(due);
                break;
            }

            if (!Lane.TryTake(due))
            {
                break;
            }

            _due[(_first + UnderWay) % _due.Length] = due;
            UnderWay++;
            _count++;
            taken++;
        }

        return taken;
    }

    /// <summary>Waits until a request is due, and takes it; false when there will be none.</summary>
    protected async ValueTask<bool> TakeTurnAsync()
    {
        while (TakeDue(LoadClock.Now) == 0)
        {
            if (!Lane.IsSending)
            {
                return false;
            }

            _turn = new TaskCompletionSource();
            await _turn.Task;
        }

        return true;
    }

    /// <summary>Waits after an attempt that failed, the longer the more there were.</summary>
    protected async ValueTask PauseAsync()
    {
        Attempts = Math.Min(Attempts + 1, AttemptsMax);
        if (Lane.IsSending || UnderWay > 0)
        {
            long pause = Math.Min(s_pauseMin.Ticks << (Attempts - 1), s_pauseMax.Ticks);
            await Task.Delay(TimeSpan.FromTicks(pause), Lane.Network.Time, Lane.Draining).ConfigureAwait(
                ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
        }
    }

    /// <summary>The oldest request under way was answered as it should be.</summary>
    protected void Answered(long now)
    {
        long due = Leave();
        IsWarm = true;
        if (due >= Lane.MeasureFrom)
        {
            Lane.Counts.Latency.Record(now - due);
        }

        if (now >= Lane.MeasureFrom && now < Lane.MeasureTo)
        {
            Lane.Counts.AnsweredInTime++;
        }
    }

    /// <summary>The oldest request under way failed.</summary>
    protected void Failed(LoadErrorKind kind)
    {
        if (Leave() >= Lane.MeasureFrom)
        {
            Lane.Counts.Fail(kind);
        }
    }

    /// <summary>All that is under way failed.</summary>
    protected void AllFailed(LoadErrorKind kind)
    {
        while (UnderWay > 0)
        {
            Failed(kind);
        }
    }

    /// <summary>Nothing is waited for any more: what is under way has failed if its time is over, and else nobody will
    /// know.</summary>
    protected void GiveUpAll(LoadErrorKind kind)
    {
        long before = LoadClock.Now - LoadClock.Nanoseconds(Lane.Plan.Timeout);
        while (UnderWay > 0)
        {
            if (_due[_first] <= before)
            {
                Failed(kind);
            }
            else if (Leave() >= Lane.MeasureFrom)
            {
                Lane.Counts.Unanswered++;
            }
        }
    }

    private long NextDue() => _begin + (long)(_offset + (_count * _interval));

    private void AwaitTurn(long due)
    {
        if (!_isAwaitingTurn)
        {
            _isAwaitingTurn = true;
            Lane.RingAt(this, due);
        }
    }

    private long Leave()
    {
        Debug.Assert(UnderWay > 0, "an outcome belongs to a request");
        long due = _due[_first];
        _first = _first + 1 == _due.Length ? 0 : _first + 1;
        UnderWay--;
        return due;
    }
}
