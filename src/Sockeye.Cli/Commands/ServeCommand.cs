using System.CommandLine;
using System.CommandLine.Parsing;
using Sockeye.Cli.Resources;
using Sockeye.Cli.Serving;
using Sockeye.Http;
using Sockeye.Http.Protocol;

namespace Sockeye.Cli.Commands;

/// <summary><c>sockeye serve WHAT ENDPOINT…</c>: a server on any I/O model.</summary>
internal sealed class ServeCommand : ToolCommand
{
    /// <summary>Our own handlers block no loop; what a machine that is short of time does to one is worth a line only
    /// when it is long.</summary>
    private static readonly TimeSpan s_loopHeldAfter = TimeSpan.FromSeconds(1);

    private readonly Argument<string> _what = new("what")
    {
        Description = ServeText.ArgumentWhat.With(
            string.Join("; ", ProtocolTable.Rows.Select(protocol => $"{protocol.Name}: {protocol.Summary}"))),
    };

    private readonly Argument<Endpoint[]> _endpoints = new("endpoint")
    {
        Description = ServeText.ArgumentEndpoint,
        Arity = ArgumentArity.OneOrMore,
        CustomParser = Values.Endpoints,
    };

    private readonly Option<IoModel> _io = OptionKinds.Model();

    private readonly Option<int> _loops = OptionKinds.Number("--loops", ServeText.OptionLoops, 0);

    private readonly Option<TimeSpan> _delay =
        OptionKinds.Duration("--delay", ServeText.OptionDelay, TimeSpan.Zero);

    private readonly Option<TimeSpan> _idle =
        OptionKinds.Duration("--idle", ServeText.OptionIdle, Limits.Default.IdleTimeout);

    private readonly Option<TimeSpan> _drain =
        OptionKinds.Duration("--drain", ServeText.OptionDrain, TimeSpan.FromSeconds(5));

    private readonly Option<int> _maxConnections = OptionKinds.Number(
        "--max-connections", ServeText.OptionMaxConnections, Limits.Default.ConnectionsMax);

    private readonly Option<int> _maxPerAddress = OptionKinds.Number(
        "--max-per-address", ServeText.OptionMaxPerAddress, Limits.Default.ConnectionsPerAddressMax);

    private readonly Option<int> _threads = OptionKinds.Number(
        "--threads", ServeText.OptionThreads, NetworkOptions.Default.PoolThreads);

    private readonly Option<string> _certificate = new("--cert")
    {
        Description = ServeText.OptionCert,
        HelpName = "file",
    };

    private readonly Option<string> _key = new("--key") { Description = ServeText.OptionKey, HelpName = "file" };

    private readonly Option<bool> _selfSigned = new("--self-signed") { Description = ServeText.OptionSelfSigned };

    private readonly Option<string> _root = new("--root") { Description = ServeText.OptionRoot, HelpName = "folder" };

    private readonly Option<bool> _list = new("--list") { Description = ServeText.OptionList };

    private readonly Option<string> _accessLog = new("--access-log")
    {
        Description = ServeText.OptionAccessLog,
        HelpName = "file",
    };

    private readonly Option<AccessLogFormat> _accessLogFormat = new("--access-log-format")
    {
        Description = ServeText.OptionAccessLogFormat,
        HelpName = "format",
        DefaultValueFactory = _ => AccessLogFormat.Combined,
    };

    private readonly Option<long> _bodyLimit = OptionKinds.Size(
        "--body-limit", ServeText.OptionBodyLimit, HttpLimits.Default.BodyBytesMax);

    private readonly Option<TimeSpan> _headerTimeout = OptionKinds.Duration(
        "--header-timeout", ServeText.OptionHeaderTimeout, HttpServerOptions.Default.HeadTimeout);

    private readonly Option<bool> _quiet = new("--quiet", "-q") { Description = ServeText.OptionQuiet };

    private readonly Option<bool> _untilEof = new("--until-eof") { Description = ServeText.OptionUntilEof };

