using System.Runtime.CompilerServices;
using Sockeye.Engines;

namespace Sockeye.Framing;

/// <summary>
/// Reads frames from a connection. Nothing is copied: a frame is a piece of the connection's own block. Use it from the
/// connection's owner, where every await resumes; one read may be outstanding. What follows a frame stays in
/// <see cref="Connection.Unconsumed"/>, so another framing can take over at any frame. Allocates nothing for a frame.
/// </summary>
/// <typeparam name="TFraming">How frames are told apart.</typeparam>
/// <example><code>
/// static async ValueTask Upper(Connection c)
/// {
///     var lines = new FrameReader&lt;LineFraming&gt;(c, new LineFraming());
///     while (await lines.ReadAsync() is { IsFrame: true } line)
///     {
///         string text = Encoding.ASCII.GetString(line.Payload.Span);
///         lines.Framing.Write(c, Encoding.ASCII.GetBytes(text.ToUpperInvariant()));
///         await c.FlushAsync();
///     }
/// }
/// </code></example>
public sealed class FrameReader<TFraming>
    where TFraming : struct, IFraming
{
    private readonly Completion<Frame> _frame = new();
    private readonly Action _onReceived;
    private readonly TFraming _framing;
    private ValueTaskAwaiter<Received> _receiving;
    private CancellationToken _cancellation;
    private int _examined;
    private FrameOutcome _failed;   // An error is for good: where the next frame would begin is not known.

    /// <summary>Makes a reader over a connection.</summary>
    public FrameReader(Connection connection, TFraming framing)
    {
        ArgumentNullException.ThrowIfNull(connection);
        Connection = connection;
        _framing = framing;
        _onReceived = OnReceived;
    }

    /// <summary>The connection.</summary>
    public Connection Connection { get; }

    /// <summary>The framing, for writing frames of the same kind.</summary>
    public TFraming Framing => _framing;

    /// <summary>
    /// Waits for the next frame, or the outcome that there is none. A frame that has come before needs no wait. A
    /// cancelled read loses nothing.
    /// </summary>
    /// <exception cref="OperationCanceledException">The token fired.</exception>
    public ValueTask<Frame> ReadAsync(CancellationToken cancellationToken = default)
    {
        if (_frame.IsPending)
        {
            ThrowHelper.OperationOutstanding("read of a frame");
        }

        _cancellation = cancellationToken;
        if (TryTake(out Frame frame) || !TryReceive(ref frame))
        {
            return new ValueTask<Frame>(frame);
        }

        _frame.Begin();
        ValueTask<Frame> task = _frame.AsTask();
        _receiving.UnsafeOnCompleted(_onReceived);
        return task;
    }

    /// <summary>Receives until there is a frame, false; or a receive has to be waited for, true.</summary>
    private bool TryReceive(ref Frame frame)
    {
        while (true)
        {
            if (Connection.Unconsumed.Length >= Connection.Limits.InputBytesMax)
            {
                frame = Fail(FrameOutcome.TooLong);
                return false;
            }

            _receiving = Connection.ReadAsync(_cancellation).GetAwaiter();
            if (!_receiving.IsCompleted)
            {
                return true;
            }

            if (TakeReceived(_receiving.GetResult(), out frame))
            {
                return false;
            }
        }
    }

    private void OnReceived()
    {
        Frame frame = default;
        try
        {
            if (!TakeReceived(_receiving.GetResult(), out frame) && TryReceive(ref frame))
            {
                _receiving.UnsafeOnCompleted(_onReceived);
                return;
            }
        }
        catch (Exception exception)
        {
            _frame.Fail(exception); // Cancelled, or misuse: the awaiter's to see.
            return;
        }

        _frame.Complete(frame);
    }

    private bool TakeReceived(Received received, out Frame frame)
    {
        if (received.End == End.None)
        {
            return TryTake(out frame);
        }

        ReadOnlyMemory<byte> rest = Connection.Unconsumed;
        frame = new Frame { Outcome = FrameOutcome.End, End = received.End };
        if (received.End == End.Finished && !rest.IsEmpty)
        {
            frame = Last(rest);
        }

        return true;
    }

    private Frame Last(ReadOnlyMemory<byte> rest)
    {
        FrameStatus status = _framing.ReadLast(rest.Span);
        if (status != FrameStatus.Frame)
        {
            return Fail(OutcomeOf(status));
        }

        _examined = 0;
        Connection.Consume(rest.Length);
        return new Frame { Payload = rest, IsUnterminated = true };
    }

    private bool TryTake(out Frame frame)
    {
        if (_failed != FrameOutcome.Frame)
        {
            frame = Fail(_failed);
            return true;
        }

        frame = default;
        ReadOnlyMemory<byte> input = Connection.Unconsumed;
        if (input.IsEmpty)
        {
            return false;
        }

        FrameStatus status = _framing.TryRead(input.Span, ref _examined, out Range payload, out int consumed);
        if (status == FrameStatus.NeedMore)
        {
            return false;
        }

        if (status != FrameStatus.Frame)
        {
            frame = Fail(OutcomeOf(status));
            return true;
        }

        // Consuming moves no byte: the frame stays where it is until the next receive.
        _examined = 0;
        Connection.Consume(consumed);
        frame = new Frame { Payload = input[payload] };
        return true;
    }

    private Frame Fail(FrameOutcome outcome)
    {
        _failed = outcome;
        return new Frame { Outcome = outcome };
    }

    private static FrameOutcome OutcomeOf(FrameStatus status) => status switch
    {
        FrameStatus.TooLong => FrameOutcome.TooLong,
        FrameStatus.Truncated => FrameOutcome.Truncated,
        _ => FrameOutcome.Malformed,
    };
}
