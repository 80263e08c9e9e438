using System.Net.Sockets;
using System.Text;

namespace Sockeye.Tests.Adapters;

public sealed class ConnectionStreamTests
{
    [Theory]
    [InlineData("epoll")]
    [InlineData("threads")]
    public async Task ShortBuffersGetEverythingInOrder(string model)
    {
        var text = new StringBuilder();
        await using Served served = await Served.StartAsync(
            async c =>
            {
                Stream stream = c.AsStream();
                byte[] two = new byte[2];
                while (await stream.ReadAsync(two) is > 0 and int count)
                {
                    Assert.True(c.Owner.IsCurrent);
                    text.Append(Encoding.ASCII.GetString(two, 0, count));
                }
            },
            model);
        using Socket client = await served.ConnectAsync();
        await Served.SendAsync(client, "seven77");
        client.Shutdown(SocketShutdown.Send);
        await served.Done;
        Assert.Equal("seven77", text.ToString());
    }

    [Fact]
    public async Task ReadIntoAnEmptyBufferWaitsForBytesAndTakesNone()
    {
        await using Served served = await Served.StartAsync(async c =>
        {
            Stream stream = c.AsStream();
            ValueTask<int> waiting = stream.ReadAsync(Memory<byte>.Empty);
            Assert.False(waiting.IsCompleted);
            stream.Write("?"u8);
            Assert.Equal(0, await waiting);
            Assert.Equal((byte)'!', c.Unconsumed.Span[0]);
            Assert.Equal(1, await stream.ReadAsync(new byte[9]));
        });
        using Socket client = await served.ConnectAsync();
        Assert.Equal("?", await Served.ReadAsync(client, 1));
        await Served.SendAsync(client, "!");
        await served.Done;
    }

    [Theory]
    [InlineData("epoll")]
    [InlineData("threads")]
    public async Task WorksFromAnotherThreadWithAndWithoutAwait(string model)
    {
        await using Served served = await Served.StartAsync(
            async c =>
            {
                Stream stream = c.AsStream();
                await Task.Run(async () =>
                {
                    Assert.False(c.Owner.IsCurrent);
                    byte[] one = new byte[1];
                    Assert.Equal(1, stream.Read(one, 0, 1));
                    stream.Write(one, 0, 1);
                    Assert.Equal(1, await stream.ReadAsync(one));
                    await stream.WriteAsync(one);
                    Assert.Equal(0, stream.Read(one, 0, 1));
                });
            },
            model);
        using Socket client = await served.ConnectAsync();
        await Served.SendAsync(client, "ab");
        Assert.Equal("ab", await Served.ReadAsync(client, 2));
        client.Shutdown(SocketShutdown.Send);
        await served.Done;
    }

    [Fact]
    public async Task SynchronousReadOnALoopThrowsInsteadOfStandingStill()
    {
        await using Served served = await Served.StartAsync(async c =>
        {
            Stream stream = c.AsStream();
            InvalidOperationException refused = Assert.Throws<InvalidOperationException>(
                () => stream.Read(new byte[1], 0, 1));
            Assert.Contains("ReadAsync", refused.Message);
            await Task.Yield();
            stream.Write("?"u8);
            Assert.Equal(1, await stream.ReadAsync(new byte[1]));
        });
        using Socket client = await served.ConnectAsync();
        Assert.Equal("?", await Served.ReadAsync(client, 1));
        await Served.SendAsync(client, "!");
        await served.Done;
    }

    [Fact]
    public async Task CancelledReadLeavesItsBytesForTheNext()
    {
        await using Served served = await Served.StartAsync(async c =>
        {
            Stream stream = c.AsStream();
            using var cancellation = new CancellationTokenSource();
            ValueTask<int> reading = stream.ReadAsync(new byte[1], cancellation.Token);
            cancellation.Cancel();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => reading.AsTask());
            stream.Write("?"u8);
            Assert.Equal(1, await stream.ReadAsync(new byte[1]));
        });
        using Socket client = await served.ConnectAsync();
        Assert.Equal("?", await Served.ReadAsync(client, 1));
        await Served.SendAsync(client, "!");
        await served.Done;
    }

    [Fact]
    public async Task ResetIsAnIoException()
    {
        await using Served served = await Served.StartAsync(async c =>
        {
            Stream stream = c.AsStream();
            IOException read = await Assert.ThrowsAsync<IOException>(() => stream.ReadAsync(new byte[1]).AsTask());
            Assert.Contains("Reset", read.Message);
            await Assert.ThrowsAsync<IOException>(() => stream.WriteAsync(new byte[1]).AsTask());
        });
        Served.Reset(await served.ConnectAsync());
        await served.Done;
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task DisposingClosesTheConnectionGracefully(bool asynchronously)
    {
        var release = new TaskCompletionSource();
        await using Served served = await Served.StartAsync(async c =>
        {
            Stream stream = c.AsStream();
            stream.Write("bye"u8);
            if (asynchronously)
            {
                await stream.DisposeAsync();
            }
            else
            {
                stream.Dispose();
            }

            await Assert.ThrowsAsync<ObjectDisposedException>(() => stream.ReadAsync(new byte[1]).AsTask());
            await release.Task;
        });
        using Socket client = await served.ConnectAsync();
        Assert.Equal("bye", Encoding.ASCII.GetString(await Served.ReadToEndAsync(client)));
        release.SetResult();
        await served.Done;
    }

    [Theory]
    [InlineData("epoll")]
    [InlineData("threads")]
    public async Task LargeWritesWaitForASlowReader(string model)
    {
        byte[] large = new byte[3_000_000];
        new Random(1).NextBytes(large);
        await using Served served = await Served.StartAsync(
            async c => await c.AsStream().WriteAsync(large),
            model,
            new Limits { OutputBytesHighWater = 1_024, OutputBytesMax = 8_192 });
        using Socket client = await served.ConnectAsync();
        Assert.Equal(large, await Served.ReadToEndAsync(client));
        await served.Done;
    }
}
