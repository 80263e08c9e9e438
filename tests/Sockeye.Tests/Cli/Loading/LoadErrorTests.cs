using System.Net;
using System.Net.Sockets;
using Sockeye.Cli.Loading;
using Sockeye.Cli.Loading.Results;
using Sockeye.Tests.Http.Client;

namespace Sockeye.Tests.Cli.Loading;

/// <summary>Each way to fail is counted as what it is, once for each request.</summary>
public sealed class LoadErrorTests
{
    private const string Good = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

    [Fact]
    public async Task AServerThatResetsIsCountedAsReset()
    {
        await using var server = new ScriptedServer(async (peer, _) =>
        {
            await peer.ReadHeadAsync();
            await peer.SendAsync("HTTP/1.1 200 OK\r\n"); // So that the connection was not for nothing.
            await Task.Yield();
            peer.Reset();
        });
        LoadScene.AssertFailed(await LoadScene.RunAsync(server.Root, 20), LoadErrorKind.Reset, 20);
    }

    [Fact]
    public async Task AServerThatClosesWithinABodyIsCountedAsClosedEarly()
    {
        await using var server = new ScriptedServer("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nshort");
        LoadScene.AssertFailed(await LoadScene.RunAsync(server.Root, 20), LoadErrorKind.ClosedEarly, 20);
    }

