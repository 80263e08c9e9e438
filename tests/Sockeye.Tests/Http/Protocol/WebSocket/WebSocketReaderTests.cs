using System.Text;
using Sockeye.Http.Protocol;

namespace Sockeye.Tests.Http.Protocol.WebSocket;

public sealed class WebSocketReaderTests
{
    private const uint Mask = 0x3d21fa37;

    private static readonly WebSocketLimits s_small = new() { FrameBytesMax = 2_000, MessageBytesMax = 5_000 };

    /// <summary>Frames as a client sends them, and what a server reads.</summary>
    public static TheoryData<string, byte[], string> Conversations
    {
        get
        {
            byte[] big = new byte[1_999];
            new Random(1).NextBytes(big);
            return new()
            {
                { "text", Frames((WebSocketOpcode.Text, "Hello", true)), "Text Hello" },
                { "empty", Frames((WebSocketOpcode.Text, "", true)), "Text " },
                { "binary", Frames((WebSocketOpcode.Binary, "\0\u00FF", true)), "Binary \0\u00FF" },
                {
                    "fragments, and a ping between",  // RFC 6455 section 5.4.
                    Frames((WebSocketOpcode.Text, "Hel", false), (WebSocketOpcode.Ping, "p", true),
                        (WebSocketOpcode.Continuation, "", false), (WebSocketOpcode.Continuation, "lo", true)),
                    "Ping p|Text Hello"
                },
                {
                    "two messages, a pong, a close, and what nobody reads",
                    [
                        .. Frames((WebSocketOpcode.Text, "a", true), (WebSocketOpcode.Binary, "b", true),
                            (WebSocketOpcode.Pong, "", true), (WebSocketOpcode.Close, "\u0003\u00E8bye", true)),
                        0xFF, 0xFF, 0xFF,
                    ],
                    "Text a|Binary b|Pong |Close \u0003\u00E8bye"
                },
                { "close without a code", Frames((WebSocketOpcode.Close, "", true)), "Close " },
                {
                    "big",
                    Frames(
                        (WebSocketOpcode.Binary, FieldText.Text(big), false),
                        (WebSocketOpcode.Continuation, "x", true)),
                    $"Binary {FieldText.Text(big)}x"
                },
                {
                    "character cut by fragments",
                    Frames(
                        (WebSocketOpcode.Text, "\u00E2\u0082", false),
                        (WebSocketOpcode.Continuation, "\u00AC", true)),
                    "Text \u00E2\u0082\u00AC"
                },
                { "close of one byte", Frames((WebSocketOpcode.Close, "\u0003", true)), "Failed ProtocolError" },
                { "reserved code", Frames((WebSocketOpcode.Close, "\u0003\u00ED", true)), "Failed ProtocolError" },
                {
                    "close that is no text",
                    Frames((WebSocketOpcode.Close, "\u0003\u00E8\u00FF", true)),
                    "Failed InvalidPayload"
                },
                { "nothing continued", Frames((WebSocketOpcode.Continuation, "a", true)), "Failed ProtocolError" },
                {
                    "message inside a message",
                    Frames((WebSocketOpcode.Text, "a", false), (WebSocketOpcode.Text, "b", true)),
                    "Failed ProtocolError"
                },
                { "no mask", [0x81, 0x01, 0x41], "Failed ProtocolError" },
                { "RSV1 without an extension", [0xC1, 0x80, 0, 0, 0, 0], "Failed ProtocolError" },
                { "unknown opcode", [0x83, 0x80, 0, 0, 0, 0], "Failed ProtocolError" },
                { "no text", Frames((WebSocketOpcode.Text, "a\u00C0\u00AF", true)), "Failed InvalidPayload" },
                { "surrogate", Frames((WebSocketOpcode.Text, "\u00ED\u00A0\u0080", true)), "Failed InvalidPayload" },
                { "cut text", Frames((WebSocketOpcode.Text, "a\u00E2\u0082", true)), "Failed InvalidPayload" },
                { "too long a frame", [0x82, 0xFE, 0x07, 0xD1, 0, 0, 0, 0], "Failed MessageTooBig" },
                {
                    "far too long a frame",
                    [0x82, 0xFF, 0x7F, 255, 255, 255, 255, 255, 255, 255, 0, 0, 0, 0],
                    "Failed MessageTooBig"
                },
                {
                    "too long a message",
                    Frames((WebSocketOpcode.Binary, FieldText.Text(big), false),
                        (WebSocketOpcode.Continuation, FieldText.Text(big), false),
                        (WebSocketOpcode.Continuation, FieldText.Text(big), false)),
                    "Failed MessageTooBig"
                },
            };
        }
    }

