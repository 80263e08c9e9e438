using FsCheck;
using FsCheck.Fluent;
using Sockeye.Http.Protocol;

namespace Sockeye.Tests.Http.Protocol;

public sealed class MediaTypeTests
{
    [Theory]
    [InlineData("text/html;charset=utf-8")]     // RFC 9110 section 8.3.1: "equivalent".
    [InlineData("Text/HTML;Charset=\"utf-8\"")]
    [InlineData("text/html; charset=\"utf-8\"")]
    [InlineData("text/html;charset=UTF-8")]
    [InlineData(" text/html ; charset=\"u\\tf-8\" ;")]
    public void ExamplesOfTheRfcAreEquivalent(string text)
    {
        Assert.True(MediaType.TryParse("text/html;charset=utf-8"u8, out MediaType expected));
        Assert.True(MediaType.TryParse(FieldText.Of(text), out MediaType read));
        Assert.True(read.Equals(expected));
        Assert.True(read.Is("text/html"u8));
        Assert.Equal("utf-8", read.Charset, ignoreCase: true);
        Assert.False(read.IsRange);
    }

    [Theory]
    [InlineData("")]
    [InlineData("text")]
    [InlineData("text/")]
    [InlineData("/html")]
    [InlineData("*/html")]
    [InlineData("text/html;charset")]
    [InlineData("text/html;charset =utf-8")]
    [InlineData("text/html x")]
    [InlineData("text/html, text/plain")]
    [InlineData("te xt/html")]
    [InlineData("text/html;a=\"")]
    public void WhatIsNoMediaTypeIsRefused(string text) => Assert.False(MediaType.TryParse(FieldText.Of(text), out _));

    [Theory]
    [InlineData("application/problem+json", "json")]
    [InlineData("image/svg+xml", "xml")]
    [InlineData("a/b+c+d", "d")]
    [InlineData("text/html", "")]
    public void SuffixFollowsTheLastPlus(string text, string suffix)
    {
        Assert.True(MediaType.TryParse(FieldText.Of(text), out MediaType read));
        Assert.Equal(suffix, FieldText.Text(read.Suffix));
    }

    [Theory]
    [InlineData("*/*", "text/html", true)]
    [InlineData("text/*", "text/html;level=1", true)]
    [InlineData("text/*", "image/png", false)]
    [InlineData("text/html;level=1", "text/html;level=1;x=2", true)]
    [InlineData("text/html;level=1", "text/html;level=2", false)]
    [InlineData("text/html;level=1", "text/html", false)]
    [InlineData("text/html;q=0.5", "text/html", true)]
    [InlineData("text/html;charset=UTF-8", "text/html;charset=utf-8", true)]
    [InlineData("text/html;x=A", "text/html;x=a", false)]
    public void RangesIncludeWhatHasTheirParameters(string range, string type, bool isIncluded)
    {
        Assert.True(MediaType.TryParse(FieldText.Of(range), out MediaType outer));
        Assert.True(MediaType.TryParse(FieldText.Of(type), out MediaType inner));
        Assert.Equal(isIncluded, outer.Includes(inner));
    }

    [Fact]
    public void WhatIsWrittenReadsTheSame() => Prop.ForAll<byte[]>(bytes =>
    {
        byte[] value = [.. bytes.Where(one => one is >= 32 and < 127)];
        byte[] written = FieldText.Of(FieldText.Written(o => MediaType.Write(o, "a/b"u8, "boundary"u8, value)));
        return MediaType.TryParse(written, out MediaType read) &&
            read.TryGetParameter("BOUNDARY"u8, out FieldParameter parameter) &&
            parameter.ToString() == FieldText.Text(value);
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void MalformedPartsAreNotWritten()
    {
        Assert.Throws<ArgumentException>(() => FieldText.Written(o => MediaType.Write(o, "text"u8, "x"u8, "1"u8)));
        Assert.Throws<ArgumentException>(() => FieldText.Written(o => MediaType.Write(o, "text/*"u8, "x"u8, "1"u8)));
        Assert.Throws<ArgumentException>(() => FieldText.Written(o => MediaType.Write(o, "a/b"u8, "x y"u8, "1"u8)));
        Assert.Throws<ArgumentException>(() => FieldText.Written(o => MediaType.Write(o, "a/b"u8, "x"u8, "1\r\n"u8)));
    }
}
