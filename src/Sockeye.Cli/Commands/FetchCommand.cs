using System.CommandLine;
using Sockeye.Cli.Connecting;
using Sockeye.Cli.Fetching;
using Sockeye.Cli.Resources;
using Sockeye.Http.Client;
using Transcript = Sockeye.Http.Client.Transcript;

namespace Sockeye.Cli.Commands;

/// <summary><c>sockeye fetch [METHOD] URL [ITEM…]</c>: a request over HTTP, and its answer.</summary>
internal sealed class FetchCommand : ToolCommand
{
    private const int RedirectsMost = 1_000;

    private readonly Argument<string[]> _words = new("request")
    {
        Description = FetchText.ArgumentRequest,
        Arity = ArgumentArity.OneOrMore,
    };

    private readonly Option<bool> _form = new("--form", "-f") { Description = FetchText.OptionForm };

    private readonly Option<bool> _headers = new("--headers") { Description = FetchText.OptionHeaders };

    private readonly Option<bool> _body = new("--body", "-b") { Description = FetchText.OptionBody };

    private readonly Option<bool> _verbose = new("--verbose", "-v") { Description = FetchText.OptionVerbose };

    private readonly Option<string?> _print = new("--print")
    {
        Description = FetchText.OptionPrint,
        HelpName = "letters",
    };

    private readonly Option<bool> _raw = new("--raw") { Description = FetchText.OptionRaw };

    private readonly Option<bool> _timing = new("--timing") { Description = FetchText.OptionTiming };

    private readonly Option<bool> _download = new("--download") { Description = FetchText.OptionDownload };

    private readonly Option<string?> _file = new("--output", "-o")
    {
        Description = FetchText.OptionOutput,
        HelpName = "file",
    };

    private readonly Option<bool> _continue = new("--continue") { Description = FetchText.OptionContinue };

    private readonly Option<bool> _force = new("--force") { Description = FetchText.OptionForce };

    private readonly Option<bool> _follow = new("--follow", "-L") { Description = FetchText.OptionFollow };

    private readonly Option<int> _maxRedirects = OptionKinds.Number(
        "--max-redirects", FetchText.OptionMaxRedirects, HttpFetcherOptions.Default.RedirectsMax);

    private readonly Option<string?> _session = new("--session")
    {
        Description = FetchText.OptionSession,
        HelpName = "name",
    };

    private readonly Option<bool> _asCurl = new("--as-curl") { Description = FetchText.OptionAsCurl };

    private readonly Option<bool> _fail = new("--fail") { Description = FetchText.OptionFail };

    private readonly Option<bool> _insecure = new("--insecure", "-k") { Description = FetchText.OptionInsecure };

    private readonly Option<string?> _cacert = new("--cacert")
    {
        Description = FetchText.OptionCacert,
        HelpName = "file",
    };

    private readonly Option<string?> _certificate = new("--cert")
    {
        Description = FetchText.OptionCert,
        HelpName = "file",
    };

    private readonly Option<string?> _key = new("--key") { Description = FetchText.OptionKey, HelpName = "file" };

    private readonly Option<string?> _proxy = new("--proxy", "-x")
    {
        Description = FetchText.OptionProxy,
        HelpName = "url",
    };

    private readonly Option<string?> _unix = new("--unix") { Description = FetchText.OptionUnix, HelpName = "path" };

    private readonly Option<TimeSpan> _timeout =
        OptionKinds.Duration("--timeout", FetchText.OptionTimeout, ConnectOptions.Default.Timeout);

    private readonly Option<IoModel> _io = OptionKinds.Model();

    public FetchCommand()
        : base("fetch", FetchText.Summary)
    {
        Arguments.Add(_words);
        Option[] options =
        [
            _form, _headers, _body, _verbose, _print, _raw, _timing, _download, _file, _continue, _force, _follow,
            _maxRedirects, _session, _asCurl, _fail, _insecure, _cacert, _certificate, _key, _proxy, _unix, _timeout,
            _io,
        ];
        foreach (Option option in options)
        {
            Options.Add(option);
        }
    }

    /// <summary>What becomes of the request.</summary>
    private enum Mode : byte
    {
        /// <summary>It is sent, and parts of it and of the answer are shown.</summary>
        Show = 0,

        /// <summary>The bytes of both directions are shown.</summary>
        Raw,

