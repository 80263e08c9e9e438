using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Sockeye.Http.Protocol;

namespace Sockeye.Tests.Http.Protocol;

public sealed class TargetPathTests
{
    [Theory]
    [InlineData("/", "/")]
    [InlineData("/a/b", "/a/b")]
    [InlineData("/caf%C3%A9%20x", "/café x")]
    [InlineData("/a%2Fb%2fc", "/a%2Fb%2fc")]
    [InlineData("/a%5cb", "/a%5cb")]
    [InlineData("/%252e%252e/x", "/%2e%2e/x")]
    [InlineData("/%41%7a", "/Az")]
    [InlineData("/a/./b", "/a/b")]
    [InlineData("/a/../b", "/b")]
    [InlineData("/a/%2e%2E/b", "/b")]
    [InlineData("/a/.%2e", "/")]
    [InlineData("/a/b/..", "/a/")]
    [InlineData("/a/.", "/a/")]
    [InlineData("/..", "/")]
    [InlineData("/../../etc/passwd", "/etc/passwd")]
    [InlineData("/%2e%2e/%2e%2e/etc/passwd", "/etc/passwd")]
    [InlineData("/..%2f..%2fetc/passwd", "/..%2f..%2fetc/passwd")]
    [InlineData("/a//../b", "/a/b")]
    [InlineData("/a/b/c/./../../g", "/a/g")]
    [InlineData("/...", "/...")]
    [InlineData("/.a/..b/c..", "/.a/..b/c..")]
    [InlineData("//..", "/")]
    [InlineData("//a", "//a")]
    [InlineData("/.//x", "//x")]
    public void PathsAreDecodedOnceAndStayUnderTheRoot(string path, string expected) =>
        Assert.Equal(expected, TargetPath.Decode(Encoding.ASCII.GetBytes(path)));

    [Theory]
    [InlineData("")]
    [InlineData("a")]
    [InlineData("*")]
    [InlineData("/%")]
    [InlineData("/%4")]
    [InlineData("/%zz")]
    [InlineData("/%4z")]
    [InlineData("/%00")]
    [InlineData("/a%0d%0aSet-Cookie:%20x")]
    [InlineData("/%7f")]
    [InlineData("/%c0%ae%c0%ae/")]
    [InlineData("/%ff")]
    [InlineData("/%ed%a0%80")]
    [InlineData("/%c3")]
    [InlineData("/a\\..\\b")]
    public void WhatIsNoPathIsRefused(string path)
    {
        byte[] octets = Encoding.ASCII.GetBytes(path);
        Assert.Null(TargetPath.Decode(octets));
        Assert.False(TargetPath.TryDecode(octets, new byte[octets.Length], out int length));
        Assert.Equal(0, length);
    }

    [Fact]
    public void LongPathsAndShortRoomAreHandled()
    {
        byte[] path = Encoding.ASCII.GetBytes("/" + string.Concat(Enumerable.Repeat("a/../", 2_000)) + "%C3%A9");
        Assert.Equal("/é", TargetPath.Decode(path));
        Assert.Throws<ArgumentException>(() => TargetPath.TryDecode(path, new byte[10], out _));
    }

    /// <summary>Walks the decoded path as a file system would, for strings of the pieces that matter.</summary>
    [Fact]
    public void NoPathLeadsOutOfTheRoot()
    {
        Gen<string> piece = Gen.Elements(
            "/", ".", "..", "%2e", "%2E", "%2f", "%5c", "a", "%25", "2e", "//", "/../", "/./", "%c3%a9", "?", "%");
        Check.QuickThrowOnFailure(Prop.ForAll(piece.ArrayOf().ToArbitrary(), pieces =>
        {
            string? path = TargetPath.Decode(Encoding.ASCII.GetBytes("/" + string.Concat(pieces)));
            if (path is null)
            {
                return;
            }

            Assert.StartsWith("/", path, StringComparison.Ordinal);
            Assert.All(path.Split('/'), segment => Assert.False(segment is "." or "..", path));
        }));
    }

    /// <summary>RFC 3986 section 5.2.4 done the slow way gives the same.</summary>
    [Fact]
    public void DotSegmentsGoAsTheRfcHasIt()
    {
        Gen<string[]> segments = Gen.Elements("a", ".", "..", "", "b.", "...").ArrayOf();
        Check.QuickThrowOnFailure(Prop.ForAll(segments.ToArbitrary(), one =>
        {
            string path = "/" + string.Join('/', one);
            Assert.Equal(Slowly(path), TargetPath.Decode(Encoding.ASCII.GetBytes(path)));
        }));
    }

    private static string Slowly(string path)
    {
        List<string> output = [];
        string[] segments = path[1..].Split('/');
        for (int i = 0; i < segments.Length; i++)
        {
            bool isLast = i == segments.Length - 1;
            if (segments[i] == ".." && output.Count > 0)
            {
                output.RemoveAt(output.Count - 1);
            }

            if (segments[i] is not ("." or ".."))
            {
                output.Add(segments[i]);
            }
            else if (isLast)
            {
                output.Add("");
            }
        }

        return "/" + string.Join('/', output);
    }
}
