using Sockeye.Engines;

namespace Sockeye.Linux;

/// <summary>
/// select(2): three bitmaps of 1,024 descriptors. A descriptor beyond them is refused: in C it would write past the
/// end of the bitmap.
/// </summary>
internal struct SelectPoller : IPoller
{
    private DescriptorSet _readable;
    private DescriptorSet _writable;
    private ulong[] _tokens;            // By descriptor.
    private bool[] _isWatched;          // By descriptor.
    private int _limit;                 // One more than the highest descriptor watched.
    private int _next;
    private WakeEvent _wake;

    // A descriptor that is in neither set is not looked at.
    public static bool ReportsHangUp => false;

    public static bool ForgetsClosed => false;

    public static bool CanChangeThread => true;

    public Result Open()
    {
        Result opened = WakeEvent.Open(out _wake);
        _tokens = new ulong[DescriptorSet.DescriptorsMax];
        _isWatched = new bool[DescriptorSet.DescriptorsMax];
        if (opened.Ok && !_readable.Add(_wake.Descriptor))
        {
            _wake.Close();
            return Result.Failure(Errno.ERANGE);
        }

        _limit = _wake.Descriptor + 1;
        return opened;
    }

    public Result Add(int descriptor, ulong token, Readiness interest)
    {
        if (descriptor >= DescriptorSet.DescriptorsMax)
        {
            return Result.Failure(Errno.ERANGE);
        }

        _tokens[descriptor] = token;
        _isWatched[descriptor] = true;
        _limit = Math.Max(_limit, descriptor + 1);
        Change(descriptor, token, interest);
        return Result.Success();
    }

    public void Change(int descriptor, ulong token, Readiness interest)
    {
        Set(ref _readable, descriptor, (interest & Readiness.Readable) != 0);
        Set(ref _writable, descriptor, (interest & Readiness.Writable) != 0);
    }

    public void Remove(int descriptor, ulong token)
    {
        _readable.Remove(descriptor);
        _writable.Remove(descriptor);
        _isWatched[descriptor] = false;
        while (_limit > _wake.Descriptor + 1 && !_isWatched[_limit - 1])
        {
            _limit--;
        }
    }

    public Result Wait(Span<Ready> ready, int timeoutMilliseconds, bool idle)
    {
        // select overwrites the sets with its answer, so it gets copies.
        DescriptorSet readable = _readable;
        DescriptorSet writable = _writable;
        DescriptorSet exceptional = default;
        Result result = Interop.Select(_limit, ref readable, ref writable, ref exceptional, timeoutMilliseconds);
        if (!result.Ok || result.Value == 0)
        {
            return result.OrNoneIfInterrupted();
        }

        if (readable.Contains(_wake.Descriptor))
        {
            _wake.Take();
        }

        int count = 0;
        int scanned = 0;
        for (; scanned < _limit && count < ready.Length; scanned++)
        {
            int descriptor = (_next + scanned) % _limit;
            Readiness found = (readable.Contains(descriptor) ? Readiness.Readable : Readiness.None)
                | (writable.Contains(descriptor) ? Readiness.Writable : Readiness.None);
            if (found != Readiness.None && _isWatched[descriptor])
            {
                ready[count++] = new Ready(_tokens[descriptor], found);
            }
        }

        _next = (_next + scanned) % _limit;
        return Result.Success(count);
    }

    public readonly void Wake() => _wake.Set();

    public readonly void Close() => _wake.Close();

    private static void Set(ref DescriptorSet set, int descriptor, bool on)
    {
        if (on)
        {
            set.Add(descriptor);
        }
        else
        {
            set.Remove(descriptor);
        }
    }
}
