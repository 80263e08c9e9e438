using System.Globalization;
using System.Text;
using Sockeye.Http.Protocol;

namespace Sockeye.Tests.Http.Protocol;

/// <summary>A parser compares the fields of a head with those of the last one instead of reading them again. Nobody may
/// see a difference: a parser that has read anything before says what a new one says.</summary>
public sealed class RecalledFieldsTests
{
    private const int Seed = 20_261_121;
    private const int Sequences = 400;
    private const int HeadsInSequence = 12;

    private static readonly string[] s_firstLines =
    [
        "GET /a HTTP/1.1", "GET /a HTTP/1.1", "POST /bc?d HTTP/1.1", "GET / HTTP/1.0", "GET http://h/ HTTP/1.1",
        "CONNECT h:1 HTTP/1.1", "GET  / HTTP/1.1",
    ];

    private static readonly string[] s_lines =
    [
        "Host: h", "Host: h", "Host: h:80", "Host: [", "X: y", "X: yz", "X: ", "x: y", "Accept: a", "Accept:  a ",
        "Connection: close", "Connection: keep-alive", "Connection: Upgrade", "Upgrade: u", "Expect: 100-continue",
        "Content-Length: 1", "Content-Length: 0", "Transfer-Encoding: chunked", "Cookie: c=d", "Authorization: e",
        "Bad", "X : y", " fold", "X: \u0001",
    ];

    [Fact]
    public void WhatWasReadBeforeChangesNothing()
    {
        var random = new Random(Seed);
        for (int i = 0; i < Sequences; i++)
        {
            var parser = new RequestParser();
            List<string> usual = Lines(random);
            for (int k = 0; k < HeadsInSequence; k++)
            {
                byte[] head = Encoding.Latin1.GetBytes(Head(random, usual));
                int cut = random.Next(head.Length + 1);
                if (parser.Parse(head.AsMemory(0, cut)) == ParseStatus.Done || random.Next(16) == 0)
                {
                    parser.Reset(); // It was there already, or the client left within it.
                }

                string heard = Read(parser, head);
                Assert.Equal(Read(new RequestParser(), head), heard);
                parser.Reset();
                Assert.False(parser.Head.Fields.Contains(KnownField.Host));
            }
        }
    }

    [Theory]
    [MemberData(nameof(BadInputs.Labels), MemberType = typeof(BadInputs))]
    public void BadInputIsAsBadBehindGoodInput(string label)
    {
        ReadOnlyMemory<byte> input = BadInputs.Find(label).Bytes;
        string alone = Conversation.Read([input]).Log;
        foreach (string fields in (string[])["Host: h", "Host: h\r\nX: y", "Host: h\r\nContent-Length: 0"])
        {
            byte[] before = Encoding.Latin1.GetBytes($"GET / HTTP/1.1\r\n{fields}\r\n\r\n");
            Assert.Equal(Conversation.Read([before]).Log + alone, Conversation.Read([before, input]).Log);
        }
    }

    [Fact]
    public void ALineOfALongerOrShorterHeadIsNotTakenForAnother()
    {
        const string usual = "A: 1\r\nB: 2\r\nHost: h";
        var parser = new RequestParser();
        string[] others = ["A: 1\r\nHost: h", usual, "A: 1\r\nB: 23\r\nHost: h", "Host: h", usual];
        foreach (string fields in (string[])[usual, .. others])
        {
            byte[] head = Encoding.Latin1.GetBytes($"GET / HTTP/1.1\r\n{fields}\r\n\r\n");
            Assert.Equal(Read(new RequestParser(), head), Read(parser, head));
            parser.Reset();
        }
    }

    [Fact]
    public void ResponsesAreRecalledToo()
    {
        var parser = new ResponseParser();
        string[] heads = ["Server: s\r\nContent-Length: 1", "Server: s\r\nContent-Length: 2", "Server: t"];
        foreach (string fields in heads)
        {
            parser.Reset(Method.Get);
            byte[] head = Encoding.Latin1.GetBytes($"HTTP/1.1 200 OK\r\n{fields}\r\n\r\n");
            Assert.Equal(ParseStatus.Done, parser.Parse(head));
            Assert.Equal(fields, string.Join("\r\n", Texts(parser.Head.Fields)));
        }
    }

    private static List<string> Lines(Random random)
    {
        List<string> lines = ["Host: h"];
        for (int left = random.Next(5); left > 0; left--)
        {
            lines.Insert(random.Next(lines.Count + 1), s_lines[random.Next(s_lines.Length)]);
        }

        return lines;
    }

    /// <summary>As the ones before it, or with some other lines.</summary>
    private static string Head(Random random, List<string> usual)
    {
        List<string> lines = random.Next(4) == 0 ? Lines(random) : [.. usual];
        if (random.Next(3) == 0)
        {
            lines[random.Next(lines.Count)] = s_lines[random.Next(s_lines.Length)];
        }

        if (random.Next(6) == 0)
        {
            lines.RemoveRange(0, random.Next(lines.Count));
        }

        string end = random.Next(12) == 0 ? "\n" : "\r\n";
        return $"{s_firstLines[random.Next(s_firstLines.Length)]}\r\n{string.Join("\r\n", lines)}{end}\r\n";
    }

    /// <summary>All that a parser says of a head.</summary>
    private static string Read(RequestParser parser, byte[] head)
    {
        ParseStatus status = parser.Parse(head);
        RequestHead read = parser.Head;
        return string.Create(CultureInfo.InvariantCulture, $"""
            {status} {parser.Rule} {parser.Consumed} {read.Method} {read.Version} {read.Form} {read.Body}
            {read.ContentLength} {read.KeepAlive} {read.ExpectsContinue} {read.UpgradeRequested}
            {Encoding.Latin1.GetString(read.Path)} {Encoding.Latin1.GetString(read.Host)}
            {string.Join('\n', Texts(read.Fields))}
            {read.Fields.CountOf(KnownField.Host)} {read.Fields.IndexOf("x"u8, 0)}
            {read.Fields.GetText(KnownField.Accept)}
            """);
    }

    private static List<string> Texts(HeaderFields fields)
    {
        List<string> texts = [];
        foreach (HeaderField field in fields)
        {
            texts.Add($"{Encoding.Latin1.GetString(field.Name)}: {field.ValueText}");
        }

        return texts;
    }
}
