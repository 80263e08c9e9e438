using System.Buffers;
using System.IO.Pipelines;
using System.Net.Sockets;
using System.Text;

namespace Sockeye.Tests.Adapters;

public sealed class ConnectionPipeTests
{
    [Theory]
    [InlineData("epoll")]
    [InlineData("threads")]
    public async Task PipesEchoOnTheOwner(string model)
    {
        await using Served served = await Served.StartAsync(
            async c =>
            {
                IDuplexPipe pipe = c.AsDuplexPipe();
                while (true)
                {
                    ReadResult result = await pipe.Input.ReadAsync();
                    Assert.True(c.Owner.IsCurrent);
                    foreach (ReadOnlyMemory<byte> segment in result.Buffer)
                    {
                        pipe.Output.Write(segment.Span);
                    }

                    pipe.Input.AdvanceTo(result.Buffer.End);
                    await pipe.Output.FlushAsync();
                    if (result.IsCompleted)
                    {
                        break;
                    }
                }

                await pipe.Input.CompleteAsync();
                await pipe.Output.CompleteAsync();
            },
            model);
        using Socket client = await served.ConnectAsync();
        await Served.SendAsync(client, "hello");
        Assert.Equal("hello", await Served.ReadAsync(client, 5));
        client.Shutdown(SocketShutdown.Send);
        Assert.Empty(await Served.ReadToEndAsync(client));
        await served.Done;
    }

    [Fact]
    public async Task CompletingTheOutputSendsOurFinAndLeavesReadingOpen()
    {
        await using Served served = await Served.StartAsync(async c =>
        {
            IDuplexPipe pipe = c.AsDuplexPipe();
            await pipe.Output.WriteAsync("all I say"u8.ToArray());
            pipe.Output.Complete();
            Assert.Throws<InvalidOperationException>(() => pipe.Output.GetMemory());
            ReadResult result = await pipe.Input.ReadAtLeastAsync(5);
            Assert.Equal("reply", Encoding.ASCII.GetString(result.Buffer.ToArray()));
        });
        using Socket client = await served.ConnectAsync();
        Assert.Equal("all I say", Encoding.ASCII.GetString(await Served.ReadToEndAsync(client)));
        await Served.SendAsync(client, "reply");
        await served.Done;
    }

    [Fact]
    public async Task CompletingTheOutputWithAnExceptionResets()
    {
        await using Served served = await Served.StartAsync(async c =>
        {
            IDuplexPipe pipe = c.AsDuplexPipe();
            await pipe.Input.ReadAsync();
            pipe.Output.Complete(new InvalidDataException("half an answer"));
            Assert.Equal(End.Aborted, c.Ended);
        });
        using Socket client = await served.ConnectAsync();
        await Served.SendAsync(client, "x");
        await Assert.ThrowsAsync<SocketException>(() => Served.ReadToEndAsync(client));
        await served.Done;
    }

    [Fact]
    public async Task CancellingAFlushSaysSoAndLosesNothing()
    {
        byte[] large = new byte[900_000];
        await using Served served = await Served.StartAsync(
            async c =>
            {
                PipeWriter output = c.AsDuplexPipe().Output;
                for (int i = 0; i < 20; i++)
                {
                    output.Write(large);
                    ValueTask<FlushResult> flush = output.FlushAsync();
                    bool waits = !flush.IsCompleted;
                    if (waits)
                    {
                        output.CancelPendingFlush();
                    }

                    Assert.Equal(waits, (await flush).IsCanceled);
                    Assert.False((await output.FlushAsync()).IsCanceled);
                }

                await output.CompleteAsync();
            },
            limits: new Limits { OutputBytesHighWater = 1_000 });
        using Socket client = await served.ConnectAsync();
        Assert.Equal(20 * large.Length, (await Served.ReadToEndAsync(client)).Length);
        await served.Done;
    }
}
