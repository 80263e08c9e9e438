using Sockeye.Linux;

namespace Sockeye.Engines;

/// <summary>The kernel's network on loops that each serve many connections: one per processor, sharing
/// nothing.</summary>
internal sealed class EventNetwork : LoopNetwork
{
    private readonly Loop[] _loops;
    private int _next;

    public EventNetwork(string name, NetworkOptions options, Func<LoopNetwork, string, Loop> createLoop)
        : base(name, options, watch: true)
    {
        int count = options.Loops > 0 ? options.Loops : Environment.ProcessorCount;
        _loops = new Loop[count];
        for (int i = 0; i < count; i++)
        {
            _loops[i] = createLoop(this, $"{name} {i}");
            try
            {
                Start(_loops[i]);
            }
            catch
            {
                Array.ForEach(_loops[..i], loop => loop.Stop());
                StopWatchdog();
                throw;
            }
        }
    }

    protected override IReadOnlyList<Loop> Acceptors => _loops;

    public override void Place(Loop acceptor, int descriptor, in SocketAddress peer, LoopListener listener)
    {
        if (peer.Family == SocketFamily.Unix && _loops.Length > 1)
        {
            // Only one loop accepts on a Unix path, which cannot be shared: hand the connections round.
            PlaceOn(NextLoop(), descriptor, peer, listener);
            return;
        }

        _ = listener.Start(acceptor, descriptor, peer);
    }

    protected override Loop ClientLoop() => NextLoop();

    protected override Task StopLoopsAsync()
    {
        Array.ForEach(_loops, loop => loop.Stop());
        return Task.WhenAll(_loops.Select(loop => loop.Ended));
    }

    private static void PlaceOn(Loop loop, int descriptor, SocketAddress peer, LoopListener listener) =>
        loop.Post(
            _ =>
            {
                if (loop.IsCurrent)
                {
                    listener.Start(loop, descriptor, peer);
                }
                else
                {
                    listener.Refuse(descriptor, peer, "its loop has ended");
                }
            },
            null);

    private Loop NextLoop()
    {
        // Of a network that is open, a loop has ended only if it failed.
        Loop loop = _loops[0];
        for (int i = 0; i < _loops.Length; i++)
        {
            loop = _loops[(uint)Interlocked.Increment(ref _next) % _loops.Length];
            if (!loop.Ended.IsCompleted)
            {
                break;
            }
        }

        return loop;
    }
}