    [Theory]
    [MemberData(nameof(Conversations))]
    public void EverySplitReadsTheSame(string name, byte[] bytes, string events)
    {
        Assert.NotEmpty(name);
        Assert.Equal(events, Read(bytes, bytes.Length));
        Assert.Equal(events, Read(bytes, 1));
        Assert.Equal(events, Read(bytes, 7));
        for (int split = 1; split < Math.Min(bytes.Length, 300); split++)
        {
            Assert.Equal(events, Read(bytes, split, bytes.Length));
        }
    }

    [Theory]
    [MemberData(nameof(Conversations))]
    public void EveryPrefixReadsThePrefixOfTheEvents(string name, byte[] bytes, string events)
    {
        Assert.NotEmpty(name);
        for (int length = 0; length < Math.Min(bytes.Length, 300); length++)
        {
            string read = Read(bytes.AsSpan(0, length).ToArray(), Math.Max(1, length));
            Assert.True(events.StartsWith(read, StringComparison.Ordinal), $"{length} bytes: {read}");
        }
    }

    [Fact]
    public void MistakeInTextIsSeenAtItsByte()
    {
        // RFC 6455 section 8.1, for a frame whose end never comes.
        byte[] frame = Frames((WebSocketOpcode.Text, "ab\u00F4\u0090xxxxxxxx", true));
        using var reader = new WebSocketReader(WebSocketRole.Server);
        Assert.Equal(WebSocketEvent.NeedMore, reader.Read(frame.AsSpan(0, 6 + 3), out int consumed));
        Assert.Equal(9, consumed);
        Assert.Equal(WebSocketEvent.Failed, reader.Read(frame.AsSpan(9, 1), out _));
        Assert.Equal(WebSocketCloseCode.InvalidPayload, reader.CloseCode);
        Assert.Equal(WebSocketEvent.Failed, reader.Read(frame.AsSpan(10), out _));
    }

    [Theory]
    [InlineData(0, false)]
    [InlineData(1, false)]
    [InlineData(2_000, true)]   // Of blocks that decompress to nothing.
    public void AMessageThatIsNearlyNothingEndsAtItsLimit(int payloadBytes, bool isCompressed)
    {
        using var reader = new WebSocketReader(
            WebSocketRole.Server,
            new WebSocketLimits { OverheadBytesMax = 6_000 },
            isCompressed ? new PerMessageDeflate() : null);
        byte[] payload = [.. Enumerable.Repeat((byte[])[0, 0, 0, 0xFF, 0xFF], 400).SelectMany(one => one)];
        string nothing = FieldText.Text(payload.AsSpan(0, payloadBytes));
        byte[] first = Frames((WebSocketOpcode.Binary, nothing, false));
        first[0] |= (byte)(isCompressed ? 0x40 : 0);
        byte[] next = Frames((WebSocketOpcode.Continuation, nothing, false));
        Assert.Equal(WebSocketEvent.NeedMore, reader.Read(first, out _));
        int frames = 1;
        while (reader.Read(next, out _) == WebSocketEvent.NeedMore)
        {
            frames++;
        }

        Assert.Equal((WebSocketCloseCode.PolicyViolation, "too many fragments"), (reader.CloseCode, reader.Reason));
        Assert.Equal(isCompressed ? 3 : 1_000, frames);
    }

    [Fact]
    public void ClientReadsWhatIsNotMaskedAndNothingElse()
    {
        using var client = new WebSocketReader(WebSocketRole.Client);
        Assert.Equal(WebSocketEvent.Text, client.Read([0x81, 0x01, 0x41], out int consumed));
        Assert.Equal((3, "A"), (consumed, FieldText.Text(client.Payload.Span)));
        Assert.Equal(WebSocketEvent.Failed, client.Read([0x81, 0x81, 0, 0, 0, 0, 0x41], out _));
    }

    [Fact]
    public void AnnouncedBytesTakeNoMemory()
    {
        var limits = new WebSocketLimits { FrameBytesMax = 1 << 30, MessageBytesMax = 1 << 30 };

        // The reader itself and its first buffer, and far from the gigabyte.
        Allocations.AssertAtMost(100_000, () =>
        {
            using var reader = new WebSocketReader(WebSocketRole.Server, limits);
            reader.Read([0x82, 0xFF, 0, 0, 0, 0, 0x3F, 0xFF, 0xFF, 0xFF, 1, 2, 3, 4, 5], out int consumed);
            Assert.Equal(15, consumed);
        });
    }

