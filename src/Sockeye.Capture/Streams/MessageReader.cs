using Sockeye.Wire.Dissection;

namespace Sockeye.Capture.Streams;

/// <summary>
/// Cuts one direction of a connection into messages, and has each taken apart in the frame that completes it. A message
/// that lies within a frame is not copied; of one that spans frames the beginning is kept.
/// </summary>
internal sealed class MessageReader(TcpMessages stream, Side side)
{
    private MessageSize _mode; // None between messages, Unknown while its beginning is looked for.
    private ChunkWalker _chunks;
    private byte[] _kept = [];
    private int _keptLength;
    private int _keptMax = stream.Limits.MessageBytesMax;
    private long _left;

    /// <summary>Whether a message has begun and not ended.</summary>
    public bool IsWithin => _mode != MessageSize.None;

    /// <summary>Takes bytes that follow those before.</summary>
    /// <param name="to">Where what is found goes.</param>
    /// <param name="frame">The frame that they became known with.</param>
    /// <param name="bytes">The bytes.</param>
    /// <param name="start">Where they begin in the frame; -1 when they came in an earlier one.</param>
    public void Take(Dissector to, in DissectedFrame frame, ReadOnlySpan<byte> bytes, int start)
    {
        while (!bytes.IsEmpty)
        {
            int used = _mode is MessageSize.None or MessageSize.Unknown
                ? TakeBeginning(to, frame, bytes, start)
                : TakeBody(to, frame, bytes);
            bytes = bytes[used..];
            start = start < 0 ? start : start + used;
        }
    }

    /// <summary>Says that bytes are missing: a body may go on after them, a beginning is lost.</summary>
    public void Miss(Dissector to, in DissectedFrame frame, long count)
    {
        stream.Miss(side);
        if (_mode == MessageSize.Counted && count <= _left)
        {
            _left -= count;
            if (_left == 0)
            {
                Complete(to, frame);
            }
        }
        else if (_mode != MessageSize.UntilClose)
        {
            Drop();
        }
    }

    /// <summary>Says that the sender has no more to send.</summary>
    public void End(Dissector to, in DissectedFrame frame)
    {
        if (_mode == MessageSize.UntilClose)
        {
            Complete(to, frame);
        }

        stream.End(side, to, frame);
    }

    /// <summary>Forgets what was kept.</summary>
    public void Drop()
    {
        _mode = MessageSize.None;
        _keptLength = 0;
        _keptMax = stream.Limits.MessageBytesMax;
        if (_kept.Length > 0)
        {
            stream.Blocks.Return(_kept);
            _kept = [];
        }
    }

    private int TakeBeginning(Dissector to, in DissectedFrame frame, ReadOnlySpan<byte> bytes, int start)
    {
        int before = _keptLength;
        if (before > 0 && !TryKeep(bytes))
        {
            Drop();
            return bytes.Length;
        }

        ReadOnlySpan<byte> all = before > 0 ? _kept.AsSpan(0, _keptLength) : bytes;
        Protocol? protocol = stream.ProtocolOf(to.Table, all);
        MessagePlan plan = stream.PlanOf(protocol, all, before);
        switch (plan.Size)
        {
            case MessageSize.None:
                bool isPlain = before == 0 && start >= 0;
                Drop();
                if (isPlain)
                {
                    to.Continue(frame, null, start, bytes.Length);
                }

                return bytes.Length;
            case MessageSize.Unknown:
                _mode = before > 0 || TryKeep(bytes) ? MessageSize.Unknown : MessageSize.None;
                return bytes.Length;
        }

        stream.Protocol = protocol;
        long length = LengthOf(plan, all);
        if (before == 0 && start >= 0 && length <= bytes.Length)
        {
            stream.Take(side, to, frame, start, (int)length);
            stream.Completed();
            return (int)length;
        }

        return BeginBody(to, frame, plan, bytes, before, length);
    }

    // How long the message is in all; for one that goes on, more than there is.
    private long LengthOf(MessagePlan plan, ReadOnlySpan<byte> all)
    {
        switch (plan.Size)
        {
            case MessageSize.Chunked:
                _chunks.Begin();
                int body = _chunks.Walk(all[(int)plan.Bytes..]);
                return _chunks.IsDone ? plan.Bytes + body : long.MaxValue;
            case MessageSize.UntilClose:
                return long.MaxValue;
            default:
                return plan.Bytes;
        }
    }

    private int BeginBody(
        Dissector to, in DissectedFrame frame, MessagePlan plan, ReadOnlySpan<byte> bytes, int before, long length)
    {
        int used = (int)Math.Min(bytes.Length, length - before);
        if (plan.HeadBytes > 0 && !to.WantsFields)
        {
            // A listing tells of the head only; bodies would be copied, and fill the caches, for nothing.
            _keptMax = Math.Min(_keptMax, plan.HeadBytes);
        }

        if (before > 0)
        {
            _keptLength -= bytes.Length - used;
        }
        else
        {
            // All the room that the message needs, at once.
            _ = plan.Size == MessageSize.Counted && TryGrow((int)Math.Min(length, _keptMax));
            _ = TryKeep(bytes[..used]);
        }

        _mode = plan.Size;
        _left = length - before - used;
        if (_left == 0)
        {
            Complete(to, frame);
        }

        return used;
    }

    private int TakeBody(Dissector to, in DissectedFrame frame, ReadOnlySpan<byte> bytes)
    {
        int used = _mode switch
        {
            MessageSize.Counted => (int)Math.Min(_left, bytes.Length),
            MessageSize.Chunked => _chunks.Walk(bytes),
            _ => bytes.Length,
        };
        _ = TryKeep(bytes[..used]);
        _left -= _mode == MessageSize.Counted ? used : 0;
        if (_mode == MessageSize.Counted ? _left == 0 : _mode == MessageSize.Chunked && _chunks.IsDone)
        {
            Complete(to, frame);
        }

        return used;
    }

    private void Complete(Dissector to, in DissectedFrame frame)
    {
        if (_keptLength > 0 && stream.Protocol is not null)
        {
            stream.Take(side, to, frame, to.Join(_kept.AsSpan(0, _keptLength)), _keptLength);
        }

        Drop();
        stream.Completed();
    }

    /// <summary>Keeps bytes; false when not all of them could be.</summary>
    private bool TryKeep(ReadOnlySpan<byte> bytes)
    {
        int count = Math.Clamp(_keptMax - _keptLength, 0, bytes.Length);
        if (_keptLength + count > _kept.Length && !TryGrow(_keptLength + count))
        {
            return false;
        }

        bytes[..count].CopyTo(_kept.AsSpan(_keptLength));
        _keptLength += count;
        return count == bytes.Length;
    }

    private bool TryGrow(int wanted)
    {
        if (stream.Blocks.TryLend(wanted) is not { } more)
        {
            return false;
        }

        _kept.AsSpan(0, _keptLength).CopyTo(more);
        if (_kept.Length > 0)
        {
            stream.Blocks.Return(_kept);
        }

        _kept = more;
        return true;
    }
}
