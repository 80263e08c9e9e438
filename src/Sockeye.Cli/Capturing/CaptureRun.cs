using Sockeye.Capture;
using Sockeye.Wire;

namespace Sockeye.Cli.Capturing;

/// <summary>What ends a capture beside Ctrl-C.</summary>
/// <param name="Frames">How many frames are taken.</param>
/// <param name="Time">For how long; may be infinite.</param>
internal readonly record struct CaptureEnd(long Frames, TimeSpan Time);

/// <summary>Takes the frames of a capture to where they go, on one thread, until something ends it.</summary>
internal sealed class CaptureRun(LiveCapture capture, FrameSink sink, CaptureEnd end, TimeProvider time)
{
    /// <summary>How often a command is looked at that may have ended.</summary>
    private static readonly TimeSpan s_lookEvery = TimeSpan.FromMilliseconds(50);

    /// <summary>How long a command that has ended is given for what goes with it.</summary>
    private static readonly TimeSpan s_quietMin = TimeSpan.FromMilliseconds(300);

    /// <summary>How long its connections may take to close, while packets of theirs come.</summary>
    private static readonly TimeSpan s_closingMax = TimeSpan.FromSeconds(3);

    private readonly long _started = time.GetTimestamp();
    private long _lastTaken = time.GetTimestamp();
    private Phase _phase;
    private long _since;        // When the phase began.
    private long _looked;       // When the command was looked at.

    /// <summary>The command whose frames alone are wanted.</summary>
    public CapturedCommand? Command { get; init; }

    /// <summary>Told once when the command has ended, and what it started goes on.</summary>
    public Action<CapturedCommand> OnLeft { get; init; } = static _ => { };

    /// <summary>How many frames were taken.</summary>
    public long Taken { get; private set; }

    /// <summary>Runs until the end.</summary>
    public void Run(CancellationToken stop)
    {
        using CancellationTokenRegistration stopping = stop.Register(capture.Stop);
        while (Taken < end.Frames && capture.Wait(UntilNextLook()) is not CaptureWait.Ended)
        {
            while (Taken < end.Frames && capture.TryRead(out CapturedFrame frame))
            {
                Take(frame);
                if (IsOver())
                {
                    capture.Stop();
                }
            }

            sink.Flush();
            if (IsOver())
            {
                capture.Stop();
            }
        }

        sink.End();
    }

    private void Take(in CapturedFrame frame)
    {
        if (Command is { } command && !command.Owns(frame))
        {
            return;
        }

        Taken++;
        _lastTaken = time.GetTimestamp();
        sink.Take(frame with { Number = Taken });
    }

    private TimeSpan UntilNextLook()
    {
        TimeSpan left = end.Time == Timeout.InfiniteTimeSpan
            ? Timeout.InfiniteTimeSpan
            : end.Time - time.GetElapsedTime(_started);
        TimeSpan look = Command is null ? Timeout.InfiniteTimeSpan : s_lookEvery;
        return left == Timeout.InfiniteTimeSpan ? look
            : look == Timeout.InfiniteTimeSpan || left < look ? (left > TimeSpan.Zero ? left : TimeSpan.Zero)
            : look;
    }

    private bool IsOver() =>
        (end.Time != Timeout.InfiniteTimeSpan && time.GetElapsedTime(_started) >= end.Time)
        || (Command is { } command && time.GetElapsedTime(_looked) >= s_lookEvery && IsOver(command));

    private bool IsOver(CapturedCommand command)
    {
        _looked = time.GetTimestamp();
        switch (_phase)
        {
            case Phase.Runs when command.HasExited:
                Enter(Phase.Exited);
                goto case Phase.Exited;
            case Phase.Runs:
                return false;

            // What ends together with it, as the parts of a pipe do, is gone a moment later.
            case Phase.Exited or Phase.Left when command.IsOver:
                Enter(Phase.Closing);
                return false;
            case Phase.Exited:
                if (time.GetElapsedTime(_since) >= s_quietMin)
                {
                    Enter(Phase.Left);
                    OnLeft(command);
                }

                return false;
            case Phase.Left:
                return false;

            // The connections may still be closing, as long as packets of theirs come, but not for ever.
            default:
                return time.GetElapsedTime(Math.Max(_since, _lastTaken)) >= s_quietMin
                    || time.GetElapsedTime(_since) >= s_closingMax;
        }
    }

    private void Enter(Phase phase)
    {
        _phase = phase;
        _since = time.GetTimestamp();
    }

    /// <summary>How far the command is.</summary>
    private enum Phase : byte
    {
        /// <summary>It runs.</summary>
        Runs = 0,

        /// <summary>It has ended.</summary>
        Exited,

        /// <summary>It has ended, and what it started goes on.</summary>
        Left,

        /// <summary>All of it has ended.</summary>
        Closing,
    }
}
