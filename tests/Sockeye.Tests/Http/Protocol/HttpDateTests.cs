using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Sockeye.Http.Protocol;

namespace Sockeye.Tests.Http.Protocol;

public sealed class HttpDateTests
{
    private static readonly DateTimeOffset s_example = new(1994, 11, 6, 8, 49, 37, TimeSpan.Zero);

    // The three examples of RFC 9110 section 5.6.7.
    [Theory]
    [InlineData("Sun, 06 Nov 1994 08:49:37 GMT")]
    [InlineData("Sunday, 06-Nov-94 08:49:37 GMT")]
    [InlineData("Sun Nov  6 08:49:37 1994")]
    public void AllThreeFormsAreRead(string text)
    {
        Assert.True(HttpDate.TryParse(Encoding.ASCII.GetBytes(text), out DateTimeOffset date));
        Assert.Equal(s_example, date);
    }

    [Theory]
    [InlineData("Sun Nov 16 08:49:37 1994", 16)]
    [InlineData("Wednesday, 16-Nov-94 08:49:37 GMT", 16)]
    [InlineData("Wed, 16 Nov 1994 08:49:60 GMT", 16)]
    public void DaysOfTwoDigitsAndLeapSecondsAreRead(string text, int day)
    {
        Assert.True(HttpDate.TryParse(Encoding.ASCII.GetBytes(text), out DateTimeOffset date));
        Assert.Equal(day, date.Day);
    }

    [Theory]
    [InlineData("")]
    [InlineData("0")]
    [InlineData("Sun, 06 Nov 1994 08:49:37 UTC")]
    [InlineData("Sun, 06 Nov 1994 08:49:37 GMT ")]
    [InlineData("Sun, 06 Nov 1994 08:49:37")]
    [InlineData("sun, 06 Nov 1994 08:49:37 GMT")]
    [InlineData("Sun, 06 nov 1994 08:49:37 GMT")]
    [InlineData("Sun, 6 Nov 1994 08:49:37 GMT")]
    [InlineData("Sun, 00 Nov 1994 08:49:37 GMT")]
    [InlineData("Sun, 31 Nov 1994 08:49:37 GMT")]
    [InlineData("Sun, 29 Feb 1900 08:49:37 GMT")]
    [InlineData("Sun, 06 Nov 1994 24:49:37 GMT")]
    [InlineData("Sun, 06 Nov 1994 08:60:37 GMT")]
    [InlineData("Sun, 06 Nov 1994 08:49:61 GMT")]
    [InlineData("Sun, 06 Nov 0000 08:49:37 GMT")]
    [InlineData("Sun, 06 Nov +994 08:49:37 GMT")]
    [InlineData("Xun, 06 Nov 1994 08:49:37 GMT")]
    [InlineData("Sun, 06-Nov-94 08:49:37 GMT")]
    [InlineData("Funday, 06-Nov-94 08:49:37 GMT")]
    [InlineData("Sunday, 06-Nov-1994 08:49:37 GMT")]
    [InlineData("Sun Nov 6 08:49:37 1994")]
    [InlineData("Sun Nov  x 08:49:37 1994")]
    [InlineData("1994-11-06T08:49:37Z")]
    public void OtherTextsAreNoDates(string text) =>
        Assert.False(HttpDate.TryParse(Encoding.ASCII.GetBytes(text), out _));

    // "more than 50 years in the future" is last century, or the one before.
    [Theory]
    [InlineData("Sunday, 06-Nov-94 08:49:37 GMT", 2026, 1994)]
    [InlineData("Sunday, 06-Nov-75 08:49:37 GMT", 2026, 2075)]
    [InlineData("Sunday, 06-Nov-76 08:49:37 GMT", 2026, 1976)]
    [InlineData("Sunday, 06-Jan-76 08:49:37 GMT", 2026, 2076)]
    [InlineData("Sunday, 06-Nov-26 08:49:37 GMT", 2026, 2026)]
    [InlineData("Sunday, 06-Nov-10 08:49:37 GMT", 1999, 2010)]
    [InlineData("Sunday, 06-Nov-40 08:49:37 GMT", 2095, 2140)]
    public void YearsOfTwoDigitsAreNearTheClock(string text, int now, int year)
    {
        var clock = new DateTimeOffset(now, 6, 1, 0, 0, 0, TimeSpan.Zero);
        Assert.True(HttpDate.TryParse(Encoding.ASCII.GetBytes(text), clock, out DateTimeOffset date));
        Assert.Equal(year, date.Year);
    }

    [Fact]
    public void WhatIsWrittenIsReadBack()
    {
        Assert.Throws<ArgumentException>(() => HttpDate.Write(new byte[28], s_example));
        Check.QuickThrowOnFailure(Prop.ForAll(Gen.Choose(0, int.MaxValue).ToArbitrary(), number =>
        {
            DateTimeOffset date = DateTimeOffset.UnixEpoch.AddSeconds(number * 100L).ToOffset(TimeSpan.FromHours(2));
            byte[] text = new byte[HttpDate.Bytes];
            Assert.Equal(HttpDate.Bytes, HttpDate.Write(text, date));
            Assert.Equal(date.UtcDateTime.ToString("R"), Encoding.ASCII.GetString(text));
            Assert.True(HttpDate.TryParse(text, out DateTimeOffset back));
            Assert.Equal(date, back);
        }));
    }
}