    [Theory]
    [InlineData("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n", null, "WrongStatus")]
    [InlineData("HTTP/1.1 500 Oops\r\nContent-Length: 0\r\n\r\n", null, "WrongStatus")]
    [InlineData(Good, "201", "WrongStatus")]
    [InlineData(Good, "yes", "WrongBody")]
    [InlineData(Good, "200 yes", "WrongBody")]
    [InlineData(Good, "201 ok", "WrongStatus")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nye\r\n0\r\n\r\n", "yes", "WrongBody")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n", null, "MalformedReply")]
    [InlineData("220 mail.example.test ESMTP\r\n", null, "MalformedReply")]
    public async Task AReplyThatIsNotAsItShouldBeIsCounted(string reply, string? expect, string kind)
    {
        await using var server = new ScriptedServer(async (peer, _) =>
        {
            while ((await peer.ReadHeadAsync()).Length > 0)
            {
                await peer.SendAsync(reply);
            }
        });
        LoadResult result = await LoadScene.RunAsync(
            LoadScene.PlanOf(new ProtocolChoice(server.Root) { Expect = expect?.Split(' ') ?? [] }, 12));
        LoadScene.AssertFailed(result, Enum.Parse<LoadErrorKind>(kind), 12);
        Assert.Equal(0, result.Requests);
    }

    [Theory]
    [InlineData("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n", "404")]
    [InlineData(Good, "ok")]
    [InlineData(Good, "ok 200")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nye\r\n1\r\ns\r\n0\r\n\r\n", "yes")]
    public async Task AReplyThatWasExpectedIsGood(string reply, string expect)
    {
        await using var server = new ScriptedServer(async (peer, _) =>
        {
            while ((await peer.ReadHeadAsync()).Length > 0)
            {
                await peer.SendAsync(reply);
            }
        });
        LoadScene.AssertAnswered(
            await LoadScene.RunAsync(
                LoadScene.PlanOf(new ProtocolChoice(server.Root) { Expect = expect.Split(' ') }, 12)),
            12);
    }

    [Fact]
    public async Task AnAnswerThatTakesTooLongIsCountedAndTheClientGoesOn()
    {
        int requests = 0;
        await using var server = new ScriptedServer(async (peer, _) =>
        {
            while ((await peer.ReadHeadAsync()).Length > 0)
            {
                if (Interlocked.Increment(ref requests) == 5)
                {
                    await peer.ReadToEndAsync(); // Until the client gives up.
                    return;
                }

                await peer.SendAsync(Good);
            }
        });
        LoadPlan plan = LoadScene.PlanOf(new ProtocolChoice(server.Root), 20, connections: 1) with
        {
            Timeout = TimeSpan.FromSeconds(2), // Answers on a busy machine must be within it.
        };
        LoadResult result = await LoadScene.RunAsync(plan);
        LoadScene.AssertFailed(result, LoadErrorKind.ReplyTimeout, 1);
        Assert.Equal(19, result.Requests);
        Assert.Equal(2, server.Connections);
    }

    [Fact]
    public async Task BytesThatNobodyAskedForAreCountedAsMalformed()
    {
        await using var server = new ScriptedServer(async (peer, number) =>
        {
            while ((await peer.ReadHeadAsync()).Length > 0)
            {
                await peer.SendAsync(number == 0 ? Good + Good : Good);
            }
        });
        LoadResult result = await LoadScene.RunAsync(server.Root, 10, connections: 1);
        LoadScene.AssertFailed(result, LoadErrorKind.MalformedReply, 1);
        Assert.Equal(9, result.Requests); // A reply that goes on and on is none.
    }

    [Fact]
    public async Task AServerThatHangsIsSeenInTheErrorsAndByEveryLimit()
    {
        int requests = 0;
        await using var server = new ScriptedServer(async (peer, _) =>
        {
            while ((await peer.ReadHeadAsync()).Length > 0 && Interlocked.Increment(ref requests) <= 20)
            {
                await peer.SendAsync(Good);
            }

            await peer.ReadToEndAsync();
        });
        LoadPlan plan = LoadScene.PlanOf(new ProtocolChoice(server.Root), 1, connections: 3) with
        {
            Requests = null,
            Duration = TimeSpan.FromSeconds(0.5),
            Timeout = TimeSpan.FromSeconds(1),
        };
        LoadResult result = await LoadScene.RunAsync(plan);
        Assert.Equal(20, result.Requests);
        LoadScene.AssertFailed(result, LoadErrorKind.ReplyTimeout, 3);
        Assert.Equal(double.PositiveInfinity, result.PercentileOfAll(99));
        Assert.Equal(result.Latency.Percentile(50 * 23 / 20.0), result.PercentileOfAll(50));
    }

    [Fact]
    public async Task WhatIsUnderWayWhenItIsStoppedIsUnanswered()
    {
        int asked = 0;
        using var stop = new CancellationTokenSource();
        await using var server = new ScriptedServer(async (peer, _) =>
        {
            if ((await peer.ReadHeadAsync()).Length > 0 && Interlocked.Increment(ref asked) == 3)
            {
                await stop.CancelAsync();
            }

            await peer.ReadToEndAsync();
        });
        LoadPlan plan = LoadScene.PlanOf(new ProtocolChoice(server.Root), 1_000, connections: 3);
        LoadResult result = await LoadScene.RunAsync(plan, stop.Token);
        Assert.Empty(result.Errors);
        Assert.Equal((0, 3, LoadEnding.Stopped), (result.Requests, result.Unanswered, result.Ending));
    }

    [Fact]
    public async Task AServerThatClosesAtOnceIsAskedAgainAtOnce()
    {
        await using var server = new ScriptedServer(async (peer, _) => await peer.ReadHeadAsync());
        LoadResult result = await LoadScene.RunAsync(server.Root, 200, connections: 1);
        LoadScene.AssertFailed(result, LoadErrorKind.ClosedEarly, 200);
        Assert.InRange(result.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(10)); // With pauses it was minutes.
    }

    [Fact]
    public async Task ATimedRunGoesOnTryingAfterItsServerHasGone()
    {
        var server = new ScriptedServer(async (peer, _) =>
        {
            await peer.ReadHeadAsync();
            await peer.SendAsync(Good);
        });
        LoadPlan plan = LoadScene.PlanOf(new ProtocolChoice(server.Root), 1, connections: 2) with
        {
            Requests = null,
            Duration = TimeSpan.FromSeconds(1.5),
        };
        Task<LoadResult> running = LoadRun.RunAsync(plan);
        while (server.Connections < 10)
        {
            await Task.Delay(1);
        }

        await server.DisposeAsync();
        LoadResult result = await running.WaitAsync(LoadScene.Limit);
        Assert.True(result.Errors[LoadErrorKind.ConnectRefused] >= 2);
        Assert.True(result.Elapsed >= plan.Duration, $"{result.Elapsed}");
        Assert.Equal(LoadEnding.Complete, result.Ending);
    }

    [Fact]
    public async Task AWebSocketThatIsNotAgreedOnInTimeIsAFailure()
    {
        await using var server = new ScriptedServer((peer, _) => peer.ReadToEndAsync());
        LoadPlan plan = LoadScene.PlanOf(new ProtocolChoice($"ws://127.0.0.1:{server.Port}/"), 1, connections: 1);
        NetworkException late = await Assert.ThrowsAsync<NetworkException>(
            () => LoadScene.RunAsync(plan with { Timeout = TimeSpan.FromMilliseconds(300) }));
        Assert.Equal(NetworkError.TimedOut, late.Error);
        Assert.Contains("did not answer the WebSocket handshake within 0.3 s", late.Message);
    }

    [Fact]
    public async Task AWebServerThatIsAskedForMessagesIsCalledOne()
    {
        await using var server = new ScriptedServer("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n");
        var choice = new ProtocolChoice($"tcp://127.0.0.1:{server.Port}") { Data = "GET / HTTP/1.0\r\n\r\n" };
        LoadScene.AssertFailed(
            await LoadScene.RunAsync(LoadScene.PlanOf(choice, 5)), LoadErrorKind.HttpReply, 5);
    }

    [Fact]
    public async Task AServerThatGoesAwayEndsTheRunByItself()
    {
        var server = new ScriptedServer(async (peer, _) =>
        {
            await peer.ReadHeadAsync();
            await peer.SendAsync(Good);
        });
        LoadPlan plan = LoadScene.PlanOf(new ProtocolChoice(server.Root), 1_000_000, connections: 2);
        Task<LoadResult> running = LoadRun.RunAsync(plan);
        while (server.Connections < 10)
        {
            await Task.Delay(1);
        }

        int port = new Uri(server.Root).Port;
        await server.DisposeAsync();
        using var held = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        held.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.ReuseAddress, optionValue: true);
        held.Bind(new IPEndPoint(IPAddress.Loopback, port)); // So that no other test's server comes to that port.
        LoadResult result = await running.WaitAsync(LoadScene.Limit);
        Assert.True(result.Requests >= 2);
        Assert.InRange(result.Errors[LoadErrorKind.ConnectRefused], 2, 2 * 12);
        Assert.Equal(LoadEnding.PeerGone, result.Ending);
    }

    [Fact]
    public async Task NoServerIsAFailureThatNamesTheEndpoint()
    {
        int port = FreePort();
        NetworkException refused = await Assert.ThrowsAsync<NetworkException>(
            () => LoadScene.RunAsync($"tcp://127.0.0.1:{port}", 10));
        Assert.Equal(NetworkError.Refused, refused.Error);
        Assert.Contains($":{port}", refused.Message);
        refused = await Assert.ThrowsAsync<NetworkException>(
            () => LoadScene.RunAsync($"udp://127.0.0.1:{port}", 10));
        Assert.Equal(NetworkError.Refused, refused.Error);
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