    [Fact]
    public void MessagesAllocateNothingInSteadyState()
    {
        byte[] frames = Frames((WebSocketOpcode.Text, "Hello", true), (WebSocketOpcode.Ping, "", true));
        using var reader = new WebSocketReader(WebSocketRole.Server);
        Allocations.AssertNone(() =>
        {
            reader.Read(frames, out int consumed);
            reader.Read(frames.AsSpan(consumed), out _);
        });
    }

    [Fact]
    public void RandomBytesAreReadOrRefused()
    {
        for (int seed = 0; seed < 2000; seed++)
        {
            var random = new Random(seed);
            byte[] bytes = Frames(
                (WebSocketOpcode.Text, "Hello", false), (WebSocketOpcode.Ping, "", true),
                (WebSocketOpcode.Continuation, "w\u00C3\u00A9", true),
                (WebSocketOpcode.Binary, new string('a', 300), true));
            for (int i = 0; i < 1 + (seed % 4); i++)
            {
                bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
            }

            PerMessageDeflate? deflate = seed % 2 == 0 ? new PerMessageDeflate() : null;
            string whole = Read(bytes, bytes.Length, deflate: deflate);
            Assert.True(whole == Read(bytes, 1 + (seed % 9), deflate: deflate), $"seed {seed}");
        }
    }

    [Theory]
    [InlineData("", true, true)]
    [InlineData("\u00E2\u0082\u00AC\u00F0\u009F\u0098\u0080", true, true)]
    [InlineData("\u00E2\u0082", true, false)]
    [InlineData("\u00C0", false, false)]           // Overlong.
    [InlineData("\u00E0\u0080", false, false)]
    [InlineData("\u00ED\u00A0", false, false)]     // A surrogate.
    [InlineData("\u00F4\u0090", false, false)]     // Above U+10FFFF.
    [InlineData("\u00F5", false, false)]
    [InlineData("\u0080", false, false)]
    [InlineData("\u00E2A", false, false)]
    public void TextInPiecesIsValidatedAtEverySplit(string octets, bool isGood, bool isWhole)
    {
        byte[] bytes = FieldText.Of("xyz" + octets);
        for (int one = 0; one <= bytes.Length; one++)
        {
            for (int two = one; two <= bytes.Length; two++)
            {
                var stream = default(Utf8Stream);
                bool all = stream.Append(bytes.AsSpan(0, one)) && stream.Append(bytes.AsSpan(one, two - one)) &&
                    stream.Append(bytes.AsSpan(two));
                Assert.Equal(isGood, all);
                Assert.True(!all || stream.IsWhole == isWhole);
            }
        }
    }

    private static byte[] Frames(params (WebSocketOpcode Opcode, string Octets, bool IsFinal)[] frames) =>
        FieldText.Of(FieldText.Written(output =>
        {
            foreach (var one in frames)
            {
                WebSocketWriter.WriteFrame(output, one.Opcode, FieldText.Of(one.Octets), Mask, one.IsFinal);
            }
        }));

    /// <summary>
    /// Gives the bytes in pieces, what was not consumed again with the next one, and writes down the events.
    /// </summary>
    private static string Read(byte[] bytes, int first, int rest = 0, PerMessageDeflate? deflate = null)
    {
        using var reader = new WebSocketReader(WebSocketRole.Server, s_small, deflate);
        var events = new List<string>();
        int from = 0;
        for (int to = Math.Min(first, bytes.Length); ; to = Math.Min(to + (rest > 0 ? rest : first), bytes.Length))
        {
            while (true)
            {
                WebSocketEvent what = reader.Read(bytes.AsSpan(from, to - from), out int consumed);
                from += consumed;
                if (what == WebSocketEvent.Failed)
                {
                    events.Add($"Failed {reader.CloseCode}");
                    return string.Join('|', events);
                }

                if (what == WebSocketEvent.NeedMore)
                {
                    break;
                }

                events.Add($"{what} {Encoding.Latin1.GetString(reader.Payload.Span)}");
            }

            if (to == bytes.Length)
            {
                return string.Join('|', events);
            }
        }
    }
}
