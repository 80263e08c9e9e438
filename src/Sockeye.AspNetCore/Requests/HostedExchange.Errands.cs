using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Threading.Tasks.Sources;
using Sockeye.Http;

namespace Sockeye.AspNetCore.Requests;

// How what the application wants done gets done on the connection's owner. Wherever it runs, it asks for errands; they
// are gathered in one word, and the owner is posted to once for all that have gathered. While the application's first
// stretch runs, up to where it first waits, errands that nobody waits for are held back: most applications end within
// it, and then everything is done at once.
internal abstract partial class HostedExchange : IThreadPoolWorkItem, IValueTaskSource
{
    [Flags]
    private enum Errands
    {
        None = 0,

        /// <summary>Not an errand: the first stretch runs, and errands wait for its end.</summary>
        Held = 1,

        /// <summary>Notice when the client leaves.</summary>
        Watch = 2,

        /// <summary>Read the next piece of the request's body.</summary>
        Read = 4,

        /// <summary>Send what was handed over of the response.</summary>
        Send = 8,

        /// <summary>Send all of it, and its end.</summary>
        Complete = 16,

        /// <summary>The application is done: end the exchange.</summary>
        Finish = 32,
    }

    /// <summary>What goes on on the owner and must be over before the exchange is.</summary>
    [Flags]
    private enum Activities : byte
    {
        None = 0,
        Sending = 1,
        Reading = 2,
        Watching = 4,
    }

    private enum Life : byte
    {
        Running,

        /// <summary>The application is done, and what goes on comes to its end.</summary>
        Finishing,

        Over,
    }

    private static readonly Action<object?> s_runErrands = static state => ((HostedExchange)state!).RunErrands();

    private int _errands;               // Errands; changed by interlocked operations.
    private Activities _activities;     // Owned by the owner, like all below.
    private Life _life;
    private short _version;
    private Action<object?>? _continuation;
    private object? _continuationState;
    private CancellationTokenSource _stop = new();
    private ValueTask _running;         // The application, while it waits.
    private readonly Action _endOfRun;

    ValueTaskSourceStatus IValueTaskSource.GetStatus(short token) => _life != Life.Over
        ? ValueTaskSourceStatus.Pending
        : _failure is null ? ValueTaskSourceStatus.Succeeded : ValueTaskSourceStatus.Faulted;

    /// <summary>Both the server's await and the end of the exchange are on the owner: it goes on right there.</summary>
    void IValueTaskSource.OnCompleted(
        Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags)
    {
        Debug.Assert(token == _version && Owner.IsCurrent);
        if (_life == Life.Over)
        {
            continuation(state);
            return;
        }

        _continuation = continuation;
        _continuationState = state;
    }

    void IValueTaskSource.GetResult(short token)
    {
        Debug.Assert(token == _version);
        Exception? failure = _failure;
        Leave();
        if (failure is not null)
        {
            throw failure as BadRequestException ?? (Exception)new ApplicationFailedException(failure);
        }
    }

    /// <summary>Sends the rest of the response, and ends the exchange. Called wherever the application ended.</summary>
    private void Finish()
    {
        if (!Owner.IsCurrent)
        {
            Ask(Errands.Complete | Errands.Finish);
            return;
        }

        // What was held back is not needed any more; what was posted still comes, and must find us here.
        if (TryForget(Errands.None) || TryForget(Errands.Held) || TryForget(Errands.Held | Errands.Watch))
        {
            CompleteResponse();
            _life = Life.Finishing;
            TryEnd();
        }
        else
        {
            Ask(Errands.Complete | Errands.Finish);
        }
    }

    private bool TryForget(Errands these) =>
        Interlocked.CompareExchange(ref _errands, (int)Errands.None, (int)these) == (int)these;

    /// <summary>Sends the rest of the response while the application goes on.</summary>
    protected void CompleteEarly()
    {
        if (Owner.IsCurrent)
        {
            CompleteResponse();
        }
        else
        {
            Ask(Errands.Complete);
        }
    }

