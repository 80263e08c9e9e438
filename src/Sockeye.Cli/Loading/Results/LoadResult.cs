using System.Text.Json.Serialization;

namespace Sockeye.Cli.Loading.Results;

/// <summary>What came of a load: everything that the summary, the files and a comparison are made of.</summary>
/// <remarks>Nobody changes it, or a histogram of it, once it is made.</remarks>
internal sealed record LoadResult
{
    // A second that is short by a hundredth is a whole one: clocks and the last answers are not exact.
    private const double SecondSlack = 0.01;

    /// <summary>What was run.</summary>
    public required LoadSettings Settings { get; init; }

    /// <summary>When it began, in UTC.</summary>
    [JsonPropertyName("began_at_utc")]
    public required DateTimeOffset BeganAt { get; init; }

    /// <summary>Where it ran.</summary>
    public required LoadMachine Machine { get; init; }

    /// <summary>How long requests were made, warming up and the wait for the last answers left out.</summary>
    [JsonPropertyName("elapsed_seconds")]
    public required TimeSpan Elapsed { get; init; }

    /// <summary>What ended it.</summary>
    [JsonPropertyName("ended")]
    public LoadEnding Ending { get; init; }

    /// <summary>Requests that were answered as they should be. Those that failed are in <see cref="Errors"/>.</summary>
    public required long Requests { get; init; }

    /// <summary>Such answers that came within <see cref="Elapsed"/>, also those to requests that warmed up: what is
    /// counted by the second. An answer that came later is in <see cref="Requests"/> alone.</summary>
    public required long AnsweredInTime { get; init; }

    /// <summary>Requests that were under way when the load was stopped, and whose time was not over.</summary>
    public long Unanswered { get; init; }

    /// <summary>Bytes received.</summary>
    public required long BytesIn { get; init; }

    /// <summary>Bytes sent.</summary>
    public required long BytesOut { get; init; }

    /// <summary>
    /// The time to each answer: with a rate from the moment when the request was due, without one from its sending.
    /// </summary>
    public required LatencyHistogram Latency { get; init; }

    /// <summary>The time that each connection took to be made.</summary>
    public required LatencyHistogram ConnectLatency { get; init; }

    /// <summary>What each second saw, in order; the last one may have been shorter.</summary>
    public required IReadOnlyList<LoadSecond> Seconds { get; init; }

    /// <summary>Failures, by kind; a kind that did not occur is absent.</summary>
    public required IReadOnlyDictionary<LoadErrorKind, long> Errors { get; init; }

    /// <summary>HTTP's status codes and how often each came; empty for other protocols.</summary>
    public required IReadOnlyDictionary<int, long> StatusCodes { get; init; }

    /// <summary>Requests that were due at the end and had not been made, because their connections waited for answers;
    /// only with a rate.</summary>
    public long NotMade { get; init; }

    /// <summary>How the generator itself fared.</summary>
    public required LoadGenerator Generator { get; init; }

    /// <summary>The seconds that were seen from end to end: of the last one there may be only a part.</summary>
    [JsonIgnore]
    public IEnumerable<LoadSecond> WholeSeconds => Seconds.Take((int)(Elapsed.TotalSeconds + SecondSlack));

    /// <summary>All failures.</summary>
    public long ErrorCount => Errors.Values.Sum();

    /// <summary>Failures as a share of all requests, from 0 to 1.</summary>
    public double ErrorShare => Requests + ErrorCount is var all and > 0 ? (double)ErrorCount / all : 0;

    /// <summary>Requests answered in a second.</summary>
    public double RequestsPerSecond => Elapsed > TimeSpan.Zero ? AnsweredInTime / Elapsed.TotalSeconds : 0;

    /// <summary>Requests that nobody answered, or not in time: they took longer than any that is in
    /// <see cref="Latency"/>.</summary>
    private long Endless => Unanswered + Errors.GetValueOrDefault(LoadErrorKind.ReplyTimeout)
        + Errors.GetValueOrDefault(LoadErrorKind.DatagramLost);

    /// <summary>The latency that so many per cent of the requests did not exceed, where those that were not answered
    /// in time never end; null when there was no request.</summary>
    public double? PercentileOfAll(double percent)
    {
        long all = Latency.Count + Endless;
        double wanted = Math.Max(1, Math.Ceiling(Math.BitDecrement(percent) / 100 * all));
        return all == 0 ? null
            : wanted > Latency.Count ? double.PositiveInfinity
            : Latency.Percentile(Math.Min(100, percent * all / Latency.Count));
    }
}

/// <summary>What ended a load.</summary>
internal enum LoadEnding
{
    /// <summary>Its time, or its number of requests.</summary>
    Complete,

    /// <summary>Whoever ran it, before that.</summary>
    Stopped,

    /// <summary>The peer: nobody could connect any more.</summary>
    PeerGone,
}

/// <summary>What was run.</summary>
internal sealed record LoadSettings
{
    /// <summary>Where to, as it was typed.</summary>
    public required string Target { get; init; }

    /// <summary>The protocol's name: <c>http</c>, <c>echo</c>.</summary>
    public required string Protocol { get; init; }

    /// <summary>Connections at a time; for datagrams, sockets.</summary>
    public required int Connections { get; init; }

