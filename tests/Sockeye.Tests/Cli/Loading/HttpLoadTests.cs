using Sockeye.Cli.Loading;
using Sockeye.Cli.Loading.Protocols;
using Sockeye.Cli.Loading.Results;
using Sockeye.Tests.Conformance;
using Sockeye.Tests.Http.Client;
using Sockeye.Tests.Http.Server;

namespace Sockeye.Tests.Cli.Loading;

/// <summary>Loads over HTTP: every way in which a reply can end, and exact counts.</summary>
public sealed class HttpLoadTests
{
    /// <summary>Replies that are whole, each framed in another way.</summary>
    public static TheoryData<string, string> Replies { get; } = new()
    {
        { "GET", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello" },
        { "GET", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n" },
        { "GET", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nX-Sum: 1\r\n\r\n" },
        { "HEAD", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n" },
        { "GET", "HTTP/1.1 204 No Content\r\n\r\n" },
        { "GET", "HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n" },
        { "GET", "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n" },
    };

    [Theory]
    [MemberData(nameof(Replies))]
    public async Task EveryFramingOfAReplyIsFollowedToItsEnd(string method, string reply)
    {
        await using var server = new ScriptedServer((peer, _) => AnswerAllAsync(peer, reply));
        LoadResult result = await LoadScene.RunAsync(
            LoadScene.PlanOf(new ProtocolChoice(server.Root) { Method = method }, 50));
        LoadScene.AssertAnswered(result, 50);
        Assert.Equal(4, server.Connections);
    }

    [Theory]
    [MemberData(nameof(Replies))]
    public async Task ItDoesNotMatterHowAReplyIsCut(string method, string reply)
    {
        await using var server = new ScriptedServer(async (peer, _) =>
        {
            peer.Socket.NoDelay = true;
            while ((await peer.ReadHeadAsync()).Length > 0)
            {
                foreach (char letter in reply)
                {
                    await peer.SendAsync(letter.ToString());
                }
            }
        });
        LoadResult result = await LoadScene.RunAsync(
            LoadScene.PlanOf(new ProtocolChoice(server.Root) { Method = method }, 6, connections: 2));
        LoadScene.AssertAnswered(result, 6);
    }

    [Fact]
    public async Task ABodyUntilTheConnectionEndsIsAReply()
    {
        await using var server = new ScriptedServer("HTTP/1.1 200 OK\r\n\r\nhello");
        LoadResult result = await LoadScene.RunAsync(server.Root, 20);
        LoadScene.AssertAnswered(result, 20);
        Assert.InRange(server.Connections, 20, 24); // The last of them may find nothing left to ask.
    }

    [Theory]
    [InlineData(1)]
    [InlineData(16)]
    public async Task AnExactNumberOfRequestsIsMade(int pipeline)
    {
        int served = 0;
        await using Site site = await Site.StartAsync((request, response) =>
        {
            Interlocked.Increment(ref served);
            return Site.CountBody(request, response);
        });
        LoadResult result = await LoadScene.RunAsync(LoadScene.PlanOf(
            new ProtocolChoice(site.Url + "/") { Pipeline = pipeline }, 5_003, connections: 7));
        LoadScene.AssertAnswered(result, 5_003);
        Assert.Equal(5_003, served);
        Assert.Equal(5_003, result.StatusCodes[200]);
        Assert.Equal(7, result.ConnectLatency.Count);
        Assert.Equal("http", result.Settings.Protocol);
        Assert.True(result.BytesIn > 5_003 * 50 && result.BytesOut > 5_003 * 20);
    }

    [Fact]
    public async Task SeveralLoopsShareTheConnectionsAndTheRequests()
    {
        await using Site site = await Site.StartAsync(Site.CountBody);
        LoadPlan plan = LoadScene.PlanOf(new ProtocolChoice(site.Url), 1_001, connections: 5);
        LoadResult result = await LoadScene.RunAsync(plan with { Loops = 3 });
        LoadScene.AssertAnswered(result, 1_001);
        Assert.Equal(5, result.ConnectLatency.Count);
        Assert.Equal(3, result.Settings.Loops);
    }

    [Theory]
    [Models]
    public async Task AnyModelGenerates(string model)
    {
        await using Site site = await Site.StartAsync(Site.CountBody);
        LoadPlan plan = LoadScene.PlanOf(new ProtocolChoice(site.Url), 500);
        LoadScene.AssertAnswered(await LoadScene.RunAsync(plan with { Model = IoModel.Parse(model) }), 500);
        LoadScene.AssertAnswered(
            await LoadScene.RunAsync(plan with { Model = IoModel.Parse(model), RatePerSecond = 2_000 }), 500);
    }

    [Fact]
    public async Task CloseMakesAConnectionForEachRequest()
    {
        await using var server = new ScriptedServer(async (peer, _) =>
        {
            string head = await peer.ReadHeadAsync();
            Assert.True(head.Length == 0 || head.Contains("Connection: close", StringComparison.Ordinal), head);
            await peer.SendAsync("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok");
        });
        LoadResult result = await LoadScene.RunAsync(
            LoadScene.PlanOf(new ProtocolChoice(server.Root) { Close = true }, 100));
        LoadScene.AssertAnswered(result, 100);
        Assert.Equal(101, server.Connections); // One more shows that the server is there.
        Assert.Equal(100, result.ConnectLatency.Count);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(8)]
    public async Task WhatAServerThatClosesDidNotAnswerIsAskedAgain(int pipeline)
    {
        await using var server = new ScriptedServer(async (peer, _) =>
        {
            for (int left = 3; left > 0 && (await peer.ReadHeadAsync()).Length > 0; left--)
            {
                string field = left == 1 ? "Connection: close\r\n" : "";
                await peer.SendAsync($"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n{field}\r\nok");
            }
        });
        LoadResult result = await LoadScene.RunAsync(
            LoadScene.PlanOf(new ProtocolChoice(server.Root) { Pipeline = pipeline }, 90, connections: 2));
        LoadScene.AssertAnswered(result, 90);
        Assert.InRange(server.Connections, 30, 34);
    }

    [Fact]
    public async Task TheRequestIsWhatWasAskedFor()
    {
        string seen = "";
        await using var server = new ScriptedServer(async (peer, _) =>
        {
            while (await peer.ReadHeadAsync() is { Length: > 0 } head)
            {
                seen = head + System.Text.Encoding.Latin1.GetString(await peer.ReadAsync(4));
                await peer.SendAsync("HTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n");
            }
        });
        LoadResult result = await LoadScene.RunAsync(LoadScene.PlanOf(
            new ProtocolChoice($"{server.Root}/a/b?c=d")
            {
                Method = "PUT",
                Data = "body",
                Fields = ["X-One: 1", "Host: example.test"],
                Expect = ["201"],
            },
            3,
            connections: 1));
        LoadScene.AssertAnswered(result, 3);
        Assert.Equal(
            "PUT /a/b?c=d HTTP/1.1\r\nX-One: 1\r\nHost: example.test\r\nContent-Length: 4\r\n\r\nbody", seen);
        Assert.Equal(4, result.Settings.MessageBytes);
    }

    [Fact]
    public async Task WarmingUpIsNotCounted()
    {
        int served = 0;
        await using Site site = await Site.StartAsync((request, response) =>
        {
            Interlocked.Increment(ref served);
            return Site.CountBody(request, response);
        });
        LoadPlan plan = LoadScene.PlanOf(new ProtocolChoice(site.Url), 100) with
        {
            WarmUp = TimeSpan.FromMilliseconds(300),
        };
        LoadResult result = await LoadScene.RunAsync(plan);
        LoadScene.AssertAnswered(result, 100);
        Assert.True(served > 100, $"{served} were served");
        Assert.Equal([new(200, 100)], result.StatusCodes);
        Assert.Equal(0, result.BytesIn % 100);
        Assert.Equal(100 * ((StreamProtocol)plan.Protocol).Request.Length, result.BytesOut);
        Assert.Equal(4, result.ConnectLatency.Count);
    }

    [Fact]
    public async Task ADurationEndsTheRunAndSecondsAreKept()
    {
        await using Site site = await Site.StartAsync(Site.CountBody);
        LoadPlan plan = LoadScene.PlanOf(new ProtocolChoice(site.Url), 1) with
        {
            Requests = null,
            Duration = TimeSpan.FromMilliseconds(2_300),
        };
        LoadResult result = await LoadScene.RunAsync(plan);
        Assert.Empty(result.Errors);
        Assert.InRange(result.Elapsed, TimeSpan.FromSeconds(2.3), TimeSpan.FromSeconds(20));
        Assert.True(result.Seconds.Count >= 2, $"{result.Seconds.Count} seconds"); // A third where there was time.
        Assert.Equal(result.Requests, result.Seconds.Sum(second => second.Requests));
    }

    [Fact]
    public async Task StoppingEarlyGivesWhatWasMeasuredUntilThen()
    {
        await using Site site = await Site.StartAsync(Site.CountBody);
        using var stop = new CancellationTokenSource();
        LoadPlan plan = LoadScene.PlanOf(new ProtocolChoice(site.Url), 1) with
        {
            Requests = null,
            Duration = TimeSpan.FromMinutes(10),
        };
        Task<LoadResult> running = LoadRun.RunAsync(
            plan,
            progress =>
            {
                if (progress.Counts.Latency.Count > 100)
                {
                    stop.Cancel();
                }
            },
            stop.Token);
        LoadResult result = await running.WaitAsync(LoadScene.Limit);
        Assert.Empty(result.Errors);
        Assert.True(result.Requests > 100);
        Assert.True(result.Elapsed < LoadScene.Limit);
        Assert.Equal(LoadEnding.Stopped, result.Ending);
    }

    [Fact]
    public async Task ALongWaitForTheLastAnswersIsNotInTheRate()
    {
        await using var server = new ScriptedServer(async (peer, _) =>
        {
            for (int number = 0; (await peer.ReadHeadAsync()).Length > 0; number++)
            {
                await Task.Delay(number == 9 ? 1_500 : 0, peer.End);
                await peer.SendAsync("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
            }
        });
        LoadPlan plan = LoadScene.PlanOf(new ProtocolChoice(server.Root), 1, connections: 1) with
        {
            Requests = null,
            RatePerSecond = 20,
            Duration = TimeSpan.FromSeconds(0.5),
        };
        LoadResult result = await LoadScene.RunAsync(plan);
        LoadScene.AssertAnswered(result, 10);
        Assert.Equal(9, result.AnsweredInTime);
        Assert.InRange(result.Elapsed, TimeSpan.FromSeconds(0.5), TimeSpan.FromSeconds(1.4));
        Assert.Equal(LoadEnding.Complete, result.Ending);
    }

    private static async Task AnswerAllAsync(ScriptedServer.Peer peer, string reply)
    {
        while ((await peer.ReadHeadAsync()).Length > 0)
        {
            await peer.SendAsync(reply);
        }
    }
}
