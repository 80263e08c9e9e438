using Sockeye.Cli;

namespace Sockeye.Tests.Cli;

public sealed class QueuedStreamTests
{
    [Fact]
    public void WritingNeverWaitsAndWhatFindsNoRoomIsCounted()
    {
        using var stuck = new StuckStream();
        using var queued = new QueuedStream(stuck, "test", static _ => { });
        byte[] chunk = new byte[QueuedStream.WaitingBytesMax];
        queued.Write([1]);
        Assert.True(stuck.IsWriting.Wait(ToolProcess.TimeOut));
        queued.Write(chunk);
        queued.Write([2]);
        queued.Write([3]);
        Assert.Equal(2, queued.LeftOut);

        stuck.MayGoOn.Set();
        queued.Dispose();
        Assert.Equal(1 + chunk.Length, stuck.Taken);
    }

    private sealed class StuckStream : MemoryStream
    {
        public ManualResetEventSlim IsWriting { get; } = new();

        public ManualResetEventSlim MayGoOn { get; } = new();

        public long Taken { get; private set; }

        public override void Write(ReadOnlySpan<byte> buffer)
        {
            IsWriting.Set();
            MayGoOn.Wait();
            Taken += buffer.Length;
        }

        protected override void Dispose(bool disposing)
        {
            IsWriting.Dispose();
            MayGoOn.Dispose();
            base.Dispose(disposing);
        }
    }
}
