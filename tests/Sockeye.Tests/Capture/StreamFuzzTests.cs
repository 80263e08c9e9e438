using Sockeye.Capture.Ladder;
using Sockeye.Capture.Streams;
using Sockeye.Wire.Dissection;

namespace Sockeye.Tests.Capture;

/// <summary>No frame, however broken, and no order of frames makes anything throw.</summary>
public sealed class StreamFuzzTests
{
    private const int Seeds = 60;

    [Fact]
    public void SegmentsOfAnyKindInAnyOrderAreFollowed()
    {
        for (int seed = 0; seed < 10; seed++)
        {
            Read(TcpStories.Improvise(seed, connections: 10, packets: 60).ToFile());
        }
    }

    [Fact]
    public void FramesThatAreDamagedAreFollowed()
    {
        byte[][] files =
        [
            TcpStories.Tell().ToFile(), Wire.Samples.Capture(Wire.Samples.All), TcpSimulation.Run(1, 3).ToFile(),
        ];
        for (int seed = 0; seed < Seeds; seed++)
        {
            var random = new Random(seed);
            byte[] file = files[seed % files.Length].AsSpan().ToArray();
            var dissector = new StreamDissector(FieldSet.All, new StreamLimits { StreamsMax = 8 });
            var ladder = new LadderBuilder(new LadderOptions { KeepsDetails = true });
            _ = Followed.Each(file, FieldSet.None, null, (frame, _) =>
            {
                byte[] bytes = frame.Frame.Bytes.ToArray();
                for (int i = random.Next(4); i > 0 && bytes.Length > 0; i--)
                {
                    bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
                }

                var broken = new Sockeye.Wire.CapturedFrame
                {
                    Number = frame.Frame.Number,
                    LinkType = frame.Frame.LinkType,
                    Time = frame.Frame.Time,
                    LengthOnWire = bytes.Length,
                    Bytes = bytes.AsSpan(0, random.Next(3) == 0 ? random.Next(bytes.Length + 1) : bytes.Length),
                };
                DissectedFrame found = dissector.Dissect(broken, out StreamPacket packet);
                ladder.Add(found, packet);
            });
            Draw(ladder.Build("fuzz"));
        }
    }

    private static void Read(byte[] file)
    {
        var ladder = new LadderBuilder();
        long bytes = 0;
        var follower = new StreamFollower((_, piece) => bytes += piece.Bytes.Length + piece.MissingBefore);
        _ = Followed.Each(file, FieldSet.All, null, (frame, packet) =>
        {
            ladder.Add(frame, packet);
            if (packet.Stream?.Number == 0)
            {
                follower.Take(frame, packet);
            }
        });
        follower.Finish();
        Assert.True(bytes > 0);
        Draw(ladder.Build("any"));
    }

    private static void Draw(LadderDiagram diagram)
    {
        Assert.NotEmpty(LadderText.Draw(diagram, 80));
        Assert.NotEmpty(LadderHtml.Write(diagram));
        Assert.NotEmpty(LadderMermaid.Write(diagram));
    }
}
