using Sockeye.Cli;
using Sockeye.Tests.Cli;

namespace Sockeye.Tests.Bench;

/// <summary><c>bench/compare</c> does what its help says; what comes of it is for whoever runs it in earnest.</summary>
public sealed class CompareTests
{
    /// <summary>It compiles six programs first, and warms two servers up by their own time.</summary>
    private static readonly TimeSpan s_timeOut = TimeSpan.FromMinutes(4);

    [NeedsFact("wrk")]
    public async Task ComparesTwoServersInOneTable()
    {
        await using ToolProcess compare = Start(
            "plaintext", "c-epoll", "sockeye-epoll", "--rounds", "1", "--seconds", "1", "--warm-up", "1");
        using var output = new StreamReader(compare.Output);
        string table = await output.ReadToEndAsync().WaitAsync(s_timeOut);
        (int code, string error) = await compare.ExitAsync();
        Assert.True(code == ExitCode.Done, error);
        Assert.Matches(@"(?m)^\| c-epoll \| [\d.]+ \|.*\| 1\.00 \|", table);
        Assert.Matches(@"(?m)^\| sockeye-epoll \| [\d.]+ \|", table);
        Assert.Matches(@"(?m)^\| sockeye-epoll / c-epoll \| 1\.20 \| [\d.]+ \|", table);
        Assert.Contains("Replies: c-epoll 126 bytes (server, date, content-type, content-length)", table);
    }

    [NeedsTheory("python3")]
    [InlineData("nothing", "there is no 'nothing' to compare: use one of plaintext, ")]
    [InlineData("plaintext nobody", "there is no contender 'nobody': use any of c-epoll, ")]
    [InlineData("echo nginx", "nginx has no part in echo")]
    [InlineData("echo --rounds 0", "argument --rounds: 0 is less than 1")]
    public async Task MistakesAreOneSentence(string arguments, string sentence)
    {
        await using ToolProcess compare = Start(arguments.Split(' '));
        (int code, string error) = await compare.ExitAsync();
        Assert.Equal(ExitCode.Usage, code);
        Assert.StartsWith($"compare: {sentence}", error, StringComparison.Ordinal);
        Assert.EndsWith("; see bench/compare --help\n", error, StringComparison.Ordinal);
        Assert.Equal(1, error.Count(one => one == '\n'));
    }

    /// <summary>The tool is the one that these tests were built with.</summary>
    private static ToolProcess Start(params string[] arguments)
    {
        string tool = $"SOCKEYE_TOOL={string.Join(' ', ToolProcess.Command)}";
        return ToolProcess.StartOther(["env", tool, Repository.PathOf("bench/compare"), .. arguments]);
    }
}
