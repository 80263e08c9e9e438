using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Sockeye.Http.Protocol;

namespace Sockeye.Tests.Http.Protocol.WebSocket;

public sealed class WebSocketFrameTests
{
    [Theory]
    [InlineData("81 05", WebSocketOpcode.Text, 5, true, false)]                      // RFC 6455 section 5.7.
    [InlineData("81 85 37 fa 21 3d", WebSocketOpcode.Text, 5, true, true)]
    [InlineData("01 03", WebSocketOpcode.Text, 3, false, false)]
    [InlineData("80 02", WebSocketOpcode.Continuation, 2, true, false)]
    [InlineData("89 05", WebSocketOpcode.Ping, 5, true, false)]
    [InlineData("8a 85 37 fa 21 3d", WebSocketOpcode.Pong, 5, true, true)]
    [InlineData("82 7e 01 00", WebSocketOpcode.Binary, 256, true, false)]
    [InlineData("82 7f 00 00 00 00 00 01 00 00", WebSocketOpcode.Binary, 65536, true, false)]
    [InlineData("82 7f 7f ff ff ff ff ff ff ff", WebSocketOpcode.Binary, long.MaxValue, true, false)]
    [InlineData("82 7e 00 7e", WebSocketOpcode.Binary, 126, true, false)]
    [InlineData("82 7e ff ff", WebSocketOpcode.Binary, 65535, true, false)]
    [InlineData("88 7d", WebSocketOpcode.Close, 125, true, false)]
    public void HeadersAreReadAndWritten(string hex, WebSocketOpcode opcode, long length, bool isFinal, bool isMasked)
    {
        byte[] bytes = Convert.FromHexString(hex.Replace(" ", "", StringComparison.Ordinal));
        for (int i = 0; i < bytes.Length; i++)
        {
            Assert.Equal(WebSocketHeaderStatus.NeedMore, WebSocketFrameHeader.Read(bytes.AsSpan(0, i), out _));
        }

        Assert.Equal(WebSocketHeaderStatus.Header, WebSocketFrameHeader.Read([.. bytes, 1, 2], out var header));
        uint? mask = isMasked ? 0x3d21fa37 : null;
        Assert.Equal(new WebSocketFrameHeader(opcode, length, isFinal, IsCompressed: false, mask), header);
        Assert.Equal(bytes.Length, header.Length);
        byte[] written = new byte[WebSocketFrameHeader.BytesMax];
        Assert.Equal(bytes, written[..header.Write(written)]);
    }

    [Theory]
    [InlineData("83")]                              // An opcode that means nothing.
    [InlineData("8b")]
    [InlineData("a1")]                              // RSV2.
    [InlineData("91")]                              // RSV3.
    [InlineData("09")]                              // A ping in fragments.
    [InlineData("c9")]                              // A compressed ping.
    [InlineData("89 7e")]                           // A ping of more than 125 bytes.
    [InlineData("88 ff")]
    [InlineData("82 7e 00 7d")]                     // Not "the minimal number of bytes".
    [InlineData("82 7f 00 00 00 00 00 00 ff ff")]
    [InlineData("82 7f 80 00 00 00 00 00 00 00")]   // "the most significant bit MUST be 0".
    public void MalformedHeadersAreSeenAtTheirByte(string hex)
    {
        byte[] bytes = Convert.FromHexString(hex.Replace(" ", "", StringComparison.Ordinal));
        Assert.Equal(WebSocketHeaderStatus.NeedMore, WebSocketFrameHeader.Read(bytes.AsSpan()[..^1], out _));
        Assert.Equal(WebSocketHeaderStatus.Malformed, WebSocketFrameHeader.Read(bytes, out _));
    }

    [Fact]
    public void FramesThatDoNotExistAreNotWritten()
    {
        WebSocketFrameHeader[] bad =
        [
            new(WebSocketOpcode.Ping, 126), new(WebSocketOpcode.Close, 0, IsFinal: false),
            new(WebSocketOpcode.Pong, 0, IsCompressed: true), new((WebSocketOpcode)3, 0), new(WebSocketOpcode.Text, -1),
        ];
        Assert.All(bad, one => Assert.Throws<ArgumentException>(() => one.Write(new byte[14])));
    }