    /// <summary>Requests under way on a connection at a time.</summary>
    public required int Pipeline { get; init; }

    /// <summary>Requests a second, all connections together; null is as many as the peer answers.</summary>
    public double? RatePerSecond { get; init; }

    /// <summary>Loops that generate.</summary>
    public required int Loops { get; init; }

    /// <summary>The generator's own I/O model.</summary>
    public required string IoModel { get; init; }

    /// <summary>Whether each request has a connection of its own.</summary>
    public bool Close { get; init; }

    /// <summary>The bytes that a request carries: an echo's message, HTTP's body.</summary>
    public long MessageBytes { get; init; }

    /// <summary>How long requests were to be made; null for until something else ended it.</summary>
    [JsonPropertyName("duration_seconds")]
    public TimeSpan? Duration { get; init; }

    /// <summary>How many requests were to be made; null for as many as the duration allows.</summary>
    public long? Requests { get; init; }

    /// <summary>How long it was to warm up.</summary>
    [JsonPropertyName("warm_up_seconds")]
    public TimeSpan WarmUp { get; init; }

    /// <summary>How long a connection or an answer could take.</summary>
    [JsonPropertyName("timeout_seconds")]
    public TimeSpan Timeout { get; init; }

    /// <summary>What each request was.</summary>
    public LoadRequest Request { get; init; } = new();
}

/// <summary>What each request was, beside its target, as it was typed; nulls for what was not.</summary>
/// <param name="Method">HTTP's method.</param>
/// <param name="Headers">Header fields, a line each.</param>
/// <param name="Expect">What a good answer is.</param>
internal sealed record LoadRequest(string? Method = null, string? Headers = null, string? Expect = null);

/// <summary>Where a load was generated.</summary>
/// <param name="Processors">Processors that the generator could use.</param>
/// <param name="Kernel">The operating system and its version.</param>
/// <param name="Dotnet">The runtime and its version.</param>
internal sealed record LoadMachine(int Processors, string Kernel, string Dotnet)
{
    /// <summary>This one.</summary>
    public static LoadMachine Here() => new(
        Environment.ProcessorCount,
        System.Runtime.InteropServices.RuntimeInformation.OSDescription,
        System.Runtime.InteropServices.RuntimeInformation.FrameworkDescription);
}

/// <summary>What a second of a load saw.</summary>
/// <param name="Requests">Requests answered as they should be.</param>
/// <param name="Errors">Requests that failed.</param>
/// <param name="P50Nanoseconds">The latency that half of them did not exceed; 0 when there were none.</param>
/// <param name="P99Nanoseconds">The latency that 99 % of them did not exceed; 0 when there were none.</param>
internal sealed record LoadSecond(
    long Requests,
    long Errors,
    [property: JsonPropertyName("p50_ns")] long P50Nanoseconds,
    [property: JsonPropertyName("p99_ns")] long P99Nanoseconds)
{
    /// <summary>A second by its own histogram, which may be cleared afterwards.</summary>
    public static LoadSecond Of(LatencyHistogram latency, long errors) =>
        new(latency.Count, errors, latency.Percentile(50), latency.Percentile(99));
}

/// <summary>How a generator fared.</summary>
/// <param name="CpuShare">Its CPU time by the time that its loops had, from 0 to 1: at 1 it could do no more.</param>
/// <param name="LateSends">Requests that left later than the rate asked for, because the generator was busy.</param>
/// <param name="LateNanosecondsMost">The longest of those delays.</param>
/// <param name="Limit">What of the generator, rather than of the peer, held the load back.</param>
internal sealed record LoadGenerator(
    double CpuShare,
    long LateSends,
    [property: JsonPropertyName("late_most_ns")] long LateNanosecondsMost,
    GeneratorLimit Limit);

/// <summary>What of a generator can hold a load back.</summary>
internal enum GeneratorLimit
{
    /// <summary>Nothing: the figures are the peer's.</summary>
    None,

    /// <summary>Its loops had no processor time to spare.</summary>
    Processor,

    /// <summary>Too many requests left later than they were due.</summary>
    LateSends,

    /// <summary>It had no port left for another connection.</summary>
    Ports,
}

/// <summary>How a request or a connection can fail.</summary>
internal enum LoadErrorKind
{
    /// <summary>Nobody listens there.</summary>
    ConnectRefused,

    /// <summary>No connection in time.</summary>
    ConnectTimeout,

    /// <summary>No connection, for another reason: no route, no port left.</summary>
    ConnectFailed,

    /// <summary>The peer reset the connection.</summary>
    Reset,

    /// <summary>The peer closed the connection before the answer was complete.</summary>
    ClosedEarly,

    /// <summary>No answer in time.</summary>
    ReplyTimeout,

    /// <summary>An answer with another status than the expected one.</summary>
    WrongStatus,

    /// <summary>An answer with another body than the expected one.</summary>
    WrongBody,

    /// <summary>An answer that breaks the protocol.</summary>
    MalformedReply,

    /// <summary>An answer in HTTP, where none was asked for.</summary>
    HttpReply,

    /// <summary>A datagram whose answer never came.</summary>
    DatagramLost,
}
