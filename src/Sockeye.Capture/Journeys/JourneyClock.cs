namespace Sockeye.Capture.Journeys;

/// <summary>Tells the phases apart: one begins where the one before it ends.</summary>
internal sealed class JourneyClock
{
    /// <summary>How often both clocks are read at the beginning, until they are read at the same time.</summary>
    private const int ReadingsMax = 8;

    // What may lie between two steps of a journey, and so between them and the packets that they cause.
    private static readonly TimeSpan s_sameTime = TimeSpan.FromMicroseconds(2);

    private readonly TimeProvider _time;
    private readonly List<JourneyPhase> _phases = [];
    private readonly long _began;
    private JourneyPhaseKind? _open;
    private TimeSpan _end; // Of the phase before.

    public JourneyClock(TimeProvider time)
    {
        _time = time;

        // Packets are compared with it by the calendar: the thread may be put aside between two readings.
        int readings = 0;
        do
        {
            _began = time.GetTimestamp();
            BeganAt = time.GetUtcNow();
        }
        while (time.GetElapsedTime(_began) > s_sameTime && ++readings < ReadingsMax);
    }

    public DateTimeOffset BeganAt { get; }

    public TimeSpan Now => _time.GetElapsedTime(_began);

    public IReadOnlyList<JourneyPhase> Phases => _phases;

    /// <summary>The phase that is open, or was last.</summary>
    public JourneyPhaseKind Current => _open ?? (_phases.Count > 0 ? _phases[^1].Kind : default);

    public void Begin(JourneyPhaseKind kind)
    {
        End();
        _open = kind;
    }

    public void End()
    {
        if (_open is { } kind)
        {
            TimeSpan now = Now;
            _phases.Add(new JourneyPhase(kind, _end, now - _end));
            _end = now;
            _open = null;
        }
    }
}
