using System.Collections.Concurrent;

namespace Sockeye.Cli.Connecting;

/// <summary>
/// A thread of its own for a file, a pipe or a terminal, whose reads and writes may take for ever and cannot be given
/// up. Jobs run in the order in which they were asked for; whoever awaits one goes on where it was, on its connection's
/// owner. A job that never ends does not keep the process alive.
/// </summary>
internal sealed class FileThread : IDisposable
{
    private readonly BlockingCollection<Action> _jobs = [];

    /// <summary>Starts the thread.</summary>
    /// <param name="name">Its name, for a debugger.</param>
    public FileThread(string name) => new Thread(Run) { IsBackground = true, Name = name }.Start();

    /// <summary>Runs a job, and gives what it gave or threw.</summary>
    public Task<T> RunAsync<T>(Func<T> job)
    {
        var done = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        _jobs.Add(() =>
        {
            try
            {
                done.SetResult(job());
            }
            catch (Exception exception)
            {
                done.SetException(exception);
            }
        });
        return done.Task;
    }

    /// <summary>The thread ends after the jobs that it has; nobody waits for it.</summary>
    public void Dispose() => _jobs.CompleteAdding();

    private void Run()
    {
        foreach (Action job in _jobs.GetConsumingEnumerable())
        {
            job();
        }
    }
}
