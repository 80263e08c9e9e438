using System.Text;
using System.Text.Json;
using Sockeye.Wire;
using Sockeye.Wire.Application;
using Sockeye.Wire.Dissection;
using Sockeye.Wire.Files;
using Sockeye.Wire.Internet;
using Sockeye.Wire.Link;
using Sockeye.Wire.Transport;

namespace Sockeye.Tests.Wire;

public sealed class PrintingTests
{
    private readonly Dissector _dissector = new(FieldSet.All);
    private readonly TextBuffer _text = new();

    [Fact]
    public void ListingOfTheSamplesIsTheApprovedOne()
    {
        var listing = new PacketListing();
        CaptureReader reader = CaptureReader.Open(new MemoryStream(Samples.Capture(Samples.All)));
        while (reader.TryRead(out CapturedFrame frame))
        {
            listing.Write(_dissector.Dissect(frame), _text);
        }

        Golden.Verify("Wire.Listing", _text.ToString());
    }

    [Fact]
    public void TreesOfTheSamplesAreTheApprovedOnes()
    {
        CaptureReader reader = CaptureReader.Open(new MemoryStream(Samples.Capture(Samples.All)));
        while (reader.TryRead(out CapturedFrame frame))
        {
            _text.Append($"== {Samples.All[(int)frame.Number - 1].Name}\n");
            PacketTree.Write(_dissector.Dissect(frame), _text);
        }

        Golden.Verify("Wire.Trees", _text.ToString());
    }

    [Fact]
    public void JsonHasEveryFieldWithItsPlaceAndValue()
    {
        Sample sample = Samples.All.Single(one => one.Name == "syn");
        using JsonDocument json = Json(sample);
        JsonElement root = json.RootElement;
        Assert.Equal(3, root.GetProperty("number").GetInt32());
        Assert.Equal("1.500000000", root.GetProperty("time_s").GetRawText());
        Assert.Equal("192.0.2.10", root.GetProperty("source").GetString());
        Assert.Equal("TCP", root.GetProperty("protocol").GetString());
        JsonElement[] layers = [.. root.GetProperty("fields").EnumerateArray()];
        Assert.Equal(["frame", "eth", "ip", "tcp"], layers.Select(layer => layer.GetProperty("name").GetString()));
        JsonElement type = layers[1].GetProperty("fields").EnumerateArray().Last();
        Assert.Equal(
            """{"name":"eth.type","offset":12,"length":2,"value":2048,"text":"IPv4"}""", type.GetRawText());
        JsonElement flags = layers[3].GetProperty("fields").EnumerateArray()
            .Single(field => field.GetProperty("name").GetString() == "tcp.flags");
        Assert.Equal(9, flags.GetProperty("fields").GetArrayLength());
    }

    [Fact]
    public void EverySampleIsValidJson()
    {
        foreach (Sample sample in Samples.All)
        {
            using JsonDocument json = Json(sample);
            Assert.True(json.RootElement.GetProperty("fields").GetArrayLength() > 1, sample.Name);
        }
    }

    [Theory]
    [InlineData(0, 0, " 00 01 02 03 04 05 06 07 08 09 0a 0b 0c 0d 0e 0f ", " 41 42")]
    [InlineData(14, 3, " 00 01 02 03 04 05 06 07 08 09 0a 0b 0c 0d[0e 0f ", " 41]42")]
    [InlineData(0, 16, "[00 01 02 03 04 05 06 07 08 09 0a 0b 0c 0d 0e 0f]", " 41 42")]
    [InlineData(16, 2, " 00 01 02 03 04 05 06 07 08 09 0a 0b 0c 0d 0e 0f ", "[41 42]")]
    public void BytesOfAFieldStandInBrackets(int start, int length, string first, string second)
    {
        byte[] bytes = [.. Enumerable.Range(0, 16).Select(one => (byte)one), 0x41, 0x42];
        PacketHex.Write(bytes, _text, start, length);
        Assert.Equal($"0000 {first}  ................\n0010 {second,-49}  AB\n", _text.ToString());
    }

    [Fact]
    public void PacketCannotSteerATerminal()
    {
        _text.AppendEscaped("a\x1b[31m\u0085\u202e\nb\u00e9\u4e2d"u8);
        _text.AppendEscaped([0xFF, 0xC3]);
        Assert.Equal(@"a\x1b[31m\xc2\x85\xe2\x80\xae\x0abé中\xff\xc3", _text.ToString());
    }

