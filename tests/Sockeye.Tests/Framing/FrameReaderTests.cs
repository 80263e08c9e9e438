using System.Net.Sockets;
using System.Text;
using Sockeye.Framing;
using Sockeye.Tests.Adapters;

namespace Sockeye.Tests.Framing;

public sealed class FrameReaderTests
{
    [Theory]
    [InlineData("epoll")]
    [InlineData("threads")]
    public async Task LinesAreReadFromAConnectionAndWritten(string model)
    {
        await using Served served = await Served.StartAsync(Upper, model);
        using Socket client = await served.ConnectAsync();
        foreach (char piece in "one\r\ntwo\n\nthr")
        {
            await Served.SendAsync(client, piece.ToString());
        }

        await Served.SendAsync(client, "ee\nlast");
        client.Shutdown(SocketShutdown.Send);
        string reply = Encoding.UTF8.GetString(await Served.ReadToEndAsync(client));
        Assert.Equal("ONE\r\nTWO\r\n\r\nTHREE\r\nLAST\r\n", reply);
        await served.Done;
    }

    [Fact]
    public async Task LastLineWithoutAnEndIsMarked()
    {
        List<bool> marks = [];
        await using Served served = await Served.StartAsync(async c =>
        {
            var lines = new FrameReader<LineFraming>(c, default);
            while (await lines.ReadAsync() is { IsFrame: true } line)
            {
                marks.Add(line.IsUnterminated);
            }
        });
        using Socket client = await served.ConnectAsync();
        await Served.SendAsync(client, "a\nb");
        client.Shutdown(SocketShutdown.Send);
        await served.Done;
        Assert.Equal([false, true], marks);
    }

    [Fact]
    public async Task FrameOverTheLimitIsAnOutcomeThatStays()
    {
        List<FrameOutcome> outcomes = [];
        await using Served served = await Served.StartAsync(async c =>
        {
            var framing = new LengthPrefixFraming(LengthPrefix.FourBytesBigEndian);
            var frames = new FrameReader<LengthPrefixFraming>(c, framing);
            outcomes.Add((await frames.ReadAsync()).Outcome);
            outcomes.Add((await frames.ReadAsync()).Outcome);
            c.Write("too long"u8);
        });
        using Socket client = await served.ConnectAsync();
        await client.SendAsync(new byte[] { 0x7F, 0xFF, 0xFF, 0xFF, 1 });
        Assert.Equal("too long", await Served.ReadAsync(client, 8));
        Assert.Equal([FrameOutcome.TooLong, FrameOutcome.TooLong], outcomes);
    }

    [Fact]
    public async Task FrameLargerThanTheInputBlockIsAnOutcome()
    {
        FrameOutcome outcome = default;
        await using Served served = await Served.StartAsync(
            async c =>
            {
                var frames = new FrameReader<FixedSizeFraming>(c, new FixedSizeFraming(5_000));
                outcome = (await frames.ReadAsync()).Outcome;
            },
            limits: new Limits { InputBytesMax = 4_096 });
        using Socket client = await served.ConnectAsync();
        await client.SendAsync(new byte[5_000]);
        await served.Done;
        Assert.Equal(FrameOutcome.TooLong, outcome);
    }

    [Fact]
    public async Task EndsOfTheConnectionAreEndsOfTheFrames()
    {
        Frame finished = default;
        Frame again = default;
        Frame reset = default;
        await using Served served = await Served.StartAsync(async c =>
        {
            var frames = new FrameReader<FixedSizeFraming>(c, new FixedSizeFraming(1));
            finished = await frames.ReadAsync();
            again = await frames.ReadAsync();
        });
        using (Socket client = await served.ConnectAsync())
        {
            client.Shutdown(SocketShutdown.Send);
            await served.Done;
        }

        await using Served second = await Served.StartAsync(
            async c => reset = await new FrameReader<LineFraming>(c, default).ReadAsync());
        Socket rude = await second.ConnectAsync();
        await Served.SendAsync(rude, "half a li");
        Served.Reset(rude);
        await second.Done;
        Assert.Equal((FrameOutcome.End, End.Finished), (finished.Outcome, finished.End));
        Assert.Equal((FrameOutcome.End, End.Finished), (again.Outcome, again.End));
        Assert.Equal((FrameOutcome.End, End.Reset), (reset.Outcome, reset.End));
    }

    [Fact]
    public async Task CancelledReadLosesNothing()
    {
        string line = "";
        await using Served served = await Served.StartAsync(async c =>
        {
            var lines = new FrameReader<LineFraming>(c, default);
            using var cancellation = new CancellationTokenSource();
            ValueTask<Frame> reading = lines.ReadAsync(cancellation.Token);
            c.Write("?"u8);
            await c.FlushAsync();
            cancellation.Cancel();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => reading.AsTask());
            c.Write("!"u8);
            await c.FlushAsync();
            line = Encoding.UTF8.GetString((await lines.ReadAsync()).Payload.Span);
        });
        using Socket client = await served.ConnectAsync();
        Assert.Equal("?", await Served.ReadAsync(client, 1));
        await Served.SendAsync(client, "first ");
        Assert.Equal("!", await Served.ReadAsync(client, 1));
        await Served.SendAsync(client, "second\n");
        await served.Done;
        Assert.Equal("first second", line);
    }

    [Fact]
    public async Task AnotherFramingTakesOverBehindAFrame()
    {
        List<string> frames = [];
        await using Served served = await Served.StartAsync(async c =>
        {
            Frame header = await new FrameReader<LineFraming>(c, default).ReadAsync();
            frames.Add(Encoding.UTF8.GetString(header.Payload.Span));
            var body = new FrameReader<FixedSizeFraming>(c, new FixedSizeFraming(4));
            frames.Add(Encoding.UTF8.GetString((await body.ReadAsync()).Payload.Span));
        });
        using Socket client = await served.ConnectAsync();
        await Served.SendAsync(client, "header\r\nbody");
        await served.Done;
        Assert.Equal(["header", "body"], frames);
    }

    [Fact]
    public async Task FramesAllocateNothingInSteadyState()
    {
        var allocations = new Allocations(rounds: 200);
        await using Served served = await Served.StartAsync(async c =>
        {
            var lines = new FrameReader<LineFraming>(c, default);
            while (!allocations.IsDone)
            {
                Frame line = await lines.ReadAsync();
                lines.Framing.Write(c, line.Payload.Span);
                allocations.Count();
                await c.FlushAsync();
            }
        });
        using Socket client = await served.ConnectAsync();
        while (!allocations.IsDone)
        {
            await Served.SendAsync(client, "ping\r\n");
            Assert.Equal("ping\r\n", await Served.ReadAsync(client, 6));
        }

        await served.Done;
        allocations.AssertWithinLimit();
    }

    // The example of FrameReader's documentation.
    private static async ValueTask Upper(Connection c)
    {
        var lines = new FrameReader<LineFraming>(c, new LineFraming());
        while (await lines.ReadAsync() is { IsFrame: true } line)
        {
            string text = Encoding.ASCII.GetString(line.Payload.Span);
            lines.Framing.Write(c, Encoding.ASCII.GetBytes(text.ToUpperInvariant()));
            await c.FlushAsync();
        }
    }
}
