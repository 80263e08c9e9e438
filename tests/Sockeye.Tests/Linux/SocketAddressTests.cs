using System.Net;
using Sockeye.Linux;
using SocketAddress = Sockeye.Linux.SocketAddress;

namespace Sockeye.Tests.Linux;

public class SocketAddressTests
{
    [Theory]
    [InlineData("127.0.0.1", 80, 16)]
    [InlineData("255.254.253.252", 65535, 16)]
    [InlineData("::1", 0, 28)]
    [InlineData("fe80::1%7", 443, 28)]
    [InlineData("::ffff:10.0.0.1", 53, 28)]
    public void ReadsBackWhatItWasBuiltFrom(string text, int port, int length)
    {
        var address = IPAddress.Parse(text);
        var built = SocketAddress.From(address, port);
        Assert.Equal(length, built.Length);
        Assert.Equal(address, built.IPAddress);
        Assert.Equal(port, built.Port);
        Assert.Null(built.UnixPath);
        Assert.Equal(new IPEndPoint(address, port).ToString(), built.ToString());
    }

    [Fact]
    public void IsLaidOutAsTheKernelHasIt()
    {
        // ip(7), ipv6(7): the family in host order, the port in network order.
        Assert.Equal(
            [2, 0, 0x1F, 0x90, 1, 2, 3, 4, 0, 0, 0, 0, 0, 0, 0, 0],
            SocketAddress.From(IPAddress.Parse("1.2.3.4"), 8080).Bytes.ToArray());
        Assert.Equal(
            [10, 0, 0, 80, 0, 0, 0, 0, 0xFE, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 9, 5, 0, 0, 0],
            SocketAddress.From(IPAddress.Parse("fe80::9%5"), 80).Bytes.ToArray());
    }

    [Theory]
    [InlineData("/tmp/a", 9)]
    [InlineData("@a", 4)]
    [InlineData("@a\0b", 6)]
    [InlineData("/é", 6)]
    public void ReadsBackUnixPaths(string path, int length)
    {
        Assert.True(SocketAddress.FromUnixPath(path, out SocketAddress address).Ok);
        Assert.Equal(SocketFamily.Unix, address.Family);
        Assert.Equal(length, address.Length);
        Assert.Equal(path, address.UnixPath);
        Assert.Null(address.IPAddress);
        Assert.Equal(UInt128.Zero, address.HostKey);
    }

    [Fact]
    public void LimitsUnixPaths()
    {
        int most = SocketAddress.UnixPathBytesMax;
        Assert.True(SocketAddress.FromUnixPath("/" + new string('a', most - 1), out _).Ok);
        Assert.True(SocketAddress.FromUnixPath("@" + new string('a', most), out _).Ok);
        Assert.Equal(Errno.ENAMETOOLONG, SocketAddress.FromUnixPath("/" + new string('a', most), out _).Error);
        Assert.Equal(Errno.ENAMETOOLONG, SocketAddress.FromUnixPath("@" + new string('é', most), out _).Error);
        Assert.Equal(Errno.EINVAL, SocketAddress.FromUnixPath("", out _).Error);
        Assert.Equal(Errno.EINVAL, SocketAddress.FromUnixPath("@", out _).Error);
        Assert.Equal(Errno.EINVAL, SocketAddress.FromUnixPath("/a\0b", out _).Error);
    }

    [Fact]
    public void ComparesUsedBytes()
    {
        var first = SocketAddress.From(IPAddress.Loopback, 80);
        var same = SocketAddress.FromBytes(first.Bytes);
        Assert.Equal(first, same);
        Assert.Equal(first.GetHashCode(), same.GetHashCode());
        Assert.NotEqual(first, SocketAddress.From(IPAddress.Loopback, 81));
        Assert.NotEqual(
            SocketAddress.From(IPAddress.Parse("fe80::1%1"), 80), SocketAddress.From(IPAddress.Parse("fe80::1%2"), 80));
    }

    [Fact]
    public void HostKeyIgnoresPortAndMapping()
    {
        UInt128 key = SocketAddress.From(IPAddress.Parse("10.0.0.1"), 1).HostKey;
        Assert.Equal(key, SocketAddress.From(IPAddress.Parse("::ffff:10.0.0.1"), 2).HostKey);
        Assert.NotEqual(key, SocketAddress.From(IPAddress.Parse("10.0.0.2"), 1).HostKey);
        Assert.NotEqual(key, SocketAddress.From(IPAddress.Parse("::10.0.0.1"), 1).HostKey);
    }

    [Fact]
    public void BuildingAndComparingAllocateNothing()
    {
        IPAddress ipv6 = IPAddress.Parse("fe80::1%3");
        var other = SocketAddress.From(IPAddress.Loopback, 7);
        bool differs = true;
        Allocations.AssertNone(() => differs &= Run());
        Assert.True(differs);

        bool Run()
        {
            SocketAddress.FromUnixPath("@name", out SocketAddress unix);
            var address = SocketAddress.From(ipv6, 80);
            return !address.Equals(other) && address.GetHashCode() != unix.GetHashCode() && address.HostKey != 0;
        }
    }

    [Fact]
    public void SaysNothingOfAnEmptyOrCutAddress()
    {
        Assert.Equal(SocketFamily.Unspecified, default(SocketAddress).Family);
        Assert.Equal(0, default(SocketAddress).Port);
        var cut = SocketAddress.FromBytes([2, 0, 0]);
        Assert.Equal(0, cut.Port);
        Assert.Null(cut.IPAddress);
        Assert.Equal(UInt128.Zero, cut.HostKey);
        Assert.Equal("", SocketAddress.FromBytes([1, 0]).UnixPath);
    }
}
