using Sockeye.Cli.Resources;

namespace Sockeye.Cli.Loading.Results;

/// <summary>What a server on an I/O model needed for a load in a round; what was not measured is null.</summary>
internal sealed record ModelFigures
{
    /// <summary>Requests answered in a second.</summary>
    public double? RequestsPerSecond { get; init; }

    /// <summary>The server's CPU time for a request, in nanoseconds.</summary>
    public double? CpuNanosecondsPerRequest { get; init; }

    /// <summary>The latency that half of the requests did not exceed.</summary>
    public double? P50Nanoseconds { get; init; }

    /// <summary>The latency that 99 % of them did not exceed.</summary>
    public double? P99Nanoseconds { get; init; }

    /// <summary>The latency that 99.9 % of them did not exceed.</summary>
    public double? P999Nanoseconds { get; init; }

    /// <summary>System calls of the server for a request.</summary>
    public double? SystemCallsPerRequest { get; init; }

    /// <summary>Context switches of the server for a request.</summary>
    public double? ContextSwitchesPerRequest { get; init; }

    /// <summary>Managed memory that the server allocated for a request.</summary>
    public double? AllocatedBytesPerRequest { get; init; }

    /// <summary>Memory that an idle connection holds.</summary>
    public double? IdleConnectionBytes { get; init; }
}

/// <summary>A model under a load.</summary>
/// <param name="Model">The model's name.</param>
/// <param name="Connections">Connections at a time.</param>
/// <param name="Style">How the requests came: <c>keep-alive</c>, <c>pipelined</c>.</param>
/// <param name="Rounds">Its figures, round by round; a round need not have all of them.</param>
internal sealed record ModelResult(
    string Model, int Connections, string Style, IReadOnlyList<ModelFigures> Rounds);

/// <summary>A figure over all rounds.</summary>
/// <param name="Median">The one in the middle.</param>
/// <param name="Least">The least.</param>
/// <param name="Most">The greatest.</param>
/// <param name="Rounds">Of how many.</param>
internal readonly record struct ModelSpread(double Median, double Least, double Most, int Rounds)
{
    /// <summary>Half of the distance from the least to the greatest, as a share of the median.</summary>
    public double Share => Median == 0 ? 0 : (Most - Least) / 2 / Math.Abs(Median);

    /// <summary>Of some values; null when there is none.</summary>
    public static ModelSpread? Of(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        return sorted.Length == 0 ? null : new(
            (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2, sorted[0], sorted[^1], sorted.Length);
    }
}

/// <summary>A figure of a model: a column of the table.</summary>
/// <param name="Key">Its key in JSON, unit included.</param>
/// <param name="Label">What people call it.</param>
/// <param name="Value">Finds it in a round; null when it was not measured.</param>
/// <param name="Words">Puts it into words.</param>
internal sealed record ModelFigure(
    string Key, string Label, Func<ModelFigures, double?> Value, Func<double, string> Words)
{
    /// <summary>What two figures may differ by, as a share, and be the same.</summary>
    private const double SlackShare = 0.02;

    /// <summary>The processor time: what models are compared by.</summary>
    public static ModelFigure Cpu { get; } =
        new("cpu_ns_per_request", ModelsText.FigureCpu, one => one.CpuNanosecondsPerRequest, Quantity.Duration);

    /// <summary>All of them, in the order of the columns.</summary>
    public static IReadOnlyList<ModelFigure> All { get; } =
    [
        new("requests_per_second", ModelsText.FigureRate, one => one.RequestsPerSecond, Quantity.Number)
        {
            IsMoreBetter = true,
        },
        Cpu,
        new("p50_ns", "p50", one => one.P50Nanoseconds, Quantity.Duration),
        new("p99_ns", "p99", one => one.P99Nanoseconds, Quantity.Duration),
        new("p99_9_ns", "p99.9", one => one.P999Nanoseconds, Quantity.Duration),
        new("system_calls_per_request", ModelsText.FigureCalls, one => one.SystemCallsPerRequest, Quantity.Number),
        new("context_switches_per_request", ModelsText.FigureSwitches, one => one.ContextSwitchesPerRequest,
            Quantity.Number),
        new("allocated_bytes_per_request", ModelsText.FigureAllocated, one => one.AllocatedBytesPerRequest,
            Quantity.Bytes)
        {
            Negligible = 1,
        },
        new("idle_connection_bytes", ModelsText.FigureIdle, one => one.IdleConnectionBytes, Quantity.Bytes),
    ];

    /// <summary>Whether the greatest is the best; otherwise it is the least.</summary>
    public bool IsMoreBetter { get; init; }

    /// <summary>What two figures may differ by and be the same.</summary>
    public double Negligible { get; init; }

    /// <summary>The figure over a model's rounds; null when none has it.</summary>
    public ModelSpread? Of(ModelResult model) => ModelSpread.Of(model.Rounds.Select(Value).OfType<double>());

    /// <summary>The best of some models, with all that their rounds do not tell from it; none when that is all of them.
    /// </summary>
    public IReadOnlyList<ModelResult> Best(IReadOnlyList<ModelResult> models)
    {
        var spreads = models.Select(model => (Model: model, Spread: Of(model)))
            .Where(one => one.Spread is not null)
            .Select(one => (one.Model, Spread: one.Spread!.Value))
            .ToList();
        if (spreads.Count == 0)
        {
            return [];
        }

        ModelSpread best = (IsMoreBetter
            ? spreads.MaxBy(one => one.Spread.Median)
            : spreads.MinBy(one => one.Spread.Median)).Spread;
        double slack = Math.Max(best.Median * SlackShare, Negligible);
        ModelResult[] all =
        [
            .. spreads.Where(one => IsMoreBetter
                ? one.Spread.Most + slack >= best.Least
                : one.Spread.Least - slack <= best.Most).Select(one => one.Model),
        ];
        return all.Length < spreads.Count ? all : [];
    }
}
