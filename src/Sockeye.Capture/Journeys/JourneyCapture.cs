using Sockeye.Wire;
using Sockeye.Wire.Dissection;
using Sockeye.Wire.Files;
using Sockeye.Wire.Filters;
using WireTls = Sockeye.Wire.Application.Tls;

namespace Sockeye.Capture.Journeys;

/// <summary>
/// Keeps the frames that pass the interfaces of a journey, in memory, until it is known which of them belong to it: the
/// addresses of a name are not known before it was looked up, and the keys of TLS not before the handshake, yet both
/// stand before the first packet of the file. One thread begins and ends it; the frames come in on their own.
/// </summary>
public sealed class JourneyCapture : IDisposable
{
    /// <summary>Memory for frames that are kept; what comes then is counted, and missing: 67,108,864.</summary>
    public const int KeptBytesMax = 64 * 1024 * 1024;

    /// <summary>Interfaces that are watched at once.</summary>
    public const int InterfacesMax = 8;

    private readonly AutoResetEvent _more = new(initialState: false);
    private readonly string _filter;
    private readonly TimeProvider _time;
    private readonly List<Source> _sources = [];
    private readonly List<string> _unwatched = [];
    private readonly KeptFrames _kept = new(KeptBytesMax);

    /// <summary>A capture of nothing yet.</summary>
    /// <param name="filter">What to keep, in tcpdump's language; empty keeps all. Where nobody can compile it, all is
    /// kept.</param>
    /// <param name="time">The clock.</param>
    public JourneyCapture(string filter, TimeProvider time)
    {
        _filter = filter;
        _time = time;
    }

    /// <summary>The names of the interfaces that are watched.</summary>
    public IReadOnlyList<string> Interfaces => [.. _sources.Select(one => one.Live.Description.Name)];

    /// <summary>Watches an interface from now on; one that is watched already stays so. One too many is not watched,
    /// and named in the end.</summary>
    /// <exception cref="CaptureException">It cannot be; the message says why.</exception>
    public void Watch(string interfaceName)
    {
        if (Interfaces.Contains(interfaceName) || _unwatched.Contains(interfaceName))
        {
            return;
        }

        if (_sources.Count == InterfacesMax)
        {
            _unwatched.Add(interfaceName);
            return;
        }

        var source = new Source(Open(interfaceName), _sources.Count);
        source.Thread = new Thread(() => Keep(source)) { IsBackground = true, Name = $"capture {interfaceName}" };
        _sources.Add(source);
        source.Thread.Start();
    }

    /// <summary>Waits until every connection of the journey is over in both directions, as far as the capture shows,
    /// but no longer than this.</summary>
    public void WaitUntilOver(DisplayFilter filter, TimeSpan atMost)
    {
        ArgumentNullException.ThrowIfNull(filter);
        long began = _time.GetTimestamp();
        var ending = new JourneyEnding(filter);
        int looked = 0;
        while (true)
        {
            // In the order in which they were seen, but for those of two interfaces in two looks: a connection has one.
            KeptFrame[] fresh = _kept.Since(looked);
            looked += fresh.Length;
            foreach (KeptFrame kept in fresh.OrderBy(one => one.Time))
            {
                ending.Take(FrameOf(kept, kept.Source));
            }

            TimeSpan left = atMost - _time.GetElapsedTime(began);
            if (ending.IsOver || left <= TimeSpan.Zero || !_more.WaitOne(left))
            {
                return;
            }
        }
    }

