using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using Sockeye.Cli.Loading;
using Sockeye.Cli.Loading.Results;
using Sockeye.Cli.Resources;

namespace Sockeye.Cli.Commands;

/// <summary><c>sockeye load URL|ENDPOINT</c>: requests, as many as are answered or as many as are asked for.</summary>
internal sealed class LoadCommand : ToolCommand
{
    private readonly Argument<string> _target = new("target") { Description = LoadText.ArgumentTarget };

    private readonly Option<int> _connections =
        OptionKinds.Number("--connections", LoadText.OptionConnections, LoadPlan.ConnectionsByDefault);

    private readonly Option<TimeSpan> _duration =
        OptionKinds.Duration("--duration", LoadText.OptionDuration, LoadPlan.DurationByDefault);

    private readonly Option<long> _requests = new("--requests", "-n")
    {
        Description = LoadText.OptionRequests,
        HelpName = "n",
        CustomParser = ReadCount,
    };

    private readonly Option<double> _rate = new("--rate")
    {
        Description = LoadText.OptionRate,
        HelpName = "n",
        CustomParser = ReadRate,
    };

    private readonly Option<int> _pipeline = OptionKinds.Number("--pipeline", LoadText.OptionPipeline, 1);

    private readonly Option<bool> _close = new("--close") { Description = LoadText.OptionClose };

    private readonly Option<TimeSpan> _warmUp =
        OptionKinds.Duration("--warm-up", LoadText.OptionWarmUp, TimeSpan.Zero);

    private readonly Option<TimeSpan> _timeout =
        OptionKinds.Duration("--timeout", LoadText.OptionTimeout, LoadPlan.TimeoutByDefault);

    private readonly Option<string?> _method = new("--method", "-X")
    {
        Description = LoadText.OptionMethod,
        HelpName = "method",
    };

    private readonly Option<string[]> _headers = new("--header", "-H")
    {
        Description = LoadText.OptionHeader,
        HelpName = "name: value",
    };

    private readonly Option<string?> _data = new("--data", "-d")
    {
        Description = LoadText.OptionData,
        HelpName = "text",
    };

    private readonly Option<string?> _message = new("--message", "--data-file")
    {
        Description = LoadText.OptionMessage,
        HelpName = "file",
    };

    private readonly Option<string[]> _expect = new("--expect")
    {
        Description = LoadText.OptionExpect,
        HelpName = "200|text",
        Arity = ArgumentArity.OneOrMore,
    };

    private readonly Option<int> _replyBytes = OptionKinds.Number("--reply-bytes", LoadText.OptionReplyBytes, 0);

    private readonly Option<bool> _insecure = new("--insecure", "-k") { Description = LoadText.OptionInsecure };

    private readonly Option<string?> _unix = new("--unix") { Description = LoadText.OptionUnix, HelpName = "path" };

    private readonly Option<Threshold[]> _failIf = new("--fail-if")
    {
        Description = LoadText.OptionFailIf,
        HelpName = "limit",
        CustomParser = Threshold.Parse,
    };

    private readonly Option<string[]> _save = new("--save", "-o")
    {
        Description = LoadText.OptionSave,
        HelpName = "file",
    };

    private readonly Option<int> _loops = OptionKinds.Number("--loops", LoadText.OptionLoops, 0);

    private readonly Option<IoModel> _io = new("--io")
    {
        Description = LoadText.OptionIo,
        HelpName = "model",
        CustomParser = Values.Model,
        DefaultValueFactory = _ => LoadPlan.StandardModel,
    };

    private readonly Option<bool> _quiet = new("--quiet", "-q") { Description = LoadText.OptionQuiet };

    public LoadCommand()
        : base("load", LoadText.Summary)
    {
        _connections.Aliases.Add("-c");
        _duration.Aliases.Add("-z");
        Arguments.Add(_target);
        foreach (Option option in (Option[])
            [_connections, _duration, _requests, _rate, _pipeline, _close, _warmUp, _timeout, _method, _headers, _data,
             _message, _expect, _replyBytes, _insecure, _unix, _failIf, _save, _loops, _io, _quiet])
        {
            Options.Add(option);
        }

        Subcommands.Add(new LoadCompareCommand());
        Subcommands.Add(new LoadModelsCommand());
        SetAction(static _ => ExitCode.Done); // Never run: without one the library wants the subcommand.
    }

