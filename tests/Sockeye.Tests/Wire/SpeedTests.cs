using System.Globalization;
using Sockeye.Wire;
using Sockeye.Wire.Dissection;
using Sockeye.Wire.Files;
using Sockeye.Wire.Filters;

namespace Sockeye.Tests.Wire;

/// <summary>What a listing of a large capture costs.</summary>
public sealed class SpeedTests
{
    private const int FramesPerSecondMin = 500_000;
    private const int FramesMin = 1_000_000;
    private const int Rounds = 3;

    // Blocks, tables and texts are made once; nothing is made for a frame.
    private const long BytesOnceMax = 1_000_000;

    private static readonly byte[] s_samples = Samples.Capture(Samples.All);

    [Fact]
    public void MillionFramesAreListedInTwoSecondsOfOneCore()
    {
        _ = List(Frames(10_000), null);
        double best = Enumerable.Range(0, Rounds).Max(_ => FramesPerSecond(null));
        Assert.True(best >= FramesPerSecondMin, $"{best:F0} frames a second of CPU time");
    }

    [Fact]
    public void MillionFramesAreFilteredInTwoSecondsOfOneCore()
    {
        var filter = DisplayFilter.Parse("tcp.port == 80 && ip.src == 10.0.0.0/8");
        _ = List(Frames(10_000), filter);
        double best = Enumerable.Range(0, Rounds).Max(_ => FramesPerSecond(filter));
        Assert.True(best >= FramesPerSecondMin, $"{best:F0} frames a second of CPU time");
    }

    [Fact]
    public void FramesTakeNoMemoryEach()
    {
        // In one section: each has tables of its own. The smallest object has 24 bytes.
        byte[] section = Samples.Capture([.. Enumerable.Repeat(Samples.All, 1_000).SelectMany(one => one)]);
        Assert.InRange(BytesOnceMax / (1_000 * Samples.All.Count), 0, 23);
        Allocations.AssertAtMost(BytesOnceMax, () => List(new MemoryStream(section), null));
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

    private static double FramesPerSecond(DisplayFilter? filter)
    {
        // The time of this thread alone: others run tests meanwhile.
        long before = ThreadNanoseconds();
        long frames = List(Frames(FramesMin), filter);
        return frames / ((ThreadNanoseconds() - before) / 1e9);
    }

    private static Repeated Frames(long framesMin) => new(s_samples, (framesMin / Samples.All.Count) + 1);

    private static long List(Stream capture, DisplayFilter? filter)
    {
        var dissector = new Dissector(filter is null ? FieldSet.None : new FieldSet(filter.Fields));
        var listing = new PacketListing();
        var text = new TextBuffer();
        CaptureReader reader = CaptureReader.Open(capture);
        while (reader.TryRead(out CapturedFrame frame))
        {
            DissectedFrame dissected = dissector.Dissect(frame);
            if (filter is null || filter.Matches(dissected))
            {
                text.Clear();
                listing.Write(dissected, text);
            }
        }

        return reader.FrameCount;
    }

    // proc(5): the first number of schedstat is the time on a processor, in nanoseconds.
    private static long ThreadNanoseconds() => long.Parse(
        File.ReadAllText("/proc/thread-self/schedstat").Split(' ')[0], CultureInfo.InvariantCulture);

    /// <summary>The same bytes so many times: a section of a pcapng file after another.</summary>
    private sealed class Repeated(byte[] bytes, long times) : Stream
    {
        private readonly long _length = bytes.Length * times;
        private long _position;

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => _length;

        public override long Position
        {
            get => _position;
            set => throw new NotSupportedException();
        }

        public override int Read(Span<byte> buffer)
        {
            int start = (int)(_position % bytes.Length);
            int count = (int)Math.Min(Math.Min(buffer.Length, bytes.Length - start), _length - _position);
            bytes.AsSpan(start, count).CopyTo(buffer);
            _position += count;
            return count;
        }

        public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
