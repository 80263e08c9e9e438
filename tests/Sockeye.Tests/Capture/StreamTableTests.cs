using Sockeye.Capture.Streams;
using Sockeye.Tests.Wire;
using Sockeye.Wire;
using Sockeye.Wire.Dissection;
using Sockeye.Wire.Transport;

namespace Sockeye.Tests.Capture;

/// <summary>Streams are numbered as Wireshark numbers them, and what they cost is bounded.</summary>
public sealed class StreamTableTests
{
    private const int Rounds = 2_000;

    [TsharkFact]
    public void StreamsHaveTheNumbersOfTshark()
    {
        byte[] file = Wire.Samples.Capture(Wire.Samples.All);
        string name = Path.GetTempFileName();
        try
        {
            File.WriteAllBytes(name, file);
            string[] theirs = Tshark.Run(
                    "-n", "-r", name, "-T", "fields", "-e", "tcp.stream", "-e", "udp.stream", "-E", "occurrence=f")
                .TrimEnd('\n').Split('\n');
            List<SeenPacket> packets = Followed.All(file).Packets;
            var differences = new List<string>();
            for (int i = 0; i < packets.Count; i++)
            {
                string ours = packets[i].Kind switch
                {
                    StreamKind.Tcp => $"{packets[i].Number}\t",
                    StreamKind.Udp => $"\t{packets[i].Number}",
                    _ => "\t",
                };
                if (ours != theirs[i] && ours != "\t")
                {
                    differences.Add($"{Wire.Samples.All[i].Name}: ours '{ours}', theirs '{theirs[i]}'");
                }
            }

            Assert.True(differences.Count == 0, string.Join('\n', differences));
        }
        finally
        {
            File.Delete(name);
        }
    }

    [Fact]
    public void TheStreamThatWasSilentLongestIsForgotten()
    {
        var limits = new StreamLimits { StreamsMax = 10 };
        var script = new TcpScript();
        for (int i = 0; i < 35; i++)
        {
            script.NextConnection().Client(0, 0, flags: TcpFlags.Syn);
        }

        StreamTable streams = Followed.All(script.ToFile(), limits).Streams;
        Assert.Equal((35, 10, 25), (streams.TcpCount, streams.KnownCount, streams.ForgottenCount));
        Assert.Equal(Enumerable.Range(25, 10), streams.Known.Select(stream => stream.Number));
    }

    [Fact]
    public void ANewSynOnOldPortsIsANewStream()
    {
        (List<SeenPacket> packets, StreamTable streams) = Followed.Story("ports reused");
        Assert.Equal(2, streams.TcpCount);
        Assert.Equal([0, 0, 0, 0, 0, 1, 1, 1, 1, 1], packets.Select(packet => packet.Number));
        Assert.Equal(0u, packets[5].Tcp.Sequence);
    }

    [Fact]
    public void SegmentsThatNobodyAcknowledgesAreBounded()
    {
        var limits = new StreamLimits { SegmentsMax = 100, SegmentsTotalMax = 128 };
        var script = new TcpScript();
        for (uint i = 0; i < 5_000; i++)
        {
            script.Client(1 + (i * 10), 1, 10);
        }

        Assert.Equal(5_000, Followed.All(script.ToFile(), limits).Packets.Count);
    }

    [Fact]
    public void LengthsAreThoseOnTheWireWhereTheCaptureCutPackets()
    {
        var whole = new TcpScript();
        var cut = new TcpScript { SnapLength = 60 };
        TcpStories.All.Single(story => story.Name == "four steps to close").Write(whole);
        TcpStories.All.Single(story => story.Name == "four steps to close").Write(cut);
        Assert.Equal(
            Followed.All(whole.ToFile()).Packets.Select(packet => packet.Tcp),
            Followed.All(cut.ToFile()).Packets.Select(packet => packet.Tcp));
    }

