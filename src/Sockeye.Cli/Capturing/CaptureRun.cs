using System.Diagnostics;
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

    /// <summary>A command has ended: its connections may still be closing, as long as packets of theirs come.</summary>
    private static readonly TimeSpan s_quietMin = TimeSpan.FromMilliseconds(300);

    /// <summary>But no longer than this.</summary>
    private static readonly TimeSpan s_closingMax = TimeSpan.FromSeconds(3);

    private readonly long _started = time.GetTimestamp();
    private long _lastTaken = time.GetTimestamp();
    private long? _commandEnded;

    /// <summary>The command whose frames alone are wanted, and what tells them from others.</summary>
    public (Process Process, CommandTraffic Traffic)? Command { get; init; }

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
        if (Command is { } command && !command.Traffic.Owns(frame))
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

    private bool IsOver()
    {
        if (end.Time != Timeout.InfiniteTimeSpan && time.GetElapsedTime(_started) >= end.Time)
        {
            return true;
        }

        if (Command is not { Process.HasExited: true })
        {
            return false;
        }

        _commandEnded ??= time.GetTimestamp();
        long quietSince = Math.Max(_commandEnded.Value, _lastTaken);
        return time.GetElapsedTime(quietSince) >= s_quietMin
            || time.GetElapsedTime(_commandEnded.Value) >= s_closingMax;
    }
}
