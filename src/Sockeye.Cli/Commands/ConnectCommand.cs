using System.CommandLine;
using System.Net.Sockets;
using Sockeye.Cli.Connecting;
using Sockeye.Cli.Resources;

namespace Sockeye.Cli.Commands;

/// <summary><c>sockeye connect ENDPOINT</c>: a terminal or a pipe to a peer.</summary>
internal sealed class ConnectCommand : ToolCommand
{
    private readonly Argument<Endpoint> _endpoint = new("endpoint")
    {
        Description = Text.ConnectArgumentEndpoint,
        CustomParser = Values.Endpoint,
    };

    private readonly Option<string?> _send = new("--send") { Description = Text.ConnectOptionSend, HelpName = "file" };

    private readonly Option<string?> _recv = new("--recv") { Description = Text.ConnectOptionRecv, HelpName = "file" };

    private readonly Option<bool> _force = new("--force") { Description = Text.ConnectOptionForce };

    private readonly Option<bool> _hex = new("--hex", "-x") { Description = Text.ConnectOptionHex };

    private readonly Option<bool> _crlf = new("--crlf") { Description = Text.ConnectOptionCrlf };

    private readonly Option<TimeSpan> _wait = Duration("--wait", Text.ConnectOptionWait, Timeout.InfiniteTimeSpan);

    private readonly Option<TimeSpan> _timeout =
        Duration("--timeout", Text.ConnectOptionTimeout, ConnectOptions.Default.Timeout);

    private readonly Option<Endpoint> _from = new("--from")
    {
        Description = Text.ConnectOptionFrom,
        HelpName = "endpoint",
        CustomParser = Values.Endpoint,
    };

    private readonly Option<bool> _ipv4 = new("--ipv4", "-4") { Description = Text.ConnectOptionIpv4 };

    private readonly Option<bool> _ipv6 = new("--ipv6", "-6") { Description = Text.ConnectOptionIpv6 };

    private readonly Option<IoModel> _io = new("--io")
    {
        Description = Text.ServeOptionIo,
        HelpName = "model",
        CustomParser = Values.Model,
        DefaultValueFactory = _ => IoModel.Auto,
    };

    private readonly Option<bool> _verbose = new("--verbose", "-v") { Description = Text.ConnectOptionVerbose };

    private readonly Option<bool> _quiet = new("--quiet", "-q") { Description = Text.ConnectOptionQuiet };

    public ConnectCommand()
        : base("connect", Text.ConnectSummary)
    {
        Arguments.Add(_endpoint);
        foreach (Option option in (Option[])
            [_send, _recv, _force, _hex, _crlf, _wait, _timeout, _from, _ipv4, _ipv6, _io, _verbose, _quiet])
        {
            Options.Add(option);
        }
    }

    public override IReadOnlyList<Example> Examples =>
    [
        new("sockeye connect :9999", Text.ConnectExampleTerminal),
        new("sockeye connect example.com:80 --send request.txt --crlf --recv answer.txt", Text.ConnectExampleFiles),
        new("sockeye connect unix:/run/app.sock --hex", Text.ConnectExampleHex),
        new("sockeye connect [::1]:7 --wait 1s -v", Text.ConnectExampleWait),
    ];

    public override async Task<int> RunAsync(ParseResult arguments, Output output, CancellationToken stop)
    {
        Endpoint endpoint = arguments.GetValue(_endpoint)!;
        CheckScheme(endpoint);
        var options = new ConnectOptions
        {
            Timeout = PositiveOf(arguments, _timeout),
            From = arguments.GetValue(_from),
            Limits = s_limits,
        };
        var files = new FileChoice(
            arguments.GetValue(_send), arguments.GetValue(_recv), arguments.GetValue(_force), arguments.GetValue(_hex));
        bool interactive = files.Send is null && !Console.IsInputRedirected;
        bool quiet = arguments.GetValue(_quiet);
        bool talks = !quiet && !output.Json && (arguments.GetValue(_verbose) || (interactive && output.ErrorIsTerminal));
        var log = new ConnectLog(output, talks);
        var session = new SessionOptions(
            arguments.GetValue(_wait), arguments.GetValue(_crlf), interactive, quiet ? static _ => { } : output.Note);
        files.Check();

        await using Network network = Network.Open(arguments.GetValue(_io), new NetworkOptions { Loops = 1 });
        var dialer = new Dialer(network, FamilyOf(arguments));
        Connection connection = await dialer.ConnectAsync(endpoint, options, stop);
        using Exchange exchange = files.Open(output);
        log.Connected(connection);
        var conversation = new StreamSession(connection, exchange, session);
        Ending ending = await conversation.RunAsync(stop);
        log.Closed(connection, ending);
        return ExitCodeOf(ending, conversation.IsAllSent, endpoint);
    }

    /// <summary>A person may think for hours, and a slow peer may take them: only <c>--wait</c> ends a conversation.</summary>
    private static readonly Limits s_limits = Limits.Default with
    {
        IdleTimeout = Timeout.InfiniteTimeSpan,
        ReadTimeout = Timeout.InfiniteTimeSpan,
        WriteTimeout = Timeout.InfiniteTimeSpan,
    };

    private static int ExitCodeOf(Ending ending, bool isAllSent, Endpoint endpoint) => ending switch
    {
        Ending.Lost => throw new ToolException(ExitCode.Network, Text.ConnectReset.With(endpoint)),
        Ending.Stopped when !isAllSent =>
            throw new ToolException(ExitCode.Network, Text.ConnectStoppedUnsent.With(endpoint)),
        _ => ExitCode.Done,
    };

    private static void CheckScheme(Endpoint endpoint)
    {
        string? instead = endpoint.Scheme switch
        {
            EndpointScheme.Http or EndpointScheme.Ws => $"tcp://{endpoint.Host}:{endpoint.Port}",
            EndpointScheme.Https or EndpointScheme.Wss => $"tls://{endpoint.Host}:{endpoint.Port}",
            EndpointScheme.Standard => "tcp://127.0.0.1:80",
            _ => null,
        };
        if (instead is not null)
        {
            throw new ToolException(ExitCode.Usage, Text.ConnectNoScheme.With(endpoint, instead));
        }

        if (endpoint.Scheme == EndpointScheme.Tls)
        {
            throw new ToolException(ExitCode.NotSupported, Text.ConnectNoTls.With(endpoint));
        }
    }

    private AddressFamily? FamilyOf(ParseResult arguments) => (arguments.GetValue(_ipv4), arguments.GetValue(_ipv6)) switch
    {
        (true, true) => throw new ToolException(ExitCode.Usage, Text.ConnectBothFamilies),
        (true, false) => AddressFamily.InterNetwork,
        (false, true) => AddressFamily.InterNetworkV6,
        _ => null,
    };

    private static TimeSpan PositiveOf(ParseResult arguments, Option<TimeSpan> option)
    {
        TimeSpan value = arguments.GetValue(option);
        return value != TimeSpan.Zero
            ? value
            : throw new ToolException(ExitCode.Usage, Text.ServeDurationZero.With(option.Name));
    }

    private static Option<TimeSpan> Duration(string name, string description, TimeSpan standard) => new(name)
    {
        Description = description,
        HelpName = "time",
        CustomParser = Values.Duration,
        DefaultValueFactory = _ => standard,
    };
}
