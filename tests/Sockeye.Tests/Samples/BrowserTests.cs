using System.Diagnostics;
using System.Net.WebSockets;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Sockeye.Tests.Samples;

/// <summary>A test with a real browser; where there is none it is skipped, and says so.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class ChromiumTheoryAttribute : TheoryAttribute
{
    public const string Program = "/usr/bin/chromium";

    public ChromiumTheoryAttribute() => Skip = File.Exists(Program) ? null : $"there is no {Program}";
}

/// <summary>The sample in a browser: its page adds a note, logs in, chats and hears of the note.</summary>
public sealed class BrowserTests
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(90);

    [ChromiumTheory]
    [InlineData("sockeye")]
    [InlineData("kestrel")]
    public async Task PageDoesEverythingInChromium(string server)
    {
        await using NotesSite site = await NotesSite.StartAsync(server);
        string profile = Directory.CreateTempSubdirectory("chromium").FullName;
        using Process browser = Process.Start(new ProcessStartInfo(
            ChromiumTheoryAttribute.Program,
            [
                "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-background-networking",
                "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage", "--no-first-run",
                "--remote-debugging-port=0", $"--user-data-dir={profile}", $"{site.Address}#walk",
            ])
        {
            RedirectStandardError = true,
        })!;
        try
        {
            using var patience = new CancellationTokenSource(s_patience);
            string page = await WalkAsync(browser, patience.Token);
            Assert.Contains("1: caught in the browser", page, StringComparison.Ordinal);
            Assert.Contains("You are ada.", page, StringComparison.Ordinal);
            Assert.Contains("hello from the browser", page, StringComparison.Ordinal);
            Assert.Contains("added 1", page, StringComparison.Ordinal);
        }
        finally
        {
            browser.Kill(entireProcessTree: true);
            await browser.WaitForExitAsync();
        }
    }

    /// <summary>What the page shows once it has gone through everything.</summary>
    private static async Task<string> WalkAsync(Process browser, CancellationToken patience)
    {
        string seen = "";
        Match listening;
        do
        {
            seen += await browser.StandardError.ReadLineAsync(patience) ?? throw new EndOfStreamException(seen);
            listening = Regex.Match(seen, @"DevTools listening on ws://([^/]+)/");
        }
        while (!listening.Success);

        _ = browser.StandardError.BaseStream.CopyToAsync(Stream.Null, CancellationToken.None);
        using var client = new HttpClient();
        string? address = null;
        while (address is null)
        {
            using JsonDocument targets = JsonDocument.Parse(
                await client.GetStringAsync($"http://{listening.Groups[1].Value}/json/list", patience));
            address = targets.RootElement.EnumerateArray()
                .Where(target => target.GetProperty("type").GetString() == "page")
                .Select(target => target.GetProperty("webSocketDebuggerUrl").GetString())
                .FirstOrDefault();
        }

        using var tools = new ClientWebSocket();
        await tools.ConnectAsync(new Uri(address), patience);
        string page;
        do
        {
            await Task.Delay(50, patience);
            page = await EvaluateAsync(
                tools, "document.title.startsWith('Walked') ? document.body.innerText : ''", patience);
        }
        while (page.Length == 0);

        return page;
    }

    private static async Task<string> EvaluateAsync(
        ClientWebSocket tools, string expression, CancellationToken patience)
    {
        byte[] command = JsonSerializer.SerializeToUtf8Bytes(
            new { id = 1, method = "Runtime.evaluate", @params = new { expression } });
        await tools.SendAsync(command, WebSocketMessageType.Text, true, patience);
        byte[] buffer = new byte[65_536];
        var text = new StringBuilder();
        WebSocketReceiveResult received;
        do
        {
            received = await tools.ReceiveAsync(buffer, patience);
            text.Append(Encoding.UTF8.GetString(buffer, 0, received.Count));
        }
        while (!received.EndOfMessage);

        using JsonDocument reply = JsonDocument.Parse(text.ToString());
        JsonElement result = reply.RootElement.GetProperty("result").GetProperty("result");
        return result.TryGetProperty("value", out JsonElement value) ? value.GetString() ?? "" : "";
    }
}
