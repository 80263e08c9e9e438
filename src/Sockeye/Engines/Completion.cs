using System.Diagnostics;
using System.Runtime.ExceptionServices;
using System.Threading.Tasks.Sources;

namespace Sockeye.Engines;

/// <summary>
/// One operation at a time, awaited again and again without allocation. The continuation runs inline in
/// <see cref="Complete"/>: on the owner, which is where a handler belongs, so the scheduling context that the
/// awaiter captured is not asked. Owned by the connection's owner; nothing here is safe from another thread.
/// </summary>
internal sealed class Completion<T> : IValueTaskSource<T>, IValueTaskSource
{
    private enum State : byte
    {
        /// <summary>No operation.</summary>
        Idle,

        /// <summary>Begun; neither outcome nor awaiter.</summary>
        Begun,

        /// <summary>Begun and awaited; no outcome yet.</summary>
        Awaited,

        /// <summary>The outcome is there; the awaiter has not taken it.</summary>
        Completed,
    }

    private State _state;
    private short _version;
    private T? _result;
    private ExceptionDispatchInfo? _error;
    private Action<object?>? _continuation;
    private object? _continuationState;
    private bool _withoutContext;

    /// <summary>An operation has begun and has no outcome.</summary>
    public bool IsPending => _state is State.Begun or State.Awaited;

    /// <summary>Begins an operation. The outcome of an earlier one that nobody took is forgotten.</summary>
    public void Begin()
    {
        Debug.Assert(!IsPending, "one outstanding operation");
        _error = null;
        _state = State.Begun;
        _version++;
    }

    /// <summary>The begun operation, to be awaited once.</summary>
    public ValueTask<T> AsTask() => new(this, _version);

    /// <summary>The begun operation without its result.</summary>
    public ValueTask AsPlainTask() => new(this, _version);

    /// <summary>Gives the outcome, and resumes the awaiter inline if there is one.</summary>
    public void Complete(T result)
    {
        _result = result;
        Finish();
    }

    /// <summary>Gives an exception as the outcome, and resumes the awaiter inline if there is one.</summary>
    public void Fail(Exception error)
    {
        _error = ExceptionDispatchInfo.Capture(error);
        Finish();
    }

    /// <summary>Takes the outcome of an operation that completed before anyone awaited it.</summary>
    public T Take()
    {
        Debug.Assert(_state == State.Completed, "an outcome to take");
        return GetResult(_version);
    }

    public T GetResult(short token)
    {
        if (token != _version || _state != State.Completed)
        {
            throw new InvalidOperationException("Await each read and each flush once, and before the next one.");
        }

        T result = _result!;
        _result = default;
        _state = State.Idle;
        if (_error is { } error)
        {
            _error = null;
            error.Throw();
        }

        return result;
    }

    void IValueTaskSource.GetResult(short token) => GetResult(token);

    public ValueTaskSourceStatus GetStatus(short token)
    {
        if (token != _version)
        {
            throw new InvalidOperationException("This operation was awaited already.");
        }

        return _state != State.Completed ? ValueTaskSourceStatus.Pending
            : _error is null ? ValueTaskSourceStatus.Succeeded
            : _error.SourceException is OperationCanceledException ? ValueTaskSourceStatus.Canceled
            : ValueTaskSourceStatus.Faulted;
    }

    public void OnCompleted(
        Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags)
    {
        if (token != _version || _continuation is not null)
        {
            throw new InvalidOperationException("Await each read and each flush once.");
        }

        if (_state == State.Completed)
        {
            continuation(state);
            return;
        }

        _state = State.Awaited;
        _withoutContext = (flags & ValueTaskSourceOnCompletedFlags.UseSchedulingContext) == 0;
        _continuation = continuation;
        _continuationState = state;
    }

    private void Finish()
    {
        Debug.Assert(IsPending, "an operation to complete");
        _state = State.Completed;
        if (_continuation is { } continuation)
        {
            object? state = _continuationState;
            _continuation = null;
            _continuationState = null;
            if (_withoutContext)
            {
                RunWithoutContext(continuation, state);
            }
            else
            {
                continuation(state);
            }
        }
    }

    /// <summary>
    /// For ConfigureAwait(false). With a synchronization context in place the tasks of the awaiter's awaiters would go
    /// to the thread pool instead of going on inline, and code such as SslStream would leave the loop at every step.
    /// </summary>
    private static void RunWithoutContext(Action<object?> continuation, object? state)
    {
        SynchronizationContext? context = SynchronizationContext.Current;
        SynchronizationContext.SetSynchronizationContext(null);
        try
        {
            continuation(state);
        }
        finally
        {
            SynchronizationContext.SetSynchronizationContext(context);
        }
    }
}
