using System.Diagnostics;
using System.Text.RegularExpressions;

namespace Sockeye.Tests.Samples;

/// <summary>The sample in a process of its own, as its readers run it.</summary>
internal sealed class NotesSite : IAsyncDisposable
{
    private static readonly TimeSpan s_startMax = TimeSpan.FromSeconds(60);

    private readonly Process _process;

    private NotesSite(Process process, Uri address)
    {
        _process = process;
        Address = address;
        Client = new HttpClient(new SocketsHttpHandler { UseCookies = false }) { BaseAddress = address };
    }

    public Uri Address { get; }

    public HttpClient Client { get; }

    public static async Task<NotesSite> StartAsync(string server)
    {
        var start = new ProcessStartInfo(
            "dotnet",
            [
                Path.Combine(AppContext.BaseDirectory, "Notes.dll"), "--server", server, "--urls", "http://127.0.0.1:0",
                "--contentRoot", Repository.PathOf("samples/Notes"),
            ])
        {
            RedirectStandardOutput = true,
        };
        Process process = Process.Start(start)!;
        using var patience = new CancellationTokenSource(s_startMax);
        string seen = "";
        while (await process.StandardOutput.ReadLineAsync(patience.Token) is { } line)
        {
            seen += line + '\n';
            if (Regex.Match(line, @"Now listening on: (\S+)") is { Success: true } match)
            {
                _ = process.StandardOutput.BaseStream.CopyToAsync(Stream.Null, CancellationToken.None);
                return new NotesSite(process, new Uri(match.Groups[1].Value));
            }
        }

        throw new InvalidOperationException($"The sample ended before it listened: {seen}");
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
    }
}
