using System.Net;
using System.Text;
using Sockeye.Wire;

namespace Sockeye.Tests.Wire;

public sealed class AddressTests
{
    [Fact]
    public void TextOfAnyAddressIsReadBackAsTheSame() => Any.Check(Any.Address, address =>
    {
        Assert.Equal(address, InternetAddress.Parse(address.ToString()));
        Assert.Equal(address, (InternetAddress)address.ToIPAddress());
        Assert.Equal(address, (InternetAddress)IPAddress.Parse(address.ToString()));
    });

    [Theory]
    [InlineData("2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1")]
    [InlineData("2001:0db8::0001", "2001:db8::1")]
    [InlineData("2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1")]
    [InlineData("2001:0:0:1:0:0:0:1", "2001:0:0:1::1")]
    [InlineData("0:0:0:0:0:0:0:0", "::")]
    [InlineData("0:0:0:0:0:0:0:1", "::1")]
    [InlineData("1:0:0:0:0:0:0:0", "1::")]
    [InlineData("::FFFF:192.0.2.1", "::ffff:192.0.2.1")]
    [InlineData("64:ff9b::192.0.2.33", "64:ff9b::c000:221")]
    public void TextOfAnIpv6AddressIsTheCanonicalOne(string text, string canonical) =>
        Assert.Equal(canonical, InternetAddress.Parse(text).ToString());

    [Theory]
    [InlineData("")]
    [InlineData("1")]
    [InlineData("1.2.3")]
    [InlineData("1.2.3.4.5")]
    [InlineData("1.2.3.256")]
    [InlineData("01.2.3.4")]
    [InlineData("0x1.2.3.4")]
    [InlineData("1.2.3.4 ")]
    [InlineData("+1.2.3.4")]
    [InlineData(":")]
    [InlineData("1:2:3:4:5:6:7")]
    [InlineData("1:2:3:4:5:6:7:8:9")]
    [InlineData("1::2::3")]
    [InlineData("::12345")]
    [InlineData("fe80::1%eth0")]
    [InlineData("[::1]")]
    [InlineData("::ffff:1.2.3")]
    [InlineData("::ffff:01.2.3.4")]
    [InlineData("::g")]
    public void WhatIsNoAddressIsRefused(string text) => Assert.False(InternetAddress.TryParse(text, out _));

    [Fact]
    public void AddressIsWrittenIntoRoomThatIsJustEnough() => Any.Check(Any.Address, address =>
    {
        string text = address.ToString();
        byte[] room = new byte[text.Length];
        Assert.True(address.TryFormat(room, out int length, default, null));
        Assert.Equal(text, Encoding.ASCII.GetString(room, 0, length));
        Assert.False(address.TryFormat(room.AsSpan(1), out length, default, null));
        Assert.Equal(0, length);
    });

    [Fact]
    public void TextOfAnyMacAddressIsReadBackAsTheSame() =>
        Any.Check(Any.Mac, address => Assert.Equal(address, MacAddress.Parse(address.ToString())));

    [Theory]
    [InlineData("02:00:5e:10:00:01", true)]
    [InlineData("02-00-5E-10-00-01", true)]
    [InlineData("02:00:5e:10:00", false)]
    [InlineData("02:00:5e:10:00:0g", false)]
    [InlineData("02005e100001", false)]
    [InlineData("02:00:5e:10:00:01:", false)]
    public void MacAddressIsReadOnlyInItsForms(string text, bool isOne) =>
        Assert.Equal(isOne, MacAddress.TryParse(text, out _));

    [Theory]
    [InlineData(0, "0.000000000", 0)]
    [InlineData(1_500_000_000, "1.500000000", 1)]
    [InlineData(-500_000_000, "-0.500000000", -1)]
    [InlineData(long.MinValue, "-9223372036.854775808", -9_223_372_037)]
    [InlineData(long.MaxValue, "9223372036.854775807", 9_223_372_036)]
    public void TimeIsWrittenInSeconds(long nanoseconds, string text, long seconds)
    {
        var time = new Timestamp(nanoseconds);
        Assert.Equal(text, time.ToString());
        Assert.Equal(seconds, time.Seconds);
        Assert.InRange(time.Fraction, 0, 999_999_999);
    }
}
