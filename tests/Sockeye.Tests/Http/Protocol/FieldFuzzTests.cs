using Sockeye.Http.Protocol;

namespace Sockeye.Tests.Http.Protocol;

/// <summary>What holds for every reader of a field, whatever it is given: it answers, and throws nothing.</summary>
public sealed class FieldFuzzTests
{
    private static readonly DateTimeOffset s_now = new(2026, 11, 1, 0, 0, 0, TimeSpan.Zero);

    private static readonly string[] s_corpus =
    [
        "text/html;charset=\"ut\\f-8\"; q=0.5, text/*;q=0.1, */*;q=0",
        "gzip;q=1.0, identity; q=0.5, *;q=0",
        "da, en-gb;q=0.8, en;q=0.7",
        "\"xyzzy\", W/\"r2d2\\xxxx\", \"\"",
        "Sun, 06 Nov 1994 08:49:37 GMT",
        "bytes=0-499, -500, 9500-, 7-7",
        "bytes 42-1233/1234",
        "SID=31d4d96e407aad42; lang=\"en-US\"; =x; y",
        "__Host-id=1; Expires=Wed, 09 Jun 2021 10:18:14 GMT; Max-Age=5; Domain=.x.y; Path=/; Secure; SameSite=Lax",
        "for=\"[2001:db8:cafe::17]:4711\";proto=http;by=_x, for=unknown",
        "attachment; filename=\"EURO rates\"; filename*=utf-8''%e2%82%ac%20rates",
        "permessage-deflate; client_max_window_bits; server_max_window_bits=\"10\", permessage-deflate",
        ".example.com\tTRUE\t/\tTRUE\t2000000000\ta\t1",
    ];

    [Fact]
    public void NoPrefixOfAnyExampleThrows()
    {
        foreach (string text in s_corpus)
        {
            for (int length = 0; length <= text.Length; length++)
            {
                ReadAll(FieldText.Of(text[..length]));
            }
        }
    }

    [Fact]
    public void NoChangeOfAnyExampleThrows()
    {
        for (int seed = 0; seed < 5_000; seed++)
        {
            var random = new Random(seed);
            List<byte> bytes = [.. FieldText.Of(s_corpus[random.Next(s_corpus.Length)])];
            for (int i = random.Next(1, 6); i > 0 && bytes.Count > 0; i--)
            {
                int at = random.Next(bytes.Count);
                switch (random.Next(4))
                {
                    case 0:
                        bytes.RemoveAt(at);
                        break;
                    case 1:
                        bytes.Insert(at, (byte)",;=\"\\%-/* \t"[random.Next(11)]);
                        break;
                    case 2:
                        bytes[at] = (byte)random.Next(256);
                        break;
                    default:
                        bytes.InsertRange(at, FieldText.Of(s_corpus[random.Next(s_corpus.Length)]));
                        break;
                }
            }

            Exception? thrown = Record.Exception(() => ReadAll([.. bytes]));
            Assert.True(thrown is null, $"seed {seed}: {thrown}");
        }
    }

    [Fact]
    public void LongRowOfAnyPieceIsReadInOnePass()
    {
        // Where time grew faster than the field, this would not end.
        string[] pieces =
            [",", ";", "\"", "\\", "a", "=", " ", "a,", "a;b=c", ";b=\"c\"", "\"a\",", "%", "1-2,", "*,", "a=1; "];
        foreach (string piece in pieces)
        {
            ReadAll(FieldText.Of(string.Concat(Enumerable.Repeat(piece, 200_000 / piece.Length))));
        }
    }

    private static void ReadAll(byte[] field)
    {
        MediaType.TryParse(field, out MediaType type);
        _ = type.Charset;
        Negotiation.MediaType(field, "text/html", "text/plain;format=flowed");
        Negotiation.ContentCoding(field, "br", "gzip", "identity");
        Negotiation.Language(field, "en-GB", "de");
        Negotiation.Charset(field, "utf-8");
        var conditions = new Preconditions
        {
            IfMatch = field,
            IfNoneMatch = field,
            IfModifiedSince = field,
            IfUnmodifiedSince = field,
            IfRange = field,
        };
        conditions.Evaluate(Method.Get, new CurrentRepresentation { Exists = true, Tag = new EntityTag("a"u8) }, s_now);
        Span<ByteRange> ranges = stackalloc ByteRange[ByteRanges.RangesMax];
        ByteRanges.Resolve(field, 10_000, ranges, out _);
        ContentRange.TryParse(field, out _);
        CookiePairs.TryGet(field, "id"u8, out _);
        ForwardedHop.TryParse(field, out _);
        ContentDisposition.TryParse(field, out ContentDisposition disposition);
        ContentDisposition.SafeFileName(disposition.FileName);
        PercentEncoding.TryDecode(field);
        PerMessageDeflate.TryAccept(field, default, out _);
        PerMessageDeflate.TryReadAnswer(field, default, out _);
        WebSocketHandshake.IsKey(field);
        WebSocketHandshake.ChooseProtocol(field, "chat");
        ReadCookie(field);
    }

    private static void ReadCookie(byte[] field)
    {
        var jar = new CookieJar();
        jar.Load(FieldText.Text(field), s_now);
        if (SetCookie.TryParse(field) is { } cookie)
        {
            var origin = new CookieOrigin("www.example.com", "/a/b", IsSecure: true);
            jar.Store(origin, cookie, s_now);
            FieldText.Written(output => jar.Write(output, origin, s_now));
        }

        // Whatever was stored is loaded again.
        Assert.Equal(0, new CookieJar().Load(jar.Save(s_now), s_now));
    }
}
