namespace Sockeye.Http.Client;

/// <summary>Work on an owner, from anywhere.</summary>
internal static class OwnerWork
{
    /// <summary>Runs a function on the owner: now when that is here.</summary>
    public static Task<T> RunAsync<T>(Owner owner, Func<Task<T>> function)
    {
        if (owner.IsCurrent)
        {
            return function();
        }

        var done = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        owner.Post(_ => RunHere(function, done), null);
        return done.Task;
    }

    private static async void RunHere<T>(Func<Task<T>> function, TaskCompletionSource<T> done)
    {
        try
        {
            done.SetResult(await function());
        }
        catch (OperationCanceledException canceled)
        {
            done.SetCanceled(canceled.CancellationToken);
        }
        catch (Exception exception)
        {
            done.SetException(exception);
        }
    }
}
