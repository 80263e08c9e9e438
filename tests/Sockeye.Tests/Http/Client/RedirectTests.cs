using Sockeye.Http.Client;
using Sockeye.Http.Protocol;

namespace Sockeye.Tests.Http.Client;

/// <summary>What a redirect makes of a request, and cookies on the way.</summary>
public sealed class RedirectTests
{
    [Theory]
    [InlineData(301, "GET", "GET")]
    [InlineData(301, "POST", "GET")]
    [InlineData(301, "PUT", "PUT")]
    [InlineData(302, "POST", "GET")]
    [InlineData(302, "HEAD", "HEAD")]
    [InlineData(303, "POST", "GET")]
    [InlineData(303, "PUT", "GET")]
    [InlineData(303, "HEAD", "HEAD")]
    [InlineData(307, "POST", "POST")]
    [InlineData(308, "PUT", "PUT")]
    public void MethodIsWhatBrowsersMakeIt(int status, string method, string expected)
    {
        FetchHop sent = Hop("http://a/b", method);
        FetchHop next = Redirects.Next(sent, status, "/c", allowsInsecure: false)!;
        Assert.Equal(expected, next.Method);
        Assert.Equal("http://a/c", next.Uri.AbsoluteUri);
        bool keeps = expected == method;
        Assert.Equal(keeps ? sent.Content : null, next.Content);
        Assert.Equal(keeps ? "text/plain" : null, next.Fields["Content-Type"]);
        Assert.Equal("secret", next.Fields["Authorization"]);
    }

    [Theory]
    [InlineData("http://a/b", "http://a:80/c", true)]
    [InlineData("http://a/b", "//A/c", true)]
    [InlineData("http://a/b", "http://a:81/c", false)]
    [InlineData("http://a/b", "http://b/c", false)]
    [InlineData("http://a/b", "https://a/c", false)]
    [InlineData("http://a/b", "http://a.evil.test/", false)]
    [InlineData("http://a/b", "http://a@evil.test/", false)]
    public void CredentialsStayWithTheirOrigin(string from, string to, bool keeps)
    {
        FetchHop next = Redirects.Next(Hop(from, "GET"), 302, to, allowsInsecure: false)!;
        Assert.Equal(keeps, next.Fields.Contains("Authorization"));
        Assert.Equal(keeps, next.Fields.Contains("Cookie"));
        Assert.True(next.Fields.Contains("X-Other"));
    }

    [Theory]
    [InlineData("https://a/", 302, "http://a/")]
    [InlineData("http://a/", 302, "ftp://a/")]
    [InlineData("http://a/", 302, "file:///etc/passwd")]
    [InlineData("http://a/", 302, null)]
    [InlineData("http://a/", 300, "/b")]
    [InlineData("http://a/", 304, "/b")]
    [InlineData("http://a/", 200, "/b")]
    public void OthersAreNotFollowed(string from, int status, string? location) =>
        Assert.Null(Redirects.Next(Hop(from, "GET"), status, location, allowsInsecure: false));

    [Fact]
    public void InsecureRedirectIsFollowedOnlyWhenAllowed()
    {
        Assert.NotNull(Redirects.Next(Hop("https://a/", "GET"), 302, "http://a/", allowsInsecure: true));
    }

    [Fact]
    public void FragmentIsInherited()
    {
        Assert.Equal("http://a/c#x", Redirects.Next(Hop("http://a/b#x", "GET"), 302, "/c", false)!.Uri.AbsoluteUri);
        Assert.Equal("http://a/c#y", Redirects.Next(Hop("http://a/b#x", "GET"), 302, "/c#y", false)!.Uri.AbsoluteUri);
    }

    [Fact]
    public async Task RedirectsAreFollowedWithCookies()
    {
        List<string> heads = [];
        await using var server = new ScriptedServer(async (peer, _) =>
        {
            while (await peer.ReadHeadAsync() is { Length: > 0 } head)
            {
                heads.Add(head);
                await peer.ReadAsync(head.StartsWith("POST", StringComparison.Ordinal) ? 1 : 0);
                await peer.SendAsync(head.StartsWith("GET /end ", StringComparison.Ordinal)
                    ? "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
                    : "HTTP/1.1 302 Found\r\nLocation: /end\r\nSet-Cookie: id=42; Path=/\r\n"
                        + "Content-Length: 4\r\n\r\ngone");
            }
        });
        await using Network network = Network.Open(IoModel.Parse("epoll"));
        using var fetcher = new HttpFetcher(network, HttpFetcherOptions.Default with { Cookies = new CookieJar() });
        await using FetchResponse response = await fetcher.SendAsync(
            new FetchRequest("POST", server.Root + "/begin") { Content = FetchContent.From("x") });
        Assert.Equal("ok", await response.ReadTextAsync());
        Assert.Equal("/end", response.Uri.AbsolutePath);
        Assert.Equal(302, Assert.Single(response.Steps).Status);
        Assert.DoesNotContain("Cookie:", heads[0]);
        Assert.Contains("Cookie: id=42\r\n", heads[1]);
        Assert.Equal(1, server.Connections);
    }

    [Fact]
    public async Task EndlessRedirectsAreBounded()
    {
        await using var server = new ScriptedServer(async (peer, _) =>
        {
            while (await peer.ReadHeadAsync() is { Length: > 0 })
            {
                await peer.SendAsync("HTTP/1.1 302 Found\r\nLocation: /\r\nContent-Length: 0\r\n\r\n");
            }
        });
        await using Network network = Network.Open(IoModel.Parse("epoll"));
        using var fetcher = new HttpFetcher(network, HttpFetcherOptions.Default with { RedirectsMax = 5 });
        FetchException exception = await Assert.ThrowsAsync<FetchException>(
            () => fetcher.SendAsync(new FetchRequest("GET", server.Root)).WaitAsync(FetchScene.TimeOut));
        Assert.Equal(FetchPhase.Redirect, exception.Phase);
        await using FetchResponse first = await fetcher.SendAsync(
            new FetchRequest("GET", server.Root) { FollowsRedirects = false });
        Assert.Equal(302, first.Status);
    }

    private static FetchHop Hop(string uri, string method) => new(
        method,
        new Uri(uri),
        new FetchFields
        {
            ["Authorization"] = "secret",
            ["Cookie"] = "a=b",
            ["Content-Type"] = "text/plain",
            ["X-Other"] = "1",
        },
        FetchContent.From("x"));
}
