using System.Net;
using System.Net.Http.Json;
using System.Net.WebSockets;
using System.Text;
using System.Text.Json;

namespace Sockeye.Tests.Samples;

/// <summary>The sample does the same on Sockeye and on Kestrel.</summary>
public sealed class NotesTests
{
    public static TheoryData<string> Servers => ["sockeye", "kestrel"];

    [Theory]
    [MemberData(nameof(Servers))]
    public async Task NotesAreMadeReadChangedAndRemoved(string server)
    {
        await using NotesSite site = await NotesSite.StartAsync(server);
        HttpClient client = site.Client;
        using HttpResponseMessage first = await client.PostAsJsonAsync("/notes", new { text = "one" });
        using HttpResponseMessage second = await client.PostAsJsonAsync("/notes", new { text = "one" });
        Assert.Equal(HttpStatusCode.Created, first.StatusCode);
        Assert.NotEqual(first.Headers.Location, second.Headers.Location); // POST is not idempotent,
        string path = first.Headers.Location!.ToString();
        Assert.Equal(await client.GetStringAsync(path), await client.GetStringAsync(path)); // GET is,
        for (int i = 0; i < 2; i++)
        {
            using HttpResponseMessage changed = await client.PutAsJsonAsync(path, new { text = "changed" });
            Assert.Equal(HttpStatusCode.OK, changed.StatusCode); // and so is PUT.
        }

        using JsonDocument note = JsonDocument.Parse(await client.GetStringAsync(path));
        Assert.Equal("changed", note.RootElement.GetProperty("text").GetString());
        using HttpResponseMessage removed = await client.DeleteAsync(path);
        using HttpResponseMessage gone = await client.GetAsync(path);
        Assert.Equal((HttpStatusCode.NoContent, HttpStatusCode.NotFound), (removed.StatusCode, gone.StatusCode));
        using JsonDocument all = JsonDocument.Parse(await client.GetStringAsync("/notes"));
        Assert.Equal(1, all.RootElement.GetArrayLength());
    }

    [Theory]
    [MemberData(nameof(Servers))]
    public async Task WhatIsNoNoteIsRefusedWithProblemDetails(string server)
    {
        await using NotesSite site = await NotesSite.StartAsync(server);
        string tooLong = JsonSerializer.Serialize(new { text = new string('x', 10_001) });
        string[] bodies = ["{}", """{"text":null}""", """{"text":" "}""", """{"text":1}""", "[]", "{", "", tooLong];
        foreach (string body in bodies)
        {
            await AssertProblemAsync(site, HttpMethod.Post, "/notes", body, HttpStatusCode.BadRequest);
        }

        await AssertProblemAsync(site, HttpMethod.Put, "/notes/1", "{}", HttpStatusCode.BadRequest);
        await AssertProblemAsync(site, HttpMethod.Put, "/notes/1", """{"text":"x"}""", HttpStatusCode.NotFound);
        await AssertProblemAsync(site, HttpMethod.Post, "/login", "{}", HttpStatusCode.BadRequest);
        await AssertProblemAsync(
            site, HttpMethod.Post, "/login", """{"name":"ada","password":null}""", HttpStatusCode.BadRequest);
        await AssertProblemAsync(
            site, HttpMethod.Post, "/login", """{"name":"eve","password":"x"}""", HttpStatusCode.Unauthorized);
        Assert.Equal("[]", await site.Client.GetStringAsync("/notes"));
    }

    [Theory]
    [MemberData(nameof(Servers))]
    public async Task LoginRenewsTheSessionAndKeepsWhatIsInIt(string server)
    {
        await using NotesSite site = await NotesSite.StartAsync(server);
        (string before, JsonElement nobody) = await MeAsync(site.Client, null);
        Assert.Equal((JsonValueKind.Null, 1), (nobody.GetProperty("name").ValueKind, Visits(nobody)));
        Assert.Equal(2, Visits((await MeAsync(site.Client, before)).Me));
        Assert.Equal(HttpStatusCode.Unauthorized, (await LogInAsync(site.Client, before, "wrong")).Status);
        (HttpStatusCode status, string? after) = await LogInAsync(site.Client, before, "lovelace");
        Assert.Equal(HttpStatusCode.NoContent, status);
        Assert.NotNull(after);
        Assert.NotEqual(before, after);
        JsonElement ada = (await MeAsync(site.Client, after)).Me;
        Assert.Equal(("ada", 3), (ada.GetProperty("name").GetString(), Visits(ada)));

        // The old identifier is worth nothing now.
        JsonElement stranger = (await MeAsync(site.Client, before)).Me;
        Assert.Equal((JsonValueKind.Null, 1), (stranger.GetProperty("name").ValueKind, Visits(stranger)));
    }