    [Fact]
    public void LinesAreTheSameWhetherOrNotFieldsAreWanted()
    {
        foreach ((_, Action<TcpScript> write) in TcpStories.All)
        {
            var script = new TcpScript();
            write(script);
            Assert.Equal(LinesOf(script.ToFile(), FieldSet.All), LinesOf(script.ToFile(), FieldSet.None));
        }

        // A body that lies in other segments than its head is kept only where somebody wants to see it.
        byte[] file = new TcpScript().Handshake()
            .Say(fromClient: true, 1, 1, "GET /a HTTP/1.1\r\nHost: abc\r\n\r\n"u8)
            .Say(fromClient: false, 1, 31, "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nbody"u8)
            .Say(fromClient: false, 43, 31, " ends"u8)
            .ToFile();
        List<string> lines = LinesOf(file, FieldSet.None);
        Assert.Equal(LinesOf(file, FieldSet.All), lines);
        Assert.Equal("HTTP/1.1 200 OK", lines[^1]);
    }

    [Fact]
    public void APacketOfAStreamThatIsKnownTakesNoMemory()
    {
        var script = new TcpScript().Handshake();
        for (uint i = 0; i < 50; i++)
        {
            script.Say(fromClient: true, 1 + (i * 30), 1 + (i * 41), "GET /a HTTP/1.1\r\nHost: abc\r\n\r\n"u8);
            script.Say(fromClient: false, 1 + (i * 41), 31 + (i * 30),
                "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n"u8);
            script.Say(fromClient: false, 39 + (i * 41), 31 + (i * 30), "ok"u8);
        }

        // The same segments again and again; time and numbers do not matter to what they take.
        List<byte[]> frames = FramesOf(script.ToFile());
        var dissector = new StreamDissector(FieldSet.None);
        var listing = new PacketListing();
        var text = new TextBuffer();
        long number = 0;
        Allocations.AssertAtMost(
            0,
            () =>
            {
                for (int i = 0; i < frames.Count; i++)
                {
                    text.Clear();
                    listing.Write(dissector.Dissect(Raw(++number, frames[i]), out _), text);
                }
            },
            Rounds / 100);
    }

    [Fact]
    public void AStreamTakesNoMoreMemoryThanItsLimitSays()
    {
        const int Count = 1_000;
        var script = new TcpScript { ServerPort = 80 };
        for (int i = 0; i < Count; i++)
        {
            WriteHalfSaid(script.NextConnection());
        }

        // Each round begins them all anew, because those of the round before are forgotten.
        List<byte[]> frames = FramesOf(script.ToFile(), withSyn: true);
        var dissector = new StreamDissector(FieldSet.None, new StreamLimits { StreamsMax = Count / 2 });
        Allocations.AssertAtMost(Count * StreamLimits.BytesOfStream, () =>
        {
            foreach (byte[] frame in frames)
            {
                _ = dissector.Dissect(Raw(1, frame), out _);
            }
        });
        Assert.Equal(Count / 2, dissector.Streams.KnownCount);
        Assert.Equal(0, dissector.Streams.ForgottenCount % (Count / 2));
    }

    /// <summary>A connection at whose both ends bytes wait for others: the most that one can cost, but for
    /// bytes.</summary>
    internal static void WriteHalfSaid(TcpScript script)
    {
        script.Client(0, 0, flags: TcpFlags.Syn).Server(0, 1, flags: TcpFlags.Syn | TcpFlags.Ack);
        script.Say(fromClient: true, 1, 1, "GET / HTTP/1.1\r\nHost: "u8);
        script.Say(fromClient: false, 3, 1, "x"u8);
        script.Say(fromClient: true, 90, 1, "x"u8);
    }

    private static CapturedFrame Raw(long number, byte[] bytes) => new()
    {
        Number = number,
        LinkType = Sockeye.Wire.Link.LinkType.Raw,
        Bytes = bytes,
        LengthOnWire = bytes.Length,
    };

    private static List<string> LinesOf(byte[] file, FieldSet fields)
    {
        var lines = new List<string>();
        _ = Followed.Each(file, fields, null, (frame, packet) =>
            lines.Add(System.Text.Encoding.UTF8.GetString(frame.Info)));
        return lines;
    }

    private static List<byte[]> FramesOf(byte[] file, bool withSyn = false)
    {
        var frames = new List<byte[]>();
        _ = Followed.Each(file, FieldSet.None, null, (frame, packet) =>
        {
            // A SYN that comes again begins another connection.
            if (withSyn || (packet.Tcp.Flags & TcpFlags.Syn) == 0)
            {
                frames.Add(frame.Frame.Bytes.ToArray());
            }
        });
        return frames;
    }
}
