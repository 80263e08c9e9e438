using Sockeye.Cli.Resources;

namespace Sockeye.Cli.Loading.Results;

/// <summary>What the summary on a terminal and the report in a browser say alike.</summary>
internal static class LoadWords
{
    /// <summary>The percentiles that are shown, with what they are called.</summary>
    public static IReadOnlyList<(string Label, double Percent)> Percentiles { get; } =
    [
        ("50 %", 50), ("75 %", 75), ("90 %", 90), ("99 %", 99), ("99.9 %", 99.9), ("99.99 %", 99.99),
    ];

    /// <summary>What was run, in a sentence.</summary>
    public static string Sentence(LoadResult result)
    {
        LoadSettings settings = result.Settings;
        string connections = settings.Close
            ? Text.ResultConnectionEach.With(Quantity.Count(settings.Connections))
            : TextFormat.Count(settings.Connections, Text.CountConnection, Text.CountConnections);
        string pipeline = settings.Pipeline > 1 ? Text.ResultPipeline.With(settings.Pipeline) : "";
        string message = settings.MessageBytes > 0
            ? Text.ResultMessage.With(Quantity.Count(settings.MessageBytes))
            : "";
        string rate = settings.RatePerSecond is { } wanted
            ? Text.ResultRate.With(Quantity.Number(wanted))
            : Text.ResultUnlimited;
        double seconds = result.Elapsed.TotalSeconds;
        return Text.ResultSentence.With(
            settings.Protocol, connections + pipeline + message, rate, Quantity.Digits(seconds));
    }

    /// <summary>Where it ran, in a sentence.</summary>
    public static string Machine(LoadResult result) => Text.ResultMachine.With(
        result.BeganAt.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss", System.Globalization.CultureInfo.InvariantCulture),
        TextFormat.Count(result.Settings.Loops, Text.ResultLoop, Text.ResultLoops),
        result.Settings.IoModel,
        TextFormat.Count(result.Machine.Processors, Text.ResultProcessor, Text.ResultProcessors),
        result.Machine.Dotnet,
        result.Machine.Kernel);

    /// <summary>From when latency counts, and what that means.</summary>
    public static string Origin(LoadResult result) =>
        result.Settings.RatePerSecond is null ? Text.ResultFromSending : Text.ResultFromDue;

    /// <summary>A sentence when the figures are the generator's and not the peer's; else null.</summary>
    public static string? Bottleneck(LoadResult result) => result.Generator.Limit switch
    {
        GeneratorLimit.Processor => Text.ResultLimitProcessor.With(Quantity.Percent(result.Generator.CpuShare)),
        GeneratorLimit.LateSends => Text.ResultLimitLate.With(Quantity.Count(result.Generator.LateSends)),
        GeneratorLimit.Ports => Text.ResultLimitPorts,
        _ => null,
    };

    /// <summary>How the generator fared when it was not the bottleneck.</summary>
    public static string Generator(LoadResult result) => Text.ResultGenerator.With(
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
        LoadErrorKind.ConnectRefused => Text.ResultErrorConnectRefused,
        LoadErrorKind.ConnectTimeout => Text.ResultErrorConnectTimeout,
        LoadErrorKind.ConnectFailed => Text.ResultErrorConnectFailed,
        LoadErrorKind.Reset => Text.ResultErrorReset,
        LoadErrorKind.ClosedEarly => Text.ResultErrorClosedEarly,
        LoadErrorKind.ReplyTimeout => Text.ResultErrorReplyTimeout,
        LoadErrorKind.WrongStatus => Text.ResultErrorWrongStatus,
        LoadErrorKind.WrongBody => Text.ResultErrorWrongBody,
        LoadErrorKind.MalformedReply => Text.ResultErrorMalformedReply,
        LoadErrorKind.DatagramLost => Text.ResultErrorDatagramLost,
        _ => throw new ArgumentOutOfRangeException(nameof(kind)),
    };
}
