using System.Buffers;
using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Sockeye.Http.Protocol;

namespace Sockeye.Tests.Http.Protocol;

public sealed class HeadWriterTests
{
    private delegate void Writing(ref HeadWriter writer);

    [Fact]
    public void AResponseIsWrittenAsItIsMeant()
    {
        var date = new DateTimeOffset(1994, 11, 6, 8, 49, 37, TimeSpan.Zero);
        string text = Write((ref writer) =>
        {
            writer.StatusLine(StatusCode.NotFound);
            writer.Field(KnownField.ContentLength, 1_234_567_890_123);
            writer.Field(KnownField.Date, date);
            writer.Field(KnownField.ContentType, "text/plain"u8);
            writer.Field("X-Own"u8, "a\tb"u8);
            writer.Field("x-é".Replace("é", "e", StringComparison.Ordinal), "café");
            writer.Lines("Server: s\r\n"u8);
            writer.End();
        });
        Assert.Equal(
            "HTTP/1.1 404 Not Found\r\nContent-Length: 1234567890123\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\n"
            + "Content-Type: text/plain\r\nX-Own: a\tb\r\nx-e: caf\xe9\r\nServer: s\r\n\r\n",
            text);
    }

    [Fact]
    public void FirstLinesAndTrailersAreWritten()
    {
        Assert.Equal("HTTP/1.1 299 \r\n\r\n", Write((ref w) => { w.StatusLine(299); w.End(); }));
        Assert.Equal("HTTP/1.1 200 Fine\r\n\r\n", Write((ref w) => { w.StatusLine(200, "Fine"u8); w.End(); }));
        Assert.Equal(
            "DELETE /a?b HTTP/1.1\r\n\r\n", Write((ref w) => { w.RequestLine(Method.Delete, "/a?b"u8); w.End(); }));
        Assert.Equal("BREW * HTTP/1.1\r\n\r\n", Write((ref w) => { w.RequestLine("BREW"u8, "*"u8); w.End(); }));
        Assert.Equal("0\r\nETag: \"1\"\r\n\r\n", Write((ref w) =>
        {
            w.LastChunk();
            w.Field(KnownField.ETag, "\"1\""u8);
            w.End();
        }));
    }

    [Theory]
    [InlineData("a\rb")]
    [InlineData("a\nb")]
    [InlineData("a\r\nX: y")]
    [InlineData("a\0b")]
    [InlineData("\x1b")]
    [InlineData("\x7f")]
    public void ControlsInValuesThrowBeforeAByteIsWritten(string value)
    {
        byte[] octets = Encoding.Latin1.GetBytes(value);
        Throws((ref w) => { w.StatusLine(200); w.Field(KnownField.ETag, octets); });
        Throws((ref w) => { w.StatusLine(200); w.Field("X"u8, octets); });
        Throws((ref w) => { w.StatusLine(200); w.Field("X", value); });
        Throws((ref w) => w.StatusLine(200, octets));
        Throws((ref w) => { w.StatusLine(200); w.Field(octets, "v"u8); });
        Throws((ref w) => { w.StatusLine(200); w.Field(value, "v"); });
        Throws((ref w) => w.RequestLine(Method.Get, octets));
        Throws((ref w) => w.RequestLine(octets, "/"u8));
    }

    [Fact]
    public void WrongNamesTargetsAndOrdersThrow()
    {
        Throws((ref w) => { w.StatusLine(200); w.Field(""u8, "v"u8); });
        Throws((ref w) => { w.StatusLine(200); w.Field("a b"u8, "v"u8); });
        Throws((ref w) => { w.StatusLine(200); w.Field("a:"u8, "v"u8); });
        Throws((ref w) => { w.StatusLine(200); w.Field(KnownField.Other, "v"u8); });
        Throws((ref w) => { w.StatusLine(200); w.Field(KnownField.ContentLength, -1); });
        Throws((ref w) => { w.StatusLine(200); w.Field("X", "€"); });
        Throws((ref w) => w.StatusLine(99));
        Throws((ref w) => w.StatusLine(600, "x"u8));
        Throws((ref w) => w.RequestLine(Method.Other, "/"u8));
        Throws((ref w) => w.RequestLine(Method.Get, ""u8));
        Throws((ref w) => w.RequestLine(Method.Get, "/a b"u8));
        Throws((ref w) => w.RequestLine(Method.Get, "/#"u8));
        Throws((ref w) => { w.LastChunk(); w.Field(KnownField.ContentLength, 1); });
        Throws((ref w) => { w.LastChunk(); w.Field("transfer-encoding"u8, "chunked"u8); });
        Throws((ref w) => w.Field(KnownField.ETag, "v"u8));
        Throws((ref w) => w.End());
        Throws((ref w) => { w.StatusLine(200); w.StatusLine(200); });
    }

