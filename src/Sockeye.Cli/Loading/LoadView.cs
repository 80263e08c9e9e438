using Sockeye.Cli.Loading.Results;
using Sockeye.Cli.Resources;
using Spectre.Console;

namespace Sockeye.Cli.Loading;

/// <summary>A load on the terminal while it runs: how far it is, how fast, how it is answered.</summary>
/// <param name="plan">What runs.</param>
/// <param name="bar">Where it is shown.</param>
internal sealed class LoadView(LoadPlan plan, ProgressTask bar)
{
    /// <summary>Runs a load, and shows it where standard error is a terminal.</summary>
    public static Task<LoadResult> RunAsync(Output output, LoadPlan plan, bool isQuiet, CancellationToken stop)
    {
        return ShowAsync(output, isQuiet, LoadText.ViewConnecting, bar => LoadRun.RunAsync(
            plan, bar is null ? null : new LoadView(plan, bar).Show, stop));
    }

    /// <summary>Runs something, with a bar for it where standard error is a terminal, and else with none.</summary>
    public static Task<T> ShowAsync<T>(
        Output output, bool isQuiet, string description, Func<ProgressTask?, Task<T>> run)
    {
        if (!output.ErrorIsTerminal || output.Json || isQuiet)
        {
            return run(null);
        }

        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Out = new AnsiConsoleOutput(Console.Error),
            ColorSystem = output.ErrorHasColor ? ColorSystemSupport.Standard : ColorSystemSupport.NoColors,
        });
        return console.Progress()
            .AutoClear(true)
            .Columns(new ProgressBarColumn(), new PercentageColumn(), new TaskDescriptionColumn())
            .StartAsync(context => run(context.AddTask(description, maxValue: 1)));
    }

    private void Show(LoadProgress progress)
    {
        if (progress.IsWarmingUp)
        {
            bar.Description = LoadText.ViewWarmingUp;
            bar.Value = progress.Elapsed / plan.WarmUp;
            return;
        }

        long requests = progress.Counts.Latency.Count;
        long errors = progress.Counts.ErrorCount;
        double byCount = plan.Requests is { } wanted ? (double)(requests + errors) / wanted : 0;
        double byTime = plan.Duration == Timeout.InfiniteTimeSpan ? 0 : progress.Elapsed / plan.Duration;
        bar.Value = Math.Max(byCount, byTime);
        bar.Description = LoadText.ViewRunning.With(
            Quantity.Count(requests),
            Quantity.Number(progress.RequestsPerSecond),
            Quantity.Duration(progress.Counts.Latency.Percentile(50)),
            Quantity.Duration(progress.Counts.Latency.Percentile(99)),
            Quantity.Count(errors));
    }
}
