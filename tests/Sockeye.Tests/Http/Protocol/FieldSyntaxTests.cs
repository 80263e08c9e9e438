using FsCheck;
using FsCheck.Fluent;
using Sockeye.Http.Protocol;

namespace Sockeye.Tests.Http.Protocol;

public sealed class FieldSyntaxTests
{
    [Theory]
    [InlineData("0", 0)]
    [InlineData("0.", 0)]
    [InlineData("0.5", 500)]
    [InlineData("0.123", 123)]
    [InlineData("1", 1000)]
    [InlineData("1.000", 1000)]
    [InlineData("1.001", -1)]
    [InlineData("0.1234", -1)]
    [InlineData("2", -1)]
    [InlineData("", -1)]
    [InlineData(".5", -1)]
    [InlineData("0,5", -1)]
    [InlineData("05", -1)]
    [InlineData("0.+1", -1)]
    public void QualitiesHaveThreeDigitsAtMost(string text, int quality)
    {
        // RFC 9110 section 12.4.2.
        bool isRead = FieldSyntax.TryParseQuality(FieldText.Of(text), out int read);
        Assert.Equal(quality >= 0, isRead);
        if (isRead)
        {
            Assert.Equal(quality, read);
        }
    }

    [Theory]
    [InlineData("\"\"", 2)]
    [InlineData("\"a\\\"b\" rest", 6)]
    [InlineData("\"a\tb\"", 5)]
    [InlineData("\"", -1)]
    [InlineData("\"a\\\"", -1)]
    [InlineData("\"a\\", -1)]
    [InlineData("\"a\rb\"", -1)]
    [InlineData("a", -1)]
    [InlineData("", -1)]
    public void QuotedStringsAreMeasured(string text, int length) =>
        Assert.Equal(length, FieldSyntax.QuotedLength(FieldText.Of(text)));

    [Fact]
    public void WhatIsQuotedIsUnquotedToTheSame() => Prop.ForAll<byte[]>(bytes =>
    {
        byte[] text = [.. bytes.Where(one => one is 9 or (>= 32 and not 127))];
        byte[] quoted = FieldText.Of(FieldText.Written(output => FieldSyntax.WriteQuoted(output, text)));
        byte[] unquoted = new byte[text.Length];
        return FieldSyntax.QuotedLength(quoted) == quoted.Length &&
            FieldSyntax.Unquote(quoted, unquoted) == text.Length && unquoted.SequenceEqual(text);
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void ControlCharactersAreNotWritten()
    {
        Assert.Throws<ArgumentException>(() => FieldText.Written(o => FieldSyntax.WriteQuoted(o, "a\r\nb"u8)));
        Assert.Throws<ArgumentException>(() => FieldText.Written(o => FieldSyntax.WriteTokenOrQuoted(o, "\0"u8)));
        Assert.Equal("\"\"", FieldText.Written(o => FieldSyntax.WriteTokenOrQuoted(o, default)));
    }

    [Theory]
    [InlineData("foo , ,bar,charlie", "foo|bar|charlie")]  // RFC 9110 section 5.6.1.2: the examples.
    [InlineData("foo ,bar,", "foo|bar")]
    [InlineData("", "")]
    [InlineData(",", "")]
    [InlineData(",   ,", "")]
    [InlineData("a;x=\"1,2\", b", "a;x=\"1,2\"|b")]
    [InlineData("a;x=\"1\\\",2\",b", "a;x=\"1\\\",2\"|b")]
    [InlineData("a, \"open, b", "a|\"open, b")]
    public void ListsAreSplitAtCommas(string text, string elements)
    {
        List<string> read = [];
        foreach (ReadOnlySpan<byte> one in new FieldList(FieldText.Of(text)))
        {
            read.Add(FieldText.Text(one));
        }

        Assert.Equal(elements, string.Join('|', read));
    }

    [Theory]
    [InlineData(";a=1;b=\"x;y\"", "a=1|b=\"x;y\"", false)]
    [InlineData(" ; a=1 ; ; b=2 ;", "a=1|b=2", false)]
    [InlineData("", "", false)]
    [InlineData(";a=1 x", "a=1", true)]
    [InlineData(";a =1", "", true)]
    [InlineData(";a= 1", "", true)]
    [InlineData(";a", "", true)]
    [InlineData(";a=", "", true)]
    [InlineData(";=1", "", true)]
    [InlineData("a=1", "", true)]
    [InlineData(";a=\"1", "", true)]
    [InlineData(";a=1,b=2", "a=1", true)]
    public void ParametersAreSplitAtSemicolons(string text, string expected, bool isMalformed)
    {
        // RFC 9110 section 5.6.6.
        List<string> read = [];
        FieldParameters parameters = new(FieldText.Of(text));
        while (parameters.MoveNext())
        {
            read.Add($"{FieldText.Text(parameters.Current.Name)}={FieldText.Text(parameters.Current.Raw)}");
        }

        Assert.Equal(expected, string.Join('|', read));
        Assert.Equal(isMalformed, parameters.IsMalformed);
    }

    [Fact]
    public void DigitsTooManyForALongReadAsTheLargest()
    {
        Assert.True(FieldSyntax.TryParseDigits("9223372036854775807"u8, out long largest));
        Assert.Equal(long.MaxValue, largest);
        Assert.True(FieldSyntax.TryParseDigits("9223372036854775806"u8, out long less));
        Assert.Equal(long.MaxValue - 1, less);
        Assert.True(FieldSyntax.TryParseDigits(FieldText.Of(new string('9', 5000)), out long more));
        Assert.Equal(long.MaxValue, more);
        Assert.False(FieldSyntax.TryParseDigits("+1"u8, out _));
        Assert.False(FieldSyntax.TryParseDigits(""u8, out _));
    }
}
