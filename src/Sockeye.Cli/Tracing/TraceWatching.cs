using Sockeye.Capture;
using Sockeye.Capture.Journeys;
using Sockeye.Wire.Files;
using Sockeye.Wire.Filters;

namespace Sockeye.Cli.Tracing;

/// <summary>Captures a journey if that is wanted and allowed; otherwise it knows why not.</summary>
internal sealed class TraceWatching(bool isWanted, string filter) : IDisposable
{
    /// <summary>How long the last packets of a connection are waited for once the journey is over.</summary>
    private static readonly TimeSpan s_lastPackets = TimeSpan.FromSeconds(1);

    private readonly JourneyCapture _capture = new(filter, TimeProvider.System);
    private State _state = isWanted ? State.Watching : State.Unwanted;

    private enum State : byte
    {
        /// <summary>Nobody asked for it.</summary>
        Unwanted = 0,

        /// <summary>Interfaces are watched as they come.</summary>
        Watching,

        /// <summary>It may not be, or cannot.</summary>
        Refused,
    }

    /// <summary>Why there is no capture, in a sentence with the remedy; null when there is one or nobody wants
    /// it.</summary>
    public CaptureException? Refusal { get; private set; }

    /// <summary>Watches an interface from now on.</summary>
    public void Watch(string interfaceName)
    {
        if (_state != State.Watching)
        {
            return;
        }

        try
        {
            _capture.Watch(interfaceName);
        }
        catch (CaptureException exception)
        {
            Refusal = exception;
            _state = State.Refused;
        }
    }

    /// <summary>Waits for the last packets, and ends; null when there is no capture.</summary>
    /// <param name="journey">The journey.</param>
    /// <param name="only">Which packets are its own; null when none is.</param>
    /// <param name="keys">The keys of TLS; null when nobody wants them.</param>
    /// <param name="names">Names of addresses.</param>
    public JourneyFrames? Finish(
        Journey journey, DisplayFilter? only, KeyLog? keys, IReadOnlyList<PcapngNames> names)
    {
        if (_state != State.Watching || _capture.Interfaces.Count == 0)
        {
            return null;
        }

        if (only is not null)
        {
            _capture.WaitUntilOver(only, PatienceFor(journey));
        }

        return _capture.Finish(only, keys?.Read() ?? "", names);
    }

    /// <summary>How long the last packets may take: none are to come where nobody was reached.</summary>
    internal static TimeSpan PatienceFor(Journey journey) =>
        journey.Remote is null ? TimeSpan.Zero : s_lastPackets;

    public void Dispose() => _capture.Dispose();
}
