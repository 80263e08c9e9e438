namespace Sockeye.Linux;

/// <summary>An eventfd(2) that ends another thread's wait.</summary>
internal sealed class WakeEvent
{
    private readonly Lock _lock = new();
    private bool _closed;       // Guarded by _lock: a late poster must not write into a descriptor that is reused.

    private WakeEvent(int descriptor) => Descriptor = descriptor;

    public int Descriptor { get; }

    public static Result Open(out WakeEvent wake)
    {
        Result opened = Interop.Eventfd(0);
        wake = new WakeEvent(opened.Ok ? opened.Value : -1);
        return opened;
    }

    /// <summary>Makes the descriptor readable. From any thread, also after the close.</summary>
    public void Set()
    {
        lock (_lock)
        {
            if (!_closed)
            {
                Interop.EventfdAdd(Descriptor);
            }
        }
    }

    /// <summary>Makes it unreadable again; by the thread that waits.</summary>
    public Result Take()
    {
        Result taken = Interop.EventfdTake(Descriptor, out _);
        return taken.IsWouldBlock ? Result.Success() : taken;
    }

    public void Close()
    {
        lock (_lock)
        {
            _closed = true;
            Interop.Close(Descriptor);
        }
    }
}
