using Sockeye.Engines;

namespace Sockeye.Linux;

/// <summary>poll(2): the whole set goes to the kernel with every wait, as a dense array.</summary>
internal struct PollPoller : IPoller
{
    private const PollFlags GoneFlags = PollFlags.HangUp | PollFlags.Error | PollFlags.Invalid;

    private PollEntry[] _entries;       // The first is the wake-up.
    private ulong[] _tokens;
    private int _count;
    private int _next;                  // Where the last scan ended, so that a full batch starves nobody.
    private Dictionary<int, int> _places;
    private WakeEvent _wake;

    public static bool ReportsHangUp => true;

    public static bool ForgetsClosed => false;

    public static bool CanChangeThread => true;

    public Result Open()
    {
        Result opened = WakeEvent.Open(out _wake);
        _entries = new PollEntry[4];
        _tokens = new ulong[4];
        _places = [];
        _entries[0] = new PollEntry(_wake.Descriptor, PollFlags.Readable);
        _count = 1;
        return opened;
    }

    public Result Add(int descriptor, ulong token, Readiness interest)
    {
        if (_count == _entries.Length)
        {
            Array.Resize(ref _entries, _count * 2);
            Array.Resize(ref _tokens, _count * 2);
        }

        _places[descriptor] = _count;
        _tokens[_count] = token;
        _entries[_count++] = new PollEntry(descriptor, FlagsOf(interest));
        return Result.Success();
    }

    public readonly void Change(int descriptor, ulong token, Readiness interest) =>
        _entries[_places[descriptor]].Wanted = FlagsOf(interest);

    public void Remove(int descriptor, ulong token)
    {
        _places.Remove(descriptor, out int place);
        _count--;
        if (place != _count)
        {
            _entries[place] = _entries[_count];
            _tokens[place] = _tokens[_count];
            _places[_entries[place].Descriptor] = place;
        }
    }

    public Result Wait(Span<Ready> ready, int timeoutMilliseconds, bool idle)
    {
        Result result = Interop.Poll(_entries.AsSpan(0, _count), timeoutMilliseconds);
        if (!result.Ok || result.Value == 0)
        {
            return result.OrNoneIfInterrupted();
        }

        if (_entries[0].Happened != PollFlags.None && !_wake.Take().Ok)
        {
            return Result.Failure(Errno.EBADF); // It would be reported for ever, and nobody could wake the loop.
        }

        int count = 0;
        int watched = _count - 1;
        _next = watched == 0 ? 0 : _next % watched;
        int scanned = 0;
        for (; scanned < watched && count < ready.Length; scanned++)
        {
            int place = 1 + ((_next + scanned) % watched);
            PollFlags happened = _entries[place].Happened;
            if (happened != PollFlags.None)
            {
                ready[count++] = new Ready(_tokens[place], ReadinessOf(happened));
            }
        }

        _next += scanned;
        return Result.Success(count);
    }

    public readonly void Wake() => _wake.Set();

    public readonly void Close() => _wake.Close();

    internal static Readiness ReadinessOf(PollFlags happened) =>
        ((happened & PollFlags.Readable) != 0 ? Readiness.Readable : Readiness.None)
        | ((happened & PollFlags.Writable) != 0 ? Readiness.Writable : Readiness.None)
        | ((happened & GoneFlags) != 0 ? Readiness.HungUp : Readiness.None);

    internal static PollFlags FlagsOf(Readiness interest) =>
        ((interest & Readiness.Readable) != 0 ? PollFlags.Readable : PollFlags.None)
        | ((interest & Readiness.Writable) != 0 ? PollFlags.Writable : PollFlags.None);
}
