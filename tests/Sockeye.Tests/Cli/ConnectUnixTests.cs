using System.Text;
using Sockeye.Cli;

namespace Sockeye.Tests.Cli;

/// <summary>Unix sockets of programs that nobody here wrote.</summary>
public sealed class ConnectUnixTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("sockeye").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [NeedsFact("ncat")]
    public async Task NcatOverAUnixSocketGetsAndSendsEverything()
    {
        byte[] sent = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat("to and fro ", 50_000)));
        string there = Path.Combine(_folder, "there");
        await using var receiver = ToolProcess.StartOther(["ncat", "-lU", there, "--recv-only"]);
        await UntilListeningAsync(there);
        await using var to = ToolProcess.Start("connect", $"unix:{there}", "--wait", "0");
        Task<byte[]> arrived = receiver.ReadToEndAsync();
        await to.FeedAsync(sent).WaitAsync(ToolProcess.TimeOut);
        Assert.Equal(Fingerprint.Of(sent), Fingerprint.Of(await arrived));
        Assert.Equal((ExitCode.Done, ""), await to.ExitAsync());

        string back = Path.Combine(_folder, "back");
        await using var sender = ToolProcess.StartOther(["ncat", "-lU", back, "--send-only"]);
        await UntilListeningAsync(back);
        await using var from = ToolProcess.Start("connect", $"unix:{back}");
        from.Input.Close();
        Task<byte[]> output = from.ReadToEndAsync();
        await sender.FeedAsync(sent).WaitAsync(ToolProcess.TimeOut);
        Assert.Equal(Fingerprint.Of(sent), Fingerprint.Of(await output));
        Assert.Equal((ExitCode.Done, ""), await from.ExitAsync());
    }

    [NeedsFact("socat")]
    public async Task SocatOverAUnixSocketEchoes()
    {
        string path = Path.Combine(_folder, "socket");
        await using var other = ToolProcess.StartOther(["socat", "-t", "30", $"UNIX-LISTEN:{path}", "EXEC:cat"]);
        await UntilListeningAsync(path);
        await using var tool = ToolProcess.Start("connect", $"unix:{path}");
        byte[] sent = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat("to and fro ", 50_000)));
        Task<byte[]> output = tool.ReadToEndAsync();
        await tool.FeedAsync(sent).WaitAsync(ToolProcess.TimeOut);
        Assert.Equal(Fingerprint.Of(sent), Fingerprint.Of(await output));
        Assert.Equal((ExitCode.Done, ""), await tool.ExitAsync());
    }

    private static async Task UntilListeningAsync(string path)
    {
        using var limit = new CancellationTokenSource(ToolProcess.TimeOut);
        while (!await ListensAsync(path))
        {
            await Task.Delay(20, limit.Token);
        }
    }

    // Connecting to see would use up the one connection that these servers take.
    private static async Task<bool> ListensAsync(string path) =>
        (await File.ReadAllLinesAsync("/proc/net/unix")).Any(line =>
            line.EndsWith($" {path}", StringComparison.Ordinal) && line.Contains(" 00010000 "));
}