    /// <summary>However the output grows, what was written stays.</summary>
    [Fact]
    public void LongHeadsOutgrowTheFirstSpan()
    {
        string value = new('v', 10_000);
        string text = Write((ref w) =>
        {
            w.StatusLine(200);
            w.Field("A"u8, "1"u8);
            w.Field("B", value);
            w.Field("C"u8, "3"u8);
            w.End();
        });
        Assert.Equal($"HTTP/1.1 200 OK\r\nA: 1\r\nB: {value}\r\nC: 3\r\n\r\n", text);
    }

    [Fact]
    public void WhatIsWrittenIsReadBack()
    {
        Gen<string> token = Gen.Elements("abcXYZ019!#$%&'*+-.^_`|~".ToCharArray()).NonEmptyListOf()
            .Select(list => "X" + string.Concat(list));
        Gen<string> value = Gen.Elements("az \t,;=\"\\\xe9\xff()".ToCharArray()).ArrayOf()
            .Select(list => new string(list).Trim(' ', '\t'));
        Gen<string> target = Gen.Elements("az/%4.-_~:@!$&'()*+,;=[]|^".ToCharArray()).ArrayOf()
            .Select(list => "/" + new string(list));
        Gen<(string Method, string Target, (string Name, string Value)[] Fields)> heads =
            from method in token
            from path in target
            from fields in token.Zip(value, (name, text) => (name, text)).ArrayOf()
            select (method, path, fields.Take(90).ToArray());
        Check.QuickThrowOnFailure(Prop.ForAll(heads.ToArbitrary(), one =>
        {
            string method = one.Method[..Math.Min(one.Method.Length, 32)];
            string text = Write((ref w) =>
            {
                w.RequestLine(Encoding.ASCII.GetBytes(method), Encoding.ASCII.GetBytes(one.Target));
                w.Field(KnownField.Host, "h"u8);
                foreach ((string name, string content) in one.Fields)
                {
                    w.Field(name, content);
                }

                w.End();
            });
            var parser = new RequestParser();
            byte[] input = Encoding.Latin1.GetBytes(text);
            Assert.Equal(ParseStatus.Done, parser.Parse(input));
            Assert.Equal(input.Length, parser.Consumed);
            Assert.Equal(method, parser.Head.MethodText);
            Assert.Equal(one.Target, Encoding.ASCII.GetString(parser.Head.Target));
            List<(string, string)> read = [];
            foreach (HeaderField field in parser.Head.Fields)
            {
                read.Add((field.NameText, field.ValueText));
            }

            Assert.Equal([("Host", "h"), .. one.Fields], read);
        }));
    }

    private static string Write(Writing writing)
    {
        var output = new ArrayBufferWriter<byte>();
        var writer = new HeadWriter(output);
        writing(ref writer);
        return Encoding.Latin1.GetString(output.WrittenSpan);
    }

    /// <summary>It throws for what it was given, and nothing was written.</summary>
    private static void Throws(Writing writing)
    {
        var output = new ArrayBufferWriter<byte>();
        var writer = new HeadWriter(output);
        Exception? thrown = null;
        try
        {
            writing(ref writer);
        }
        catch (Exception exception)
        {
            thrown = exception;
        }

        Assert.True(thrown is ArgumentException or InvalidOperationException, thrown?.ToString() ?? "nothing thrown");
        Assert.Equal(0, output.WrittenCount);
    }
}
