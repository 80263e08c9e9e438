using System.Diagnostics;
using System.Runtime.CompilerServices;
using Sockeye.Engines;

namespace Sockeye.Adapters;

/// <summary>
/// A connection over a stream: an engine whose system calls are the stream's reads and writes. The stream may complete
/// them on any thread; the connection stays with its owner. Derived classes say how our FIN is sent, and how the stream
/// is closed.
/// </summary>
public abstract class StreamConnection : Connection
{
    /// <summary>Bytes given to the stream at a time, so that each that it takes counts as progress for
    /// <see cref="Limits.WriteTimeout"/>: the largest record of TLS (RFC 8446 section 5.1: 2^14 bytes).</summary>
    private const int PieceBytesMax = 16_384;

    private enum Receiving : byte
    {
        Idle,

        /// <summary>A read of the stream is under way.</summary>
        Wanted,

        /// <summary>A read of the stream is under way, and nobody waits for it. It cannot be taken back.</summary>
        Unwanted,

        /// <summary>That read has completed: its outcome is kept for the next one.</summary>
        Held,
    }

    private readonly Stream _stream;
    private Receiving _receiving;
    private Block? _held;       // The block of the read that completed unwanted, with _heldCount bytes.
    private int _heldCount;
    private bool _isSending;    // A pass of sending is under way.

    /// <summary>Makes a connection over a stream that is open.</summary>
    protected StreamConnection(Owner owner, Network network, Limits limits, Stream stream)
        : base(owner, network, limits)
    {
        ArgumentNullException.ThrowIfNull(stream);
        _stream = stream;
    }

    /// <inheritdoc/>
    protected override bool EngineHoldsOutput => _isSending;

    /// <summary>What this exception of the stream means.</summary>
    protected virtual End EndOf(Exception exception) => End.Reset;

    /// <summary>Closes the stream, with a reset when asked; it reads and writes no more. Called once.</summary>
    protected abstract void CloseStream(bool reset);

    /// <summary>Await it to be on the owner, and with the owner as the context, after an await of something that may
    /// complete elsewhere. After the owner's end it goes on elsewhere: see <see cref="Owner.IsCurrent"/>.</summary>
    private protected HomeAwaitable Home() => new(Owner);

    /// <inheritdoc/>
    protected sealed override void StartReceive()
    {
        switch (_receiving)
        {
            case Receiving.Idle:
                _receiving = Receiving.Wanted;
                Receive();
                break;
            case Receiving.Unwanted:
                _receiving = Receiving.Wanted;
                break;
            case Receiving.Held:
                _receiving = Receiving.Idle;
                Block? block = _held;
                _held = null;
                Deliver(block, _heldCount);
                break;
            default:
                Debug.Fail("one receive at a time");
                break;
        }
    }

    /// <inheritdoc/>
    protected sealed override void StopReceive()
    {
        if (_receiving == Receiving.Wanted)
        {
            _receiving = Receiving.Unwanted;
        }
    }

    /// <inheritdoc/>
    protected sealed override void StartSend()
    {
        if (!_isSending)
        {
            _isSending = true;
            Send();
        }
    }

    /// <inheritdoc/>
    protected sealed override void CloseTransport(bool reset)
    {
        if (_held is not null)
        {
            Owner.Return(_held);
            _held = null;
        }

        CloseStream(reset);
    }

    private async void Receive()
    {
        Block? block = null;
        int count = 0;
        End end = End.None;
        try
        {
            // Waits without a block, so that idle connections hold none.
            await _stream.ReadAsync(Memory<byte>.Empty).ConfigureAwait(false);
            await Home();
            if (!Owner.IsCurrent || IsClosed)
            {
                return;
            }

            block = Owner.Rent(PieceBytesMax);
            int room = Math.Clamp(Limits.InputBytesMax - Unconsumed.Length, 1, PieceBytesMax);
            count = await _stream.ReadAsync(block.Bytes.AsMemory(0, room)).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is not OutOfMemoryException)
        {
            end = EndOf(exception);
        }

        await Home();
        if (Owner.IsCurrent)
        {
            OnReceived(block, count, end);
        }
    }

    private void OnReceived(Block? block, int count, End end)
    {
        if (count == 0 && block is not null)
        {
            Owner.Return(block);
            block = null;
        }

        bool isWanted = _receiving == Receiving.Wanted;
        _receiving = Receiving.Idle;
        if (IsClosed)
        {
            if (block is not null)
            {
                Owner.Return(block);
            }
        }
        else if (end is End.IdleTimeout or End.ReadTimeout)
        {
            EndInput(end);
        }
        else if (end is not (End.None or End.Finished))
        {
            Lose(end);
        }
        else if (isWanted)
        {
            Deliver(block, count);
        }
        else
        {
            // Not given to the connection yet: its handler may still look at what it received before.
            _receiving = Receiving.Held;
            _held = block;
            _heldCount = count;
        }
    }

    private void Deliver(Block? block, int count)
    {
        if (block is null)
        {
            EndInput(End.Finished);
        }
        else
        {
            CompleteReceive(block, 0, count);
        }
    }

    private async void Send()
    {
        End end = End.None;
        try
        {
            while (!IsClosed && NextOutputMemory() is { IsEmpty: false } bytes)
            {
                int count = Math.Min(bytes.Length, PieceBytesMax);
                ValueTask write = _stream.WriteAsync(bytes[..count]);
                if (!write.IsCompleted)
                {
                    OutputStalled();
                }

                await write.ConfigureAwait(false);
                await Home();
                if (!Owner.IsCurrent || IsClosed)
                {
                    break;
                }

                CompleteSend(count);
                OutputMoved();
            }
        }
        catch (Exception exception) when (exception is not OutOfMemoryException)
        {
            end = EndOf(exception);
        }

        await Home();
        _isSending = false;
        if (end != End.None && Owner.IsCurrent && !IsClosed)
        {
            Lose(end);
        }
    }

    /// <summary>The way to the owner.</summary>
    private protected readonly struct HomeAwaitable(Owner owner) : ICriticalNotifyCompletion
    {
        public bool IsCompleted => owner.IsCurrent;

        public HomeAwaitable GetAwaiter() => this;

        /// <summary>A continuation that came here inline, by ConfigureAwait(false), has no context (see
        /// <see cref="Completion{T}"/>); the handler that runs from here needs its own.</summary>
        public void GetResult()
        {
            if (owner.IsCurrent)
            {
                SynchronizationContext.SetSynchronizationContext(owner);
            }
        }

        public void OnCompleted(Action continuation) => UnsafeOnCompleted(continuation);

        public void UnsafeOnCompleted(Action continuation) =>
            owner.Post(static state => ((Action)state!)(), continuation);
    }
}
