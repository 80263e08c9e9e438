using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using Sockeye.Cli.Loading;
using Sockeye.Cli.Loading.Models;
using Sockeye.Cli.Loading.Results;
using Sockeye.Cli.Resources;

namespace Sockeye.Cli.Commands;

/// <summary><c>sockeye load models</c>: a server on each I/O model under the same loads, side by side.</summary>
internal sealed class LoadModelsCommand : ToolCommand
{
    private static readonly int[] s_connectionsByDefault = [1, 64, 1_000];

    private readonly Option<IoModel[]> _models = new("--models")
    {
        Description = ModelsText.OptionModels,
        HelpName = "a,b,…",
        CustomParser = Values.Models,
    };

    private readonly Option<int[]> _connections = new("--connections", "-c")
    {
        Description = ModelsText.OptionConnections,
        HelpName = "n,n,…",
        CustomParser = ReadConnections,
        DefaultValueFactory = static _ => s_connectionsByDefault,
    };

    private readonly Option<bool> _keepAlive = new("--keep-alive") { Description = ModelsText.OptionKeepAlive };

    private readonly Option<bool> _close = new("--close") { Description = ModelsText.OptionClose };

    private readonly Option<TimeSpan> _duration =
        OptionKinds.Duration("--duration", ModelsText.OptionDuration, ModelsPlan.DurationByDefault);

    private readonly Option<int> _rounds =
        OptionKinds.Number("--rounds", ModelsText.OptionRounds, ModelsPlan.RoundsByDefault);

    private readonly Option<string?> _html = new("--html") { Description = ModelsText.OptionHtml, HelpName = "file" };

    private readonly Option<string?> _markdown = new("--markdown")
    {
        Description = ModelsText.OptionMarkdown,
        HelpName = "file",
    };

    private readonly Option<bool> _quiet = new("--quiet", "-q") { Description = ModelsText.OptionQuiet };

    public LoadModelsCommand()
        : base("models", ModelsText.LoadSummary)
    {
        _duration.Aliases.Add("-z");
        foreach (Option option in (Option[])
            [_models, _connections, _keepAlive, _close, _duration, _rounds, _html, _markdown, _quiet])
        {
            Options.Add(option);
        }
    }

    public override IReadOnlyList<Example> Examples =>
    [
        new("sockeye load models", ModelsText.LoadExamplePlain),
        new("sockeye load models --models epoll,uring,threads -c 64 --keep-alive", ModelsText.LoadExampleFew),
        new("sockeye load models -z 5s --rounds 9 --html models.html", ModelsText.LoadExampleLong),
        new("sockeye load models --json", ModelsText.LoadExampleJson),
    ];

    public override async Task<int> RunAsync(ParseResult arguments, Output output, CancellationToken stop)
    {
        string? html = arguments.GetValue(_html);
        string? markdown = arguments.GetValue(_markdown);
        CheckFiles(html, markdown);
        string? whyNoCalls = SystemCallCounter.WhyUnavailable();
        ModelsPlan plan = PlanOf(arguments, isCounting: whyNoCalls is null);
        bool isQuiet = arguments.GetValue(_quiet);
        if (!isQuiet)
        {
            Introduce(output, plan);
        }

        var noise = new MachineNoise();
        DateTimeOffset beganAt = TimeProvider.System.GetUtcNow();
        ModelsRun run = await ShowAsync(output, plan, isQuiet, stop);
        ModelCell[] cells = [.. run.Cells.Where(cell => cell.IsMeasured || !stop.IsCancellationRequested)];
        if (!cells.Any(cell => cell.IsMeasured))
        {
            stop.ThrowIfCancellationRequested();
            throw new ToolException(ExitCode.Negative, run.Failures.FirstOrDefault() ?? ModelsText.Nothing);
        }

        ModelResult[] results = [.. cells.Select(cell => cell.Result)];
        var report = new ModelsReport(results)
        {
            Introduction = MachineOf(beganAt, arguments),
            Notes =
            [
                ModelsNotes.HowMeasured(plan),
                .. ModelsNotes.Quiet(results, noise),
                .. whyNoCalls is null ? [] : (string[])[ModelsText.NoCalls.With(whyNoCalls)],
                .. stop.IsCancellationRequested ? [ModelsText.Stopped] : Array.Empty<string>(),
                .. arguments.IsGiven(_models) ? [] : Unavailable(),
                .. run.Failures,
                .. ModelsNotes.Of(cells),
            ],
        };
        Write(output, plan, report);
        Save(html, markdown, report);
        return run.Failures.Count == 0 ? ExitCode.Done : ExitCode.Negative;
    }

    private static void CheckFiles(string? html, string? markdown)
    {
        foreach (string? file in (string?[])[html, markdown])
        {
            if (file is not null)
            {
                LoadFiles.RequireWritable(file);
            }
        }

        if (markdown is not null)
        {
            Renewed(markdown, "");
        }
    }