    [Fact]
    public void TextEndsAtItsLimitAndNotInException()
    {
        var text = new TextBuffer(300);
        for (int i = 0; i < 1_000; i++)
        {
            text.Append($"{i} é");
            text.AppendEscaped("xyz"u8);
        }

        Assert.InRange(text.Length, 200, 300);
        Assert.True(text.IsFull);
        Assert.EndsWith("…", text.ToString(), StringComparison.Ordinal);
        Assert.Equal(text.ToString().IndexOf('…', StringComparison.Ordinal), text.ToString().Length - 1);
        text.Clear();
        text.Append("x"u8);
        Assert.False(text.IsFull);
        Assert.Equal("x", text.ToString());
    }

    [Fact]
    public void NothingSmallIsWrittenBehindWhatDidNotFit()
    {
        var text = new TextBuffer(256);
        text.Append("a"u8);
        text.Append(new byte[300]);
        text.Append("b"u8);
        Assert.Equal("a…", text.ToString());
        text.Truncate(1);
        text.Append("c"u8);
        Assert.Equal("ac", text.ToString());
    }

    [Fact]
    public void PartsOfBytesReadAsTheWhole()
    {
        byte[] bytes = new byte[1_000];
        new Random(1).NextBytes(bytes);
        PacketHex.Write(bytes, _text, 100, 30);
        string whole = _text.ToString();
        _text.Clear();
        for (int at = 0; at < bytes.Length; at += 64)
        {
            PacketHex.WritePart(bytes, at, 64, _text, 100, 30);
        }

        Assert.Equal(whole, _text.ToString());
    }

    [Fact]
    public void LongBytesAreWholeInJson()
    {
        byte[] bytes = new byte[2_000_000];
        new Random(2).NextBytes(bytes);
        using JsonDocument json = Json(new Sample("long", LinkType.Ethernet, Samples.OverEthernet(0x88B5, bytes)));
        JsonElement data = json.RootElement.GetProperty("fields").EnumerateArray().Last().GetProperty("fields")[0];
        Assert.Equal(Convert.ToHexStringLower(bytes), data.GetProperty("value").GetString());
    }

    [Fact]
    public void FieldsBeyondTheLimitAreLeftOut()
    {
        // A list of parameters has a field for each of its bytes.
        byte[] list = [DhcpOption.ParameterList, 255, .. new byte[255]];
        byte[] message = [.. new byte[236], 99, 130, 83, 99, .. Enumerable.Repeat(list, 250).SelectMany(one => one)];
        message[0] = 1;
        message[2] = 6;
        Sample sample = new("many", LinkType.Ethernet, Samples.OverUdp(Dhcp.ClientPort, Dhcp.ServerPort, message));
        Assert.Equal(Dissector.FieldsMax, _dissector.Dissect(FrameOf(sample)).Fields.Length);
    }

    [Theory]
    [InlineData(0, 0, 0, "0")]
    [InlineData(1_234_567, 0, 0, "1234567")]
    [InlineData(42, 0, 6, "    42")]
    [InlineData(-7, 0, 4, "  -7")]
    [InlineData(1_234_567, 6, 12, "    1.234567")]
    [InlineData(0, 6, 0, "0.000000")]
    [InlineData(-1, 6, 12, "   -0.000001")]
    [InlineData(10, 1, 0, "1.0")]
    [InlineData(long.MinValue, 18, 0, "-9.223372036854775808")]
    [InlineData(long.MaxValue, 0, 32, "             9223372036854775807")]
    public void NumberHasItsDecimalsAndItsWidth(long value, int decimals, int width, string text)
    {
        _text.AppendNumber(value, decimals, width);
        Assert.Equal(text, _text.ToString());
    }

    [Fact]
    public void LineIsTheSameWhetherOrNotFieldsAreWanted()
    {
        var bare = new Dissector(FieldSet.None);
        var listing = new PacketListing();
        foreach (Sample sample in Samples.All)
        {
            for (int length = 0; length <= sample.Bytes.Length; length++)
            {
                var frame = new CapturedFrame
                {
                    LinkType = sample.LinkType,
                    Bytes = sample.Bytes.AsSpan(0, length),
                    LengthOnWire = length,
                };
                _text.Clear();
                listing.Write(_dissector.Dissect(frame), _text);
                string wanted = _text.ToString();
                _text.Clear();
                listing.Write(bare.Dissect(frame), _text);
                Assert.Equal(wanted, _text.ToString());
            }
        }
    }

