using System.Globalization;
using System.Net;
using Sockeye.Capture;
using Sockeye.Capture.Journeys;
using Sockeye.Capture.Streams;
using Sockeye.Cli.Fetching;
using Sockeye.Cli.Resources;
using Sockeye.Diagnostics.Names;
using Sockeye.Wire.Dissection;

namespace Sockeye.Cli.Tracing;

/// <summary>Everything that a trace has found: all that is shown, in whatever form, is made of this.</summary>
internal sealed record TraceResult(Journey Journey, TraceWay Way)
{
    private const int Decimals = 3;

    private IReadOnlyList<JourneyFrame>? _frameList;
    private TcpStream? _stream;

    /// <summary>What was captured; null when nothing was.</summary>
    public JourneyFrames? Frames { get; init; }

    /// <summary>Why nothing was captured, though it was wanted; null otherwise.</summary>
    public CaptureException? WhyNoFrames { get; init; }

    /// <summary>The frames, a line each.</summary>
    public IReadOnlyList<JourneyFrame> FrameList => _frameList ??= Frames?.List() ?? [];

    /// <summary>The end that is left in TIME-WAIT: as the packets show it, or else by who closed first.</summary>
    public IPEndPoint? TimeWaitAt => Stream is { } stream
        ? stream.TimeWaitAt switch
        {
            Side.Client => Journey.Local,
            Side.Server => Journey.Remote,
            _ => null,
        }
        : Journey.Close switch
        {
            JourneyClose.OursFirst => Journey.Local,
            JourneyClose.PeersFirst => Journey.Remote,
            _ => null,
        };

    /// <summary>The connection as the packets show it, or null.</summary>
    private TcpStream? Stream
    {
        get
        {
            if (_stream is null && Journey.Local is { } local)
            {
                Frames?.Read(FieldSet.None, (in DissectedFrame _, in StreamPacket packet) =>
                    _stream ??= packet.Stream is TcpStream one && one.Client.Port == local.Port ? one : null);
            }

            return _stream;
        }
    }

    /// <summary>How the name was looked up; null for an address.</summary>
    public NameResolution? Names => Way.Names;

    /// <summary>Whether what was said was secret, so that its files are for their owner alone.</summary>
    public bool IsSecret => Journey.Tls is not null;

    /// <summary>The phases, rounded so that they add up to the total. What the program itself took comes in pieces
    /// between them, if there were packets to tell.</summary>
    public TimedPhase[] Phases
    {
        get
        {
            var phases = new List<TimedPhase>();
            decimal end = 0;
            foreach (JourneyPhase phase in Journey.Phases)
            {
                decimal at = Milliseconds(phase.End);
                if (phase.Kind != JourneyPhaseKind.Own || at > end)
                {
                    phases.Add(new TimedPhase(KeyOf(phase.Kind), LabelOf(phase.Kind), end, at - end));
                }

                end = at;
            }

            return [.. phases];
        }
    }

    /// <summary>A time in milliseconds, to a microsecond.</summary>
    public static decimal Milliseconds(TimeSpan time) => Math.Round((decimal)time.TotalMilliseconds, Decimals);

    /// <summary>How much of a body came, and of how much.</summary>
    public string BodyText(JourneyHttp http)
    {
        bool isWhole = Journey.Failure is null && !http.IsCutShort;
        return !isWhole && long.TryParse(http.Find("Content-Length"), out long length) && length > http.BodyBytes
            ? TraceText.BodyBytesOf.With(Grouped(http.BodyBytes), Grouped(length))
            : BytesText(http.BodyBytes);
    }

    /// <summary>So many bytes.</summary>
    public static string BytesText(long count) => TextFormat.Count(count, TraceText.BodyByte, TraceText.BodyBytes);

    /// <summary>The word for a phase in JSON.</summary>
    public static string KeyOf(JourneyPhaseKind kind) => kind switch
    {
        JourneyPhaseKind.NameLookup => "name_lookup",
        JourneyPhaseKind.Route => "route",
        JourneyPhaseKind.Connect => "connect",
        JourneyPhaseKind.Tls => "tls",
        JourneyPhaseKind.Greeting => "greeting",
        JourneyPhaseKind.Send => "send",
        JourneyPhaseKind.Wait => "wait",
        JourneyPhaseKind.Transfer => "transfer",
        JourneyPhaseKind.Close => "close",
        _ => Waterfall.OwnKey,
    };

    /// <summary>What people call it.</summary>
    public static string LabelOf(JourneyPhaseKind kind) => kind switch
    {
        JourneyPhaseKind.NameLookup => TraceText.PhaseNameLookup,
        JourneyPhaseKind.Route => TraceText.PhaseRoute,
        JourneyPhaseKind.Connect => TraceText.PhaseConnect,
        JourneyPhaseKind.Tls => TraceText.PhaseTls,
        JourneyPhaseKind.Greeting => TraceText.PhaseGreeting,
        JourneyPhaseKind.Send => TraceText.PhaseSend,
        JourneyPhaseKind.Wait => TraceText.PhaseWait,
        JourneyPhaseKind.Transfer => TraceText.PhaseTransfer,
        JourneyPhaseKind.Close => TraceText.PhaseClose,
        _ => TraceText.PhaseOwn,
    };

    private static string Grouped(long count) => count.ToString("N0", CultureInfo.InvariantCulture);
}