        /// <summary>The body of the answer is saved in a file.</summary>
        Download,

        /// <summary>It is not sent but written as a curl command.</summary>
        Curl,
    }

    /// <summary>The parts that can be shown, as HTTPie's letters have it.</summary>
    [Flags]
    private enum Parts : byte
    {
        None = 0,
        RequestHead = 1,
        RequestBody = 2,
        ResponseHead = 4,
        ResponseBody = 8,
    }

    public override IReadOnlyList<Example> Examples =>
    [
        new("sockeye fetch :8080/plaintext", FetchText.ExampleGet),
        new("sockeye fetch PUT :8080/users/7 name=Ada age:=36 X-Request-Id:42 dry==1", FetchText.ExampleItems),
        new("sockeye fetch :8080/orders 'to[name]=Ada' 'items[]=tea' 'items[]=milk'", FetchText.ExampleNested),
        new("sockeye fetch https://example.com --timing", FetchText.ExampleTiming),
        new("sockeye fetch :8080/upload photo@cat.png title=Cat --session me", FetchText.ExampleUpload),
        new("sockeye fetch :8080/big.iso --download --continue", FetchText.ExampleDownload),
        new("sockeye fetch :8080/users name=Ada --as-curl", FetchText.ExampleCurl),
    ];

    public override IReadOnlyDictionary<string, string> InsteadOf => CurlOptions.Instead;

    public override async Task<int> RunAsync(ParseResult arguments, Output output, CancellationToken stop)
    {
        Mode mode = ModeOf(arguments, output);
        Parts parts = PartsOf(arguments, output);
        WireChoice wire = WireOf(arguments);
        var words = new FetchWords(
            arguments.GetValue(_words)!,
            arguments.GetValue(_form),
            arguments.GetValue(_unix),
            arguments.GetValue(_session),
            StandardStreams.OpenInput);
        // Standard input may be one that nobody writes to, and Ctrl-C ends that too.
        FetchPlan plan = await Task.Run(() => FetchPlan.Of(words, output)).WaitAsync(stop);
        HttpFetcherOptions options = wire.Options(plan);
        if (mode == Mode.Curl)
        {
            plan.AddCookies(TimeProvider.System.GetUtcNow());
            output.Line(CurlCommand.Of(plan, wire));
            return ExitCode.Done;
        }

        await using Network network = Network.Open(arguments.GetValue(_io), new NetworkOptions { Loops = 1 });
        if (arguments.GetValue(_timing) || output.Json)
        {
            await Rehearsal.RunAsync(network, plan.Url, options, output, stop);
        }

        using var fetcher = new HttpFetcher(network, options);
        try
        {
            await using FetchResponse response = mode switch
            {
                Mode.Raw => await ShowRawAsync(fetcher, plan, output, stop),
                Mode.Download => await new FileSaver(
                    output, arguments.GetValue(_file), arguments.GetValue(_force), arguments.GetValue(_continue))
                    .RunAsync(fetcher, plan, RequestOf(plan, null), stop),
                _ => await ShowAsync(fetcher, plan, parts, output, stop),
            };
            plan.Session?.Save();
            if (arguments.GetValue(_timing) && !output.Json)
            {
                new Waterfall(response).Write(output);
            }

            return !arguments.GetValue(_fail) || response.Status < 400
                ? ExitCode.Done
                : throw new ToolException(
                    ExitCode.Negative, FetchText.Answered.With(plan.Url.Authority, response.Status, response.Reason));
        }
        catch (IOException exception) when (StandardStreams.IsClosedPipe(exception))
        {
            return ExitCode.Done; // Whoever reads has enough, as head(1) does.
        }
        catch (Exception exception) when (FetchFailure.Of(exception, plan, wire) is { } worded)
        {
            throw worded;
        }
    }

    private static FetchRequest RequestOf(FetchPlan plan, Transcript? transcript) => new(plan.Method, plan.Url)
    {
        Fields = plan.Fields,
        Content = plan.Body?.Content,
        Transcript = transcript,
    };

    private static async Task<FetchResponse> ShowRawAsync(
        HttpFetcher fetcher, FetchPlan plan, Output output, CancellationToken stop)
    {
        var view = new RawView(output);
        try
        {
            FetchResponse response = await fetcher.SendAsync(RequestOf(plan, view.Write), stop);
            if (response.Switched is null)
            {
                await response.Body.CopyToAsync(Stream.Null, stop);
            }

            return response;
        }
        finally
        {
            view.EndLine();
        }
    }

