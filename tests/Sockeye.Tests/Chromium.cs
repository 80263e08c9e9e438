using System.Diagnostics;
using System.Net.WebSockets;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Sockeye.Tests;

/// <summary>A test with a real browser; where there is none it is skipped, and says so.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class ChromiumTheoryAttribute : TheoryAttribute
{
    public ChromiumTheoryAttribute() => Skip = File.Exists(Chromium.Program) ? null : $"there is no {Chromium.Program}";
}

/// <summary>A browser without a window, driven through its DevTools.</summary>
internal sealed class Chromium : IAsyncDisposable
{
    public const string Program = "/usr/bin/chromium";

    private readonly Process _process;
    private readonly string _profile;
    private readonly ClientWebSocket _tools = new();
    private readonly List<string> _complaints = [];
    private readonly HashSet<string> _loaded = [];
    private int _lastId;

    private Chromium(Process process, string profile)
    {
        _process = process;
        _profile = profile;
    }

    /// <summary>What pages said on the console as an error, and exceptions that nobody caught.</summary>
    public IReadOnlyList<string> Complaints => _complaints;

    /// <summary>Starts one with an empty page.</summary>
    public static async Task<Chromium> StartAsync(CancellationToken patience)
    {
        string profile = Directory.CreateTempSubdirectory("chromium").FullName;
        Process process = Process.Start(new ProcessStartInfo(
            Program,
            [
                "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-background-networking",
                "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage", "--no-first-run",
                "--remote-debugging-port=0", $"--user-data-dir={profile}", "about:blank",
            ])
        {
            RedirectStandardError = true,
        })!;
        var browser = new Chromium(process, profile);
        try
        {
            await browser._tools.ConnectAsync(await browser.PageAsync(patience), patience);
            await browser.CallAsync("Runtime.enable", new { }, patience);
            await browser.CallAsync("Log.enable", new { }, patience);
            await browser.CallAsync("Page.enable", new { }, patience);
            await browser.CallAsync("Page.setLifecycleEventsEnabled", new { enabled = true }, patience);
            return browser;
        }
        catch
        {
            await browser.DisposeAsync();
            throw;
        }
    }

    /// <summary>Opens an address and waits until it is loaded.</summary>
    public async Task OpenAsync(string address, CancellationToken patience)
    {
        JsonElement started = await CallAsync("Page.navigate", new { url = address }, patience);
        string loader = started.GetProperty("loaderId").GetString()!;
        while (!_loaded.Contains(loader))
        {
            await MessageAsync(patience);
        }
    }

    /// <summary>Sets the size of the window, and light or dark.</summary>
    public async Task LookAsync(int width, int height, string scheme, CancellationToken patience)
    {
        await CallAsync(
            "Emulation.setDeviceMetricsOverride",
            new { width, height, deviceScaleFactor = 1, mobile = width < 500 },
            patience);
        await CallAsync(
            "Emulation.setEmulatedMedia",
            new { features = new[] { new { name = "prefers-color-scheme", value = scheme } } },
            patience);
    }

    /// <summary>The value of an expression, as text; of a promise, what it comes to.</summary>
    public async Task<string> EvaluateAsync(string expression, CancellationToken patience)
    {
        JsonElement result = await CallAsync(
            "Runtime.evaluate", new { expression, returnByValue = true, awaitPromise = true }, patience);
        return result.GetProperty("result").TryGetProperty("value", out JsonElement value) ? value.ToString() : "";
    }

    public async ValueTask DisposeAsync()
    {
        _tools.Dispose();
        _process.Kill(entireProcessTree: true);
        await _process.WaitForExitAsync();
        _process.Dispose();
        try
        {
            Directory.Delete(_profile, recursive: true);
        }
        catch (IOException)
        {
            // A process of the browser's may still be writing there as it ends.
        }
    }

    private async Task<Uri> PageAsync(CancellationToken patience)
    {
        string seen = "";
        Match listening;
        do
        {
            seen += await _process.StandardError.ReadLineAsync(patience) ?? throw new EndOfStreamException(seen);
            listening = Regex.Match(seen, @"DevTools listening on ws://([^/]+)/");
        }
        while (!listening.Success);

        _ = _process.StandardError.BaseStream.CopyToAsync(Stream.Null, CancellationToken.None);
        using var client = new HttpClient();
        while (true)
        {
            using JsonDocument targets = JsonDocument.Parse(
                await client.GetStringAsync($"http://{listening.Groups[1].Value}/json/list", patience));
            foreach (JsonElement target in targets.RootElement.EnumerateArray())
            {
                if (target.GetProperty("type").GetString() == "page")
                {
                    return new Uri(target.GetProperty("webSocketDebuggerUrl").GetString()!);
                }
            }

            await Task.Delay(50, patience);
        }
    }

    private async Task<JsonElement> CallAsync(string method, object parameters, CancellationToken patience)
    {
        int id = ++_lastId;
        byte[] command = JsonSerializer.SerializeToUtf8Bytes(new { id, method, @params = parameters });
        await _tools.SendAsync(command, WebSocketMessageType.Text, true, patience);
        while (true)
        {
            (int? answered, JsonElement message) = await MessageAsync(patience);
            if (answered == id)
            {
                return message.TryGetProperty("result", out JsonElement result)
                    ? result
                    : throw new InvalidOperationException(message.ToString());
            }
        }
    }

    /// <summary>The next message, and what it answers; what it tells of the page is noted.</summary>
    private async Task<(int? Id, JsonElement Message)> MessageAsync(CancellationToken patience)
    {
        byte[] buffer = new byte[65_536];
        var text = new StringBuilder();
        WebSocketReceiveResult received;
        do
        {
            received = await _tools.ReceiveAsync(buffer, patience);
            text.Append(Encoding.UTF8.GetString(buffer, 0, received.Count));
        }
        while (!received.EndOfMessage);

        JsonElement message = JsonDocument.Parse(text.ToString()).RootElement;
        string? method = message.TryGetProperty("method", out JsonElement name) ? name.GetString() : null;
        if (method is "Runtime.exceptionThrown" or "Runtime.consoleAPICalled" or "Log.entryAdded")
        {
            _complaints.Add(message.ToString());
        }
        else if (method == "Page.lifecycleEvent"
            && message.GetProperty("params") is var life
            && life.GetProperty("name").GetString() == "load")
        {
            // By name of what was loaded: an event may come before the reply to the command that led to it.
            _loaded.Add(life.GetProperty("loaderId").GetString()!);
        }

        int? id = message.TryGetProperty("id", out JsonElement number) ? number.GetInt32() : null;
        return (id, message);
    }
}