    public ServeCommand()
        : base("serve", ServeText.Summary)
    {
        string[] names = [.. ProtocolTable.Rows.Select(protocol => protocol.Name)];
        _what.CompletionSources.Add(names);
        _accessLogFormat.CompletionSources.Clear();
        _accessLogFormat.CompletionSources.Add("common", "combined", "json");
        _what.Validators.Add(result =>
        {
            if (!names.Contains(result.Tokens[0].Value))
            {
                result.AddError(result.ToString()); // UsageError words it, from the values that completion offers.
            }
        });
        Arguments.Add(_what);
        Arguments.Add(_endpoints);
        foreach (Option option in (Option[])
            [_io, _loops, _delay, _idle, _drain, _maxConnections, _maxPerAddress, _threads, _certificate, _key,
             _selfSigned, _root, _list, _bodyLimit, _headerTimeout, _accessLog, _accessLogFormat, _quiet, _untilEof])
        {
            Options.Add(option);
        }
    }

    public override IReadOnlyList<Example> Examples =>
    [
        new("sockeye serve greet tcp://127.0.0.1:9999", ServeText.ExampleGreet),
        new("sockeye serve greet :9999 --io threads --delay 1s", ServeText.ExampleModel),
        new("sockeye serve echo :7007 udp://:7007 unix:/tmp/echo.sock", ServeText.ExampleSeveral),
        new("sockeye serve exec :9000 -- sort", ServeText.ExampleExec),
        new("sockeye serve hello http://127.0.0.1:8080", ServeText.ExampleHello),
        new("sockeye serve files https://:8443 --root . --self-signed --access-log -", ServeText.ExampleFiles),
    ];

    public override bool TakesCommandLine => true;

    public override async Task<int> RunAsync(ParseResult arguments, Output output, CancellationToken stop)
    {
        Protocol protocol = ProtocolTable.Rows.First(row => row.Name == arguments.GetValue(_what));
        Endpoint[] endpoints = arguments.GetValue(_endpoints)!;
        CheckCommandLine(protocol);
        CheckEndpoints(protocol, endpoints);
        CheckOptions(protocol, arguments);
        var tls = new ServerTls(
            arguments.GetValue(_certificate), arguments.GetValue(_key), arguments.GetValue(_selfSigned));
        using var log = new ServeLog(output, arguments.GetValue(_quiet));
        using AccessLogFile? accessLog = arguments.GetValue(_accessLog) is { } file
            ? new AccessLogFile(file, arguments.GetValue(_accessLogFormat), log.Note)
            : null;
        var settings = new ServeSettings(arguments.GetValue(_delay), CommandLine, log.Note, log.Datagrams)
        {
            Root = arguments.GetValue(_root),
            ListFolders = arguments.GetValue(_list),
            AccessLog = accessLog,
            BodyBytesMax = arguments.GetValue(_bodyLimit),
            HeadTimeout = arguments.Positive(_headerTimeout),
        };
        await using Network network = Network.Open(arguments.GetValue(_io), new NetworkOptions
        {
            Loops = arguments.Between(_loops, 0, NetworkOptions.LoopsMax),
            PoolThreads = arguments.Between(_threads, 1, NetworkOptions.PoolThreadsMax),
            LoopHeldAfter = s_loopHeldAfter,
            Observe = log.Observe,
        });
        var options = new ListenOptions
        {
            DatagramBytesMax = ListenOptions.DatagramBytesMost,
            Limits = Limits.Default with
            {
                ConnectionsMax = arguments.Between(_maxConnections, 1, Limits.Most),
                ConnectionsPerAddressMax = arguments.Between(_maxPerAddress, 1, Limits.Most),
                IdleTimeout = arguments.Positive(_idle),
            },
        };

        await using RunningServer server = await protocol.StartAsync(new ServeStart(
            network, endpoints, options, tls.For(endpoints, log), arguments.GetValue(_drain), settings));
        log.Started(server.Endpoints, network.Name);

        await (arguments.GetValue(_untilEof)
            ? Task.WhenAny(stop.UntilCancelledAsync(), InputEndedAsync(log))
            : stop.UntilCancelledAsync());
        log.Stopping(server.CountConnections());
        await server.StopAsync();
        log.Summary();
        return ExitCode.Done;
    }

