using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Sockeye.Http.Protocol;

namespace Sockeye.Tests.Http.Protocol.WebSocket;

public sealed class PerMessageDeflateTests
{
    [Theory]
    [InlineData("f2 48 cd c9 c9 07 00", "Hello")]                       // RFC 7692 section 7.2.3.1.
    [InlineData("f2 48 cd c9 c9 07 00|f2 00 11 00 00", "Hello|Hello")]  // 7.2.3.2: with the context of the first.
    [InlineData("00 05 00 fa ff 48 65 6c 6c 6f 00", "Hello")]           // 7.2.3.3: not compressed.
    [InlineData("f3 48 cd c9 c9 07 00 00", "Hello")]                    // 7.2.3.4: BFINAL set.
    [InlineData("f3 48 cd c9 c9 07 00 00|f2 48 cd c9 c9 07 00", "Hello|Hello")]
    [InlineData("f2 48 05 00 00 00 ff ff ca c9 c9 07 00", "Hello")]     // 7.2.3.5: two blocks.
    [InlineData("00", "")]                                              // 7.2.3.6: an empty message.
    [InlineData("f2 48 cd c9 c9 07 00|00|f2 00 11 00 00", "Hello||Hello")]
    [InlineData("", "")]
    [InlineData("ff ff ff", "InvalidPayload")]
    [InlineData("f2 00 11 00 00", "InvalidPayload")]                    // A context that was never there.
    public void ExamplesOfTheRfcAreRead(string messages, string texts)
    {
        byte[][] payloads = [.. messages.Split('|').Select(one => Convert.FromHexString(one.Replace(" ", "")))];
        foreach (int pieces in new[] { 1, 2, 3, 5 })
        {
            Assert.Equal(texts, ReadAll(new PerMessageDeflate(), payloads, pieces, 1_000));
        }
    }

