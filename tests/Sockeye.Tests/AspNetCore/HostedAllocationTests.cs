using System.IO.Pipelines;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Abstractions;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Sockeye.AspNetCore;
using Sockeye.Tests.Conformance;

namespace Sockeye.Tests.AspNetCore;

/// <summary>A keep-alive request allocates nothing but what the application itself does, wherever it runs.</summary>
[Collection(Alone.Name)]
public sealed class HostedAllocationTests
{
    private const int RequestsOfWindow = 500;

    /// <summary>Bytes for each request that others in this process may allocate meanwhile. The smallest object has
    /// 24.</summary>
    private const int NoiseBytes = 8;

    /// <summary>The same where the application waits on the thread pool itself: the state of its run is taken from
    /// another thread's than it is given back to, and one request in five finds none.</summary>
    private const int ThreadPoolBytes = 48;

    public static TheoryData<string, bool> Ways
    {
        get
        {
            var ways = new TheoryData<string, bool> { { "epoll", false }, { "epoll", true } };
            if (IoModel.Parse("uring").WhyUnavailable() is null)
            {
                ways.Add("uring", false); // On the thread pool.
                ways.Add("uring", true);
            }

            return ways;
        }
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task AShortRequestAllocatesNothing(string model, bool onLoop) => await CheckAsync(
        model, onLoop, ownBytes: 0, "GET /plaintext HTTP/1.1\r\nHost: localhost\r\nAccept: */*\r\n\r\n");

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task ABodyThatIsReadAllocatesNothing(string model, bool onLoop)
    {
        // One TaskCompletionSource and its task.
        const int OwnBytes = 24 + 64;
        await CheckAsync(
            model,
            onLoop,
            IoModel.Parse(model).Lends || onLoop ? OwnBytes : OwnBytes + ThreadPoolBytes,
            "POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 13\r\n\r\nhello, hello!");
    }

    private static async Task CheckAsync(string model, bool onLoop, long ownBytes, string request)
    {
        var options = new SockeyeServerOptions
        {
            Model = IoModel.Parse(model),
            RunApplicationOnLoop = onLoop,
            Network = new NetworkOptions { Loops = 1 },
        };
        await using var server = new SockeyeServer(Options.Create(options), NullLoggerFactory.Instance);
        ICollection<string> addresses = server.Features.Get<IServerAddressesFeature>()!.Addresses;
        addresses.Add("http://127.0.0.1:0");
        await server.StartAsync(new FixedReply(), CancellationToken.None);
        using var client = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        client.NoDelay = true;
        client.Connect(IPAddress.Loopback, new Uri(addresses.Single()).Port);
        byte[] bytes = Encoding.ASCII.GetBytes(request);
        var allocations = new Allocations(
            1, RequestsOfWindow * (ownBytes + NoiseBytes), () => GC.GetTotalAllocatedBytes(precise: true));
        for (allocations.Count(); !allocations.IsDone; allocations.Count())
        {
            Ask(client, bytes);
        }

        allocations.AssertWithinLimit();
        client.Dispose(); // Or the server would linger.
        await server.StopAsync(CancellationToken.None);
    }

    /// <summary>Asks and reads the replies, without allocating.</summary>
    private static void Ask(Socket client, ReadOnlySpan<byte> request)
    {
        Span<byte> reply = stackalloc byte[1_024];
        for (int i = 0; i < RequestsOfWindow; i++)
        {
            client.Send(request);
            int count = 0;
            do
            {
                int received = client.Receive(reply[count..]);
                Assert.True(received > 0);
                count += received;
            }
            while (!reply[..count].EndsWith("Hello, World!"u8));

            Assert.True(reply[..count].StartsWith("HTTP/1.1 200 "u8));
        }
    }

    /// <summary>Reads the body, if there is one, and replies with fixed bytes. It allocates nothing, but a task where
    /// it has to wait.</summary>
    private sealed class FixedReply : IHttpApplication<Context>
    {
        public Context CreateContext(IFeatureCollection contextFeatures)
        {
            var container = (IHostContextContainer<Context>)contextFeatures;
            container.HostContext ??= new Context();
            container.HostContext.Features = contextFeatures;
            return container.HostContext;
        }

        public Task ProcessRequestAsync(Context context) => context.Run();

        public void DisposeContext(Context context, Exception? exception) => Assert.Null(exception);
    }

    private sealed class Context
    {
        private static readonly byte[] s_content = "Hello, World!"u8.ToArray();

        private readonly Action _goOn;
        private ValueTask<ReadResult> _reading;
        private bool _isWaiting;
        private TaskCompletionSource? _done;

        public Context() => _goOn = GoOn;

        public IFeatureCollection Features { get; set; } = null!;

        private PipeReader Reader => Features.Get<IRequestBodyPipeFeature>()!.Reader;

        public Task Run()
        {
            if (!Features.Get<IHttpRequestBodyDetectionFeature>()!.CanHaveBody)
            {
                Reply();
                return Task.CompletedTask;
            }

            var done = new TaskCompletionSource(); // What the application itself allocates.
            _done = done;
            GoOn();
            return done.Task;
        }

        private void GoOn()
        {
            ReadResult result = default;
            while (!result.IsCompleted)
            {
                if (!_isWaiting)
                {
                    _reading = Reader.ReadAsync();
                    if (!_reading.IsCompleted)
                    {
                        _isWaiting = true;
                        _reading.GetAwaiter().UnsafeOnCompleted(_goOn);
                        return;
                    }
                }

                _isWaiting = false;
                result = _reading.GetAwaiter().GetResult();
                Reader.AdvanceTo(result.Buffer.End);
            }

            Reply();
            _done!.SetResult();
        }

        private void Reply()
        {
            Features.Get<IHttpResponseFeature>()!.Headers.ContentLength = s_content.Length;
            Assert.True(Features.Get<IHttpResponseBodyFeature>()!.Writer.WriteAsync(s_content).IsCompletedSuccessfully);
        }
    }
}