    [Theory]
    [InlineData(50, 50, true, " [malformed]\n")]
    [InlineData(50, 86, false, " [cut short]\n")]
    [InlineData(86, 86, false, " WS=128\n")]
    public void FrameThatTheCaptureCutIsNotMalformed(int captured, int onWire, bool isMalformed, string end)
    {
        DissectedFrame frame = _dissector.Dissect(new CapturedFrame
        {
            LinkType = LinkType.Ethernet,
            Bytes = Samples.All.Single(one => one.Name == "syn").Bytes.AsSpan(0, captured),
            LengthOnWire = onWire,
        });
        Assert.Equal(isMalformed, frame.IsMalformed);
        Assert.Equal(isMalformed, frame.TryFind(FrameProtocol.Malformed, out _));
        Assert.Equal(!isMalformed && captured < onWire, frame.TryFind(FrameProtocol.CutShort, out _));
        new PacketListing().Write(frame, _text);
        Assert.EndsWith(end, _text.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void BeginningOfASegmentThatAnErrorQuotesIsNotMalformed()
    {
        DissectedFrame frame = _dissector.Dissect(FrameOf(Samples.All.Single(one => one.Name == "icmp unreachable")));
        Assert.False(frame.IsMalformed);
        Assert.False(frame.TryFind(FrameProtocol.Malformed, out _));
        Assert.True(frame.TryFind(Tcp.DestinationPort, out FieldRecord port));
        Assert.Equal(80ul, port.Number);
    }

    [Fact]
    public void QuotedPacketSaysNothingAboutTheFrame()
    {
        Sample sample = Samples.All.Single(one => one.Name == "icmp mtu");
        DissectedFrame frame = _dissector.Dissect(FrameOf(sample));
        Assert.Equal("ICMP", frame.ShortName);
        Assert.Equal(["eth", "ip", "icmp", "ip", "udp", "data"], Names(frame));
        Assert.False(frame.TryFindLayer(Udp.Row, out _));
        Assert.True(frame.TryFindLayer(Ipv4.Row, out LayerRecord layer));
        Assert.Equal(14, layer.Start);
    }

    [Fact]
    public void LayerIsFoundThroughTagsAndExtensions()
    {
        foreach (string name in (string[])["vlan", "ipv6 hop by hop", "sll"])
        {
            DissectedFrame frame = _dissector.Dissect(FrameOf(Samples.All.Single(one => one.Name == name)));
            Assert.True(frame.TryFindLayer(Udp.Row, out LayerRecord layer), name);
            Assert.True(UdpView.TryParse(frame.BytesOf(layer), out UdpView view));
            Assert.Equal(9, view.DestinationPort);
            Assert.Equal<byte>([1, 2, 3], view.Payload.ToArray());
        }
    }

    [Fact]
    public void PacketsInPacketsEndAtTheLimitOfLayers()
    {
        byte[] packet = [];
        for (int i = 0; i < 100; i++)
        {
            packet = Samples.OverIpv4(IpProtocol.Ipv4, packet);
        }

        DissectedFrame frame = _dissector.Dissect(
            new CapturedFrame { LinkType = LinkType.Raw, Bytes = packet, LengthOnWire = packet.Length });
        Assert.Equal(Dissector.LayersMax, frame.Layers.Length);
    }

    [Fact]
    public void ReassembledStreamIsTakenApartFromAnyProtocol()
    {
        byte[] response = Encoding.ASCII.GetBytes("HTTP/1.1 204 No Content\r\nDate: today\r\n\r\n");
        DissectedFrame frame = _dissector.Dissect(Sockeye.Wire.Application.Http.Row, response);
        Assert.True(frame.TryFind(Sockeye.Wire.Application.Http.Code, out FieldRecord code));
        Assert.Equal(204ul, code.Number);
        Assert.Equal("HTTP/1.1 204 No Content", Encoding.ASCII.GetString(frame.Info));
    }

    private static string[] Names(in DissectedFrame frame)
    {
        var names = new List<string>();
        foreach (LayerRecord layer in frame.Layers)
        {
            names.Add(layer.Protocol.Name);
        }

        return [.. names];
    }

    private static CapturedFrame FrameOf(Sample sample) => new()
    {
        Number = 3,
        Time = new Timestamp(1_500_000_000),
        LinkType = sample.LinkType,
        Bytes = sample.Bytes,
        LengthOnWire = sample.Bytes.Length,
    };

    private JsonDocument Json(Sample sample)
    {
        using var stream = new MemoryStream();
        using (var writer = new Utf8JsonWriter(stream))
        {
            PacketJson.Write(_dissector.Dissect(FrameOf(sample)), writer, _text);
        }

        return JsonDocument.Parse(stream.ToArray());
    }
}
