using System.Buffers;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Sockeye.AspNetCore;

namespace Sockeye.Tests.AspNetCore;

/// <summary>What an application writes before it flushes is held, up to a limit.</summary>
public sealed class UnflushedTests
{
    private const int Default = 33_554_432;

    [Theory]
    [InlineData("pool")]
    [InlineData("loop")]
    public async Task TextThatIsWrittenAtOnceMayBeLong(string carrier)
    {
        string text = new('x', Default - 100);
        await using WebApp app = await Run(carrier, _ => { }, context => context.Response.WriteAsync(text));
        Assert.Equal(text.Length, (await app.Client.GetStringAsync("/")).Length);
    }

    [Theory]
    [InlineData("pool")]
    [InlineData("loop")]
    public async Task WritingMoreThanTheLimitSaysToFlush(string carrier)
    {
        await using WebApp app = await Run(carrier, _ => { }, async context =>
        {
            IBufferWriter<byte> writer = context.Response.BodyWriter;
            for (int left = Default; left > 0; left -= 65_536)
            {
                writer.GetSpan(65_536);
                writer.Advance(65_536);
            }

            var exception = Assert.Throws<InvalidOperationException>(() => writer.GetSpan(1));
            Assert.Contains("flush", exception.Message, StringComparison.Ordinal);
            await context.Response.BodyWriter.FlushAsync();
            writer.GetSpan(1)[0] = (byte)'.';
            writer.Advance(1);
        });
        Assert.Equal(Default + 1, (await app.Client.GetByteArrayAsync("/")).Length);
    }

    [Fact]
    public async Task LimitIsAnOption()
    {
        await using WebApp app = await Run("pool", options => options.UnflushedBytesMax = 1_000, async context =>
        {
            Assert.Throws<InvalidOperationException>(() => context.Response.BodyWriter.GetMemory(1_001));
            await context.Response.Body.WriteAsync(new byte[1_000]);
        });
        Assert.Equal(1_000, (await app.Client.GetByteArrayAsync("/")).Length);
        Assert.Throws<ArgumentOutOfRangeException>(() => new SockeyeServerOptions { UnflushedBytesMax = 0 });
    }

    private static Task<WebApp> Run(
        string carrier, Action<SockeyeServerOptions> configure, RequestDelegate application) =>
        WebApp.StartAsync(Carrier.Of(carrier).With(configure), site => site.Run(application));
}
