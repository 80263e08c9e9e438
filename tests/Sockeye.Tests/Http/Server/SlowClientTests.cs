using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Sockeye.Http;
using Sockeye.Tests.Conformance;

namespace Sockeye.Tests.Http.Server;

/// <summary>Clients that take their time cost the server little, and others nothing. For ten thousand of them there is
/// bench/slow-clients.</summary>
[Collection(Alone.Name)]
public sealed class SlowClientTests
{
    private const int SlowClients = 300;
    private const int BytesEachMax = 24_000;

    /// <summary>The blocks that a ring of io_uring offers the kernel, whatever the number of connections: 256 of
    /// 64 KB.</summary>
    private const int RingBytesMax = 256 * 65_536;

    private const string Head = "GET /hello HTTP/1.1\r\nHost: h\r\nX: ";
    private static readonly TimeSpan s_headTimeout = TimeSpan.FromMilliseconds(1_500);

    /// <summary>A fixed pool of threads serves as many connections as it has threads, and others wait.</summary>
    public static TheoryData<string> Models =>
        [.. IoModel.All.Where(one => one.Name != "pool" && one.WhyUnavailable() is null).Select(one => one.Name)];

    [Theory]
    [MemberData(nameof(Models))]
    public async Task SlowClientsHoldNobodyUpAndLittleMemoryAndAreClosedInTime(string model)
    {
        await using Site site = await Site.StartAsync(
            model,
            (_, response) =>
            {
                response.Write("Hello, World!"u8);
                return default;
            },
            new HttpServerOptions { HeadTimeout = s_headTimeout });
        using RawClient other = site.Connect();
        Ask(other);
        long before = GC.GetTotalMemory(forceFullCollection: true);
        Socket[] slow = [.. Enumerable.Range(0, SlowClients).Select(_ => Connect(site.Port))];
        var clock = Stopwatch.StartNew();
        try
        {
            int sent = 0;
            for (; clock.Elapsed < s_headTimeout / 3; sent++)
            {
                SendByte(slow, sent);
                Ask(other);
                await Task.Delay(100);
            }

            Assert.InRange(sent, 2, Head.Length);
            long taken = GC.GetTotalMemory(forceFullCollection: true) - before - (model == "uring" ? RingBytesMax : 0);
            Assert.InRange(taken / SlowClients, long.MinValue, BytesEachMax);
            string[] last = await Task.WhenAll(slow.Select(ReadToEndAsync));
            Assert.All(last, text => Assert.StartsWith("HTTP/1.1 408 ", text, StringComparison.Ordinal));
            Ask(other);
        }
        finally
        {
            Array.ForEach(slow, socket => socket.Dispose());
        }
    }

    private static void Ask(RawClient client)
    {
        client.Send("GET /hello HTTP/1.1\r\nHost: h\r\n\r\n");
        Assert.Equal("Hello, World!", client.Read()?.Text);
    }

    private static void SendByte(Socket[] slow, int index)
    {
        byte[] one = [(byte)Head[index]];
        foreach (Socket socket in slow)
        {
            socket.Send(one);
        }
    }

    private static Socket Connect(int port)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Connect(IPAddress.Loopback, port);
        return socket;
    }

    private static async Task<string> ReadToEndAsync(Socket socket)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        byte[] received = new byte[2_000];
        int count = 0;
        while (await socket.ReceiveAsync(received.AsMemory(count), limit.Token) is var more and > 0)
        {
            count += more;
        }

        return Encoding.Latin1.GetString(received, 0, count);
    }
}