    /// <summary>Ends the capture, and gives what belongs to the journey as a pcapng file.</summary>
    /// <param name="filter">Which frames belong to it; null when none does.</param>
    /// <param name="secrets">The lines of a TLS key log, of which those get into the file that make its frames
    /// readable: other programs may write to the same log. Empty for none.</param>
    /// <param name="names">Names of addresses, for whoever reads the file.</param>
    public JourneyFrames Finish(DisplayFilter? filter, string secrets, IReadOnlyList<PcapngNames> names)
    {
        foreach (Source source in _sources)
        {
            source.Live.Stop();
        }

        foreach (Source source in _sources)
        {
            source.Thread!.Join(); // Stopping is bounded: LiveCapture.EndMillisecondsMax.
        }

        var randoms = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        List<KeptFrame> own = filter is null ? [] : Choose(filter, randoms);
        string keys = string.Concat(secrets.Split('\n').Where(IsOwn).Select(one => $"{one}\n"));
        using var file = new MemoryStream();
        var writer = new PcapngWriter(file);
        if (keys.Length > 0)
        {
            writer.WriteSecrets(new PcapngSecrets(PcapngSecrets.TlsKeyLog, ByteString.FromText(keys)));
        }

        if (names.Count > 0)
        {
            writer.WriteNames([.. names]);
        }

        int[] numbers = [.. _sources.Select(one => writer.AddInterface(one.Live.Description))];
        foreach (KeptFrame kept in own)
        {
            writer.WritePacket(FrameOf(kept, numbers[kept.Source]));
        }

        return new JourneyFrames(file.ToArray(), own.Count, Interfaces)
        {
            Unwatched = [.. _unwatched],
            Dropped = _kept.Missing + _sources.Sum(one => one.Live.Counts.Dropped),
            HasSecrets = keys.Length > 0,
        };

        // A label, the random value of the client, and the secret.
        bool IsOwn(string line) => line.Split(' ') is [_, var random, _] && randoms.Contains(random);
    }

    /// <summary>Ends what is still watched.</summary>
    public void Dispose()
    {
        foreach (Source source in _sources)
        {
            source.Live.Stop();
            source.Thread?.Join();
            source.Live.Dispose();
        }

        _sources.Clear();
        _more.Dispose();
    }

    /// <summary>The frames that belong to the journey, by their times, and the random values of hellos in them, in
    /// hexadecimal.</summary>
    private List<KeptFrame> Choose(DisplayFilter filter, HashSet<string> randoms)
    {
        var own = new List<KeptFrame>();
        var dissector = new Dissector(new FieldSet([.. filter.Fields, WireTls.Random]));
        foreach (KeptFrame kept in _kept.Since(0).OrderBy(one => one.Time))
        {
            DissectedFrame frame = dissector.Dissect(FrameOf(kept, kept.Source));
            if (!filter.Matches(frame))
            {
                continue;
            }

            own.Add(kept);
            if (frame.TryFind(WireTls.Random, out FieldRecord random))
            {
                _ = randoms.Add(Convert.ToHexString(frame.BytesOf(random)));
            }
        }

        return own;
    }

    private CapturedFrame FrameOf(KeptFrame kept, int number) =>
        kept.ToFrame(number, _sources[kept.Source].Live.LinkType);

    private LiveCapture Open(string interfaceName)
    {
        var options = new LiveCaptureOptions { Interface = interfaceName, Filter = _filter };
        try
        {
            return LiveCapture.Open(options);
        }
        catch (CaptureException exception) when (exception.Error == CaptureError.NoFilterCompiler)
        {
            return LiveCapture.Open(options with { Filter = "" }); // Finish chooses among them all the same.
        }
    }

    /// <summary>On the thread of the source.</summary>
    private void Keep(Source source)
    {
        try
        {
            while (source.Live.Wait(Timeout.InfiniteTimeSpan) == CaptureWait.Ready)
            {
                while (source.Live.TryRead(out CapturedFrame frame))
                {
                    _kept.Add(source.Number, frame);
                }

                _more.Set();
            }
        }
        catch (CaptureException)
        {
            // The interface went away: what was kept is what there was.
        }
    }

    private sealed class Source(LiveCapture live, int number)
    {
        public LiveCapture Live { get; } = live;

        public int Number { get; } = number;

        public Thread? Thread { get; set; }
    }
}
