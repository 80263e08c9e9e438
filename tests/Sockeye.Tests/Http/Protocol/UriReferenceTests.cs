using Sockeye.Http.Protocol;

namespace Sockeye.Tests.Http.Protocol;

public sealed class UriReferenceTests
{
    [Theory]
    [InlineData("g:h", "g:h")]               // RFC 3986 section 5.4.1: the normal examples.
    [InlineData("g", "http://a/b/c/g")]
    [InlineData("./g", "http://a/b/c/g")]
    [InlineData("g/", "http://a/b/c/g/")]
    [InlineData("/g", "http://a/g")]
    [InlineData("//g", "http://g")]
    [InlineData("?y", "http://a/b/c/d;p?y")]
    [InlineData("g?y", "http://a/b/c/g?y")]
    [InlineData("#s", "http://a/b/c/d;p?q#s")]
    [InlineData("g#s", "http://a/b/c/g#s")]
    [InlineData("g?y#s", "http://a/b/c/g?y#s")]
    [InlineData(";x", "http://a/b/c/;x")]
    [InlineData("g;x", "http://a/b/c/g;x")]
    [InlineData("g;x?y#s", "http://a/b/c/g;x?y#s")]
    [InlineData("", "http://a/b/c/d;p?q")]
    [InlineData(".", "http://a/b/c/")]
    [InlineData("./", "http://a/b/c/")]
    [InlineData("..", "http://a/b/")]
    [InlineData("../", "http://a/b/")]
    [InlineData("../g", "http://a/b/g")]
    [InlineData("../..", "http://a/")]
    [InlineData("../../", "http://a/")]
    [InlineData("../../g", "http://a/g")]
    [InlineData("../../../g", "http://a/g")]  // Section 5.4.2: the abnormal ones.
    [InlineData("../../../../g", "http://a/g")]
    [InlineData("/./g", "http://a/g")]
    [InlineData("/../g", "http://a/g")]
    [InlineData("g.", "http://a/b/c/g.")]
    [InlineData(".g", "http://a/b/c/.g")]
    [InlineData("g..", "http://a/b/c/g..")]
    [InlineData("..g", "http://a/b/c/..g")]
    [InlineData("./../g", "http://a/b/g")]
    [InlineData("./g/.", "http://a/b/c/g/")]
    [InlineData("g/./h", "http://a/b/c/g/h")]
    [InlineData("g/../h", "http://a/b/c/h")]
    [InlineData("g;x=1/./y", "http://a/b/c/g;x=1/y")]
    [InlineData("g;x=1/../y", "http://a/b/c/y")]
    [InlineData("g?y/./x", "http://a/b/c/g?y/./x")]
    [InlineData("g?y/../x", "http://a/b/c/g?y/../x")]
    [InlineData("g#s/./x", "http://a/b/c/g#s/./x")]
    [InlineData("g#s/../x", "http://a/b/c/g#s/../x")]
    [InlineData("http:g", "http:g")]
    [InlineData("/g h\u20AC", "http://a/g%20h%E2%82%AC")]
    public void ReferencesAreResolvedAsInTheRfc(string reference, string target)
    {
        Assert.True(UriReference.TryParse("http://a/b/c/d;p?q", out UriReference start));
        Assert.True(UriReference.TryParse(reference, out UriReference read));
        Assert.Equal(target, start.Resolve(read).ToString());
    }

    [Theory]
    [InlineData("ftp://ftp.is.co.za/rfc/rfc1808.txt", "ftp", "ftp.is.co.za", "/rfc/rfc1808.txt", null, null)]
    [InlineData("ldap://[2001:db8::7]/c=GB?objectClass?one", "ldap", "[2001:db8::7]", "/c=GB", "objectClass?one", null)]
    [InlineData("mailto:John.Doe@example.com", "mailto", null, "John.Doe@example.com", null, null)]
    [InlineData("foo://example.com:8042/over?name=ferret#nose", "foo", "example.com:8042", "/over", "name=ferret",
        "nose")]
    [InlineData("http://a?b", "http", "a", "", "b", null)]
    [InlineData("//a#b", null, "a", "", null, "b")]
    [InlineData("?", null, null, "", "", null)]
    [InlineData("#", null, null, "", null, "")]
    [InlineData("file:///etc", "file", "", "/etc", null, null)]
    [InlineData("/a:b", null, null, "/a:b", null, null)]
    [InlineData("#a?b", null, null, "", null, "a?b")]
    public void PartsAreAbsentOrEmpty(
        string text, string? scheme, string? authority, string path, string? query, string? fragment)
    {
        // RFC 3986 sections 1.1.2 and 3.
        Assert.True(UriReference.TryParse(text, out UriReference read));
        Assert.Equal(new UriReference(scheme, authority, path, query, fragment), read);
        Assert.Equal(text, read.ToString());
    }

    [Theory]
    [InlineData("1a:b")]
    [InlineData(":b")]
    [InlineData("a_b:c")]
    [InlineData("http://a/\r\nX: y")]
    [InlineData("\0")]
    [InlineData("a\u007F")]
    public void WhatIsNoReferenceIsRefused(string text) => Assert.False(UriReference.TryParse(text, out _));

    [Fact]
    public void LongPathsAreResolvedInOnePass()
    {
        Assert.False(UriReference.TryParse(new string('a', UriReference.CharsMax + 1), out _));
        Assert.True(UriReference.TryParse("http://a/b", out UriReference start));
        string[] pieces = ["../", "./", "a/", "/", "a/../", "."];
        foreach (string piece in pieces)
        {
            string path = string.Concat(Enumerable.Repeat(piece, 60_000 / piece.Length));
            Assert.True(UriReference.TryParse("/x/" + path, out UriReference reference));
            Assert.StartsWith("http://a/", start.Resolve(reference).ToString());
        }

        Assert.Equal("/.//b", start.Resolve(new UriReference("x", null, "/a/..//b")).ToString()[2..]);
    }
}
