using Sockeye.Engines;

namespace Sockeye.Linux;

/// <summary>
/// No facility of the kernel at all: every descriptor is tried in turn, and EAGAIN is the answer of those that are
/// not ready. Burns a processor while there is work; when idle it yields, then sleeps for longer and longer.
/// </summary>
internal struct NonblockingPoller : IPoller
{
    /// <summary>Passes without result after which a pass only yields the processor.</summary>
    private const int PassesBeforeYield = 16;

    /// <summary>Passes without result after which it sleeps.</summary>
    private const int PassesBeforeSleep = 64;

    private const int SleepMillisecondsMax = 2;

    private List<(ulong Token, int Descriptor, Readiness Interest)> _watched;
    private Dictionary<int, int> _places;
    private int _next;
    private int _idlePasses;
    private ManualResetEventSlim _wake;

    public static bool ReportsHangUp => false;

    public static bool ForgetsClosed => false;

    public static bool CanChangeThread => true;

    public Result Open()
    {
        _watched = [];
        _places = [];
        _wake = new ManualResetEventSlim();
        return Result.Success();
    }

    public readonly Result Add(int descriptor, ulong token, Readiness interest)
    {
        _places[descriptor] = _watched.Count;
        _watched.Add((token, descriptor, interest));
        return Result.Success();
    }

    public readonly void Change(int descriptor, ulong token, Readiness interest) =>
        _watched[_places[descriptor]] = (token, descriptor, interest);

    public readonly void Remove(int descriptor, ulong token)
    {
        _places.Remove(descriptor, out int place);
        int last = _watched.Count - 1;
        if (place != last)
        {
            _watched[place] = _watched[last];
            _places[_watched[place].Descriptor] = place;
        }

        _watched.RemoveAt(last);
    }

    public Result Wait(Span<Ready> ready, int timeoutMilliseconds, bool idle)
    {
        _idlePasses = idle ? _idlePasses + 1 : 0;
        if (timeoutMilliseconds != 0)
        {
            BackOff(timeoutMilliseconds);
        }

        int count = 0;
        int scanned = 0;
        for (; scanned < _watched.Count && count < ready.Length; scanned++)
        {
            (ulong token, _, Readiness interest) = _watched[(_next + scanned) % _watched.Count];
            if (interest != Readiness.None)
            {
                ready[count++] = new Ready(token, interest);
            }
        }

        _next = _watched.Count == 0 ? 0 : (_next + scanned) % _watched.Count;
        return Result.Success(count);
    }

    public readonly void Wake() => _wake.Set();

    public readonly void Close()
    {
        // The event is left to the collector: a late poster may still set it.
    }

    private readonly void BackOff(int timeoutMilliseconds)
    {
        if (_idlePasses >= PassesBeforeSleep)
        {
            int longest = (int)Math.Min((uint)timeoutMilliseconds, SleepMillisecondsMax); // −1 is without limit.
            _wake.Wait(Math.Min(longest, 1 + ((_idlePasses - PassesBeforeSleep) / PassesBeforeSleep)));
        }
        else if (_idlePasses >= PassesBeforeYield)
        {
            Thread.Yield();
        }

        _wake.Reset();
    }
}
