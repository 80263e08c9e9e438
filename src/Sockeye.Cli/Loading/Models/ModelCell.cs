using Sockeye.Cli.Loading.Results;
using Sockeye.Cli.Serving;

namespace Sockeye.Cli.Loading.Models;

/// <summary>A model under one load, round by round.</summary>
internal sealed class ModelCell(IoModel model, int connections, ConnectionStyle style)
{
    private readonly List<ModelFigures> _figures = [];
    private long _requests;
    private int _rounds;
    private int _boundRounds;

    public IoModel Model => model;

    public int Connections => connections;

    public ConnectionStyle Style => style;

    /// <summary>Requests that failed, by kind.</summary>
    public Dictionary<LoadErrorKind, long> Errors { get; } = [];

    /// <summary>Failures as a share of all requests, from 0 to 1.</summary>
    public double ErrorShare => Errors.Values.Sum() is var errors and > 0 ? errors / (double)(errors + _requests) : 0;

    /// <summary>At least one round was measured.</summary>
    public bool IsMeasured => _rounds > 0;

    /// <summary>Something was answered.</summary>
    public bool IsAnswered => _requests > 0;

    /// <summary>In most rounds the generator, not the server, was what could do no more.</summary>
    public bool IsGeneratorBound => _boundRounds * 2 > _rounds;

    /// <summary>What came of it.</summary>
    public ModelResult Result => new(model.Name, connections, WordOf(style), [.. _figures]);

    /// <summary>What a style is called in JSON and in tables.</summary>
    public static string WordOf(ConnectionStyle style) =>
        style == ConnectionStyle.KeepAlive ? "keep-alive" : ModelsReport.CloseStyle;

    /// <summary>Adds a round.</summary>
    /// <param name="result">What the generator saw.</param>
    /// <param name="used">What the server used meanwhile.</param>
    public void Add(LoadResult result, ServerUsage used)
    {
        _rounds++;
        _requests += result.Requests;
        _boundRounds += result.Generator.Limit != GeneratorLimit.None ? 1 : 0;
        foreach ((LoadErrorKind kind, long count) in result.Errors)
        {
            Errors[kind] = Errors.GetValueOrDefault(kind) + count;
        }

        if (result.Latency.Count == 0 || result.AnsweredInTime == 0)
        {
            return;
        }

        double requests = result.AnsweredInTime;
        _figures.Add(new ModelFigures
        {
            RequestsPerSecond = result.RequestsPerSecond,
            CpuNanosecondsPerRequest = used.ProcessorTime.TotalNanoseconds / requests,
            P50Nanoseconds = result.Latency.Percentile(50),
            P99Nanoseconds = result.Latency.Percentile(99),
            P999Nanoseconds = result.Latency.Percentile(99.9),
            ContextSwitchesPerRequest = used.ContextSwitches / requests,
            AllocatedBytesPerRequest = used.AllocatedBytes / requests,
        });
    }

    /// <summary>Adds the system calls of a run in which they were counted.</summary>
    public void AddCalls(long requests, long calls)
    {
        if (requests > 0)
        {
            _figures.Add(new ModelFigures { SystemCallsPerRequest = (double)calls / requests });
        }
    }

    /// <summary>Adds what an idle connection holds.</summary>
    public void AddIdle(double bytes) => _figures.Add(new ModelFigures { IdleConnectionBytes = bytes });
}
