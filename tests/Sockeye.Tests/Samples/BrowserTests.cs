namespace Sockeye.Tests.Samples;

/// <summary>The sample in a browser: its page adds a note, logs in, chats and hears of the note.</summary>
public sealed class BrowserTests
{
    private static readonly TimeSpan s_patience = Patience.Time;

    [ChromiumTheory]
    [InlineData("sockeye")]
    [InlineData("kestrel")]
    public async Task PageDoesEverythingInChromium(string server)
    {
        await using NotesSite site = await NotesSite.StartAsync(server);
        using var patience = new CancellationTokenSource(s_patience);
        await using Chromium browser = await Chromium.StartAsync(patience.Token);
        await browser.OpenAsync($"{site.Address}#walk", patience.Token);
        string page;
        do
        {
            await Task.Delay(50, patience.Token);
            page = await browser.EvaluateAsync(
                "document.title.startsWith('Walked') ? document.body.innerText : ''", patience.Token);
        }
        while (page.Length == 0);

        Assert.Contains("1: caught in the browser", page, StringComparison.Ordinal);
        Assert.Contains("You are ada.", page, StringComparison.Ordinal);
        Assert.Contains("hello from the browser", page, StringComparison.Ordinal);
        Assert.Contains("added 1", page, StringComparison.Ordinal);
    }
}
