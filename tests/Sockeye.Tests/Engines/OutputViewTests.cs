using System.Net.Sockets;
using System.Text;
using Sockeye.Tests.Adapters;

namespace Sockeye.Tests.Engines;

/// <summary>Room that a handler was given to write into stays its own, whatever becomes of the connection.</summary>
public sealed class OutputViewTests
{
    /// <summary>The models on which connections share a loop and its blocks.</summary>
    public static TheoryData<string> LoopModels { get; } =
    [
        .. IoModel.All.Where(m => m.Family is "readiness" or "completion" && m.WhyUnavailable() is null)
            .Select(m => m.Name),
    ];

    [Theory]
    [MemberData(nameof(LoopModels))]
    public async Task WritingIntoTheRoomAfterALossReachesNobodyElse(string model)
    {
        var viewing = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var lost = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var written = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var overwritten = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using Served served = await Served.StartAsync(
            async c =>
            {
                Received received = await c.ReadAsync();
                bool views = received.Span[0] == 'v';
                c.Consume(received.Length);
                if (views)
                {
                    // As in: c.Advance(await file.ReadAsync(c.GetMemory(100))), with a reset meanwhile.
                    Memory<byte> room = c.GetMemory(100);
                    await using CancellationTokenRegistration _ = c.Lost.Register(lost.SetResult);
                    viewing.SetResult();
                    await written.Task;
                    room.Span.Fill((byte)'!');
                    c.Advance(room.Length);
                    Assert.Equal(End.Reset, await c.FlushAsync());
                    overwritten.SetResult();
                }
                else
                {
                    c.Write("precious"u8);
                    written.SetResult();
                    await overwritten.Task;
                }
            },
            model);
        Socket viewer = await served.ConnectAsync();
        await Served.SendAsync(viewer, "v");
        await viewing.Task.WaitAsync(Served.TimeOut);
        Served.Reset(viewer);
        await lost.Task.WaitAsync(Served.TimeOut);
        using Socket writer = await served.ConnectAsync();
        await Served.SendAsync(writer, "w");
        Assert.Equal("precious", Encoding.ASCII.GetString(await Served.ReadToEndAsync(writer)));
        await served.Done;
    }
}
