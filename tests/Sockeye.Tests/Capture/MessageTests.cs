using System.Buffers.Binary;
using System.Text;
using Sockeye.Capture.Streams;
using Sockeye.Tests.Wire;
using Sockeye.Wire.Dissection;
using Sockeye.Wire.Filters;
using Sockeye.Wire.Transport;
using WireHttp = Sockeye.Wire.Application.Http;
using WireTls = Sockeye.Wire.Application.Tls;

namespace Sockeye.Tests.Capture;

/// <summary>A message that spans segments is shown in the frame that completes it.</summary>
public sealed class MessageTests
{
    private const string Trailers = "trailers";
    private const string Request = "GET /a HTTP/1.1\r\nHost: x\r\n\r\n";

    private static readonly byte[] s_hello = Wire.Samples.LayerOf("client hello", WireTls.Row);

    public static TheoryData<string> Conversations => [.. s_conversations.Keys];

    private static readonly Dictionary<string, (string From, string Text)[]> s_conversations = new()
    {
        ["length"] = [("c", Request), ("s", "HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\nHello World")],
        ["chunked"] =
        [
            ("c", Request),
            ("s", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5;x=1\r\nHello\r\n1a\r\n"
                + "abcdefghijklmnopqrstuvwxyz\r\n0\r\n\r\n"),
        ],
        [Trailers] =
        [
            ("c", Request),
            ("s", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nH\r\n0\r\nT: 1\r\nU: 2\r\n\r\n"),
            ("s", "HTTP/1.1 204 No Content\r\n\r\n"),
        ],
        ["body in the request"] =
        [
            ("c", "POST /p HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\n12345"),
            ("s", "HTTP/1.1 100 Continue\r\n\r\n"), ("s", "HTTP/1.1 204 No Content\r\n\r\n"), ("c", Request),
            ("s", "HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\n\r\nno"),
        ],
        ["head only"] =
        [
            ("c", "HEAD /a HTTP/1.1\r\nHost: x\r\n\r\n"), ("s", "HTTP/1.1 200 OK\r\nContent-Length: 9000\r\n\r\n"),
            ("c", Request), ("s", "HTTP/1.1 304 Not Modified\r\nContent-Length: 7\r\n\r\n"),
        ],
        ["pipelined"] = [("c", Request + Request), ("s", "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx")],
    };

    [Theory]
    [MemberData(nameof(Conversations))]
    public void HttpMessagesAreTheSameHoweverTheyAreCut(string name)
    {
        (string From, string Text)[] parts = s_conversations[name];
        string whole = string.Join('|', Messages(Capture(parts, int.MaxValue)).Select(message => message.Line));
        Assert.NotEmpty(whole);
        foreach (int size in (int[])[1, 2, 3, 7, 20])
        {
            Assert.Equal(whole, string.Join('|', Messages(Capture(parts, size)).Select(message => message.Line)));
        }
    }

    [TsharkFact]
    public void MessagesAreShownInTheFramesWhereTsharkShowsThem()
    {
        // Some versions of tshark take the trailers for a message of their own.
        TcpScript script = Script();
        foreach ((_, (string From, string Text)[] parts) in s_conversations.Where(one => one.Key != Trailers))
        {
            foreach (int size in (int[])[3, 16, 1_000])
            {
                Write(script.NextConnection(), parts, size);
            }
        }

        byte[] file = script.ToFile();
        string[] ours = [.. Messages(file).Select(message => $"{message.Frame}").Distinct()];
        Assert.Equal(Frames(file, "http"), ours);
    }

    [Fact]
    public void AClientHelloInPiecesIsShownWithItsLast()
    {
        for (int size = 1; size < s_hello.Length; size += 37)
        {
            var script = new TcpScript { ServerPort = 443 }.Handshake();
            uint at = 1;
            foreach (byte[] piece in s_hello.Chunk(size))
            {
                script.Say(fromClient: true, at, 1, piece);
                at += (uint)piece.Length;
            }

            List<SeenPacket> packets = Followed.All(script.ToFile()).Packets;
            SeenPacket hello = Assert.Single(packets, packet => packet.Info.Contains("Client Hello"));
            Assert.Equal(packets.Count, hello.Frame);
            Assert.Equal(s_hello.Length <= size ? 0 : packets.Count - 4,
                packets.Count(packet => packet.Info.EndsWith("[TCP segment of a reassembled PDU]")));
        }
    }

    [Fact]
    public void FieldsOfAJoinedMessageHaveTheirBytes()
    {
        var script = new TcpScript().Handshake();
        script.Say(fromClient: true, 1, 1, s_hello.AsSpan(0, 60));
        script.Say(fromClient: true, 61, 1, s_hello.AsSpan(60));
        var filter = DisplayFilter.Parse(
            "tls.handshake.type == 1 && tcp.stream == 0 && tls.handshake.random", StreamFields.Table);
        string random = "";
        _ = Followed.Each(script.ToFile(), FieldSet.All, null, (frame, _) =>
        {
            if (filter.Matches(frame) && frame.TryFind(WireTls.Random, out FieldRecord record))
            {
                random = Convert.ToHexStringLower(frame.BytesOf(record));
            }
        });
        Assert.Equal(Convert.ToHexStringLower(s_hello.AsSpan(11, 32)), random);
    }

    [Fact]
    public void QuestionsOfDnsOverTcpMayComeByteByByte()
    {
        byte[] message = Convert.FromHexString(
            "1234010000010000000000000377777707657861" + "6d706c6503636f6d0000010001");
        var framed = new byte[2 + message.Length];
        BinaryPrimitives.WriteUInt16BigEndian(framed, (ushort)message.Length);
        message.CopyTo(framed, 2);
        var script = new TcpScript { ServerPort = 53 }.Handshake();
        for (int i = 0; i < framed.Length; i++)
        {
            script.Say(fromClient: true, (uint)(1 + i), 1, framed.AsSpan(i, 1));
        }

        List<SeenPacket> packets = Followed.All(script.ToFile()).Packets;
        Assert.Equal("Standard query 0x1234 A www.example.com", packets[^1].Info);
        Assert.All(packets.SkipLast(1), packet => Assert.Equal("TCP", packet.Protocol));
    }

    [Fact]
    public void SegmentsOutOfOrderAndTwiceGiveOneMessage()
    {
        byte[] request = Encoding.ASCII.GetBytes(Request);
        var script = new TcpScript { ServerPort = 80 }.Handshake();
        script.Say(fromClient: true, 11, 1, request.AsSpan(10));
        script.Say(fromClient: true, 11, 1, request.AsSpan(10));
        script.Say(fromClient: true, 1, 1, request.AsSpan(0, 12));
        script.Say(fromClient: true, 1, 1, request);
        (long frame, string line) = Assert.Single(Messages(script.ToFile()));
        Assert.Equal((6, "GET /a HTTP/1.1"), (frame, line));
    }

    [Fact]
    public void ABodyOfWhichBytesAreMissingStillEnds()
    {
        var script = new TcpScript().Handshake();
        script.Say(fromClient: false, 1, 1, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n0123456789"u8);
        script.Server(100, 1, 41);
        script.Client(1, 141);
        script.Say(fromClient: false, 141, 1, "HTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n"u8);
        Assert.Equal(
            ["HTTP/1.1 200 OK", "HTTP/1.1 201 Created"], Messages(script.ToFile()).Select(message => message.Line));
    }

    [Fact]
    public void ARequestThatWasAcknowledgedBeforeItWasSeenIsShown()
    {
        var script = new TcpScript().Handshake().Server(1, 1 + (uint)Request.Length);
        script.Say(fromClient: true, 1, 1, Encoding.ASCII.GetBytes(Request));
        script.Say(fromClient: false, 1, 1 + (uint)Request.Length, "HTTP/1.1 204 No Content\r\n\r\n"u8);
        Assert.Equal(
            [(5, "GET /a HTTP/1.1"), (6, "HTTP/1.1 204 No Content")], Messages(script.ToFile()));
    }

    [Theory]
    [InlineData(900_000_000u)]
    [InlineData(1u)]
    public void WhatIsSaidAfterAResetThatNobodyListenedToIsShown(uint number)
    {
        var script = new TcpScript().Handshake().Server(number, 0, flags: TcpFlags.Rst);
        script.Say(fromClient: true, 1, 1, Encoding.ASCII.GetBytes(Request));
        script.Say(fromClient: false, 1, 1 + (uint)Request.Length, "HTTP/1.1 204 No Content\r\n\r\n"u8);
        Assert.Equal(
            ["GET /a HTTP/1.1", "HTTP/1.1 204 No Content"], Messages(script.ToFile()).Select(message => message.Line));
    }

    [Fact]
    public void WhatIsSentAgainAfterTheEndIsNotShownAgain()
    {
        var script = new TcpScript().Handshake();
        script.Say(fromClient: true, 1, 1, Encoding.ASCII.GetBytes(Request));
        uint end = 1 + (uint)Request.Length;
        script.Server(1, end, flags: TcpFlags.Fin | TcpFlags.Ack).Client(end, 2, flags: TcpFlags.Fin | TcpFlags.Ack)
            .Server(2, end + 1);
        script.Say(fromClient: true, 1, 1, Encoding.ASCII.GetBytes(Request));
        Assert.Equal([(4, "GET /a HTTP/1.1")], Messages(script.ToFile()));
    }

    [Theory]
    [InlineData("HTTP/1.1 200 Connection established\r\n\r\n", true)]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n", true)]
    [InlineData("HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 2\r\n\r\nno", false)]
    public void AfterConnectAnotherProtocolIsSpoken(string answer, bool isTunnel)
    {
        const string Connect = "CONNECT example.com:443 HTTP/1.1\r\nHost: example.com:443\r\n\r\n";
        var script = new TcpScript { ServerPort = 3128 }.Handshake();
        script.Say(fromClient: true, 1, 1, Encoding.ASCII.GetBytes(Connect));
        uint client = 1 + (uint)Connect.Length;
        script.Say(fromClient: false, 1, client, Encoding.ASCII.GetBytes(answer));
        uint server = 1 + (uint)answer.Length;
        script.Say(fromClient: true, client, server, isTunnel ? s_hello : Encoding.ASCII.GetBytes(Connect));
        script.Say(fromClient: false, server, client + (uint)s_hello.Length, isTunnel ? s_hello : []);
        List<SeenPacket> packets = Followed.All(script.ToFile()).Packets;
        Assert.Equal(["HTTP", "HTTP", isTunnel ? "TLS" : "HTTP"], packets[3..6].Select(packet => packet.Protocol));
        Assert.Equal(isTunnel, packets[6].Info.Contains("Client Hello"));
    }

    [Fact]
    public void LongMessagesAreKeptOnlyInPart()
    {
        var limits = new StreamLimits { MessageBytesMax = 500 };
        byte[] body = new byte[20_000];
        Array.Fill(body, (byte)'x');
        byte[] response =
            [.. Encoding.ASCII.GetBytes($"HTTP/1.1 200 OK\r\nContent-Length: {body.Length}\r\n\r\n"), .. body];
        var script = new TcpScript().Handshake();
        uint at = 1;
        foreach (byte[] piece in response.Chunk(1_000))
        {
            script.Say(fromClient: false, at, 1, piece);
            at += (uint)piece.Length;
        }

        int bodyBytes = 0;
        _ = Followed.Each(script.ToFile(), FieldSet.All, limits, (frame, _) =>
        {
            bodyBytes += frame.TryFind(WireHttp.Body, out FieldRecord record) ? record.Length : 0;
        });
        Assert.InRange(bodyBytes, 400, 500);
    }

    private static byte[] Capture((string From, string Text)[] parts, int size)
    {
        TcpScript script = Script();
        Write(script, parts, size);
        return script.ToFile();
    }

    // The port of HTTP, so that even one byte may be the beginning of a request.
    private static TcpScript Script() => new() { ServerPort = 80 };

    private static void Write(TcpScript script, (string From, string Text)[] parts, int size)
    {
        _ = script.Handshake();
        uint client = 1;
        uint server = 1;
        foreach ((string from, string text) in parts)
        {
            foreach (byte[] piece in Encoding.ASCII.GetBytes(text).Chunk(size))
            {
                bool isClient = from == "c";
                script.Say(isClient, isClient ? client : server, isClient ? server : client, piece);
                client += isClient ? (uint)piece.Length : 0;
                server += isClient ? 0 : (uint)piece.Length;
            }
        }
    }

    private static List<(long Frame, string Line)> Messages(byte[] file)
    {
        var found = new List<(long, string)>();
        _ = Followed.Each(file, FieldSet.All, null, (frame, _) =>
        {
            foreach (FieldRecord record in frame.Fields)
            {
                if (record.Field == WireHttp.Request
                    || record.Field == WireHttp.Response)
                {
                    found.Add((frame.Frame.Number, Encoding.ASCII.GetString(frame.BytesOf(record))));
                }
            }
        });
        return found;
    }

    private static string[] Frames(byte[] file, string filter)
    {
        string name = Path.GetTempFileName();
        try
        {
            File.WriteAllBytes(name, file);
            return Tshark.Run("-n", "-r", name, "-Y", filter, "-T", "fields", "-e", "frame.number")
                .Split('\n', StringSplitOptions.RemoveEmptyEntries);
        }
        finally
        {
            File.Delete(name);
        }
    }
}
