using System.IO.Pipelines;
using System.Threading.Tasks.Sources;

namespace Sockeye.AspNetCore.Requests;

/// <summary>A read of a request's body that waits away from the owner. The owner reads the piece, and lends its thread
/// to what goes on with it. Used again for the next read: by hand, for a pooled async method takes its state from
/// another thread than it gives it back to (77 bytes for each request on the thread pool, 2026-11).</summary>
internal sealed class AwaitedPiece(RequestBody body)
    : IValueTaskSource<ReadResult>, IValueTaskSource<int>, IThreadPoolWorkItem
{
    private ManualResetValueTaskSourceCore<ReadOnlyMemory<byte>> _core;
    private ReadOnlyMemory<byte> _bytes;
    private Exception? _error;
    private Memory<byte> _room;

    /// <summary>It was asked for, and nobody has taken it yet.</summary>
    public bool IsUnderWay { get; private set; }

    /// <summary>Before the owner is asked: a read of the pipe.</summary>
    public ValueTask<ReadResult> BeginRead()
    {
        Begin();
        return new ValueTask<ReadResult>(this, _core.Version);
    }

    /// <summary>The same for a read of the stream into this room.</summary>
    public ValueTask<int> BeginTake(Memory<byte> room)
    {
        Begin();
        _room = room;
        return new ValueTask<int>(this, _core.Version);
    }

    /// <summary>The owner has it, or the reason why there is none.</summary>
    public void End(Owner owner, ReadOnlyMemory<byte> bytes, Exception? error)
    {
        _bytes = bytes;
        _error = error;
        owner.Lend(this);
    }

    void IThreadPoolWorkItem.Execute()
    {
        // What waits goes on within these calls.
        if (_error is { } error)
        {
            _core.SetException(error);
        }
        else
        {
            _core.SetResult(_bytes);
        }
    }

    ValueTaskSourceStatus IValueTaskSource<ReadResult>.GetStatus(short token) => _core.GetStatus(token);

    ValueTaskSourceStatus IValueTaskSource<int>.GetStatus(short token) => _core.GetStatus(token);

    void IValueTaskSource<ReadResult>.OnCompleted(
        Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _core.OnCompleted(continuation, state, token, flags);

    void IValueTaskSource<int>.OnCompleted(
        Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _core.OnCompleted(continuation, state, token, flags);

    ReadResult IValueTaskSource<ReadResult>.GetResult(short token)
    {
        IsUnderWay = false;
        try
        {
            body.Accept(_core.GetResult(token));
        }
        catch (OperationCanceledException) when (body.IsCanceled)
        {
            // CancelPendingRead: the result says so.
        }

        body.TryRead(out ReadResult result);
        return result;
    }

    int IValueTaskSource<int>.GetResult(short token)
    {
        IsUnderWay = false;
        Memory<byte> room = _room;
        _room = default;
        body.Accept(_core.GetResult(token));
        return body.Take(room);
    }

    private void Begin()
    {
        _core.Reset();
        IsUnderWay = true;
    }
}
