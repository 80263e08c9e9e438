using System.Net;
using Sockeye.Engines;

namespace Sockeye;

/// <summary>
/// A network: the kernel's, run on an I/O model, or a simulated one. Code above takes a network and opens no
/// socket by itself, so that one can stand in for the other.
/// </summary>
/// <example><code>
/// await using var network = Network.Open(IoModel.Auto);
/// await using var listener = await network.ListenAsync("tcp://127.0.0.1:9999", Echo);
/// </code></example>
public abstract class Network : IAsyncDisposable
{
    /// <summary>Opens the kernel's network on an I/O model.</summary>
    /// <exception cref="NetworkException">The model cannot run here; the message says why.</exception>
    public static Network Open(IoModel? model = null, NetworkOptions? options = null) =>
        (model ?? IoModel.Auto).Open(options ?? NetworkOptions.Default);

    /// <summary>What carries it, such as <c>epoll</c>; the model chosen when it was opened as <c>auto</c>.</summary>
    public abstract string Name { get; }

    /// <summary>The clock and the timers of this network.</summary>
    public virtual TimeProvider Time { get; internal set; } = TimeProvider.System;

    /// <summary>
    /// Listens, and runs the handler for every connection, each on the owner that the model gives it. An endpoint with
    /// port 0 gets a free port: see <see cref="Listener.Endpoint"/>.
    /// </summary>
    /// <exception cref="NetworkException">The address is taken, is not ours, or may not be bound.</exception>
    public abstract ValueTask<Listener> ListenAsync(
        Endpoint endpoint, ConnectionHandler handler, ListenOptions? options = null);

    /// <summary>
    /// Binds datagram sockets, one on each loop, and runs the handler for each of them: a server of datagrams.
    /// </summary>
    /// <exception cref="NetworkException">The address is taken, is not ours, or may not be bound.</exception>
    public abstract ValueTask<Listener> ListenAsync(
        Endpoint endpoint, DatagramHandler handler, ListenOptions? options = null);

    /// <summary>
    /// Runs a function on one of this network's owners, as a handler runs: what it connects and binds belongs to
    /// that owner, and every await in it, however deeply nested, resumes there. This is how a program that is a client
    /// does its work. The caller itself goes on where it was. From a handler the function simply runs.
    /// </summary>
    /// <example><code>
    /// string reply = await network.RunAsync(async () =>
    /// {
    ///     await using Connection c = await network.ConnectAsync(Endpoint.Parse("tcp://127.0.0.1:9999"));
    ///     …
    /// });
    /// </code></example>
    public Task<T> RunAsync<T>(Func<Task<T>> function)
    {
        ArgumentNullException.ThrowIfNull(function);
        if (IsHere)
        {
            return function();
        }

        Owner owner = ChooseOwner();
        var done = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        owner.Post(_ => RunHere(owner, function, done), null);
        return done.Task;
    }

    /// <summary>The same for a function without a result.</summary>
    public Task RunAsync(Func<Task> function) => RunAsync(async () =>
    {
        await function();
        return true;
    });

    /// <summary>
    /// Connects. A name is looked up and its addresses are raced after RFC 8305. From a handler the connection has the
    /// handler's owner; from elsewhere one is chosen, and the code that awaits this call directly goes on there. Use
    /// <see cref="RunAsync{T}"/> for more than straight-line code.
    /// </summary>
    /// <exception cref="NetworkException">No address could be connected; the message tells of the last.</exception>
    /// <exception cref="OperationCanceledException">The token fired.</exception>
    public abstract ValueTask<Connection> ConnectAsync(
        Endpoint endpoint, ConnectOptions? options = null, CancellationToken cancellationToken = default);

    /// <summary>
    /// Binds one datagram socket: a client's with port 0, or a server's. Its owner is chosen as for
    /// <see cref="ConnectAsync"/>.
    /// </summary>
    /// <exception cref="NetworkException">The address is taken, is not ours, or may not be bound.</exception>
    public abstract ValueTask<DatagramSocket> BindAsync(Endpoint endpoint, ListenOptions? options = null);

    /// <summary>The addresses of a name, in the order in which to try them; a literal is its own.</summary>
    /// <exception cref="NetworkException">The name has none.</exception>
    public abstract ValueTask<IPAddress[]> ResolveAsync(string host, CancellationToken cancellationToken = default);

    /// <summary>Makes an alarm for the owner whose work this is; it rings there. Dispose it there.</summary>
    /// <exception cref="InvalidOperationException">This is not an owner of this network.</exception>
    public Alarm CreateAlarm(Action ring)
    {
        ArgumentNullException.ThrowIfNull(ring);
        if (!IsHere)
        {
            throw new InvalidOperationException("An alarm belongs to an owner of its network: use RunAsync.");
        }

        return CreateAlarmHere(ring);
    }

    /// <summary>Stops the listeners at once, resets what is still open and ends the loops.</summary>
    public abstract ValueTask DisposeAsync();

    /// <summary>This thread does the work of one of this network's owners.</summary>
    protected abstract bool IsHere { get; }

    /// <summary>An owner for work that comes from outside; <see cref="Owner.Release"/> is called when it is
    /// over.</summary>
    protected abstract Owner ChooseOwner();

    /// <summary>Like <see cref="RunAsync{T}"/>, but the code that awaits it directly goes on on the owner too, as after
    /// <see cref="ConnectAsync"/>: for layers whose connect does more than that.</summary>
    public ValueTask<T> ComeHomeAsync<T>(Func<Task<T>> function)
    {
        ArgumentNullException.ThrowIfNull(function);
        return IsHere ? new ValueTask<T>(function()) : Homecoming<T>.Run(ChooseOwner(), function);
    }

    private protected virtual Alarm CreateAlarmHere(Action ring) => new TimerAlarm(Owner.Current!, Time, ring);

    private static async void RunHere<T>(Owner owner, Func<Task<T>> function, TaskCompletionSource<T> done)
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

        owner.Release();
    }
}
