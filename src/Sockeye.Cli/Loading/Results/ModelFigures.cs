using Sockeye.Cli.Resources;

namespace Sockeye.Cli.Loading.Results;

/// <summary>What a server on an I/O model needed for a load.</summary>
/// <param name="Model">The model's name.</param>
/// <param name="Connections">Connections at a time.</param>
/// <param name="Style">How the requests came: <c>keep-alive</c>, <c>pipelined</c>.</param>
internal sealed record ModelFigures(string Model, int Connections, string Style)
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

/// <summary>A figure of a model: a column of the table.</summary>
/// <param name="Key">Its key in JSON, unit included.</param>
/// <param name="Label">What people call it.</param>
/// <param name="Of">Finds it; null when it was not measured.</param>
/// <param name="Shown">Puts it into words.</param>
/// <param name="IsMoreBetter">Whether the greatest is the best; otherwise it is the least.</param>
internal sealed record ModelFigure(
    string Key, string Label, Func<ModelFigures, double?> Of, Func<double, string> Shown, bool IsMoreBetter = false)
{
    /// <summary>All of them, in the order of the columns.</summary>
    public static IReadOnlyList<ModelFigure> All { get; } =
    [
        new("requests_per_second", ModelsText.FigureRate, one => one.RequestsPerSecond, Quantity.Number, true),
        new("cpu_ns_per_request", ModelsText.FigureCpu, one => one.CpuNanosecondsPerRequest, Quantity.Duration),
        new("p50_ns", "p50", one => one.P50Nanoseconds, Quantity.Duration),
        new("p99_ns", "p99", one => one.P99Nanoseconds, Quantity.Duration),
        new("p99_9_ns", "p99.9", one => one.P999Nanoseconds, Quantity.Duration),
        new("system_calls_per_request", ModelsText.FigureCalls, one => one.SystemCallsPerRequest, Quantity.Number),
        new("context_switches_per_request", ModelsText.FigureSwitches, one => one.ContextSwitchesPerRequest,
            Quantity.Number),
        new("allocated_bytes_per_request", ModelsText.FigureAllocated, one => one.AllocatedBytesPerRequest,
            Quantity.Bytes),
        new("idle_connection_bytes", ModelsText.FigureIdle, one => one.IdleConnectionBytes, Quantity.Bytes),
    ];

    /// <summary>The best value among models; null when none was measured.</summary>
    public double? Best(IEnumerable<ModelFigures> models) => IsMoreBetter ? models.Max(Of) : models.Min(Of);
}
