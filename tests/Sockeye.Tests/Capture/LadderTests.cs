using System.Text;
using System.Xml.Linq;
using Sockeye.Capture.Ladder;
using Sockeye.Capture.Streams;
using Sockeye.Tests.Wire;
using Sockeye.Wire;
using Sockeye.Wire.Dissection;
using Sockeye.Wire.Transport;

namespace Sockeye.Tests.Capture;

/// <summary>A ladder tells what happened, in pictures that people put into their notes.</summary>
public sealed class LadderTests
{
    private const int Width = 96;

    [Fact]
    public void AWholeConnectionIsToldStepByStep() =>
        Golden.Verify("Ladder.Connection", LadderText.Draw(Exchange(), Width));

    [Fact]
    public void TroubleIsExplained() => Golden.Verify("Ladder.Trouble", LadderText.Draw(
        Of(script => TcpStories.All.Single(story => story.Name == "fast retransmission").Write(script)), Width));

    [Fact]
    public void AMermaidDiagramHasTheSameSteps() => Golden.Verify("Ladder.Mermaid", LadderMermaid.Write(Exchange()));

    [Fact]
    public void TimesAreThoseOfAListing() => Assert.Equal("1.060067", Numbers.Seconds(1_060_067_999));

    [Fact]
    public void LongRunsOfDataAreFolded()
    {
        LadderDiagram diagram = Of(script =>
        {
            script.Handshake();
            for (uint i = 0; i < 13; i++)
            {
                script.Server(1 + (i * 1448), 1, 1448);
                if (i % 2 == 1)
                {
                    script.Client(1, 1 + ((i + 1) * 1448));
                }
            }
        });
        LadderRow folded = Assert.Single(diagram.Rows, row => row.Kind == LadderKind.Folded);
        Assert.Equal("… 12 more segments, 17,376 bytes", folded.Label);
        Assert.Equal("with 6 acknowledgements the other way", folded.Words);
        Assert.Equal(5, diagram.Rows.Count);
    }

    [Fact]
    public void AnAnswerStandsWhereItBeginsAndWhereItEnds()
    {
        LadderDiagram diagram = Of(script => script.Handshake()
            .Say(fromClient: true, 1, 1, "GET / HTTP/1.1\r\nHost: x\r\n\r\n"u8)
            .Say(fromClient: false, 1, 28, "HTTP/1.1 200 OK\r\nContent-Length: 2900\r\n\r\n"u8)
            .Server(42, 28, 1_450).Server(1_492, 28, 1_450));
        Assert.Equal("GET / HTTP/1.1", diagram.Rows[3].Label["HTTP ".Length..]);
        Assert.Equal("HTTP/1.1 200 OK (begins)", diagram.Rows[4].Label);
        Assert.StartsWith("HTTP/1.1 200 OK", diagram.Rows[^1].Label);
    }

    [Fact]
    public void NobodyListensWhereAConnectionIsRefused()
    {
        LadderDiagram diagram = Of(script =>
            TcpStories.All.Single(story => story.Name == "refused").Write(script));
        Assert.Equal(TcpState.Closed, diagram.Columns[1].State);
        Assert.Null(diagram.Rows[0].ToState);
        Assert.Contains("nobody listens on port 9000", diagram.Rows[1].Words);
    }

    [Fact]
    public void HostsAreColumnsWhateverTheySay()
    {
        var ladder = new LadderBuilder();
        ladder.Name(new InternetAddress(0x0A00_0002u), "server.example");
        var dissector = new StreamDissector(FieldSet.None);
        int number = 0;
        foreach (Sample sample in Wire.Samples.All.Where(
            sample => sample.Name.StartsWith("arp ") || sample.Name == "dns query"))
        {
            ladder.Add(
                dissector.Dissect(
                    new CapturedFrame
                    {
                        Number = ++number,
                        LinkType = sample.LinkType,
                        Bytes = sample.Bytes,
                        LengthOnWire = sample.Bytes.Length,
                    },
                    out StreamPacket packet),
                packet);
        }

        ladder.Remark("The name was found in the cache.");
        LadderDiagram diagram = ladder.Build("hosts");
        Assert.True(diagram.Columns.Count >= 2);
        Assert.Contains(diagram.Rows, row => row.Words.StartsWith("asks everybody on this link which card has"));
        Assert.Contains(diagram.Rows, row => row.Kind == LadderKind.Remark);
        Assert.Contains("The name was found in the cache.", LadderText.Draw(diagram, Width));
    }

    [Fact]
    public void HostsWithoutEndAreLeftOut()
    {
        var options = new LadderOptions { ColumnsMax = 6, RowsMax = 40 };
        var ladder = new LadderBuilder(options);
        var dissector = new StreamDissector(FieldSet.None);
        for (int i = 0; i < 1_000; i++)
        {
            // ARP from one host more each time.
            byte[] bytes = Wire.Samples.All.First(one => one.Name.StartsWith("arp ")).Bytes.ToArray();
            (bytes[28], bytes[29], bytes[30], bytes[31]) = (10, 0, (byte)(i >> 8), (byte)i);
            var captured = new CapturedFrame
            {
                Number = i + 1,
                LinkType = Wire.Samples.All.First(one => one.Name.StartsWith("arp ")).LinkType,
                Bytes = bytes,
                LengthOnWire = bytes.Length,
            };
            ladder.Add(dissector.Dissect(captured, out StreamPacket packet), packet);
        }

        LadderDiagram diagram = ladder.Build("scan");
        Assert.Equal(6, diagram.Columns.Count);
        Assert.Equal(6, diagram.Rows.Count); // One host asks for the others; then there is the remark.
        Assert.Equal(
            "… 995 more packets are left out: a ladder has at most 40 rows and 6 columns", diagram.Rows[^1].Label);
        Assert.All(diagram.Rows, row => Assert.InRange(Math.Max(row.From, row.To), 0, 5));
    }

