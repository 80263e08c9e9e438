using System.CommandLine;
using System.CommandLine.Parsing;
using Sockeye.Capture.Streams;
using Sockeye.Cli.Capturing;
using Sockeye.Cli.Connecting;
using Sockeye.Cli.Reading;
using Sockeye.Cli.Resources;
using Sockeye.Wire.Filters;

namespace Sockeye.Cli.Commands;

/// <summary><c>sockeye read FILE</c>: what is in a capture.</summary>
internal sealed class ReadCommand : ToolCommand
{
    // Words that stand alone in the language of capture filters, and nowhere in that of display filters.
    private static readonly string[] s_captureWords = ["host", "port", "portrange", "net", "src", "dst", "proto"];

    private readonly Argument<string> _file = new("file") { Description = ReadText.ArgumentFile };

    private readonly Option<bool> _streams = new("--streams") { Description = ReadText.OptionStreams };

    private readonly Option<StreamChoice> _follow = Stream("--follow", ReadText.OptionFollow);

    private readonly Option<string?> _raw = new("--raw")
    {
        Description = ReadText.OptionRaw,
        HelpName = "side",
        CustomParser = ReadSide,
    };

    private readonly Option<StreamChoice> _ladder = Stream("--ladder", ReadText.OptionLadder);

    private readonly Option<bool> _unfold = new("--unfold") { Description = ReadText.OptionUnfold };

    private readonly Option<string?> _svg = OptionKinds.File("--svg", ReadText.OptionSvg);

    private readonly Option<string?> _html = OptionKinds.File("--html", ReadText.OptionHtml);

    private readonly Option<string?> _mermaid = OptionKinds.File("--mermaid", ReadText.OptionMermaid);

    private readonly Option<bool> _expert = new("--expert") { Description = ReadText.OptionExpert };

    private readonly Option<GraphChoice> _graph = new("--graph")
    {
        Description = ReadText.OptionGraph,
        HelpName = "what",
        CustomParser = GraphChoice.Read,
    };

    private readonly Option<DisplayFilter> _where = new("--where", "-Y")
    {
        Description = ReadText.OptionWhere,
        HelpName = "filter",
        CustomParser = ReadFilter,
    };

    private readonly Option<string[]> _fields = new("--field", "-e")
    {
        Description = ReadText.OptionField,
        HelpName = "name",
        AllowMultipleArgumentsPerToken = false,
    };

    private readonly Option<bool> _tree = new("--tree") { Description = ReadText.OptionTree };

    private readonly Option<ListingTime> _time = ListingTime.Option();

    private readonly Option<bool> _hex = new("--hex") { Description = ReadText.OptionHex };

    private readonly Option<string?> _keys = OptionKinds.File("--keys", ReadText.OptionKeys);

    private readonly Option<int> _count = OptionKinds.Number("--count", ReadText.OptionCount, int.MaxValue, "-c");

    public ReadCommand()
        : base("read", ReadText.Summary)
    {
        Arguments.Add(_file);
        Option[] options =
        [
            _where, _count, _time, _keys, _tree, _hex, _fields, _streams, _follow, _raw, _expert, _graph, _ladder,
            _unfold, _svg, _html, _mermaid,
        ];
        foreach (Option option in options)
        {
            Options.Add(option);
        }
    }

    public override IReadOnlyList<Example> Examples =>
    [
        new("sockeye read trip.pcapng", ReadText.ExampleListing),
        new("sockeye read trip.pcapng --where 'tcp.analysis.retransmission && ip.src == 10.0.0.0/8'",
            ReadText.ExampleWhere),
        new("sockeye read trip.pcapng --time clock", ReadText.ExampleTime),
        new("sockeye read trip.pcapng --streams", ReadText.ExampleStreams),
        new("sockeye read trip.pcapng --ladder 1", ReadText.ExampleLadder),
        new("sockeye read trip.pcapng --ladder 1 --html ladder.html", ReadText.ExampleHtml),
        new("sockeye read trip.pcapng --follow 1", ReadText.ExampleFollow),
        new("sockeye read trip.pcapng --keys keys.log -Y http", ReadText.ExampleKeys),
        new("sockeye read trip.pcapng --expert", ReadText.ExampleExpert),
        new("sockeye read trip.pcapng --graph rtt:1", ReadText.ExampleGraph),
        new("sockeye read trip.pcapng -e frame.number -e ip.src -e tcp.len", ReadText.ExampleField),
        new("sockeye capture -i lo -w - tcp | sockeye read - --streams", ReadText.ExamplePipe),
    ];

    public override IReadOnlyDictionary<string, string> InsteadOf => TsharkOptions.Instead;