    private ModelsPlan PlanOf(ParseResult arguments, bool isCounting)
    {
        IoModel[] models = arguments.IsGiven(_models)
            ? arguments.GetValue(_models)!
            : [.. IoModel.All.Where(model => model.WhyUnavailable() is null)];
        if (models.FirstOrDefault(model => model.WhyUnavailable() is not null) is { } missing)
        {
            throw new ToolException(
                ExitCode.NotSupported, ModelsText.Unavailable.With(missing.Name, missing.WhyUnavailable()));
        }

        int[] connections = arguments.GetValue(_connections)!;
        Descriptors.Require(Math.Max(connections.Max(), ModelsPlan.IdleConnections));
        TimeSpan duration = arguments.Positive(_duration);
        bool isBoth = arguments.GetValue(_keepAlive) == arguments.GetValue(_close);
        IReadOnlyList<int> processors = ThreadProcessors.Allowed;
        return new ModelsPlan
        {
            Models = models,
            Connections = connections,
            Styles = isBoth ? [ConnectionStyle.KeepAlive, ConnectionStyle.Close]
                : [arguments.GetValue(_close) ? ConnectionStyle.Close : ConnectionStyle.KeepAlive],
            Duration = duration != Timeout.InfiniteTimeSpan
                ? duration
                : throw new ToolException(ExitCode.Usage, LoadText.DurationOff.With(_duration.Name)),
            Rounds = arguments.Between(_rounds, 1, ModelsPlan.RoundsMax),
            ServerProcessor = processors.Count > 1 ? processors[^1] : null,
            GeneratorProcessor = processors.Count > 1 ? processors[0] : null,
            CountsCalls = isCounting,
        };
    }

    private void Introduce(Output output, ModelsPlan plan)
    {
        output.Note(ModelsText.Introduction.With(
            string.Join(", ", plan.Models),
            string.Join(", ", plan.Connections.Select(count => Quantity.Count(count))),
            string.Join(", ", plan.Styles.Select(ModelCell.WordOf)),
            TextFormat.Count(plan.Rounds, Text.CountRound, Text.CountRounds),
            InWords(plan.Expected)));
        if (plan.ServerProcessor is null)
        {
            output.Note(ModelsText.Unpinned);
        }
    }

    private static Task<ModelsRun> ShowAsync(Output output, ModelsPlan plan, bool isQuiet, CancellationToken stop) =>
        LoadView.ShowAsync(output, isQuiet, ModelsText.Starting, async bar =>
        {
            var run = new ModelsRun(plan, Show, stop);
            await run.RunAsync();
            return run;

            void Show(ModelCell cell, int runs)
            {
                if (bar is not null)
                {
                    bar.Value = (double)runs / plan.Runs;
                    bar.Description = ModelsText.Progress.With(
                        cell.Model.Name, ModelsNotes.LoadOf(cell), runs + 1, plan.Runs);
                }
            }
        });

    private static IEnumerable<string> Unavailable() =>
        from model in IoModel.All
        let reason = model.WhyUnavailable()
        where reason is not null
        select ModelsText.Unavailable.With(model.Name, reason);

    private static string MachineOf(DateTimeOffset beganAt, ParseResult arguments)
    {
        LoadMachine machine = LoadMachine.Here();
        return ModelsText.Machine.With(
            string.Join(' ', arguments.Tokens.Select(token => token.Value)),
            beganAt.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture),
            TextFormat.Count(machine.Processors, ResultText.Processor, ResultText.Processors),
            machine.Kernel,
            machine.Dotnet);
    }

    private static void Write(Output output, ModelsPlan plan, ModelsReport report)
    {
        if (!output.Json)
        {
            report.Write(output);
            return;
        }

        output.JsonLine("load_models", (plan, report), static (json, all) =>
        {
            json.WriteNumber("rounds", all.plan.Rounds);
            json.WriteNumber("duration_seconds", all.plan.Duration.TotalSeconds);
            if (all.plan is { ServerProcessor: { } server, GeneratorProcessor: { } generator })
            {
                json.WriteNumber("server_processor", server);
                json.WriteNumber("generator_processor", generator);
            }

            all.report.Write(json);
        });
    }

    private static void Save(string? html, string? markdown, ModelsReport report)
    {
        if (html is not null)
        {
            LoadFiles.SaveText(html, report.Page());
        }

        if (markdown is not null)
        {
            LoadFiles.SaveText(markdown, Renewed(markdown, report.Markdown()));
        }
    }

    private static string Renewed(string file, string text) =>
        MarkdownSection.Renewed(File.ReadAllText(file), text) ?? throw new ToolException(
            ExitCode.Usage,
            ModelsText.NoMarks.With(file, MarkdownSection.BeginMark, MarkdownSection.EndMark));

    private static string InWords(TimeSpan time) => time < TimeSpan.FromSeconds(90)
        ? ModelsText.Seconds.With(Math.Ceiling(time.TotalSeconds))
        : ModelsText.Minutes.With(Math.Round(time.TotalMinutes, 1));

    private static int[] ReadConnections(ArgumentResult result)
    {
        List<int> numbers = [];
        foreach (string text in result.Tokens.SelectMany(token => token.Value.Split(',')))
        {
            if (!int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int number)
                || number is < 1 or > ModelsPlan.ConnectionsMax)
            {
                result.AddError(ModelsText.BadConnections.With(text, ModelsPlan.ConnectionsMax));
                return [];
            }

            numbers.Add(number);
        }

        return [.. numbers.Distinct()];
    }
}
