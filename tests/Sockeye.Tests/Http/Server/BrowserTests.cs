using System.Text;
using Sockeye.Http;

namespace Sockeye.Tests.Http.Server;

/// <summary>A real browser loads a page with everything that belongs to it, and talks over a WebSocket.</summary>
public sealed class BrowserTests
{
    private const string Page = """
        <!doctype html>
        <link rel="stylesheet" href="/style.css">
        <img id="dot" src="/dot.svg">
        <p id="out">nothing yet</p>
        <script src="/script.js"></script>
        """;

    // The reply to /wait comes when the server has seen the message's echo acknowledged.
    private const string Script = """
        const out = document.getElementById('out');
        const check = (is, what) => { if (!is) throw new Error(what); };
        const echo = new Promise((resolve) => {
            const socket = new WebSocket('ws://' + location.host + '/socket');
            socket.onopen = () => socket.send('over a socket');
            socket.onmessage = (event) => { socket.send('seen'); socket.close(); resolve(event.data); };
            socket.onerror = () => resolve('an error');
        });
        const loaded = new Promise((resolve) => window.onload = resolve);
        const outcome = (async () => {
            try {
                await loaded;
                check(getComputedStyle(out).color === 'rgb(1, 2, 3)', 'no style');
                check(document.getElementById('dot').naturalWidth === 7, 'no image');
                const body = 'x'.repeat(300000);
                const reply = await fetch('/echo', { method: 'POST', body });
                check(await reply.text() === body, 'no echo');
                check(await (await fetch('/wait')).text() === 'done', 'no socket');
                check(await echo === 'over a socket', 'another message');
                return 'all of it is here';
            } catch (error) {
                return 'failed: ' + error.message;
            }
        })();
        """;

    /// <summary>Two models, because a browser takes seconds to start.</summary>
    public static TheoryData<string> Models =>
        [.. IoModel.All.Where(one => one.Name is "epoll" or "uring" && one.WhyUnavailable() is null)
            .Select(one => one.Name)];

    [ChromiumTheory]
    [MemberData(nameof(Models))]
    public async Task ChromiumLoadsAPageAndTalksOverAWebSocket(string model)
    {
        var seen = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using Site site = await Site.StartAsync(
            model, (request, response) => AnswerAsync(request, response, seen));
        using var patience = new CancellationTokenSource(Patience.Time);
        await using Chromium browser = await Chromium.StartAsync(patience.Token);
        await browser.OpenAsync(site.Url, patience.Token);
        Assert.Equal("all of it is here", await browser.EvaluateAsync("outcome", patience.Token));
    }

    private static async ValueTask AnswerAsync(
        HttpRequest request, HttpResponse response, TaskCompletionSource seen)
    {
        switch (Encoding.ASCII.GetString(request.Path))
        {
            case "/":
                Write("text/html", Page);
                break;
            case "/style.css":
                Write("text/css", "p { color: rgb(1, 2, 3); }");
                break;
            case "/script.js":
                Write("text/javascript", Script);
                break;
            case "/dot.svg":
                Write("image/svg+xml", "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"7\" height=\"7\"/>");
                break;
            case "/echo":
                while (await request.ReadBodyAsync() is { IsEmpty: false } piece)
                {
                    response.Write(piece.Span);
                    await response.FlushAsync();
                }

                break;
            case "/wait":
                await seen.Task.WaitAsync(Patience.Time);
                Write("text/plain", "done");
                break;
            case "/socket":
                await TalkAsync(request, response, seen);
                break;
            default:
                response.Status = 404;
                break;
        }

        void Write(string type, string content)
        {
            response.Add("Content-Type", type);
            response.Write(content);
        }
    }

    private static async Task TalkAsync(HttpRequest request, HttpResponse response, TaskCompletionSource seen)
    {
        if (await WebSocketConnection.AcceptAsync(request, response, WebSocketOptions.Default) is not { } socket)
        {
            return;
        }

        while (await socket.ReceiveAsync() is { Kind: not WebSocketKind.Closed } message)
        {
            if (message.Payload.Span.SequenceEqual("seen"u8))
            {
                seen.TrySetResult();
            }
            else
            {
                await socket.SendAsync(message.Kind, message.Payload);
            }
        }
    }
}