    public override async Task<int> RunAsync(ParseResult arguments, Output output, CancellationToken stop)
    {
        string file = arguments.GetValue(_file)!;
        string? keyFile = arguments.GetValue(_keys);
        var run = new ReadRun(
            output, file, ViewOf(arguments, output, file), arguments.GetValue(_where),
            arguments.Between(_count, 1, int.MaxValue))
        {
            Keys = keyFile is null ? null : KeyFile.Read(keyFile),
        };
        try
        {
            // On a thread of its own: it waits for a pipe.
            int code = await Task.Factory.StartNew(
                () => run.Run(stop), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
            if (keyFile is not null && run.Keys is { Count: 0 } && !output.Json)
            {
                output.Note(ReadText.NoKeysInFile.With(keyFile));
            }

            return code;
        }
        catch (IOException exception) when (StandardStreams.IsClosedPipe(exception))
        {
            return ExitCode.Done; // Whoever reads has enough, as head(1) does.
        }
    }

    private ReadView ViewOf(ParseResult arguments, Output output, string file)
    {
        StreamChoice? follow = arguments.GetValue(_follow);
        StreamChoice? ladder = arguments.GetValue(_ladder);
        GraphChoice? graph = arguments.GetValue(_graph);
        Option[] chosen =
        [
            .. new Option[] { _streams, _follow, _ladder, _expert, _graph, _fields }.Where(arguments.IsGiven),
        ];
        Option[] parts = [.. new Option[] { _tree, _hex, _time }.Where(arguments.IsGiven)];
        if (chosen is [var one, ..] && chosen.Concat(parts).FirstOrDefault(other => Excludes(one, other)) is { } other)
        {
            throw new ToolException(ExitCode.Usage, ReadText.OneView.With(one.Name, other.Name));
        }

        var files = new LadderFiles(
            arguments.GetValue(_svg), arguments.GetValue(_html), arguments.GetValue(_mermaid));
        if (ladder is null && (!files.IsNone || arguments.GetValue(_unfold)))
        {
            throw new ToolException(ExitCode.Usage, ReadText.NeedsLadder);
        }

        OutputFiles.Check(file, [("--svg", files.Svg), ("--html", files.Html), ("--mermaid", files.Mermaid)]);
        if (follow is null && arguments.GetValue(_raw) is not null)
        {
            throw new ToolException(ExitCode.Usage, ReadText.NeedsFollow);
        }

        return chosen switch
        {
            _ when follow is not null => Follow(arguments, output, follow),
            _ when ladder is not null => new LadderView(output, ladder, files, !arguments.GetValue(_unfold), file),
            _ when graph is not null => new GraphView(output, graph),
            _ when arguments.GetValue(_streams) => new StreamsView(output),
            _ when arguments.GetValue(_expert) => new ExpertView(output),
            _ when arguments.IsGiven(_fields) => new FieldsView(output, FieldsView.Find(arguments.GetValue(_fields)!)),
            _ => new ListingView(output, PartsOf(arguments), arguments.GetValue(_time)!.ToListing()),
        };
    }

    // The parts of a packet are of a listing; what was said is also shown in hexadecimal.
    private bool Excludes(Option view, Option other) => other != view && !(view == _follow && other == _hex);

    private FollowView Follow(ParseResult arguments, Output output, StreamChoice follow)
    {
        if (follow == StreamChoice.All)
        {
            throw new ToolException(ExitCode.Usage, ReadText.FollowOne);
        }

        Side? only = arguments.GetValue(_raw) switch
        {
            null => null,
            "client" => Side.Client,
            _ => Side.Server,
        };
        FollowForm form = only is not null ? FollowForm.Raw
            : arguments.GetValue(_hex) ? FollowForm.Hex : FollowForm.Text;
        return new FollowView(output, follow, form, only);
    }

    private FrameParts PartsOf(ParseResult arguments) =>
        (arguments.GetValue(_tree) ? FrameParts.Tree : FrameParts.None)
        | (arguments.GetValue(_hex) ? FrameParts.Hex : FrameParts.None);

    private static Option<StreamChoice> Stream(string name, string description) => new(name)
    {
        Description = description,
        HelpName = "n",
        CustomParser = StreamChoice.Read,
    };

    private static string? ReadSide(ArgumentResult result)
    {
        string text = result.Tokens[^1].Value;
        if (text is "client" or "server")
        {
            return text;
        }

        result.AddError(ReadText.NoSide.With(text));
        return null;
    }

    private static DisplayFilter? ReadFilter(ArgumentResult result)
    {
        string text = result.Tokens[^1].Value;
        if (DisplayFilter.TryParse(text, out DisplayFilter? filter, out FilterError? error, StreamFields.Table))
        {
            return filter;
        }

        string wrong = ReadText.FilterWrong.With(text, error.Column, error.Message.TrimEnd('.').AfterColon());
        bool isCaptureFilter = text.Split(' ').Any(word => s_captureWords.Contains(word));
        result.AddError(isCaptureFilter ? ReadText.FilterOfCaptures.With(wrong) : wrong);
        return null;
    }
}