    /// <summary>Runs a function on the owner, and gives its outcome where the caller was.</summary>
    internal Task<T> OnOwnerAsync<T>(Func<Task<T>> function)
    {
        if (Owner.IsCurrent)
        {
            return function();
        }

        var done = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        Owner.Post(
            async _ =>
            {
                try
                {
                    done.SetResult(await function());
                }
                catch (Exception exception)
                {
                    done.SetException(exception);
                }
            },
            null);
        return done.Task;
    }

    private void BeginErrands()
    {
        _version++;
        _errands = (int)Errands.Held;
        _activities = Activities.None;
        _life = Life.Running;
        _continuation = null;
        _continuationState = null;
        RenewStop();
    }

    private void RenewStop()
    {
        if (_stop.IsCancellationRequested)
        {
            _stop.Dispose();
            _stop = new CancellationTokenSource();
        }
    }

    private ValueTask AsTask()
    {
        if (_life == Life.Over && _failure is null)
        {
            Leave();
            return default;
        }

        return new ValueTask(this, _version);
    }

    private void RunFirstStretch()
    {
        _running = RunAsync();
        ConfiguredValueTaskAwaitable.ConfiguredValueTaskAwaiter waiting =
            _running.ConfigureAwait(false).GetAwaiter();
        if (waiting.IsCompleted)
        {
            EndRun();
            return;
        }

        Release();
        waiting.UnsafeOnCompleted(_endOfRun); // From here on the exchange may become somebody else's.
    }

    private void EndRun()
    {
        _running.GetAwaiter().GetResult(); // It has caught whatever there was; this gives back what it ran in.
        Finish();
    }

    /// <summary>The first stretch is over: what was held back is done now.</summary>
    private void Release()
    {
        var before = (Errands)Interlocked.And(ref _errands, (int)~Errands.Held);
        if ((before & Errands.Held) != 0 && before != Errands.Held)
        {
            Owner.Post(s_runErrands, this);
        }
    }

    /// <summary>Asks for an errand. The owner is posted to unless it has been and has not come to it yet.</summary>
    private void Ask(Errands what)
    {
        var before = (Errands)Interlocked.Or(ref _errands, (int)what);
        if (before == Errands.None)
        {
            Owner.Post(s_runErrands, this);
        }
        else if ((before & Errands.Held) != 0 && what != Errands.Watch)
        {
            // The watch alone is not worth a post: most applications ask for the token and end in their first stretch.
            // One that blocks there hears nothing of its client, as SockeyeServerOptions says.
            Release();
        }
    }

    private void RunErrands()
    {
        var errands = (Errands)Interlocked.Exchange(ref _errands, 0);
        if ((errands & Errands.Watch) != 0 && (errands & Errands.Finish) == 0)
        {
            StartWatch();
        }

        if ((errands & Errands.Read) != 0)
        {
            _ = ReadForElsewhereAsync();
        }

        if ((errands & Errands.Complete) != 0)
        {
            CompleteResponse();
        }
        else if ((errands & Errands.Send) != 0)
        {
            SendQueued();
        }

        if ((errands & Errands.Finish) != 0)
        {
            _life = Life.Finishing;
            TryEnd();
        }
    }

    private void BeginActivity(Activities activity)
    {
        Debug.Assert((_activities & activity) == 0 && Owner.IsCurrent);
        _activities |= activity;
    }

    private void EndActivity(Activities activity)
    {
        Debug.Assert((_activities & activity) != 0 && Owner.IsCurrent);
        _activities &= ~activity;
        TryEnd();
    }

    /// <summary>Ends the exchange once the application is done and nothing goes on here any more.</summary>
    private void TryEnd()
    {
        if (_life != Life.Finishing || (_activities & Activities.Sending) != 0)
        {
            return;
        }

        if (_activities != Activities.None)
        {
            _stop.Cancel(); // A read that the application left alone, or the watch.
            return;
        }

        _life = Life.Over;
        if (_continuation is { } continuation)
        {
            _continuation = null;
            continuation(_continuationState);
        }
    }

    private void Leave()
    {
        ForgetLifetime();
        Request = null!;
        Response = null!;
        Recycle();
    }
}

/// <summary>Tells the HTTP server that the application failed, which is logged already: the connection ends.</summary>
internal sealed class ApplicationFailedException(Exception inner) : Exception("The application failed.", inner);
