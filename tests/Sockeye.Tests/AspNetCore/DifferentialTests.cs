using System.Net;
using System.Net.Http.Headers;
using System.Net.WebSockets;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Sockeye.Tests.AspNetCore;

/// <summary>The same application, carried by Kestrel and by Sockeye, answers with the same bodies and fields.</summary>
public sealed class DifferentialTests : IDisposable
{
    // The server's own, and one that says when.
    private static readonly string[] s_notCompared = ["Server", "Date"];

    private readonly string _folder = Directory.CreateTempSubdirectory("sockeye-files").FullName;

    public DifferentialTests()
    {
        File.WriteAllText(Path.Combine(_folder, "page.html"), "<p>salmon</p>" + new string('.', 2_000));
        File.WriteAllBytes(Path.Combine(_folder, "data.bin"), [.. Enumerable.Range(0, 100_000).Select(i => (byte)i)]);
        File.SetLastWriteTimeUtc(
            Path.Combine(_folder, "page.html"), new DateTime(2026, 1, 2, 3, 4, 5, DateTimeKind.Utc));
    }

    public static TheoryData<string> Carriers => ["pool", "loop"];

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [MemberData(nameof(Carriers))]
    public async Task MinimalApisAndControllersAnswerAlike(string carrier) => await Compare(carrier, async client =>
    {
        List<string> replies = [];
        string[] paths =
        [
            "/", "/fish/7?name=coho", "/fish/seven", "/none", "/moved", "/problem", "/bytes", "/stream", "/throws",
            "/cookie", "/text", "/long", "/nowhere", "/mvc/fish", "/mvc/fish/sockeye", "/mvc/fish/shark", "/sse",
        ];
        foreach (string path in paths)
        {
            foreach (HttpMethod method in (HttpMethod[])[HttpMethod.Get, HttpMethod.Head, HttpMethod.Post])
            {
                replies.Add(await SendAsync(client, new HttpRequestMessage(method, path)));
            }
        }

        foreach (string path in (string[])["/fish", "/mvc/fish", "/echo"])
        {
            foreach (string body in (string[])["{\"name\":\"pink\",\"weight\":2}", "{\"name\":", ""])
            {
                replies.Add(await SendAsync(client, new HttpRequestMessage(HttpMethod.Post, path)
                {
                    Content = new StringContent(body, new MediaTypeHeaderValue("application/json")),
                }));
            }
        }

        foreach (string method in (string[])["PUT", "DELETE", "PATCH", "OPTIONS", "BREW"])
        {
            replies.Add(await SendAsync(client, new HttpRequestMessage(new HttpMethod(method), "/methods")));
        }

        return replies;
    });

    [Theory]
    [MemberData(nameof(Carriers))]
    public async Task CompressionFilesAndCachesAnswerAlike(string carrier) => await Compare(carrier, async client =>
    {
        List<string> replies = [];
        foreach (string encoding in (string[])["gzip", "br", "identity"])
        {
            foreach (string path in (string[])["/text", "/long", "/page.html", "/mvc/fish"])
            {
                replies.Add(await SendAsync(client, Get(path, ("Accept-Encoding", encoding))));
            }
        }

        replies.Add(await SendAsync(client, Get("/page.html", ("If-Modified-Since", "Fri, 02 Jan 2026 03:04:05 GMT"))));
        replies.Add(await SendAsync(client, Get("/page.html", ("Range", "bytes=3-8"))));
        replies.Add(await SendAsync(client, Get("/bytes", ("Range", "bytes=9000-"))));
        replies.Add(await SendAsync(client, Get("/bytes", ("Range", "bytes=20000-"))));
        replies.Add(await SendAsync(client, Get("/data.bin")));
        replies.Add(await SendAsync(client, new HttpRequestMessage(HttpMethod.Head, "/data.bin")));
        string first = await client.GetStringAsync("/cached");
        Assert.Equal(first, await client.GetStringAsync("/cached"));
        return replies;

        static HttpRequestMessage Get(string path, params (string Name, string Value)[] fields)
        {
            var request = new HttpRequestMessage(HttpMethod.Get, path);
            foreach ((string name, string value) in fields)
            {
                request.Headers.TryAddWithoutValidation(name, value);
            }

            return request;
        }
    });

    [Theory]
    [MemberData(nameof(Carriers))]
    public async Task SessionsLastOverRequestsAlike(string carrier) => await Compare(carrier, async client =>
    {
        List<string> replies = [await SendAsync(client, new HttpRequestMessage(HttpMethod.Get, "/count"))];
        using HttpResponseMessage begun = await client.GetAsync("/count");
        string cookie = begun.Headers.GetValues("Set-Cookie").Single().Split(';')[0];
        for (int i = 0; i < 3; i++)
        {
            var request = new HttpRequestMessage(HttpMethod.Get, "/count");
            request.Headers.Add("Cookie", cookie);
            replies.Add(await SendAsync(client, request));
        }

        Assert.EndsWith("4", replies[^1], StringComparison.Ordinal);
        return replies;
    });

    [Theory]
    [MemberData(nameof(Carriers))]
    public async Task SignalRRunsOverLongPollingAndWebSocketsAlike(string carrier) => await Compare(
        carrier, async client => [.. await PollAsync(client), .. await ConverseAsync(client)]);

