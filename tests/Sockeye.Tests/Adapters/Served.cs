using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Sockeye.Tests.Adapters;

/// <summary>A handler served on a real port, and real sockets of the runtime to talk to it.</summary>
internal sealed class Served : IAsyncDisposable
{
    /// <summary>No test waits longer; one that would has failed.</summary>
    public static readonly TimeSpan TimeOut = Patience.Time;

    private readonly Network _network;
    private readonly Listener _listener;
    private readonly TaskCompletionSource _done;

    private Served(Network network, Listener listener, TaskCompletionSource done)
    {
        _network = network;
        _listener = listener;
        _done = done;
    }

    /// <summary>Completes when the handler of the first connection is done, as it did.</summary>
    public Task Done => _done.Task.WaitAsync(TimeOut);

    public Listener Listener => _listener;

    public static async Task<Served> StartAsync(
        ConnectionHandler handler, string model = "epoll", Limits? limits = null)
    {
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Network network = Network.Open(IoModel.Parse(model), new NetworkOptions { Loops = 1 });
        try
        {
            Listener listener = await network.ListenAsync(
                Endpoint.Parse("tcp://127.0.0.1:0"),
                async connection =>
                {
                    try
                    {
                        await handler(connection);
                        done.TrySetResult();
                    }
                    catch (Exception exception)
                    {
                        done.TrySetException(exception);
                        throw;
                    }
                },
                new ListenOptions { Limits = limits ?? Limits.Default });
            return new Served(network, listener, done);
        }
        catch
        {
            await network.DisposeAsync();
            throw;
        }
    }

    public async Task<Socket> ConnectAsync()
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(IPAddress.Loopback, _listener.Endpoint.Port).WaitAsync(TimeOut);
        return socket;
    }

    public async ValueTask DisposeAsync() => await _network.DisposeAsync().AsTask().WaitAsync(TimeOut);

    /// <summary>Everything until the end of the stream.</summary>
    public static async Task<byte[]> ReadToEndAsync(Socket socket)
    {
        using var limit = new CancellationTokenSource(TimeOut);
        var all = new MemoryStream();
        byte[] buffer = new byte[65_536];
        while (await socket.ReceiveAsync(buffer, limit.Token) is > 0 and int count)
        {
            all.Write(buffer, 0, count);
        }

        return all.ToArray();
    }

    /// <summary>Exactly this many bytes, as text.</summary>
    public static async Task<string> ReadAsync(Socket socket, int count)
    {
        using var limit = new CancellationTokenSource(TimeOut);
        byte[] buffer = new byte[count];
        for (int held = 0; held < count;)
        {
            int received = await socket.ReceiveAsync(buffer.AsMemory(held), limit.Token);
            Assert.NotEqual(0, received);
            held += received;
        }

        return Encoding.UTF8.GetString(buffer);
    }

    public static async Task SendAsync(Socket socket, string text) =>
        await socket.SendAsync(Encoding.UTF8.GetBytes(text)).WaitAsync(TimeOut);

    /// <summary>Closes with a reset.</summary>
    public static void Reset(Socket socket)
    {
        socket.LingerState = new LingerOption(true, 0);
        socket.Dispose();
    }
}
