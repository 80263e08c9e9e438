using Sockeye.Cli.Resources;

namespace Sockeye.Cli.Loading.Results;

/// <summary>What the summary on a terminal and the report in a browser say alike.</summary>
internal static class LoadWords
{
    /// <summary>A generator that used no more of its time was kept from it by something else.</summary>
    private const double IdleShareMax = 0.5;

    /// <summary>The percentiles that are shown, with what they are called.</summary>
    public static IReadOnlyList<(string Label, double Percent)> Percentiles { get; } =
    [
        ("50 %", 50), ("75 %", 75), ("90 %", 90), ("95 %", 95), ("99 %", 99), ("99.9 %", 99.9), ("99.99 %", 99.99),
    ];

    /// <summary>What was run, in a sentence.</summary>
    public static string Sentence(LoadResult result)
    {
        LoadSettings settings = result.Settings;
        string connections = settings.Close
            ? ResultText.ConnectionEach.With(Quantity.Count(settings.Connections))
            : TextFormat.Count(settings.Connections, Text.CountConnection, Text.CountConnections);
        string pipeline = settings.Pipeline > 1 ? ResultText.Pipeline.With(settings.Pipeline) : "";
        string message = settings.MessageBytes > 0
            ? ResultText.Message.With(Quantity.Count(settings.MessageBytes))
            : "";
        string rate = settings.RatePerSecond is { } wanted
            ? ResultText.Rate.With(Quantity.Number(wanted))
            : ResultText.Unlimited;
        double seconds = result.Elapsed.TotalSeconds;
        return ResultText.Sentence.With(
            settings.Protocol, connections + pipeline + message, rate, Quantity.Digits(seconds));
    }

    /// <summary>Where it ran, in a sentence.</summary>
    public static string Machine(LoadResult result) => ResultText.Machine.With(
        result.BeganAt.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss", System.Globalization.CultureInfo.InvariantCulture),
        TextFormat.Count(result.Settings.Loops, ResultText.Loop, ResultText.Loops),
        result.Settings.IoModel,
        TextFormat.Count(result.Machine.Processors, ResultText.Processor, ResultText.Processors),
        result.Machine.Dotnet,
        result.Machine.Kernel);

    /// <summary>From when latency counts, of what, and what that means: a sentence each.</summary>
    public static IEnumerable<string> Meaning(LoadResult result)
    {
        yield return result.Settings switch
        {
            { RatePerSecond: not null } => ResultText.FromDue,
            { Close: true } => ResultText.FromConnecting,
            _ => ResultText.FromSending,
        };
        if (result.ErrorCount + result.Unanswered > 0)
        {
            yield return ResultText.OnlyGood.With(Quantity.Count(result.ErrorCount + result.Unanswered));
        }

        if (result.NotMade > 0)
        {
            yield return ResultText.NotMadeMeaning;
        }
    }

    /// <summary>A sentence when it ended before it should have; else null.</summary>
    public static string? CutShort(LoadResult result) => result.Ending switch
    {
        LoadEnding.Stopped => ResultText.Stopped.With(Quantity.Digits(result.Elapsed.TotalSeconds)),
        LoadEnding.PeerGone => ResultText.PeerGone.With(Quantity.Digits(result.Elapsed.TotalSeconds)),
        _ => null,
    };

    /// <summary>A sentence when the figures are the generator's and not the peer's; else null.</summary>
    public static string? Bottleneck(LoadResult result) => result.Generator.Limit switch
    {
        GeneratorLimit.Processor => ResultText.LimitProcessor.With(Quantity.Percent(result.Generator.CpuShare)),
        GeneratorLimit.LateSends => (result.Generator.CpuShare < IdleShareMax
                ? ResultText.LimitMachine
                : ResultText.LimitLate)
            .With(
                Quantity.Count(result.Generator.LateSends),
                Quantity.Duration(result.Generator.LateNanosecondsMost),
                Quantity.Percent(result.Generator.CpuShare)),
        GeneratorLimit.Ports => ResultText.LimitPorts,
        _ => null,
    };

    /// <summary>How the generator fared when it was not the bottleneck.</summary>
    public static string Generator(LoadResult result) => ResultText.Generator.With(
        Quantity.Percent(result.Generator.CpuShare), Quantity.Count(result.Generator.LateSends));

    /// <summary>The failures by kind, the most frequent first.</summary>
    public static IEnumerable<(string Label, long Count)> Errors(LoadResult result) => result.Errors
        .Where(one => one.Value > 0)
        .OrderByDescending(one => one.Value).ThenBy(one => one.Key)
        .Select(one => (Label(one.Key), one.Value));

    /// <summary>The status codes, in order.</summary>
    public static IEnumerable<(string Label, long Count)> StatusCodes(LoadResult result) =>
        result.StatusCodes.Where(one => one.Value > 0).OrderBy(one => one.Key).Select(one => ($"{one.Key}", one.Value));

    /// <summary>What a kind of failure is called.</summary>
    public static string Label(LoadErrorKind kind) => kind switch
    {
        LoadErrorKind.ConnectRefused => ResultText.ErrorConnectRefused,
        LoadErrorKind.ConnectTimeout => ResultText.ErrorConnectTimeout,
        LoadErrorKind.ConnectFailed => ResultText.ErrorConnectFailed,
        LoadErrorKind.Reset => ResultText.ErrorReset,
        LoadErrorKind.ClosedEarly => ResultText.ErrorClosedEarly,
        LoadErrorKind.ReplyTimeout => ResultText.ErrorReplyTimeout,
        LoadErrorKind.WrongStatus => ResultText.ErrorWrongStatus,
        LoadErrorKind.WrongBody => ResultText.ErrorWrongBody,
        LoadErrorKind.MalformedReply => ResultText.ErrorMalformedReply,
        LoadErrorKind.HttpReply => ResultText.ErrorHttpReply,
        LoadErrorKind.DatagramLost => ResultText.ErrorDatagramLost,
        _ => throw new ArgumentOutOfRangeException(nameof(kind)),
    };
}
