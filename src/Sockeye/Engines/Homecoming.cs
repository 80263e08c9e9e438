using System.Threading.Tasks.Sources;

namespace Sockeye.Engines;

/// <summary>
/// Awaits something that happens on an owner, from elsewhere, and goes on there: whoever awaits a connection is at
/// home on its loop from then on. The awaiter's own context is not asked.
/// </summary>
internal sealed class Homecoming<T> : IValueTaskSource<T>
{
    private static readonly object s_done = new();

    private readonly Owner _owner;
    private Task<T>? _outcome;
    private Action<object?>? _continuation;
    private object? _continuationState;
    private object? _state;     // Null, then either the awaiter (this) or s_done first; both: resume.

    private Homecoming(Owner owner) => _owner = owner;

    /// <summary>Runs the function on the owner.</summary>
    public static ValueTask<T> Run(Owner owner, Func<Task<T>> function)
    {
        var homecoming = new Homecoming<T>(owner);
        owner.Post(_ => homecoming.Start(function), null);
        return new ValueTask<T>(homecoming, 0);
    }

    public T GetResult(short token) => _outcome is { } outcome
        ? outcome.GetAwaiter().GetResult()
        : throw new InvalidOperationException("Await it: a loop's work cannot be waited for by blocking.");

    /// <summary>Pending until it is awaited, so that an await always resumes on the owner.</summary>
    public ValueTaskSourceStatus GetStatus(short token) =>
        !_owner.IsCurrent || _outcome is not { } outcome ? ValueTaskSourceStatus.Pending
        : outcome.IsCompletedSuccessfully ? ValueTaskSourceStatus.Succeeded
        : outcome.IsCanceled ? ValueTaskSourceStatus.Canceled
        : ValueTaskSourceStatus.Faulted;

    public void OnCompleted(
        Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags)
    {
        _continuation = continuation;
        _continuationState = state;
        if (Interlocked.CompareExchange(ref _state, this, null) == s_done)
        {
            _owner.Post(continuation, state);
        }
    }

    private async void Start(Func<Task<T>> function)
    {
        Task<T> outcome;
        try
        {
            outcome = function();
            await ((Task)outcome).ConfigureAwait(
                ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
        }
        catch (Exception exception)
        {
            outcome = Task.FromException<T>(exception);
        }

        _outcome = outcome;
        if (Interlocked.CompareExchange(ref _state, s_done, null) == this)
        {
            _continuation!(_continuationState);
        }

        _owner.Release();
    }
}
