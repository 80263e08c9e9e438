using System.Diagnostics;

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
        var start = new ProcessStartInfo(
            ChromiumTheoryAttribute.Program,
            [
                "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-background-networking",
                "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage", "--no-first-run",
                $"--user-data-dir={profile}", "--virtual-time-budget=20000", "--dump-dom", $"{site.Address}#walk",
            ])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using Process browser = Process.Start(start)!;
        Task<string> errors = browser.StandardError.ReadToEndAsync();
        using var patience = new CancellationTokenSource(s_patience);
        string page;
        try
        {
            page = await ReadPageAsync(browser.StandardOutput, patience.Token);
        }
        finally
        {
            browser.Kill(entireProcessTree: true);
            await browser.WaitForExitAsync();
        }

        Assert.True(page.Contains("Walked through everything", StringComparison.Ordinal), page + await errors);
        Assert.Contains("1: caught in the browser", page, StringComparison.Ordinal);
        Assert.Contains("You are ada.", page, StringComparison.Ordinal);
        Assert.Contains("hello from the browser", page, StringComparison.Ordinal);
        Assert.Contains("added 1", page, StringComparison.Ordinal);
        try
        {
            Directory.Delete(profile, recursive: true);
        }
        catch (IOException)
        {
            // A process of the browser that outlived it still writes there.
        }
    }

    /// <summary>Up to its end; processes that the browser leaves behind may hold its output open.</summary>
    private static async Task<string> ReadPageAsync(StreamReader output, CancellationToken patience)
    {
        string page = "";
        while (!page.Contains("</html>", StringComparison.Ordinal)
            && await output.ReadLineAsync(patience) is { } line)
        {
            page += line + '\n';
        }

        return page;
    }
}
