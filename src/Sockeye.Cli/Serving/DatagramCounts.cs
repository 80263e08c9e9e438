namespace Sockeye.Cli.Serving;

/// <summary>
/// Counts a server's datagrams, all of them together and those of each peer. Its members may be called from any thread;
/// who counts much adds up what follows from one peer, and tells it at once.
/// </summary>
/// <param name="firstSeen">Told of each peer when its first datagram comes, and at which socket.</param>
internal sealed class DatagramCounts(Action<PeerAddress, DatagramSocket> firstSeen)
{
    /// <summary>Peers that are counted by themselves. An address can be forged, so anybody could add any number; those
    /// beyond are in the totals only.</summary>
    public const int PeersMax = 1_024;

    private readonly Lock _lock = new();
    private readonly Dictionary<PeerAddress, Tally> _peers = [];    // Guarded by _lock.
    private Tally _total;                                           // Guarded by _lock.
    private long _lost;                                             // Guarded by _lock.

    /// <summary>All of them together.</summary>
    public Tally Total => Locked(() => _total);

    /// <summary>Answers that could not be sent.</summary>
    public long LostCount => Locked(() => _lost);

    /// <summary>Each peer, in no order.</summary>
    public KeyValuePair<PeerAddress, Tally>[] Peers => Locked(() => _peers.ToArray());

    /// <summary>So much came from a peer, and was given to the kernel for it.</summary>
    public void Add(in PeerAddress peer, Tally tally, DatagramSocket socket)
    {
        bool isNew;
        lock (_lock)
        {
            _total += tally;
            bool isKnown = _peers.TryGetValue(peer, out Tally before);
            isNew = !isKnown && _peers.Count < PeersMax;
            if (isKnown || isNew)
            {
                _peers[peer] = before + tally;
            }
        }

        if (isNew)
        {
            firstSeen(peer, socket);
        }
    }

    /// <summary>So many answers could not be sent.</summary>
    public void Lost(long count)
    {
        lock (_lock)
        {
            _lost += count;
        }
    }

    private T Locked<T>(Func<T> read)
    {
        lock (_lock)
        {
            return read();
        }
    }

    /// <summary>How many datagrams went each way, and how many bytes were in them.</summary>
    internal readonly record struct Tally(long Received, long ReceivedBytes, long Sent, long SentBytes)
    {
        public static Tally operator +(Tally one, Tally other) => new(
            one.Received + other.Received,
            one.ReceivedBytes + other.ReceivedBytes,
            one.Sent + other.Sent,
            one.SentBytes + other.SentBytes);
    }
}
