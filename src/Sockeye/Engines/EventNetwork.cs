using Sockeye.Linux;

namespace Sockeye.Engines;

/// <summary>The kernel's network on loops that each serve many connections: one per processor, sharing
/// nothing.</summary>
internal sealed class EventNetwork : LoopNetwork
{
    private readonly Loop[] _loops;
    private int _next;

    public EventNetwork(string name, NetworkOptions options, Func<Network, string, Loop> createLoop)
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
                    listener.Refuse(descriptor, peer, "the network has been disposed");
                }
            },
            null);

    private Loop NextLoop() => _loops[(uint)Interlocked.Increment(ref _next) % _loops.Length];
}
