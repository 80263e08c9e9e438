using Sockeye.Cli.Loading.Results;
using Sockeye.Cli.Serving;

namespace Sockeye.Cli.Loading.Models;

/// <summary>A model under one load: what all its rounds came to.</summary>
internal sealed class ModelCell(IoModel model, int connections, ConnectionStyle style)
{
    private readonly LatencyHistogram _latency = new();
    private ServerUsage _used;
    private TimeSpan _elapsed;
    private long _countedRequests;
    private long _calls;
    private double _idleBytes;
    private int _idleTimes;

    public IoModel Model => model;

    public int Connections => connections;

    public ConnectionStyle Style => style;

    /// <summary>Requests that failed, by kind.</summary>
    public Dictionary<LoadErrorKind, long> Errors { get; } = [];

    /// <summary>Failures as a share of all requests, from 0 to 1.</summary>
    public double ErrorShare => Errors.Values.Sum() is var errors and > 0
        ? errors / (double)(errors + _latency.Count)
        : 0;

    /// <summary>At least one round was measured.</summary>
    public bool IsMeasured => _elapsed > TimeSpan.Zero;

    /// <summary>Something was answered.</summary>
    public bool IsAnswered => _latency.Count > 0;

    /// <summary>In a round the generator, not the server, was what could do no more.</summary>
    public bool IsGeneratorBound { get; private set; }

    /// <summary>What came of it.</summary>
    public ModelFigures Figures
    {
        get
        {
            var figures = new ModelFigures(model.Name, connections, WordOf(style))
            {
                SystemCallsPerRequest = _countedRequests > 0 ? (double)_calls / _countedRequests : null,
                IdleConnectionBytes = _idleTimes > 0 ? _idleBytes / _idleTimes : null,
            };
            if (_latency.Count == 0)
            {
                return figures;
            }

            double requests = _latency.Count;
            return figures with
            {
                RequestsPerSecond = requests / _elapsed.TotalSeconds,
                CpuNanosecondsPerRequest = _used.ProcessorTime.TotalNanoseconds / requests,
                P50Nanoseconds = _latency.Percentile(50),
                P99Nanoseconds = _latency.Percentile(99),
                P999Nanoseconds = _latency.Percentile(99.9),
                ContextSwitchesPerRequest = _used.ContextSwitches / requests,
                AllocatedBytesPerRequest = _used.AllocatedBytes / requests,
            };
        }
    }

    /// <summary>What a style is called in JSON and in tables.</summary>
    public static string WordOf(ConnectionStyle style) =>
        style == ConnectionStyle.KeepAlive ? "keep-alive" : ModelsReport.CloseStyle;

    /// <summary>Adds a round.</summary>
    /// <param name="result">What the generator saw.</param>
    /// <param name="used">What the server used meanwhile.</param>
    public void Add(LoadResult result, ServerUsage used)
    {
        _latency.Add(result.Latency);
        _elapsed += result.Elapsed;
        _used += used;
        IsGeneratorBound |= result.Generator.Limit != GeneratorLimit.None;
        foreach ((LoadErrorKind kind, long count) in result.Errors)
        {
            Errors[kind] = Errors.GetValueOrDefault(kind) + count;
        }
    }

    /// <summary>Adds the system calls of a run in which they were counted.</summary>
    public void AddCalls(long requests, long calls)
    {
        _countedRequests += requests;
        _calls += calls;
    }

    /// <summary>Adds what an idle connection holds.</summary>
    public void AddIdle(double bytes)
    {
        _idleBytes += bytes;
        _idleTimes++;
    }
}
