namespace Sockeye.Capture.Journeys;

/// <summary>Tells the phases apart: one begins where the one before it ends.</summary>
internal sealed class JourneyClock(TimeProvider time)
{
    private readonly List<JourneyPhase> _phases = [];
    private readonly long _began = time.GetTimestamp();
    private JourneyPhaseKind? _open;
    private TimeSpan _end; // Of the phase before.

    public DateTimeOffset BeganAt { get; } = time.GetUtcNow();

    public TimeSpan Now => time.GetElapsedTime(_began);

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
