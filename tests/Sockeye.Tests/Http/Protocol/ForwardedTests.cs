using System.Net;
using Sockeye.Http.Protocol;

namespace Sockeye.Tests.Http.Protocol;

public sealed class ForwardedTests
{
    [Theory]
    [InlineData("for=\"_gazonk\"", "for=_gazonk")]                                   // RFC 7239 section 4.
    [InlineData("For=\"[2001:db8:cafe::17]:4711\"", "for=\"[2001:db8:cafe::17]:4711\"")]
    [InlineData("for=192.0.2.60;proto=http;by=203.0.113.43", "for=192.0.2.60;by=203.0.113.43;proto=http")]
    [InlineData("for=192.0.2.43", "for=192.0.2.43")]
    [InlineData("for=\"192.0.2.43:47011\"", "for=\"192.0.2.43:47011\"")]            // Section 6.
    [InlineData("for=unknown", "for=unknown")]
    [InlineData("for=\"unknown:80\"", "for=\"unknown:80\"")]
    [InlineData("for=_SEVKISEK", "for=_SEVKISEK")]                                   // Section 6.3.
    [InlineData("for=\"192.0.2.1:_port\"", "for=192.0.2.1")]
    [InlineData("host=\"example.com:8080\";proto=https", "host=\"example.com:8080\";proto=https")]
    [InlineData("for=192.0.2.1; secret=\"a;b\" ;", "for=192.0.2.1")]
    [InlineData("", "")]
    public void HopsAreReadAndWritten(string element, string written)
    {
        Assert.True(ForwardedHop.TryParse(FieldText.Of(element), out ForwardedHop hop));
        Assert.Equal(written, FieldText.Written(hop.Write));
        Assert.True(ForwardedHop.TryParse(FieldText.Of(written), out ForwardedHop again));
        Assert.Equal(hop, again);
    }

    [Theory]
    [InlineData("for=192.0.2.1;for=192.0.2.2")]
    [InlineData("for=unknown;for=192.0.2.2")]
    [InlineData("host=a;host=b")]
    [InlineData("for=192.0.2")]
    [InlineData("for=192.0.2.01")]
    [InlineData("for=192.0.2.256")]
    [InlineData("for=0x7f.0.0.1")]
    [InlineData("for=\"2001:db8::1\"")]
    [InlineData("for=\"[2001:db8::1\"")]
    [InlineData("for=\"[fe80::1%eth0]\"")]
    [InlineData("for=\"[192.0.2.1]\"")]
    [InlineData("for=\"192.0.2.1:\"")]
    [InlineData("for=\"192.0.2.1:99999\"")]
    [InlineData("for=\"192.0.2.1:+80\"")]
    [InlineData("for=\"_\"")]
    [InlineData("for=\"_a b\"")]
    [InlineData("for=example.com")]
    [InlineData("for=[::1]")]           // Brackets and colons have to be quoted.
    [InlineData("for")]
    [InlineData("for=")]
    [InlineData("for=\"\"")]
    public void MalformedHopsAreRefused(string element) =>
        Assert.False(ForwardedHop.TryParse(FieldText.Of(element), out _));

    [Fact]
    public void HopsAreAListFromTheFarthestToTheNearest()
    {
        // RFC 7239 section 7.1.
        List<string> read = [];
        foreach (ReadOnlySpan<byte> one in new FieldList("for=192.0.2.43, for=\"[2001:db8:cafe::17]\""u8))
        {
            Assert.True(ForwardedHop.TryParse(one, out ForwardedHop hop));
            read.Add(hop.For.ToString()!);
        }

        Assert.Equal(["192.0.2.43", "[2001:db8:cafe::17]"], read);
    }

    [Fact]
    public void WhatWouldBreakTheFieldIsNotWritten()
    {
        var output = new System.Buffers.ArrayBufferWriter<byte>();
        var hop = new ForwardedHop { For = new ForwardedNode(IPAddress.Loopback), Host = "a\r\nX: y" };
        Assert.Throws<ArgumentException>(() => hop.Write(output));
        Assert.Equal(0, output.WrittenCount);
        Assert.Throws<ArgumentException>(() => new ForwardedNode("gazonk"));
        Assert.Throws<ArgumentOutOfRangeException>(() => new ForwardedNode(IPAddress.Loopback, 65_536));
        var scoped = new ForwardedNode(IPAddress.Parse("fe80::1%3"), 80);
        Assert.Equal("[fe80::1]:80", scoped.ToString());
    }
}