    [Fact]
    public void AsManyColumnsAsThereMayBeFitOnALine()
    {
        LadderDiagram diagram = Exchange();
        LadderColumn[] columns =
        [
            .. Enumerable.Range(0, LadderOptions.Default.ColumnsMax)
                .Select(i => new LadderColumn($"host {i} of a long name", "client")),
        ];
        Assert.All(
            LadderText.Draw(diagram with { Columns = columns }, LadderText.WidthMax).Split('\n'),
            line => Assert.InRange(TextCells.Of(line), 0, LadderText.WidthMax));
        Assert.All(
            LadderText.Draw(diagram with { Columns = columns }, LadderText.WidthMin).Split('\n'),
            line => Assert.InRange(TextCells.Of(line), 0, LadderText.WidthMax));
    }

    [Fact]
    public void RowsHaveAnEnd()
    {
        var script = new TcpScript();
        for (int i = 0; i < 100; i++)
        {
            script.NextConnection().Handshake();
        }

        var ladder = new LadderBuilder(new LadderOptions { RowsMax = 10 });
        _ = Followed.Each(script.ToFile(), FieldSet.None, null, (frame, packet) => ladder.Add(frame, packet));
        LadderDiagram diagram = ladder.Build("many");
        Assert.Equal(11, diagram.Rows.Count);
        Assert.StartsWith("… 290 more packets are left out", diagram.Rows[^1].Label);
    }

    [Fact]
    public void PicturesAreWellFormedWhateverPacketsSay()
    {
        LadderDiagram diagram = Of(
            script =>
            {
                script.Handshake();
                script.Say(
                    fromClient: true, 1, 1, "GET /</script><script>alert(1)</script>\"'&\u0001 HTTP/1.1\r\n\r\n"u8);
            },
            new LadderOptions { KeepsDetails = true });
        XDocument image = XDocument.Parse(LadderSvg.Draw(diagram));
        Assert.Equal("svg", image.Root!.Name.LocalName);
        string page = LadderHtml.Write(diagram);
        Assert.DoesNotContain("<script>alert", page);
        Assert.DoesNotContain("http://", page.Replace("http://www.w3.org/2000/svg", ""));
        Assert.Contains("Content-Security-Policy", page);
        Assert.Contains("Source Port: 40000", page);
        Assert.DoesNotContain("<", LadderMermaid.Write(diagram).Replace("<br/>", "").Replace("->>", ""));
    }

    [Theory]
    [InlineData(60)]
    [InlineData(80)]
    [InlineData(140)]
    public void NoLineIsWiderThanItMayBe(int width) => Assert.All(
        LadderText.Draw(Exchange(), width).Split('\n'), line => Assert.InRange(TextCells.Of(line), 0, width));

    [Fact]
    public void ColoursAreOnlyAddedOnes()
    {
        string colored = LadderText.Draw(Exchange(), Width, hasColor: true);
        Assert.Contains("\e[", colored);
        Assert.Equal(
            LadderText.Draw(Exchange(), Width),
            System.Text.RegularExpressions.Regex.Replace(colored, "\e\\[[0-9;]*m", ""));
    }

    [Theory]
    [InlineData("plain", 5)]
    [InlineData("é", 1)]
    [InlineData("握手", 4)]
    [InlineData("… ─▶", 4)]
    public void WideCharactersTakeTwoCells(string text, int cells) => Assert.Equal(cells, TextCells.Of(text));

    [Fact]
    public void TextIsWrappedBetweenWordsAndWideCharacters()
    {
        Assert.Equal(["one two", "three"], TextCells.Wrap("one two three", 8));
        Assert.Equal(["三次握", "手完成"], TextCells.Wrap("三次握手完成", 6));
        Assert.Equal(["abcd", "efgh", "i"], TextCells.Wrap("abcdefghi", 4));
    }

    private static LadderDiagram Exchange() => Of(script => script.Handshake()
        .Say(fromClient: true, 1, 1, "GET /plaintext HTTP/1.1\r\nHost: 10.0.0.2:9000\r\n\r\n"u8).After(300)
        .Say(fromClient: false, 1, 49, Encoding.ASCII.GetBytes(
            "HTTP/1.1 200 OK\r\nContent-Length: 13\r\n\r\nHello, World!")).After(300)
        .Client(49, 53).After(200).Client(49, 53, flags: TcpFlags.Fin | TcpFlags.Ack).After(400)
        .Server(53, 50).After(100).Server(53, 50, flags: TcpFlags.Fin | TcpFlags.Ack).After(400).Client(50, 54));

    private static LadderDiagram Of(Action<TcpScript> write, LadderOptions? options = null)
    {
        var script = new TcpScript();
        write(script);
        var ladder = new LadderBuilder(options);
        _ = Followed.Each(
            script.ToFile(), FieldSet.All, null, (frame, packet) => ladder.Add(frame, packet));
        return ladder.Build("a connection");
    }
}
