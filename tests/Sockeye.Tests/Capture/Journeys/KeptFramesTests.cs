using Sockeye.Capture.Journeys;
using Sockeye.Wire;

namespace Sockeye.Tests.Capture.Journeys;

/// <summary>A journey keeps the frames that there is memory for, and counts the others.</summary>
public sealed class KeptFramesTests
{
    [Fact]
    public void WhatThereIsNoRoomForIsCounted()
    {
        const int Room = (2 * (100 + KeptFrame.ObjectsBytes)) + 99;
        var kept = new KeptFrames(Room);
        foreach (int length in (int[])[100, 101, 99, 1_000, 0])
        {
            kept.Add(0, new CapturedFrame { Bytes = new byte[length], LengthOnWire = length });
        }

        // The last would find room but for the objects around it.
        Assert.Equal([100, 101], kept.Since(0).Select(one => one.Bytes.Length));
        Assert.Equal(3, kept.Missing);
    }

    [Fact]
    public void AFrameIsCopiedAndGivenOnce()
    {
        var kept = new KeptFrames(JourneyCapture.KeptBytesMax);
        byte[] bytes = [1];
        kept.Add(1, new CapturedFrame { Bytes = bytes, LengthOnWire = 60 });
        bytes[0] = 2;
        kept.Add(2, new CapturedFrame { Bytes = bytes });
        Assert.Equal([(1, 1), (2, 2)], kept.Since(0).Select(one => (one.Source, (int)one.Bytes[0])));
        Assert.Equal(60, kept.Since(0)[0].LengthOnWire);
        Assert.Equal(2, Assert.Single(kept.Since(1)).Source);
        Assert.Empty(kept.Since(2));
    }
}