    private static async Task<FetchResponse> ShowAsync(
        HttpFetcher fetcher, FetchPlan plan, Parts parts, Output output, CancellationToken stop)
    {
        var sent = new SentRequest();
        bool showsSent = parts.HasFlag(Parts.RequestHead) && !output.Json;
        FetchResponse response = await fetcher.SendAsync(RequestOf(plan, showsSent ? sent.Write : null), stop);
        if (output.Json)
        {
            await ResponseJson.WriteAsync(output, plan, response, stop);
            return response;
        }

        if (showsSent)
        {
            HeadView.WriteSent(output, sent.Head.Span);
        }

        if (parts.HasFlag(Parts.RequestBody) && plan.Body?.Shown is { } body)
        {
            BodyView.Write(output, body, plan.Body.ContentType);
            output.Line();
        }

        if (parts.HasFlag(Parts.ResponseHead))
        {
            HeadView.Write(output, response);
        }

        if (parts.HasFlag(Parts.ResponseBody) && response.Switched is null)
        {
            await BodyView.WriteAsync(output, response, stop);
            HeadView.WriteFields(output, response.Trailers);
        }

        return response;
    }

    private Mode ModeOf(ParseResult arguments, Output output)
    {
        if (arguments.IsGiven(_maxRedirects) && !arguments.GetValue(_follow))
        {
            throw new ToolException(ExitCode.Usage, FetchText.OnlyFollow);
        }

        bool saves = arguments.GetValue(_download) || arguments.GetValue(_file) is not null;
        if (!saves && (arguments.GetValue(_continue) || arguments.GetValue(_force)))
        {
            throw new ToolException(ExitCode.Usage, FetchText.OnlyDownload);
        }

        (bool Is, string Name, Mode Mode)[] asked =
        [
            (arguments.GetValue(_raw), "--raw", Mode.Raw),
            (saves, "--download", Mode.Download),
            (arguments.GetValue(_asCurl), "--as-curl", Mode.Curl),
        ];
        (bool Is, string Name, Mode Mode)[] found = [.. asked.Where(one => one.Is)];
        if (found.Length > 1)
        {
            throw new ToolException(ExitCode.Usage, FetchText.Exclude.With(found[0].Name, found[1].Name));
        }

        return found switch
        {
            [] => Mode.Show,
            [{ Mode: not Mode.Download } one] when output.Json =>
                throw new ToolException(ExitCode.Usage, FetchText.Exclude.With("--json", one.Name)),
            _ => found[0].Mode,
        };
    }

    private Parts PartsOf(ParseResult arguments, Output output)
    {
        if (arguments.GetValue(_print) is { } letters)
        {
            return letters.Aggregate(Parts.None, (parts, letter) => parts | PartOf(letter, letters));
        }

        if (arguments.GetValue(_verbose))
        {
            return Parts.RequestHead | Parts.RequestBody | Parts.ResponseHead | Parts.ResponseBody;
        }

        Parts asked = (arguments.GetValue(_headers) ? Parts.ResponseHead : Parts.None)
            | (arguments.GetValue(_body) ? Parts.ResponseBody : Parts.None);
        return asked != Parts.None ? asked
            : output.OutIsTerminal ? Parts.ResponseHead | Parts.ResponseBody
            : Parts.ResponseBody;
    }

    private static Parts PartOf(char letter, string letters) => letter switch
    {
        'H' => Parts.RequestHead,
        'B' => Parts.RequestBody,
        'h' => Parts.ResponseHead,
        'b' => Parts.ResponseBody,
        _ => throw new ToolException(ExitCode.Usage, FetchText.BadPrint.With(letters)),
    };

    private WireChoice WireOf(ParseResult arguments) => new()
    {
        Insecure = arguments.GetValue(_insecure),
        Authorities = arguments.GetValue(_cacert),
        Certificate = arguments.GetValue(_certificate),
        Key = arguments.GetValue(_key),
        Proxy = arguments.GetValue(_proxy),
        Timeout = arguments.Positive(_timeout),
        RedirectsMax = arguments.GetValue(_follow) ? arguments.Between(_maxRedirects, 1, RedirectsMost) : 0,
    };
}
