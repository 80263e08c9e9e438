using System.Net;
using System.Net.Sockets;
using Sockeye.Engines;
using Sockeye.Linux;

namespace Sockeye.Tests.Linux;

/// <summary>A server on one io_uring loop, with queues as small as a test wants them, and plain blocking
/// clients.</summary>
internal sealed class UringServer : IAsyncDisposable
{
    /// <summary>How long anything here may take before the test fails.</summary>
    internal static readonly TimeSpan Limit = Patience.Time;

    /// <summary>Small, so that a server that sends much has to wait.</summary>
    private const int ReceiveBufferBytes = 65_536;

    private readonly List<Socket> _clients = [];

    private UringServer(Network network, UringLoop loop, Listener listener)
    {
        Network = network;
        Loop = loop;
        Listener = listener;
    }

    internal Network Network { get; }

    internal UringLoop Loop { get; }

    internal Listener Listener { get; }

    internal static async Task<UringServer> StartAsync(
        ConnectionHandler handler,
        uint submissions = UringRing.SubmissionsDefault,
        uint completions = 0,
        SocketOptions? options = null)
    {
        UringLoop? loop = null;
        var network = new EventNetwork(
            "uring",
            new NetworkOptions { Loops = 1, LoopHeldAfter = Timeout.InfiniteTimeSpan },
            (owner, name) => loop = new UringLoop(owner, name, submissions, completions));
        Listener listener = await network.ListenAsync(
            Endpoint.Parse("tcp://127.0.0.1:0"),
            handler,
            new ListenOptions { Socket = options ?? SocketOptions.Default });
        return new UringServer(network, loop!, listener);
    }

    internal Socket Connect()
    {
        var client = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp)
        {
            NoDelay = true,
            ReceiveBufferSize = ReceiveBufferBytes,
            ReceiveTimeout = (int)Limit.TotalMilliseconds,
            SendTimeout = (int)Limit.TotalMilliseconds,
        };
        _clients.Add(client);
        client.Connect(IPAddress.Loopback, Listener.Endpoint.Port);
        return client;
    }

    /// <summary>Receives exactly this many bytes, or fewer when the stream ends before.</summary>
    internal static byte[] Receive(Socket client, int count)
    {
        byte[] bytes = new byte[count];
        int received = 0;
        while (received < count)
        {
            int more = client.Receive(bytes.AsSpan(received));
            if (more == 0)
            {
                return bytes[..received];
            }

            received += more;
        }

        return bytes;
    }

    /// <summary>Closes so that the peer sees a reset.</summary>
    internal static void Reset(Socket client)
    {
        client.LingerState = new System.Net.Sockets.LingerOption(true, 0);
        client.Close();
    }

    /// <summary>Holds the loop, so that what happens meanwhile reaches it all at once, until the action is
    /// over.</summary>
    internal async Task HoldAsync(Action whileHeld)
    {
        using var held = new ManualResetEventSlim();
        using var release = new ManualResetEventSlim();
        Loop.Post(
            _ =>
            {
                held.Set();
                release.Wait(Limit);
            },
            null);
        if (!held.Wait(Limit))
        {
            throw new TimeoutException("The loop does not turn.");
        }

        whileHeld();
        release.Set();

        // It turns again, and nobody uses the events any more.
        await Loop.InvokeAsync(() => true).WaitAsync(Limit);
    }

    public async ValueTask DisposeAsync()
    {
        _clients.ForEach(client => client.Dispose());
        await Network.DisposeAsync().AsTask().WaitAsync(Limit);
    }

    internal static async ValueTask Echo(Connection connection)
    {
        while (await connection.ReadAsync() is { IsEmpty: false } received)
        {
            connection.Write(received.Span);
            connection.Consume(received.Length);
            await connection.FlushAsync();
        }
    }
}
