using System.Runtime.InteropServices;
using Sockeye.Cli.Linux;

namespace Sockeye.Cli;

/// <summary>
/// Turns the first Ctrl-C, or SIGTERM, or the SIGHUP of a terminal that was closed, into a token that a command
/// watches: it stops, prints its summary and exits by its result. A later one is left to the operating system, which
/// ends the process at once.
/// </summary>
internal sealed class StopSignal : IDisposable
{
    /// <summary>
    /// Signals that come in this time after the first are the same wish: a terminal sends Ctrl-C to a whole group, and
    /// the parent passes it on; a process manager sends SIGTERM to the group and to the process.
    /// </summary>
    public static readonly TimeSpan SameWithin = TimeSpan.FromSeconds(1);

    private readonly CancellationTokenSource _source = new();
    private readonly TimeProvider _time;
    private readonly Lock _lock = new();
    private readonly PosixSignalRegistration[] _registrations;
    private long? _first; // Guarded by _lock: when the first signal came.

    public StopSignal(TimeProvider time)
    {
        _time = time;
        InheritedSignals.HeedInterrupt();
        _registrations =
        [
            PosixSignalRegistration.Create(PosixSignal.SIGINT, OnSignal),
            PosixSignalRegistration.Create(PosixSignal.SIGTERM, OnSignal),
            PosixSignalRegistration.Create(PosixSignal.SIGHUP, OnSignal),
        ];
    }

    /// <summary>Cancelled by the first signal, on a thread of the runtime's.</summary>
    public CancellationToken Token => _source.Token;

    public void Dispose()
    {
        foreach (PosixSignalRegistration registration in _registrations)
        {
            registration.Dispose();
        }

        _source.Dispose();
    }

    /// <summary>Takes a signal; false when it is left to the operating system.</summary>
    internal bool Take()
    {
        lock (_lock)
        {
            if (_first is { } first)
            {
                return _time.GetElapsedTime(first) < SameWithin;
            }

            _first = _time.GetTimestamp();
        }

        _source.Cancel();
        return true;
    }

    private void OnSignal(PosixSignalContext context) => context.Cancel = Take();
}