    private async Task Compare(string carrier, Func<HttpClient, Task<List<string>>> visit)
    {
        List<string>[] replies = new List<string>[2];
        string[] carriers = ["kestrel", carrier];
        for (int i = 0; i < 2; i++)
        {
            await using WebApp app = await WebApp.StartAsync(
                Carrier.Of(carriers[i]), DifferentialSite.Over(_folder), DifferentialSite.Configure);
            replies[i] = await visit(app.Client);
        }

        Assert.Equal(replies[0].Count, replies[1].Count);
        Assert.All(replies[0].Zip(replies[1]), pair => Assert.Equal(pair.First, pair.Second));
    }

    /// <summary>The request and its whole reply as text, the fields in order of their names.</summary>
    private static async Task<string> SendAsync(HttpClient client, HttpRequestMessage request)
    {
        using (request)
        {
            string asked = $"{request.Method} {request.RequestUri}";
            using HttpResponseMessage reply = await client.SendAsync(request);
            byte[] body = await reply.Content.ReadAsByteArrayAsync();
            IEnumerable<string> fields = reply.Headers.NonValidated.Concat(reply.Content.Headers.NonValidated)
                .Where(field => !s_notCompared.Contains(field.Key))
                .SelectMany(field => field.Value.Select(value => $"{field.Key}: {Masked(value)}"))
                .Order(StringComparer.Ordinal);
            return $"{asked} {(int)reply.StatusCode} {reply.ReasonPhrase}\n"
                + string.Join('\n', fields) + "\n\n" + Masked(Encoding.Latin1.GetString(body));
        }
    }

    /// <summary>Without what is another each time: identifiers of sessions, connections and traces, and
    /// the port.</summary>
    private static string Masked(string text) => Regex.Replace(
        Regex.Replace(text, "(AspNetCore.Session=|http://127.0.0.1:)[^;/]+", "$1…"),
        "\"(connectionId|connectionToken|traceId)\":\"[^\"]+\"",
        "\"$1\":\"…\"");

    private static async Task<(string Token, string Reply)> NegotiateAsync(HttpClient client)
    {
        using HttpResponseMessage reply = await client.PostAsync("/hub/negotiate?negotiateVersion=1", null);
        string json = await reply.Content.ReadAsStringAsync();
        using JsonDocument document = JsonDocument.Parse(json);
        return (document.RootElement.GetProperty("connectionToken").GetString()!, Masked(json));
    }

    private static async Task<List<string>> PollAsync(HttpClient client)
    {
        (string token, string negotiated) = await NegotiateAsync(client);
        List<string> heard = [negotiated];
        string url = $"/hub?id={Uri.EscapeDataString(token)}";
        using HttpResponseMessage opened = await client.GetAsync(url);
        heard.Add($"{opened.StatusCode}");
        await Say("{\"protocol\":\"json\",\"version\":1}");
        heard.Add(await client.GetStringAsync(url));
        Task<string> poll = client.GetStringAsync(url); // Waits, while the next one speaks.
        await Say("{\"type\":1,\"invocationId\":\"1\",\"target\":\"Echo\",\"arguments\":[\"poll\"]}");
        heard.Add(await poll);
        using HttpResponseMessage closed = await client.DeleteAsync(url);
        heard.Add($"{closed.StatusCode}");
        return heard;

        async Task Say(string message)
        {
            using HttpResponseMessage reply = await client.PostAsync(url, new StringContent(message + '\x1e'));
            Assert.Equal(HttpStatusCode.OK, reply.StatusCode);
        }
    }

    private static async Task<List<string>> ConverseAsync(HttpClient client)
    {
        (string token, string _) = await NegotiateAsync(client);
        using var socket = new ClientWebSocket();
        var address = new UriBuilder(new Uri(client.BaseAddress!, $"/hub?id={Uri.EscapeDataString(token)}"))
        {
            Scheme = "ws",
        };
        await socket.ConnectAsync(address.Uri, CancellationToken.None);
        string[] messages =
        [
            "{\"protocol\":\"json\",\"version\":1}",
            "{\"type\":1,\"invocationId\":\"1\",\"target\":\"Echo\",\"arguments\":[\"socket\"]}",
            "{\"type\":1,\"target\":\"Broadcast\",\"arguments\":[\"" + new string('b', 20_000) + "\"]}",
        ];
        List<string> heard = [];
        foreach (string message in messages)
        {
            await socket.SendAsync(
                Encoding.UTF8.GetBytes(message + '\x1e'), WebSocketMessageType.Text, true, CancellationToken.None);
            heard.Add(await ReceiveAsync(socket));
        }

        await socket.CloseAsync(WebSocketCloseStatus.NormalClosure, null, CancellationToken.None);
        heard.Add($"{socket.CloseStatus}");
        return heard;
    }

    private static async Task<string> ReceiveAsync(WebSocket socket)
    {
        byte[] buffer = new byte[4_096];
        var text = new StringBuilder();
        while (!text.ToString().EndsWith('\x1e'))
        {
            WebSocketReceiveResult received = await socket.ReceiveAsync(buffer, CancellationToken.None);
            text.Append(Encoding.UTF8.GetString(buffer, 0, received.Count));
        }

        return text.ToString();
    }
}
