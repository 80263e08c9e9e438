using Sockeye.Cli.Loading.Results;
using Sockeye.Cli.Resources;
using Sockeye.Cli.Serving;

namespace Sockeye.Cli.Loading.Models;

/// <summary>Puts servers on one I/O model after the other under the same loads.</summary>
/// <param name="plan">What to measure.</param>
/// <param name="watch">Told before each load which it is, and how many have run.</param>
/// <param name="stop">Ends it early; what was measured until then stays.</param>
internal sealed class ModelsRun(ModelsPlan plan, Action<ModelCell, int> watch, CancellationToken stop)
{
    private const string Path = "/plaintext";

    private readonly List<string> _failures = [];
    private int _runs;

    /// <summary>Every model under every load, by load.</summary>
    public IReadOnlyList<ModelCell> Cells { get; } =
    [
        .. from load in plan.Loads
           from model in plan.Models
           select new ModelCell(model, load.Connections, load.Style),
    ];

    /// <summary>What went wrong, in a sentence each.</summary>
    public IReadOnlyList<string> Failures => _failures;

    /// <summary>Measures all of it: A B C, then C B A, and so on, so that what changes on the machine meanwhile is no
    /// model's advantage.</summary>
    public async Task RunAsync()
    {
        for (int round = 0; round < plan.Rounds; round++)
        {
            foreach (IoModel model in round % 2 == 0 ? plan.Models : plan.Models.Reverse())
            {
                await TryAsync(model, isCounting: false);
                if (plan.CountsCalls && round == 0)
                {
                    await TryAsync(model, isCounting: true);
                }

                if (stop.IsCancellationRequested)
                {
                    return;
                }
            }
        }
    }

    /// <summary>Measures a model; that one cannot be measured is no reason to leave out the others.</summary>
    private async Task TryAsync(IoModel model, bool isCounting)
    {
        try
        {
            await MeasureAsync(model, isCounting);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
        }
        catch (Exception exception) when (exception is ToolException or NetworkException or IOException)
        {
            Fail(model, exception);
        }
    }

    private void Fail(IoModel model, Exception exception)
    {
        // Ctrl-C goes to the server too, and it may be gone before we hear of it.
        if (!stop.IsCancellationRequested)
        {
            _failures.Add(ModelsText.Failed.With(model.Name, exception.Message.TrimEnd('.').AfterColon()));
        }
    }

    private async Task MeasureAsync(IoModel model, bool isCounting)
    {
        int most = (plan.Connections.Max() + ModelsPlan.IdleConnections) * 2;
        using ServerProcess server = await ServerProcess.StartAsync(
            new ServerStart(
                model, "hello", "http://127.0.0.1:0", "--max-connections", $"{most}", "--max-per-address", $"{most}")
            {
                Processor = plan.ServerProcessor,
                CountsCalls = isCounting,
            },
            stop);
        foreach (ConnectionStyle style in plan.Styles)
        {
            await LoadAsync(server, ModelsPlan.WarmUpConnections, style, TimeSpan.Zero, ModelsPlan.ServerWarmUp);
        }

        if (!isCounting)
        {
            await MeasureIdleAsync(server, model);
        }

        foreach (ModelCell cell in Cells.Where(cell => cell.Model == model))
        {
            if (ModelsPlan.WhyNot(model, cell.Connections, cell.Style) is null)
            {
                watch(cell, _runs);
                await MeasureAsync(server, cell, isCounting);
            }

            _runs++;
            stop.ThrowIfCancellationRequested();
        }
    }

    private async Task MeasureAsync(ServerProcess server, ModelCell cell, bool isCounting)
    {
        List<(ServerUsage Usage, long Calls)> edges = [];
        LoadResult result = await LoadAsync(
            server, cell.Connections, cell.Style, ModelsPlan.LoadWarmUp, isCounting ? plan.Counted : plan.Duration,
            async () => edges.Add((await server.UsageAsync(stop), server.SystemCalls)));
        if (isCounting)
        {
            cell.AddCalls(result.AnsweredInTime, edges[1].Calls - edges[0].Calls);
        }
        else
        {
            cell.Add(result, edges[1].Usage - edges[0].Usage);
        }
    }

    private async Task MeasureIdleAsync(ServerProcess server, IoModel model)
    {
        if (!plan.Styles.Contains(ConnectionStyle.KeepAlive))
        {
            return;
        }

        // Each connection of the model pool holds one of its threads.
        int connections = model.Name == "pool" ? ModelsPlan.WarmUpConnections : ModelsPlan.IdleConnections;
        int most = plan.Connections.Max();
        try
        {
            double bytes = await IdleMemory.MeasureAsync(server, connections, stop);
            Cells.First(cell =>
                    cell.Model == model && cell.Connections == most && cell.Style == ConnectionStyle.KeepAlive)
                .AddIdle(bytes);
        }
        catch (Exception exception) when (exception is NetworkException or IOException)
        {
            Fail(model, exception); // The loads may go well nevertheless.
        }
    }

    private Task<LoadResult> LoadAsync(
        ServerProcess server,
        int connections,
        ConnectionStyle style,
        TimeSpan warmUp,
        TimeSpan duration,
        Func<Task>? edge = null)
    {
        string target = server.Endpoint.ToString().TrimEnd('/') + Path;
        bool isClosing = style == ConnectionStyle.Close;
        return LoadRun.RunAsync(
            new LoadPlan
            {
                Target = target,
                Protocol = new ProtocolChoice(target) { Close = isClosing }.ToProtocol(),
                Connections = connections,
                Duration = duration,
                Close = isClosing,
                WarmUp = warmUp,
                WarmsAllUp = warmUp > TimeSpan.Zero && !isClosing,
                Loops = 1,
                Processor = plan.GeneratorProcessor,
            },
            watch: null,
            stop,
            edge);
    }
}