    public override IReadOnlyList<Example> Examples =>
    [
        new("sockeye load http://127.0.0.1:8080/", LoadText.ExampleHttp),
        new("sockeye load :8080/plaintext --rate 20000 -z 30s --fail-if 'p99>5ms'", LoadText.ExampleRate),
        new("sockeye load https://localhost:8443/ -k -c 256 --warm-up 5s --save run.html", LoadText.ExampleReport),
        new("sockeye load tcp://127.0.0.1:7007 -d PING --expect PONG -n 100000", LoadText.ExampleMessage),
        new("sockeye load udp://127.0.0.1:7007 -c 16 --rate 5000", LoadText.ExampleDatagrams),
        new("sockeye load compare before.json after.json", CompareText.ExampleTwo),
    ];

    public override async Task<int> RunAsync(ParseResult arguments, Output output, CancellationToken stop)
    {
        string[] files = arguments.GetValue(_save) ?? [];
        string target = arguments.GetValue(_target)!;
        if (target.All(char.IsAsciiLetter)
            && Suggestion.Closest(target, Subcommands.Select(command => command.Name)) is { } near)
        {
            throw new ToolException(
                ExitCode.Usage, LoadText.NoTarget.With(target, Text.UsageDidYouMean.With($"{Name} {near}")));
        }

        LoadPlan plan = PlanOf(arguments);
        Array.ForEach(files, LoadFiles.RequireSavable);
        LoadResult result = await RunAsync(arguments, output, plan, stop);
        if (output.Json)
        {
            output.JsonLine(LoadResultJson.Type, result, LoadResultJson.Write);
        }
        else
        {
            LoadSummary.Write(output, result);
        }

        Finish(output, files, result, Threshold.Check(arguments.GetValue(_failIf) ?? [], result));
        return result.Requests > 0 ? ExitCode.Done : throw NothingGood(result);
    }

    private static ToolException NothingGood(LoadResult result)
    {
        if (result.ErrorCount == 0)
        {
            return new ToolException(ExitCode.Negative, LoadText.NothingMade);
        }

        LoadErrorKind most = result.Errors.MaxBy(one => one.Value).Key;
        string remedy = most switch
        {
            LoadErrorKind.WrongStatus => LoadText.NothingGoodStatus,
            LoadErrorKind.WrongBody or LoadErrorKind.MalformedReply => LoadText.NothingGoodBody,
            _ => LoadText.NothingGoodOther,
        };
        return new ToolException(ExitCode.Negative, LoadText.NothingGood.With(LoadWords.Label(most), remedy));
    }

    private async Task<LoadResult> RunAsync(
        ParseResult arguments, Output output, LoadPlan plan, CancellationToken stop)
    {
        try
        {
            return await LoadView.RunAsync(output, plan, arguments.GetValue(_quiet), stop);
        }
        catch (NetworkException exception) when (exception.Error == NetworkError.NotTls)
        {
            throw new ToolException(ExitCode.Network, LoadText.NotTls.With(plan.Target));
        }
        catch (NetworkException exception) when (
            plan.Protocol.Endpoint.IsTls && exception is { Error: NetworkError.Refused, SystemError: 0 }
            && !arguments.GetValue(_insecure))
        {
            // It was not the system that refused, but TLS.
            throw new ToolException(ExitCode.Network, LoadText.Certificate.With(exception.Message.TrimEnd('.')));
        }
    }

    /// <summary>Saves the result wherever it can, and ends the command by what matters most of what went wrong.
    /// </summary>
    private static void Finish(Output output, string[] files, LoadResult result, ToolException? broken)
    {
        List<ToolException> wrong = broken is null ? [] : [broken];
        foreach (string file in files)
        {
            try
            {
                LoadFiles.Save(file, result);
            }
            catch (ToolException unsaved)
            {
                wrong.Add(unsaved);
            }
        }

        if (result.Ending == LoadEnding.PeerGone)
        {
            wrong.Add(new ToolException(ExitCode.Network, LoadText.PeerGone.With(result.Settings.Target)));
        }

        if (wrong.Count > 0)
        {
            wrong[1..].ForEach(one => output.Note(one.Message));
            throw wrong[0];
        }
    }