    [Fact]
    public void WithoutContextEachMessageStandsAlone()
    {
        byte[] alone = Convert.FromHexString("f248cdc9c90700");
        byte[][] payloads = [alone, alone, Convert.FromHexString("f200110000")];
        var noContext = new PerMessageDeflate { ClientNoContextTakeover = true };
        Assert.Equal("Hello|Hello|InvalidPayload", ReadAll(noContext, payloads, 1, 1_000));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void WhatIsCompressedIsReadTheSame(bool keepsContext)
    {
        using var deflater = new WebSocketDeflater(keepsContext);
        var agreed = new PerMessageDeflate { ClientNoContextTakeover = !keepsContext };
        using var reader = new WebSocketReader(WebSocketRole.Server, null, agreed);
        Prop.ForAll<byte[], byte>((bytes, times) =>
        {
            byte[] message = [.. Enumerable.Repeat(bytes, times * 20).SelectMany(one => one)];
            byte[] frames = Frames(deflater.Compress(message).ToArray(), 1 + (times % 3), WebSocketOpcode.Binary);
            return reader.Read(frames, out int consumed) == WebSocketEvent.Binary && consumed == frames.Length &&
                reader.Payload.Span.SequenceEqual(message);
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void ContextMakesTheSecondMessageShorter()
    {
        byte[] message = new byte[1000];
        new Random(1).NextBytes(message);
        using var keeping = new WebSocketDeflater(keepsContext: true);
        int first = keeping.Compress(message).Length;
        Assert.InRange(keeping.Compress(message).Length, 1, first / 10);
        using var forgetting = new WebSocketDeflater(keepsContext: false);
        Assert.Equal(forgetting.Compress(message).ToArray(), forgetting.Compress(message).ToArray());
    }

    [Fact]
    public void BombStopsAtTheLimitOfTheMessage()
    {
        using var deflater = new WebSocketDeflater(keepsContext: false);
        byte[] bomb = deflater.Compress(new byte[64 * 1024 * 1024]).ToArray();
        Assert.InRange(bomb.Length, 1, 1_000_000);
        byte[] frames = Frames(bomb, 1, WebSocketOpcode.Binary);

        // A message of its limit and a little, and far from the 64 MB.
        Allocations.AssertAtMost(1_000_000, () =>
        {
            using var reader = new WebSocketReader(
                WebSocketRole.Server, new WebSocketLimits { MessageBytesMax = 100_000 }, new PerMessageDeflate());
            Assert.Equal(WebSocketEvent.Failed, reader.Read(frames, out _));
            Assert.Equal(WebSocketCloseCode.MessageTooBig, reader.CloseCode);
        });
    }

    [Theory]
    [InlineData(10_000, WebSocketEvent.Binary)]
    [InlineData(10_001, WebSocketEvent.Failed)]
    public void LimitIsExactAfterDecompression(int bytes, WebSocketEvent expected)
    {
        using var deflater = new WebSocketDeflater(keepsContext: false);
        byte[] frames = Frames(deflater.Compress(new byte[bytes]).ToArray(), 1, WebSocketOpcode.Binary);
        using var reader = new WebSocketReader(
            WebSocketRole.Server, new WebSocketLimits { MessageBytesMax = 10_000 }, new PerMessageDeflate());
        Assert.Equal(expected, reader.Read(frames, out _));
        Assert.Equal(expected == WebSocketEvent.Binary ? bytes : 0, reader.Payload.Length);
    }

    [Fact]
    public void CompressedTextIsValidatedAndMayComeBetweenOthers()
    {
        using var deflater = new WebSocketDeflater(keepsContext: true);
        using var reader = new WebSocketReader(WebSocketRole.Server, null, new PerMessageDeflate());
        byte[] good = Frames(deflater.Compress("gr\u00FC\u00DFe"u8).ToArray(), 3, WebSocketOpcode.Text);
        Assert.Equal(WebSocketEvent.Text, reader.Read(good, out _));
        byte[] plain = FieldText.Of(
            FieldText.Written(o => WebSocketWriter.WriteFrame(o, WebSocketOpcode.Text, "plain"u8, 7)));
        Assert.Equal(WebSocketEvent.Text, reader.Read(plain, out _));
        Assert.Equal(WebSocketEvent.Text, reader.Read(
            Frames(deflater.Compress("gr\u00FC\u00DFe"u8).ToArray(), 1, WebSocketOpcode.Text), out _));
        Assert.Equal("gr\u00FC\u00DFe", Encoding.UTF8.GetString(reader.Payload.Span));
        Assert.Equal(WebSocketEvent.Failed, reader.Read(
            Frames(deflater.Compress([0x61, 0xFF]).ToArray(), 1, WebSocketOpcode.Text), out _));
        Assert.Equal(WebSocketCloseCode.InvalidPayload, reader.CloseCode);
    }

    [Fact]
    public void CompressionIsMarkedInTheFirstFrameOnly()
    {
        // RFC 7692 section 6.1.
        using var reader = new WebSocketReader(WebSocketRole.Client, null, new PerMessageDeflate());
        Assert.Equal(WebSocketEvent.Failed, reader.Read([0x01, 0x01, 0x41, 0xC0, 0x01, 0x41], out _));
        Assert.Equal(WebSocketCloseCode.ProtocolError, reader.CloseCode);
    }

    [Theory]
    [InlineData("permessage-deflate", "permessage-deflate")]
    [InlineData("permessage-deflate; client_max_window_bits", "permessage-deflate")]
    [InlineData("permessage-deflate; client_max_window_bits=10", "permessage-deflate")]
    [InlineData("Permessage-Deflate; Server_No_Context_Takeover", "permessage-deflate; server_no_context_takeover")]
    [InlineData(
        "permessage-deflate; client_max_window_bits; server_max_window_bits=10, " +
        "permessage-deflate; client_max_window_bits",
        "permessage-deflate")]  // RFC 7692 section 7.1.3: an offer, and another to fall back on.
    [InlineData("permessage-deflate; server_max_window_bits=15", "permessage-deflate; server_max_window_bits=15")]
    [InlineData("permessage-deflate; server_max_window_bits=\"15\"", "permessage-deflate; server_max_window_bits=15")]
    [InlineData(
        "x-other; a=b, permessage-deflate ; client_no_context_takeover",
        "permessage-deflate; client_no_context_takeover")]
    [InlineData("permessage-deflate; server_max_window_bits=10", "")]
    [InlineData("permessage-deflate; server_max_window_bits=16", "")]
    [InlineData("permessage-deflate; server_max_window_bits=015", "")]
    [InlineData("permessage-deflate; server_max_window_bits", "")]
    [InlineData("permessage-deflate; client_max_window_bits=7", "")]
    [InlineData("permessage-deflate; client_no_context_takeover=1", "")]
    [InlineData("permessage-deflate; client_no_context_takeover; client_no_context_takeover", "")]
    [InlineData("permessage-deflate; unknown", "")]
    [InlineData("permessage-deflate; server_max_window_bits=\"15", "")]
    [InlineData("permessage-deflate; server_max_window_bits=", "")]
    [InlineData("permessage-deflate x", "")]
    [InlineData("permessage-deflate;", "")]
    [InlineData("x-webkit-deflate-frame", "")]
    [InlineData("", "")]
    public void FirstOfferThatCanBeKeptIsTaken(string offers, string answer)
    {
        bool isTaken = PerMessageDeflate.TryAccept(FieldText.Of(offers), new PerMessageDeflate(), out var agreed);
        Assert.Equal(answer, isTaken ? FieldText.Written(agreed.Write) : "");
        if (isTaken && !offers.Contains(','))
        {
            Assert.True(PerMessageDeflate.TryReadAnswer(FieldText.Of(answer), agreed, out PerMessageDeflate? read));
            Assert.Equal(agreed with { NamesServerWindow = false }, read);
        }
    }

    [Theory]
    [InlineData("", true, false)]
    [InlineData("permessage-deflate", true, true)]
    [InlineData("permessage-deflate; server_max_window_bits=9", true, true)]
    [InlineData("permessage-deflate; client_max_window_bits=15", false, false)]  // Not offered.
    [InlineData("permessage-deflate, permessage-deflate", false, false)]
    [InlineData("x-other", false, false)]
    [InlineData("permessage-deflate; unknown", false, false)]
    public void AnswersToWhatWasNotOfferedFail(string answer, bool isGood, bool isAgreed)
    {
        Assert.Equal(isGood, PerMessageDeflate.TryReadAnswer(FieldText.Of(answer), new(), out var agreed));
        Assert.Equal(isAgreed, agreed is not null && isGood);
    }

    [Fact]
    public void ServerMayAlwaysKeepLess()
    {
        var wanted = new PerMessageDeflate(ServerNoContextTakeover: true, ClientNoContextTakeover: true);
        Assert.True(PerMessageDeflate.TryAccept("permessage-deflate"u8, wanted, out PerMessageDeflate agreed));
        Assert.Equal(wanted, agreed);
        Assert.False(PerMessageDeflate.TryReadAnswer("permessage-deflate"u8, wanted, out _));
    }

    private static string ReadAll(PerMessageDeflate agreed, byte[][] payloads, int pieces, int limit)
    {
        using var reader = new WebSocketReader(
            WebSocketRole.Server, new WebSocketLimits { MessageBytesMax = limit }, agreed);
        List<string> texts = [];
        foreach (byte[] one in payloads)
        {
            WebSocketEvent what = reader.Read(Frames(one, pieces, WebSocketOpcode.Text), out _);
            texts.Add(what == WebSocketEvent.Text ? FieldText.Text(reader.Payload.Span) : $"{reader.CloseCode}");
        }

        return string.Join('|', texts);
    }

    /// <summary>A compressed message in so many frames, each of which may be empty.</summary>
    private static byte[] Frames(byte[] compressed, int pieces, WebSocketOpcode opcode)
    {
        var output = new System.Buffers.ArrayBufferWriter<byte>();
        int size = (compressed.Length + pieces - 1) / pieces;
        for (int i = 0; i < pieces; i++)
        {
            int from = Math.Min(i * size, compressed.Length);
            int to = Math.Min(from + size, compressed.Length);
            WebSocketWriter.WriteFrame(
                output, i == 0 ? opcode : WebSocketOpcode.Continuation, compressed.AsSpan(from, to - from), 0xA1B2C3D4,
                isFinal: i == pieces - 1, isCompressed: i == 0);
        }

        return output.WrittenSpan.ToArray();
    }
}