    private static void CheckEndpoints(Protocol protocol, Endpoint[] endpoints)
    {
        if (Array.Find(endpoints, endpoint => !protocol.Schemes.Contains(endpoint.Scheme)) is { } other)
        {
            throw new ToolException(ExitCode.Usage, other.IsDatagram()
                ? ServeText.NoDatagrams.With(protocol.Name, other)
                : ServeText.SchemeNotServed.With(
                    protocol.Name, string.Join(", ", protocol.Schemes.Select(EndpointExtensions.WordOf)), other));
        }

        if (Array.Find(endpoints, endpoint => endpoint.Scheme != EndpointScheme.Unix
            && endpoint.Scheme != EndpointScheme.UnixDatagram && endpoint.Path.Length > 1) is { } deep)
        {
            throw new ToolException(
                ExitCode.Usage, ServeText.PathInEndpoint.With(deep, $"{deep}"[..^deep.Path.Length]));
        }

        // Port 0 is another port each time.
        IEnumerable<Endpoint> fixedOnes = endpoints.Where(endpoint => endpoint.Port != 0 || endpoint.Path.Length > 1);
        if (fixedOnes.GroupBy(endpoint => endpoint.ToString()).FirstOrDefault(same => same.Count() > 1) is { } twice)
        {
            throw new ToolException(ExitCode.Usage, ServeText.EndpointTwice.With(twice.Key));
        }
    }

    /// <summary>An option that does nothing here is a mistake.</summary>
    private void CheckOptions(Protocol protocol, ParseResult arguments)
    {
        string? foreign = ProtocolTable.ParticularOptions.FirstOrDefault(
            name => !protocol.Takes.Contains(name) && arguments.GetResult(name) is OptionResult { Implicit: false });
        if (foreign is not null)
        {
            IEnumerable<string> takers =
                from row in ProtocolTable.Rows where row.Takes.Contains(foreign) select row.Name;
            throw new ToolException(
                ExitCode.Usage, ServeText.OptionNotFor.With(foreign, string.Join(", ", takers), protocol.Name));
        }

        IoModel model = arguments.GetValue(_io)!;
        if (arguments.IsGiven(_threads) && model.Name != "pool")
        {
            throw new ToolException(ExitCode.Usage, ServeText.ThreadsWithoutPool.With(model.Name));
        }

        if (arguments.IsGiven(_accessLogFormat) && !arguments.IsGiven(_accessLog))
        {
            throw new ToolException(ExitCode.Usage, ServeText.FormatWithoutLog);
        }
    }

    private void CheckCommandLine(Protocol protocol)
    {
        if (protocol.Name == "exec" && CommandLine.Count == 0)
        {
            throw new ToolException(ExitCode.Usage, ServeText.ExecNeedsCommand);
        }

        if (protocol.Name == "exec" && !Exec.CanFind(CommandLine[0]))
        {
            throw new ToolException(ExitCode.Usage, ServeText.ExecNotFound.With(CommandLine[0]));
        }

        if (protocol.Name != "exec" && CommandLine.Count > 0)
        {
            throw new ToolException(ExitCode.Usage, ServeText.OnlyExecTakesCommand.With(protocol.Name));
        }
    }

    // On a thread of its own: a thread of the pool that waits for a line is one that the model async has not.
    private static Task InputEndedAsync(ServeLog log) => Task.Factory.StartNew(
        () =>
        {
            using var input = new StreamReader(Console.OpenStandardInput());
            while (input.ReadLine() is { } line)
            {
                if (line == ServerProcess.UsageWord)
                {
                    log.Usage();
                }
            }
        },
        CancellationToken.None,
        TaskCreationOptions.LongRunning,
        TaskScheduler.Default);
}
