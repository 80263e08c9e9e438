using System.Net.Sockets;
using System.Text;
using Sockeye.Cli;
using Sockeye.Tests.Http.Client;

namespace Sockeye.Tests.Cli;

public sealed class FailureTests
{
    public static TheoryData<Exception, int> Endings => new()
    {
        { new ToolException(ExitCode.Threshold, "too slow"), ExitCode.Threshold },
        { new SocketException((int)SocketError.ConnectionRefused), ExitCode.Network },
        { new IOException("", new SocketException((int)SocketError.ConnectionReset)), ExitCode.Network },
        { new SocketException((int)SocketError.HostNotFound), ExitCode.Negative },
        { new SocketException((int)SocketError.AccessDenied), ExitCode.Permission },
        { new UnauthorizedAccessException(), ExitCode.Permission },
        { new UnauthorizedAccessException("", new IOException("", 9)), ExitCode.Files }, // EBADF
        { new FileNotFoundException(), ExitCode.Usage },
        { new PlatformNotSupportedException(), ExitCode.NotSupported },
        { new InvalidOperationException("a bug"), ExitCode.OurBug },
        { new TaskCanceledException(), ExitCode.Interrupted },
    };

    [Theory]
    [MemberData(nameof(Endings))]
    public void EveryExceptionHasAnExitCode(Exception exception, int code) =>
        Assert.Equal(code, Report(exception, []).Code);

    [Fact]
    public void SentenceComesLastAndAlone()
    {
        var (_, error) = Report(new ToolException(ExitCode.Permission, "no"), []);
        Assert.Equal("sockeye: no\n", error);
    }

    [Fact]
    public void BugShowsItsStackOnlyWhenAsked()
    {
        var bug = new InvalidOperationException("a bug.");
        var sentence = "sockeye: internal error, InvalidOperationException: a bug; please report it, " +
            "with what SOCKEYE_DEBUG=1 prints\n";
        Assert.Equal(sentence, Report(bug, []).Error);
        var (_, error) = Report(bug, new() { [Failure.DebugVariable] = "1" });
        Assert.StartsWith("System.InvalidOperationException: a bug.", error);
        Assert.EndsWith(sentence, error);
    }

    [Fact]
    public void BugShowsItsStackInJsonOnlyWhenAsked()
    {
        var bug = new InvalidOperationException("a bug.");
        Assert.EndsWith("prints\",\"exit_code\":70}}\n", Report(bug, [], json: true).Error);
        var (_, error) = Report(bug, new() { [Failure.DebugVariable] = "1" }, json: true);
        Assert.Contains("\"detail\":\"System.InvalidOperationException: a bug.", error);
        Assert.Equal(1, error.Count(letter => letter == '\n'));
    }

    [Fact]
    public void StopIsToldInJsonInOurOwnWords() => Assert.Contains(
        "\"message\":\"stopped by a signal before there was a result\"",
        Report(new TaskCanceledException(), [], json: true).Error);

    [Fact]
    public async Task OutputThatCannotBeWrittenIsOneSentence()
    {
        using var full = new FullStream();
        using var standardError = new MemoryStream();
        using var output = new Output(full, standardError, _ => null);
        Assert.Equal(ExitCode.Files, await Tool.RunAsync(["--version"], output));
        Assert.Equal("sockeye: no space left\n", Encoding.UTF8.GetString(standardError.ToArray()));
    }

    [Theory]
    [InlineData("2>&-", "servr", ExitCode.Usage)]
    [InlineData("2>/dev/full", "servr", ExitCode.Usage)]
    [InlineData("2>/dev/full", "servr --json", ExitCode.Usage)]
    [InlineData("2>&- >&-", "models", ExitCode.Files)]
    [InlineData("2>/dev/full >/dev/full", "models --json", ExitCode.Files)]
    public async Task ErrorThatCannotBeToldIsStillTheExitCode(string redirection, string line, int code)
    {
        await using ToolProcess tool = StartWith(redirection, line);
        Assert.Equal((code, ""), await tool.ExitAsync());
    }

    [Theory]
    [InlineData(">&-", "models", "standard output is closed; ")]
    [InlineData(">&-", "fetch URL/plaintext", "standard output is closed; ")]
    [InlineData(">/dev/full", "fetch URL/plaintext", "no space is left where the output goes; ")]
    [InlineData(">/dev/full", "models", "no space is left where the output goes; ")]
    public async Task OutputThatTakesNothingIsToldApartFromANetworkFailure(
        string redirection, string line, string sentence)
    {
        await using var server = new ScriptedServer("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx");
        await using ToolProcess tool = StartWith(
            redirection, line.Replace("URL", server.Root, StringComparison.Ordinal));
        (int code, string error) = await tool.ExitAsync();
        Assert.Equal(ExitCode.Files, code);
        Assert.StartsWith("sockeye: " + sentence, error);
    }

    private static ToolProcess StartWith(string redirection, string line) => ToolProcess.StartOther(
        ["sh", "-c", $"exec \"$@\" {redirection}", "sh", .. ToolProcess.Command, .. line.Split(' ')]);

    private static (int Code, string Error) Report(
        Exception exception, Dictionary<string, string> environment, bool json = false)
    {
        using var standardError = new MemoryStream();
        using var output = new Output(Stream.Null, standardError, name => environment.GetValueOrDefault(name))
        {
            Json = json,
        };
        return (Failure.Report(exception, output), Encoding.UTF8.GetString(standardError.ToArray()));
    }

    private sealed class FullStream : MemoryStream
    {
        public override void Write(ReadOnlySpan<byte> buffer) => throw new IOException("no space left");
    }
}
