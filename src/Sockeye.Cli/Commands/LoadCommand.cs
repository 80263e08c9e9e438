using System.CommandLine;
using Sockeye.Cli.Loading;
using Sockeye.Cli.Loading.Protocols;
using Sockeye.Cli.Loading.Results;
using Sockeye.Cli.Resources;

namespace Sockeye.Cli.Commands;

/// <summary><c>sockeye load URL|ENDPOINT</c>: requests, as many as are answered or as many as are asked for.</summary>
internal sealed class LoadCommand : ToolCommand
{
    private readonly Argument<string> _target = new("target") { Description = Text.LoadArgumentTarget };

    private readonly Option<int> _connections =
        OptionKinds.Number("--connections", Text.LoadOptionConnections, LoadPlan.ConnectionsByDefault);

    private readonly Option<TimeSpan> _duration =
        OptionKinds.Duration("--duration", Text.LoadOptionDuration, LoadPlan.DurationByDefault);

    private readonly Option<int> _loops = OptionKinds.Number("--loops", Text.LoadOptionLoops, 0);

    private readonly Option<IoModel> _io = OptionKinds.Model();

    public LoadCommand()
        : base("load", Text.LoadSummary)
    {
        _connections.Aliases.Add("-c");
        _duration.Aliases.Add("-z");
        Arguments.Add(_target);
        foreach (Option option in (Option[])[_connections, _duration, _loops, _io])
        {
            Options.Add(option);
        }
    }

    public override IReadOnlyList<Example> Examples =>
    [
        new("sockeye load http://127.0.0.1:8080/", Text.LoadExampleHttp),
    ];

    public override async Task<int> RunAsync(
        System.CommandLine.ParseResult arguments, Output output, CancellationToken stop)
    {
        string target = arguments.GetValue(_target)!;
        var plan = new LoadPlan
        {
            Target = target,
            Protocol = new HttpProtocol(new HttpRequestPlan(Endpoint.Parse(target))),
            Connections = arguments.Between(_connections, 1, LoadPlan.ConnectionsMax),
            Duration = arguments.Positive(_duration),
            Loops = arguments.Between(_loops, 0, NetworkOptions.LoopsMax),
            Model = arguments.GetValue(_io)!,
        };
        LoadResult result = await LoadRun.RunAsync(plan, null, stop);
        output.Line($"{result.Requests} requests in {result.Elapsed.TotalSeconds:0.00} s: "
            + $"{result.RequestsPerSecond:0}/s, p50 {result.Latency.Percentile(50) / 1000} us, "
            + $"p99 {result.Latency.Percentile(99) / 1000} us, {result.ErrorCount} errors, "
            + $"generator {result.Generator.CpuShare:P0} busy");
        return ExitCode.Done;
    }
}
