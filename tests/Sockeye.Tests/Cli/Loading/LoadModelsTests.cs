using System.Text.Json;
using Sockeye.Cli;
using Sockeye.Cli.Loading.Models;
using Sockeye.Cli.Loading.Results;

namespace Sockeye.Tests.Cli.Loading;

/// <summary><c>sockeye load models</c>: servers on I/O models, side by side.</summary>
public sealed class LoadModelsTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("models").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("--models epol", "there is no I/O model 'epol'; did you mean 'epoll'? ")]
    [InlineData("--models epoll,warp", "there is no I/O model 'warp'; use one of auto, ")]
    [InlineData("-c 1,0", "--connections takes whole numbers from 1 to 10,000 with commas between them, such as ")]
    [InlineData("-c many", "--connections takes whole numbers from 1 to 10,000 ")]
    [InlineData("-z 0", "--duration must be longer than 0")]
    [InlineData("-z off", "--duration needs an end; write a duration such as 5s")]
    [InlineData("--rounds 0", "--rounds must be 1 to 100, not 0")]
    [InlineData("epoll", "'epoll' was not expected here; ")]
    public async Task AMistakeIsOneSentence(string options, string sentence)
    {
        var result = await CapturedOutput.OfAsync("load models " + options);
        Assert.Equal((ExitCode.Usage, ""), (result.ExitCode, result.Out));
        Assert.StartsWith("sockeye: " + sentence, result.Error);
        Assert.Equal(1, result.Error.Count(letter => letter == '\n'));
    }

    [Fact]
    public async Task AFileThatCannotTakeTheTablesIsFoundBeforeAnythingRuns()
    {
        string page = Path.Combine(_folder, "page.md");
        File.WriteAllText(page, "# A page without marks\n");
        var marks = await CapturedOutput.OfAsync($"load models --markdown {page}");
        Assert.Equal(ExitCode.Usage, marks.ExitCode);
        Assert.StartsWith($"sockeye: '{page}' has no place for the tables; put the lines <!-- ", marks.Error);
        Assert.Equal("# A page without marks\n", File.ReadAllText(page));
        var missing = await CapturedOutput.OfAsync($"load models --html {_folder}/none/page.html");
        Assert.Equal(ExitCode.Files, missing.ExitCode);
        Assert.StartsWith($"sockeye: '{_folder}/none/page.html' could not be written: ", missing.Error);
    }

    [Fact]
    public async Task TwoModelsAreComparedUnderTheSameLoads()
    {
        string html = Path.Combine(_folder, "models.html");
        string markdown = Path.Combine(_folder, "models.md");
        await using ToolProcess tool = ToolProcess.Start(
            "load", "models", "--models", "epoll,threads", "-c", "1,8", "-z", "200ms", "--rounds", "2", "--json",
            "--html", html, "--markdown", markdown);
        string line = await tool.ReadTextAsync();
        (int code, string error) = await tool.ExitAsync();
        Assert.True(code == ExitCode.Done, line + error);
        Assert.StartsWith("Models: epoll, threads. Connections: 1, 8. Requests: keep-alive, close. 2 rounds, ", error);

        JsonElement result = JsonDocument.Parse(line).RootElement;
        Assert.Equal("load_models", result.GetProperty("type").GetString());
        Assert.Equal(2, result.GetProperty("rounds").GetInt32());
        Assert.Equal(0.2, result.GetProperty("duration_seconds").GetDouble());
        Assert.Equal(ThreadProcessors.Allowed.Count > 1, result.TryGetProperty("server_processor", out _));
        JsonElement[] models = [.. result.GetProperty("models").EnumerateArray()];
        Assert.Equal(
            ["epoll 1 keep-alive", "threads 1 keep-alive", "epoll 8 keep-alive", "threads 8 keep-alive",
             "epoll 1 close", "threads 1 close", "epoll 8 close", "threads 8 close"],
            models.Select(one => $"{one.GetProperty("model").GetString()} {one.GetProperty("connections").GetInt32()} "
                + one.GetProperty("style").GetString()));
        Assert.All(models, CheckFigures);
        Assert.True(Of(models[3], "idle_connection_bytes") > Of(models[2], "idle_connection_bytes"));
        Assert.False(models[0].TryGetProperty("idle_connection_bytes", out _));

        Assert.Contains("threads", File.ReadAllText(html), StringComparison.Ordinal);
        string text = File.ReadAllText(markdown);
        Assert.StartsWith(MarkdownSection.BeginMark, text);
        Assert.Contains("**8 connections, a new one for each request**", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task WithoutPermissionToCountSystemCallsTheRestIsMeasured()
    {
        const string CapabilitiesGone = "--bounding-set=-all";
        string[] before = Environment.IsPrivilegedProcess ? ["setpriv", CapabilitiesGone, "--inh-caps=-all"] : [];
        await using ToolProcess tool = ToolProcess.StartOther(
        [
            .. before, .. ToolProcess.Command, "load", "models", "--models", "epoll", "-c", "2", "--keep-alive",
            "-z", "500ms", "--rounds", "1", "--json",
        ]);
        string line = await tool.ReadTextAsync();
        (int code, string error) = await tool.ExitAsync();
        Assert.True(code == ExitCode.Done, line + error);
        JsonElement result = JsonDocument.Parse(line).RootElement;
        JsonElement model = Assert.Single(result.GetProperty("models").EnumerateArray());
        Assert.True(Of(model, "cpu_ns_per_request") > 0);
        string[] notes = [.. result.GetProperty("notes").EnumerateArray().Select(one => one.GetString()!)];
        bool isCounted = model.TryGetProperty("system_calls_per_request", out _);
        Assert.Equal(!isCounted, notes.Any(
            note => note.StartsWith("System calls are not counted here: ", StringComparison.Ordinal)));

        // An administrator may allow everybody to count: perf_event_open(2), -1.
        Assert.Equal(File.ReadAllText("/proc/sys/kernel/perf_event_paranoid").Trim() == "-1", isCounted);
    }

    [Fact]
    public async Task WhatWasMeasuredBeforeItWasStoppedStays()
    {
        using var stop = new CancellationTokenSource();
        var plan = new ModelsPlan
        {
            Models = [IoModel.Parse("epoll")],
            Connections = [1, 2],
            Styles = [ConnectionStyle.KeepAlive],
            Duration = TimeSpan.FromMilliseconds(50),
        };
        var run = new ModelsRun(plan, (_, runs) => Cancel(runs == 1), stop.Token);
        await run.RunAsync();
        Assert.Empty(run.Failures);
        Assert.Equal([true, false], run.Cells.Select(cell => cell.IsMeasured));

        void Cancel(bool isSecond)
        {
            if (isSecond)
            {
                stop.Cancel();
            }
        }
    }

    [Fact]
    public void NineModelsAreMeasuredWithinSixMinutes()
    {
        var plan = new ModelsPlan
        {
            Models = [.. Enumerable.Repeat(IoModel.Parse("epoll"), 9)],
            Connections = [1, 64, 1_000],
            Styles = [ConnectionStyle.KeepAlive, ConnectionStyle.Close],
            CountsCalls = true,
        };
        Assert.InRange(plan.Expected, TimeSpan.FromMinutes(4), TimeSpan.FromMinutes(6));
        Assert.Equal(5, plan.Rounds);
    }

    [Fact]
    public void ANoisyMachineIsSaidToBeOne()
    {
        Assert.Single(ModelsNotes.Quiet([Of(100, 104, 102)], new MachineNoise()));
        Assert.StartsWith(
            "The machine was not quiet: in half of the loads the rounds differ by more than ±25.0 % in CPU/request.",
            ModelsNotes.Quiet([Of(100, 150, 100)], new MachineNoise()).Last());

        static ModelResult Of(params double[] cpu) => new(
            "epoll", 1, "close", [.. cpu.Select(one => new ModelFigures { CpuNanosecondsPerRequest = one })]);
    }

    [Fact]
    public void APoolIsNotGivenMoreConnectionsThatStayThanItHasThreads()
    {
        IoModel pool = IoModel.Parse("pool");
        Assert.Null(ModelsPlan.WhyNot(pool, 64, ConnectionStyle.KeepAlive));
        Assert.Null(ModelsPlan.WhyNot(pool, 1_000, ConnectionStyle.Close));
        string reason = ModelsPlan.WhyNot(pool, 1_000, ConnectionStyle.KeepAlive)!;
        Assert.Equal(
            [$"pool, 1,000 connections, keep-alive: not measured: {reason}."],
            ModelsNotes.Of([new ModelCell(pool, 1_000, ConnectionStyle.KeepAlive)]));
    }

    [Theory]
    [InlineData("", "{0}\n\nnew\n\n{1}\n")]
    [InlineData("before\n{0}\nold\n{1}\nafter\n", "before\n{0}\n\nnew\n\n{1}\nafter\n")]
    [InlineData("only {0}\n", null)]
    [InlineData("{1} and then {0}\n", null)]
    public void OnlyWhatIsBetweenTheMarksIsRenewed(string document, string? expected) => Assert.Equal(
        expected is null ? null : Marked(expected), MarkdownSection.Renewed(Marked(document), "new\n"));

    private static string Marked(string text) =>
        text.Replace("{0}", MarkdownSection.BeginMark).Replace("{1}", MarkdownSection.EndMark);

    private static double Of(JsonElement model, string key) => model.GetProperty(key).GetDouble();

    private static void CheckFigures(JsonElement model)
    {
        Assert.True(Of(model, "requests_per_second") > 0);
        Assert.InRange(
            Of(model, "requests_per_second"), Of(model, "min_requests_per_second"),
            Of(model, "max_requests_per_second"));
        Assert.InRange(Of(model, "cpu_ns_per_request"), 100, 1e9);
        Assert.InRange(Of(model, "p50_ns"), 1, Of(model, "p99_ns"));
        Assert.InRange(Of(model, "p99_ns"), Of(model, "p50_ns"), Of(model, "p99_9_ns"));
        Assert.InRange(Of(model, "context_switches_per_request"), 0, 1e3);
        Assert.InRange(Of(model, "allocated_bytes_per_request"), 0, 1e6);
        bool isCounted = model.TryGetProperty("system_calls_per_request", out JsonElement calls);
        Assert.Equal(SystemCallCounter.WhyUnavailable() is null, isCounted);
        if (isCounted)
        {
            // A request is received and answered, whatever the model; a thread waits for each one besides.
            bool isThread = model.GetProperty("model").GetString() == "threads";
            Assert.InRange(calls.GetDouble(), isThread ? 2.5 : 1.5, 1e3);
        }
    }
}
