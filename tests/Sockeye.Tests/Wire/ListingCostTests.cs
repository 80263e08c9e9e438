using Sockeye.Wire;
using Sockeye.Wire.Dissection;
using Sockeye.Wire.Files;

namespace Sockeye.Tests.Wire;

/// <summary>What a listing of a large capture costs in memory. What it costs in time, <c>bench/read</c>
/// measures.</summary>
public sealed class ListingCostTests
{
    // Blocks, tables and texts are made once; nothing is made for a frame.
    private const long BytesOnceMax = 1_000_000;

    [Fact]
    public void FramesTakeNoMemoryEach()
    {
        // In one section: each has tables of its own. The smallest object has 24 bytes.
        byte[] section = Samples.Capture([.. Enumerable.Repeat(Samples.All, 1_000).SelectMany(one => one)]);
        Assert.InRange(BytesOnceMax / (1_000 * Samples.All.Count), 0, 23);
        Allocations.AssertAtMost(BytesOnceMax, () => List(new MemoryStream(section)));
    }

    [Fact]
    public void EveryFieldOfAFrameTakesNoMemoryEither()
    {
        var dissector = new Dissector(FieldSet.All);
        var text = new TextBuffer();
        Allocations.AssertAtMost(0, () => All(dissector, text), rounds: 100);
    }

    private static void All(Dissector dissector, TextBuffer text)
    {
        // By index: an enumerator would be what the test itself makes.
        for (int i = 0; i < Samples.All.Count; i++)
        {
            Sample sample = Samples.All[i];
            text.Clear();
            PacketTree.Write(dissector.Dissect(new() { LinkType = sample.LinkType, Bytes = sample.Bytes }), text);
        }
    }

    private static void List(Stream capture)
    {
        var dissector = new Dissector(FieldSet.None);
        var listing = new PacketListing();
        var text = new TextBuffer();
        CaptureReader reader = CaptureReader.Open(capture);
        while (reader.TryRead(out CapturedFrame frame))
        {
            text.Clear();
            listing.Write(dissector.Dissect(frame), text);
        }
    }
}