    private LoadPlan PlanOf(ParseResult arguments)
    {
        int pipeline = arguments.Between(_pipeline, 1, LoadPlan.PipelineMax);
        bool close = arguments.GetValue(_close);
        long? requests = IsGiven(arguments, _requests) ? arguments.GetValue(_requests) : null;
        int connections = arguments.Between(_connections, 1, LoadPlan.ConnectionsMax);
        if (requests < connections)
        {
            connections = (int)requests; // One more would have nothing to do.
        }

        Descriptors.Require(connections);
        TimeSpan duration = arguments.Positive(_duration);
        return new LoadPlan
        {
            Target = arguments.GetValue(_target)!,
            Request = new LoadRequest(
                arguments.GetValue(_method),
                arguments.GetValue(_headers) is { Length: > 0 } headers ? string.Join('\n', headers) : null,
                arguments.GetValue(_expect) is { Length: > 0 } expected ? string.Join('\n', expected) : null),
            Protocol = new ProtocolChoice(arguments.GetValue(_target)!)
            {
                Method = arguments.GetValue(_method),
                Fields = arguments.GetValue(_headers) ?? [],
                Data = arguments.GetValue(_data),
                DataFile = arguments.GetValue(_message),
                Expect = arguments.GetValue(_expect) ?? [],
                ReplyBytes = arguments.Between(_replyBytes, 0, ProtocolChoice.MessageBytesMax),
                Insecure = arguments.GetValue(_insecure),
                Unix = arguments.GetValue(_unix),
                Close = close,
                Pipeline = pipeline,
            }.ToProtocol(),
            Connections = connections,
            Duration = requests is not null && !IsGiven(arguments, _duration) ? Timeout.InfiniteTimeSpan : duration,
            Requests = requests,
            RatePerSecond = IsGiven(arguments, _rate) ? arguments.GetValue(_rate) : null,
            Pipeline = pipeline,
            Close = close,
            WarmUp = Limited(arguments, _warmUp),
            Timeout = Limited(arguments, _timeout),
            Loops = arguments.Between(_loops, 0, NetworkOptions.LoopsMax),
            Model = arguments.GetValue(_io)!,
        };
    }

    private static bool IsGiven(ParseResult arguments, Option option) =>
        arguments.GetResult(option) is { Implicit: false };

    /// <summary>A duration that has to end.</summary>
    private static TimeSpan Limited(ParseResult arguments, Option<TimeSpan> option)
    {
        TimeSpan value = option.Name == "--timeout" ? arguments.Positive(option) : arguments.GetValue(option);
        return value != Timeout.InfiniteTimeSpan
            ? value
            : throw new ToolException(ExitCode.Usage, LoadText.DurationOff.With(option.Name));
    }

    private static long ReadCount(ArgumentResult result)
    {
        if (TryReadAmount(result.Tokens[^1].Value, out double amount) && amount is >= 1 and <= 1e15
            && double.IsInteger(amount))
        {
            return (long)amount;
        }

        result.AddError(LoadText.BadCount.With(result.Tokens[^1].Value));
        return 0;
    }

    private static double ReadRate(ArgumentResult result)
    {
        if (TryReadAmount(result.Tokens[^1].Value, out double amount)
            && amount is >= LoadPlan.RateMin and <= LoadPlan.RateMax)
        {
            return amount;
        }

        result.AddError(LoadText.BadRate.With(result.Tokens[^1].Value, LoadPlan.RateMin, LoadPlan.RateMax));
        return 0;
    }

    // 20000, 20k and 1.5m are numbers to people.
    private static bool TryReadAmount(string text, out double amount)
    {
        double unit = text switch
        {
            [.., 'k' or 'K'] => 1e3,
            [.., 'm' or 'M'] => 1e6,
            _ => 1,
        };
        bool isNumber = double.TryParse(
            unit > 1 ? text[..^1] : text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out amount);
        amount *= unit;
        return isNumber;
    }
}
