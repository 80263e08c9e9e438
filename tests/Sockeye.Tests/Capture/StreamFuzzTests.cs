using System.Text;
using System.Xml.Linq;
using Sockeye.Capture.Ladder;
using Sockeye.Capture.Streams;
using Sockeye.Wire;
using Sockeye.Wire.Dissection;

namespace Sockeye.Tests.Capture;

/// <summary>No frame, however broken, and no order of frames makes anything throw.</summary>
public sealed class StreamFuzzTests
{
    private const int Seeds = 40;

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
            var damaged = new Damaged();
            _ = Followed.Each(files[seed % files.Length], FieldSet.None, null, (frame, _) =>
            {
                byte[] bytes = frame.Frame.Bytes.ToArray();
                for (int i = random.Next(4); i > 0 && bytes.Length > 0; i--)
                {
                    bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
                }

                damaged.Take(new CapturedFrame
                {
                    Number = frame.Frame.Number,
                    LinkType = frame.Frame.LinkType,
                    Time = frame.Frame.Time,
                    LengthOnWire = bytes.Length,
                    Bytes = bytes.AsSpan(0, random.Next(3) == 0 ? random.Next(bytes.Length + 1) : bytes.Length),
                });
            });
            damaged.Finish();
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
        Assert.All(diagram.Rows, row =>
        {
            Assert.InRange(row.From, 0, diagram.Columns.Count - 1);
            Assert.InRange(row.To, 0, diagram.Columns.Count - 1);
        });
        XDocument image = XDocument.Parse(LadderSvg.Draw(diagram));
        Assert.Equal(
            diagram.Rows.Count, image.Descendants().Count(one => one.Attribute("class")?.Value == "row"));
        Assert.True(LadderText.Draw(diagram, 80).Count(one => one == '\n') > diagram.Rows.Count);
        Assert.True(LadderMermaid.Write(diagram).Count(one => one == '\n') > diagram.Rows.Count);
        Assert.EndsWith("</html>\n", LadderHtml.Write(diagram));
    }

    /// <summary>Reads damaged frames, and checks what is true of any.</summary>
    private sealed class Damaged
    {
        private const int StreamsMax = 8;

        private readonly StreamDissector _dissector = new(FieldSet.All, new StreamLimits { StreamsMax = StreamsMax });
        private readonly StreamDissector _plain = new(FieldSet.None, new StreamLimits { StreamsMax = StreamsMax });
        private readonly LadderBuilder _ladder = new(new LadderOptions { KeepsDetails = true });
        private readonly LadderBuilder _every = new(new LadderOptions { Folds = false, ColumnsMax = int.MaxValue });

        private long _frames;
        private long _inStreams;
        private long _left;

        public Damaged() => _dissector.Streams.Left = stream => _left += stream.Packets;

        public void Take(in CapturedFrame captured)
        {
            DissectedFrame frame = _dissector.Dissect(captured, out StreamPacket packet);
            _frames++;
            _inStreams += packet.Stream is null ? 0 : 1;
            _ladder.Add(frame, packet);
            _every.Add(frame, packet);
            Assert.InRange(_dissector.Streams.KnownCount, 0, StreamsMax);
            bool isWithin = true;
            foreach (FieldRecord record in frame.Fields)
            {
                isWithin &= frame.BytesOf(record).Length == record.Length;
            }

            Assert.True(isWithin);

            // A listing is the same whether the fields are asked for or not.
            string info = Encoding.UTF8.GetString(frame.Info);
            Assert.Equal(info, Encoding.UTF8.GetString(_plain.Dissect(captured, out _).Info));
        }

        public void Finish()
        {
            Assert.Equal(_inStreams, _left + _dissector.Streams.Known.Sum(stream => stream.Packets));
            Assert.Equal(_frames, _every.Build("every").Rows.Count);
            Draw(_ladder.Build("fuzz"));
        }
    }
}
