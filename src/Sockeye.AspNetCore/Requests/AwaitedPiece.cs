using System.Threading.Tasks.Sources;

namespace Sockeye.AspNetCore.Requests;

/// <summary>A piece of a request's body for which the application waits away from the owner. The owner reads it, and
/// lends its thread to what goes on with it. Used again for the next piece.</summary>
internal sealed class AwaitedPiece : IValueTaskSource<ReadOnlyMemory<byte>>, IThreadPoolWorkItem
{
    private ManualResetValueTaskSourceCore<ReadOnlyMemory<byte>> _core;
    private ReadOnlyMemory<byte> _bytes;
    private Exception? _error;

    /// <summary>It was asked for, and nobody has taken it yet.</summary>
    public bool IsUnderWay { get; private set; }

    /// <summary>Before the owner is asked for it.</summary>
    public ValueTask<ReadOnlyMemory<byte>> Begin()
    {
        _core.Reset();
        IsUnderWay = true;
        return new ValueTask<ReadOnlyMemory<byte>>(this, _core.Version);
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

    ValueTaskSourceStatus IValueTaskSource<ReadOnlyMemory<byte>>.GetStatus(short token) => _core.GetStatus(token);

    void IValueTaskSource<ReadOnlyMemory<byte>>.OnCompleted(
        Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _core.OnCompleted(continuation, state, token, flags);

    ReadOnlyMemory<byte> IValueTaskSource<ReadOnlyMemory<byte>>.GetResult(short token)
    {
        IsUnderWay = false;
        return _core.GetResult(token);
    }
}