    [Fact]
    public void MaskingIsThatOfTheRfc() => Prop.ForAll<byte[], uint, byte>((bytes, mask, offset) =>
    {
        // RFC 6455 section 5.3: "octet i of the original data XOR octet i modulo 4 of the masking key".
        byte[] longer = [.. Enumerable.Repeat(bytes, 5).SelectMany(one => one)];
        byte[] masked = new byte[longer.Length];
        WebSocketMask.Apply(longer, masked, mask, offset);
        var expected = longer.Select((one, i) => (byte)(one ^ (mask >> (8 * ((i + offset) % 4)))));
        bool isRight = masked.SequenceEqual(expected);
        WebSocketMask.Apply(masked, masked, mask, offset);
        return isRight && masked.SequenceEqual(longer);
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void ExamplesOfTheRfcAreWritten()
    {
        // RFC 6455 section 5.7.
        Assert.Equal("810548656C6C6F", Hex(null, WebSocketOpcode.Text, "Hello", true));
        Assert.Equal("818537FA213D7F9F4D5158", Hex(0x3d21fa37, WebSocketOpcode.Text, "Hello", true));
        Assert.Equal("010348656C", Hex(null, WebSocketOpcode.Text, "Hel", false));
        Assert.Equal("80026C6F", Hex(null, WebSocketOpcode.Continuation, "lo", true));

        static string Hex(uint? mask, WebSocketOpcode opcode, string text, bool isFinal)
        {
            var output = new System.Buffers.ArrayBufferWriter<byte>();
            WebSocketWriter.WriteFrame(output, opcode, Encoding.UTF8.GetBytes(text), mask, isFinal);
            return Convert.ToHexString(output.WrittenSpan);
        }
    }

    [Theory]
    [InlineData(999, false)]   // RFC 6455 section 7.4.
    [InlineData(1000, true)]
    [InlineData(1003, true)]
    [InlineData(1004, false)]
    [InlineData(1005, false)]
    [InlineData(1006, false)]
    [InlineData(1007, true)]
    [InlineData(1014, true)]
    [InlineData(1015, false)]
    [InlineData(1016, false)]
    [InlineData(2999, false)]
    [InlineData(3000, true)]
    [InlineData(4999, true)]
    [InlineData(5000, false)]
    [InlineData(0, false)]
    [InlineData(65535, false)]
    public void OnlySomeCodesAreSent(int code, bool isSendable)
    {
        byte[] payload = [(byte)(code >> 8), (byte)code];
        Assert.Equal(isSendable, WebSocketClose.IsSendable((WebSocketCloseCode)code));
        Assert.Equal(isSendable, WebSocketClose.TryRead(payload, out WebSocketCloseCode read, out _));
        Assert.Equal(isSendable ? (WebSocketCloseCode)code : WebSocketCloseCode.ProtocolError, read);
        if (!isSendable && code != (int)WebSocketCloseCode.None)
        {
            Assert.Throws<ArgumentOutOfRangeException>(
                () => WebSocketClose.Write(new byte[125], (WebSocketCloseCode)code));
        }
    }

    [Fact]
    public void ReasonsAreCutBetweenCharacters()
    {
        byte[] payload = new byte[125];
        int length = WebSocketClose.Write(payload, WebSocketCloseCode.Normal, new string('\u20AC', 60));
        Assert.Equal(2 + (41 * 3), length);
        Assert.True(WebSocketClose.TryRead(payload.AsSpan(0, length), out _, out string reason));
        Assert.Equal(new string('\u20AC', 41), reason);
        Assert.Equal(0, WebSocketClose.Write(payload, WebSocketCloseCode.None));
    }

    [Theory]
    [InlineData("dGhlIHNhbXBsZSBub25jZQ==", "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=")]  // RFC 6455 section 1.3.
    public void AcceptIsThatOfTheRfc(string key, string accept)
    {
        byte[] written = new byte[WebSocketHandshake.AcceptBytes];
        WebSocketHandshake.WriteAccept(FieldText.Of(key), written);
        Assert.Equal(accept, FieldText.Text(written));
        Assert.True(WebSocketHandshake.IsAccept(FieldText.Of(key), FieldText.Of(accept + " ")));
        Assert.False(WebSocketHandshake.IsAccept(FieldText.Of(key), FieldText.Of(accept.ToUpperInvariant())));
        byte[] made = new byte[WebSocketHandshake.KeyBytes];
        WebSocketHandshake.WriteKey("the sample nonce"u8, made);
        Assert.Equal(key, FieldText.Text(made));
    }

    [Theory]
    [InlineData("")]
    [InlineData("dGhlIHNhbXBsZSBub25jZQ=")]
    [InlineData("dGhlIHNhbXBsZSBub25jZQ===")]
    [InlineData("dGhlIHNhbXBsZSBub25jZSEh")]     // 18 bytes.
    [InlineData("dGhlIHNhbXBsZSBub25j    ")]
    [InlineData("!!!!IHNhbXBsZSBub25jZQ==")]
    public void KeysHaveSixteenBytes(string key)
    {
        Assert.False(WebSocketHandshake.IsKey(FieldText.Of(key)));
        Assert.Throws<ArgumentException>(() => WebSocketHandshake.WriteAccept(FieldText.Of(key), new byte[28]));
    }

    [Theory]
    [InlineData("chat, superchat", 0)]  // RFC 6455 section 1.2: the example.
    [InlineData("superchat, chat", 1)]
    [InlineData("CHAT", -1)]
    [InlineData("", -1)]
    public void ProtocolIsTheClientsFirstThatIsServed(string field, int index) =>
        Assert.Equal(index, WebSocketHandshake.ChooseProtocol(FieldText.Of(field), "chat", "superchat"));
}