    [Theory]
    [MemberData(nameof(Servers))]
    public async Task FilesEventsAndChatAreServed(string server)
    {
        await using NotesSite site = await NotesSite.StartAsync(server);
        Assert.Contains("<title>Notes</title>", await site.Client.GetStringAsync("/"), StringComparison.Ordinal);
        using HttpResponseMessage events = await site.Client.GetAsync(
            "/events", HttpCompletionOption.ResponseHeadersRead);
        Assert.Equal("text/event-stream", events.Content.Headers.ContentType!.MediaType);
        using var lines = new StreamReader(await events.Content.ReadAsStreamAsync());
        Assert.Equal("data: watching", await lines.ReadLineAsync());
        using HttpResponseMessage added = await site.Client.PostAsJsonAsync("/notes", new { text = "seen" });
        Assert.Equal("", await lines.ReadLineAsync());
        Assert.Equal("data: added 1", await lines.ReadLineAsync());

        using ClientWebSocket one = await JoinAsync(site);
        using ClientWebSocket two = await JoinAsync(site);
        await one.SendAsync("hello"u8.ToArray(), WebSocketMessageType.Text, true, CancellationToken.None);
        Assert.Equal(["hello", "hello"], [await HearAsync(one), await HearAsync(two)]);
        await one.CloseAsync(WebSocketCloseStatus.NormalClosure, null, CancellationToken.None);
        await two.SendAsync("alone"u8.ToArray(), WebSocketMessageType.Text, true, CancellationToken.None);
        Assert.Equal("alone", await HearAsync(two));
        using HttpResponseMessage plain = await site.Client.GetAsync("/chat");
        Assert.Equal(HttpStatusCode.UpgradeRequired, plain.StatusCode);
        Assert.Equal("websocket", plain.Headers.Upgrade.ToString());
    }

    private static async Task AssertProblemAsync(
        NotesSite site, HttpMethod method, string path, string body, HttpStatusCode status)
    {
        using var request = new HttpRequestMessage(method, path)
        {
            Content = new StringContent(body, Encoding.UTF8, "application/json"),
        };
        using HttpResponseMessage reply = await site.Client.SendAsync(request);
        string text = await reply.Content.ReadAsStringAsync();
        Assert.True(status == reply.StatusCode, $"{method} {path} {body[..Math.Min(40, body.Length)]}: {reply} {text}");
        Assert.Equal("application/problem+json", reply.Content.Headers.ContentType?.MediaType);
        using JsonDocument problem = JsonDocument.Parse(text);
        Assert.Equal((int)status, problem.RootElement.GetProperty("status").GetInt32());
    }

    private static int Visits(JsonElement me) => me.GetProperty("visits").GetInt32();

    private static async Task<(string Cookie, JsonElement Me)> MeAsync(HttpClient client, string? cookie)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/me");
        request.Headers.Add("Cookie", cookie ?? "none=1");
        using HttpResponseMessage reply = await client.SendAsync(request);
        return (CookieOf(reply) ?? cookie!, await reply.Content.ReadFromJsonAsync<JsonElement>());
    }

    private static async Task<(HttpStatusCode Status, string? Cookie)> LogInAsync(
        HttpClient client, string cookie, string password)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/login")
        {
            Content = JsonContent.Create(new { name = "ada", password }),
        };
        request.Headers.Add("Cookie", cookie);
        using HttpResponseMessage reply = await client.SendAsync(request);
        return (reply.StatusCode, CookieOf(reply));
    }

    private static string? CookieOf(HttpResponseMessage reply)
    {
        if (!reply.Headers.TryGetValues("Set-Cookie", out IEnumerable<string>? cookies))
        {
            return null;
        }

        string cookie = cookies.Single();
        Assert.Contains("httponly", cookie, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("samesite=strict", cookie, StringComparison.OrdinalIgnoreCase);
        return cookie.Split(';')[0];
    }

    private static async Task<ClientWebSocket> JoinAsync(NotesSite site)
    {
        var socket = new ClientWebSocket();
        await socket.ConnectAsync(new UriBuilder(site.Address) { Scheme = "ws", Path = "/chat" }.Uri, default);
        return socket;
    }

    private static async Task<string> HearAsync(ClientWebSocket socket)
    {
        byte[] buffer = new byte[100];
        WebSocketReceiveResult heard = await socket.ReceiveAsync(buffer, CancellationToken.None);
        return Encoding.UTF8.GetString(buffer, 0, heard.Count);
    }
}
