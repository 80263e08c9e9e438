using Sockeye.Capture.Journeys;

namespace Sockeye.Tests.Capture.Journeys;

/// <summary>What was captured of a journey is read as often as somebody asks.</summary>
public sealed class JourneyFramesTests
{
    private const int FileBytes = 1 << 20;

    [Theory]
    [InlineData(0, FileBytes)]
    [InlineData(10, 100)]
    public void TheFileIsReadWithoutACopy(int start, int length)
    {
        byte[] bytes = new byte[FileBytes];
        bytes[start] = 7;
        var frames = new JourneyFrames(bytes.AsMemory(start, length), 0, []);
        long before = GC.GetAllocatedBytesForCurrentThread();
        using Stream stream = frames.OpenFile();
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1_000);
        Assert.Equal((length, 7), (stream.Length, stream.ReadByte()));
    }
}
