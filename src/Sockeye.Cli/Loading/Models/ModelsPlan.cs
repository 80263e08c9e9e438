namespace Sockeye.Cli.Loading.Models;

/// <summary>How requests and connections go together.</summary>
internal enum ConnectionStyle
{
    /// <summary>A connection has one request after another.</summary>
    KeepAlive,

    /// <summary>A connection has one request.</summary>
    Close,
}

/// <summary>Which I/O models to measure, under which loads.</summary>
internal sealed record ModelsPlan
{
    /// <summary>Connections at most.</summary>
    public const int ConnectionsMax = 10_000;

    /// <summary>Rounds at most.</summary>
    public const int RoundsMax = 100;

    /// <summary>Rounds when nothing else is said: of fewer a median and a spread say little.</summary>
    public const int RoundsByDefault = 5;

    /// <summary>Connections that warm a server up; fewer than the model pool has threads.</summary>
    public const int WarmUpConnections = 32;

    /// <summary>Idle connections whose memory is measured; select has room for 1,024 descriptors and no more.</summary>
    public const int IdleConnections = 800;

    /// <summary>How long each load is measured in a round when nothing else is said: nine models under six loads then
    /// take less than six minutes.</summary>
    public static readonly TimeSpan DurationByDefault = TimeSpan.FromMilliseconds(600);

    /// <summary>How long a server is warmed up before anything else, in each style: until what is used often has been
    /// compiled again, by what was learnt of it.</summary>
    public static readonly TimeSpan ServerWarmUp = TimeSpan.FromMilliseconds(400);

    /// <summary>How long each load runs before it is measured.</summary>
    public static readonly TimeSpan LoadWarmUp = TimeSpan.FromMilliseconds(100);

    /// <summary>How long system calls are counted at most.</summary>
    private static readonly TimeSpan s_countedMax = TimeSpan.FromMilliseconds(250);

    // What the estimate takes for granted: a server's start and end, its idle connections, a load's beginning and end.
    private static readonly TimeSpan s_serverTime = TimeSpan.FromMilliseconds(1_100);
    private static readonly TimeSpan s_loadTime = TimeSpan.FromMilliseconds(60);

    /// <summary>The models, in the order of the tables.</summary>
    public required IReadOnlyList<IoModel> Models { get; init; }

    /// <summary>The numbers of connections.</summary>
    public required IReadOnlyList<int> Connections { get; init; }

    /// <summary>The styles.</summary>
    public required IReadOnlyList<ConnectionStyle> Styles { get; init; }

    /// <summary>How long each load is measured, in each round.</summary>
    public TimeSpan Duration { get; init; } = DurationByDefault;

    /// <summary>How often each model has its turn: the second round goes the other way, and so on.</summary>
    public int Rounds { get; init; } = RoundsByDefault;

    /// <summary>The server's processor; null is any.</summary>
    public int? ServerProcessor { get; init; }

    /// <summary>The generator's processor; null is any.</summary>
    public int? GeneratorProcessor { get; init; }

    /// <summary>Whether system calls are counted, in short runs of their own.</summary>
    public bool CountsCalls { get; init; }

    /// <summary>How long system calls are counted.</summary>
    public TimeSpan Counted => Duration < s_countedMax ? Duration : s_countedMax;

    /// <summary>The loads of one model.</summary>
    public IEnumerable<(int Connections, ConnectionStyle Style)> Loads =>
        from style in Styles from connections in Connections select (connections, style);

    /// <summary>How often a load runs, all together.</summary>
    public int Runs => Models.Count * Loads.Count() * (Rounds + (CountsCalls ? 1 : 0));

    /// <summary>How long all of it takes on a machine that does nothing else.</summary>
    public TimeSpan Expected
    {
        get
        {
            TimeSpan server = s_serverTime + (ServerWarmUp * Styles.Count);
            TimeSpan measured = server + (Loads.Count() * (LoadWarmUp + Duration + s_loadTime));
            TimeSpan counted = server + (Loads.Count() * (LoadWarmUp + Counted + s_loadTime));
            return Models.Count * ((Rounds * measured) + (CountsCalls ? counted : TimeSpan.Zero));
        }
    }

    /// <summary>Why a model is not put under a load; null when it is.</summary>
    public static string? WhyNot(IoModel model, int connections, ConnectionStyle style) =>
        model.Name == "pool" && style == ConnectionStyle.KeepAlive && connections > NetworkOptions.Default.PoolThreads
            ? Resources.ModelsText.PoolTooSmall.With(connections, NetworkOptions.Default.PoolThreads)
            : null;
}
