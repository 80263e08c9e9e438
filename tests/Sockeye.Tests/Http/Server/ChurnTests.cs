using System.Diagnostics;
using System.Net.Sockets;
using Sockeye.Http;
using Sockeye.Tests.Conformance;

namespace Sockeye.Tests.Http.Server;

/// <summary>Clients that come and go as fast as they can, most of them with a reset.</summary>
[Collection(Alone.Name)]
public sealed class ChurnTests
{
    private const int Connections = 2_000;
    private static readonly TimeSpan s_patience = Patience.Time;

    [Theory]
    [Models]
    public async Task ClientsThatResetAfterAFewBytesStopNobodyAndLeaveNothingBehind(string model)
    {
        await using Site site = await Site.StartAsync(model, Site.CountBody);
        Assert.Equal(200, AskOnce(site));
        int before = Descriptors() + ThreadsOf(model);
        for (int i = 0; i < Connections; i++)
        {
            using Socket socket = site.ConnectSocket();
            socket.Send("GET /"u8);
            socket.LingerState = new LingerOption(true, 0);
            if (i % 500 == 250)
            {
                Assert.Equal(200, AskOnce(site));
            }
        }

        Assert.Equal(200, AskOnce(site));
        await AssertNothingIsLeftAsync(site, before);
    }

    [Theory]
    [Models]
    public async Task AHandshakeOfTlsThatTricklesHoldsNobodyUp(string model)
    {
        await using Site site = await Site.StartAsync(
            model + HostsAttribute.Tls,
            Site.CountBody,
            new HttpServerOptions { Tls = Secured.Server with { HandshakeTimeout = TimeSpan.FromMilliseconds(500) } });
        Assert.Equal(200, AskOnce(site));
        int before = Descriptors() + ThreadsOf(model);

        // The beginning of a hello, byte by byte: on a fixed pool of threads fewer than there are threads.
        byte[] hello = [22, 3, 1, 2, 0, 1, 0, 1, 252, 3, 3];
        RawClient[] slow = [.. Enumerable.Range(0, 3).Select(_ => site.ConnectWithoutTls())];
        foreach (byte one in hello)
        {
            Array.ForEach(slow, client => client.TrySend([one]));
            Assert.Equal(200, AskOnce(site));
        }

        Assert.All(slow, client => Assert.True(client.IsAtEnd()));
        Array.ForEach(slow, client => client.Dispose());
        await AssertNothingIsLeftAsync(site, before);
    }

    private static int AskOnce(Site site)
    {
        using RawClient client = site.Connect();
        client.Send("GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
        int status = client.Read()!.Status;
        Assert.True(client.IsAtEnd());
        return status;
    }

    /// <summary>The server notices in its own time.</summary>
    private static async Task AssertNothingIsLeftAsync(Site site, int descriptors)
    {
        var clock = Stopwatch.StartNew();
        while ((site.Server.ConnectionCount > 0 || Descriptors() > descriptors) && clock.Elapsed < s_patience)
        {
            await Task.Delay(10);
        }

        Assert.Equal(0, site.Server.ConnectionCount);
        Assert.InRange(Descriptors(), 0, descriptors);
    }

    /// <summary>Each thread of a pool has a descriptor of its own, by which it is woken, and starts when it is
    /// needed.</summary>
    private static int ThreadsOf(string model) => model == "pool" ? new NetworkOptions().PoolThreads : 0;

    private static int Descriptors() => Directory.GetFileSystemEntries("/proc/self/fd").Length;
}
