using System.Diagnostics;
using Sockeye.Capture.Streams;
using Sockeye.Wire;
using Sockeye.Wire.Dissection;
using Sockeye.Wire.Files;
using Sockeye.Wire.Filters;

namespace Sockeye.Capture.Journeys;

/// <summary>
/// Keeps the frames that pass the interfaces of a journey, in memory, until it is known which of them belong to it: the
/// addresses of a name are not known before it was looked up, and the keys of TLS not before the handshake, yet both
/// stand before the first packet of the file. One thread begins and ends it; the frames come in on their own.
/// </summary>
public sealed class JourneyCapture : IDisposable
{
    /// <summary>Bytes of frames that are kept; what comes then is counted, and missing: 67,108,864.</summary>
    public const int KeptBytesMax = 64 * 1024 * 1024;

    /// <summary>Interfaces that are watched at once.</summary>
    public const int InterfacesMax = 8;

    private readonly object _lock = new();
    private readonly string _filter;
    private readonly List<Source> _sources = [];
    private readonly List<KeptFrame> _kept = []; // Under the lock, like the two that follow.
    private long _keptBytes;
    private long _missing;

    /// <summary>A capture of nothing yet.</summary>
    /// <param name="filter">What to keep, in tcpdump's language; empty keeps all. Where nobody can compile it, all is
    /// kept.</param>
    public JourneyCapture(string filter) => _filter = filter;

    /// <summary>The names of the interfaces that are watched.</summary>
    public IReadOnlyList<string> Interfaces => [.. _sources.Select(one => one.Live.Description.Name)];

    /// <summary>Watches an interface from now on; one that is watched already stays so.</summary>
    /// <exception cref="CaptureException">It cannot be; the message says why.</exception>
    public void Watch(string interfaceName)
    {
        if (_sources.Count >= InterfacesMax || Interfaces.Contains(interfaceName))
        {
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
        long began = Stopwatch.GetTimestamp();
        lock (_lock)
        {
            while (!IsOver(filter))
            {
                TimeSpan left = atMost - Stopwatch.GetElapsedTime(began);
                if (left <= TimeSpan.Zero || !Monitor.Wait(_lock, left))
                {
                    return;
                }
            }
        }
    }

    /// <summary>Ends the capture, and gives what belongs to the journey as a pcapng file.</summary>
    /// <param name="filter">Which frames belong to it.</param>
    /// <param name="secrets">The lines of a TLS key log, which make the frames readable; empty for none.</param>
    /// <param name="names">Names of addresses, for whoever reads the file.</param>
    public JourneyFrames Finish(DisplayFilter filter, string secrets, IReadOnlyList<PcapngNames> names)
    {
        ArgumentNullException.ThrowIfNull(filter);
        foreach (Source source in _sources)
        {
            source.Live.Stop();
        }

        foreach (Source source in _sources)
        {
            source.Thread!.Join(); // Stopping is bounded: LiveCapture.EndMillisecondsMax.
        }

        using var file = new MemoryStream();
        var writer = new PcapngWriter(file);
        if (secrets.Length > 0)
        {
            writer.WriteSecrets(new PcapngSecrets(PcapngSecrets.TlsKeyLog, ByteString.FromText(secrets)));
        }

        if (names.Count > 0)
        {
            writer.WriteNames([.. names]);
        }

        int[] numbers = [.. _sources.Select(one => writer.AddInterface(one.Live.Description))];
        int count = 0;
        var dissector = new Dissector(new FieldSet(filter.Fields));
        foreach (KeptFrame kept in _kept.OrderBy(one => one.Time))
        {
            CapturedFrame frame = kept.ToFrame(numbers[kept.Source], _sources[kept.Source].Live.LinkType);
            if (filter.Matches(dissector.Dissect(frame)))
            {
                writer.WritePacket(frame);
                count++;
            }
        }

        return new JourneyFrames(file.ToArray(), count, Interfaces)
        {
            Dropped = _missing + _sources.Sum(one => one.Live.Counts.Dropped),
            HasSecrets = secrets.Length > 0,
        };
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
    }

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
                lock (_lock)
                {
                    while (source.Live.TryRead(out CapturedFrame frame))
                    {
                        Keep(source, frame);
                    }

                    Monitor.PulseAll(_lock);
                }
            }
        }
        catch (CaptureException)
        {
            // The interface went away: what was kept is what there was.
        }
    }

    private void Keep(Source source, in CapturedFrame frame)
    {
        if (_keptBytes + frame.Bytes.Length > KeptBytesMax)
        {
            _missing++;
            return;
        }

        _keptBytes += frame.Bytes.Length;
        _kept.Add(new KeptFrame(
            source.Number, frame.Time ?? default, frame.Bytes.ToArray(), frame.LengthOnWire, frame.Options.ToArray()));
    }

    private bool IsOver(DisplayFilter filter)
    {
        var chooser = new Dissector(new FieldSet(filter.Fields));
        var dissector = new StreamDissector(FieldSet.None);
        foreach (KeptFrame kept in _kept.OrderBy(one => one.Time))
        {
            CapturedFrame frame = kept.ToFrame(0, _sources[kept.Source].Live.LinkType);
            if (filter.Matches(chooser.Dissect(frame)))
            {
                dissector.Dissect(frame, out _);
            }
        }

        TcpStream[] streams = [.. dissector.Streams.Known.OfType<TcpStream>()];
        return streams.Length > 0
            && streams.All(one => one.Ending is TcpEnding.Closed or TcpEnding.Reset or TcpEnding.Refused
                or TcpEnding.Unanswered);
    }

    private sealed class Source(LiveCapture live, int number)
    {
        public LiveCapture Live { get; } = live;

        public int Number { get; } = number;

        public Thread? Thread { get; set; }
    }

    private sealed record KeptFrame(int Source, Timestamp Time, byte[] Bytes, long LengthOnWire, byte[] Options)
    {
        public CapturedFrame ToFrame(int number, Wire.Link.LinkType linkType) => new()
        {
            Interface = number,
            Time = Time,
            Bytes = Bytes,
            LengthOnWire = LengthOnWire,
            Options = Options,
            LinkType = linkType,
        };
    }
}
