using Sockeye.Cli.Loading.Protocols;
using Sockeye.Cli.Loading.Results;

namespace Sockeye.Cli.Loading;

/// <summary>What to run: which requests, how many at a time, how often and how long.</summary>
internal sealed record LoadPlan
{
    /// <summary>Connections at most.</summary>
    public const int ConnectionsMax = 100_000;

    /// <summary>Requests under way on a connection at most.</summary>
    public const int PipelineMax = 1_024;

    /// <summary>Requests a second at least: one in seventeen minutes.</summary>
    public const double RateMin = 0.001;

    /// <summary>Requests a second at most.</summary>
    public const double RateMax = 100_000_000;

    /// <summary>Connections when nothing else is said: as many as the comparisons of servers usually have.</summary>
    public const int ConnectionsByDefault = 64;

    /// <summary>How long it runs when nothing else is said.</summary>
    public static readonly TimeSpan DurationByDefault = TimeSpan.FromSeconds(10);

    /// <summary>How long a connection or an answer may take when nothing else is said.</summary>
    public static readonly TimeSpan TimeoutByDefault = TimeSpan.FromSeconds(5);

    /// <summary>The generator's model when nothing else is said: a request costs it 8 % less than with io_uring
    /// (2026-11, against nginx).</summary>
    public static IoModel StandardModel { get; } = IoModel.Parse("epoll");

    /// <summary>Where to, for people.</summary>
    public required string Target { get; init; }

    /// <summary>What was asked for beside the target, for whoever compares two runs.</summary>
    public LoadRequest Request { get; init; } = new();

    /// <summary>What is asked and what a good answer is.</summary>
    public required LoadProtocol Protocol { get; init; }

    /// <summary>Connections at a time; for datagrams, sockets.</summary>
    public int Connections { get; init; } = ConnectionsByDefault;

    /// <summary>How long requests are made, warming up left out; infinite with <see cref="Requests"/> alone.</summary>
    public TimeSpan Duration { get; init; } = DurationByDefault;

    /// <summary>Requests to make; null for as many as the duration allows.</summary>
    public long? Requests { get; init; }

    /// <summary>Requests a second, all connections together; null is as many as are answered.</summary>
    public double? RatePerSecond { get; init; }

    /// <summary>Requests under way on a connection at a time.</summary>
    public int Pipeline { get; init; } = 1;

    /// <summary>Whether each request has a connection of its own.</summary>
    public bool Close { get; init; }

    /// <summary>How long to run before anything is counted.</summary>
    public TimeSpan WarmUp { get; init; }

    /// <summary>Whether to go on warming up until each connection has had an answer, or the time-out is over: what it
    /// takes to set connections up is then not counted.</summary>
    public bool WarmsAllUp { get; init; }

    /// <summary>How long a connection, and an answer, may take.</summary>
    public TimeSpan Timeout { get; init; } = TimeoutByDefault;

    /// <summary>Loops that generate; 0 is half of the processors, so that the server has the others.</summary>
    public int Loops { get; init; }

    /// <summary>The generator's own I/O model.</summary>
    public IoModel Model { get; init; } = StandardModel;

    /// <summary>The processor that its loops run on; null is any.</summary>
    public int? Processor { get; init; }
}
