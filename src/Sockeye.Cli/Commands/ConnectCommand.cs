using System.CommandLine;
using System.Net.Sockets;
using Sockeye.Cli.Connecting;
using Sockeye.Cli.Resources;

namespace Sockeye.Cli.Commands;

/// <summary><c>sockeye connect ENDPOINT</c>: a terminal or a pipe to a peer.</summary>
internal sealed class ConnectCommand : ToolCommand
{
    /// <summary>A person may think for hours, and a slow peer take them: only <c>--wait</c> ends it.</summary>
    private static readonly Limits s_limits = Limits.Default with
    {
        IdleTimeout = Timeout.InfiniteTimeSpan,
        ReadTimeout = Timeout.InfiniteTimeSpan,
        WriteTimeout = Timeout.InfiniteTimeSpan,
    };

    private readonly Argument<Endpoint> _endpoint = new("endpoint")
    {
        Description = ConnectText.ArgumentEndpoint,
        CustomParser = Values.Endpoint,
    };

    private readonly Option<string?> _send = new("--send") { Description = ConnectText.OptionSend, HelpName = "file" };

    private readonly Option<string?> _recv = new("--recv") { Description = ConnectText.OptionRecv, HelpName = "file" };

    private readonly Option<bool> _force = new("--force") { Description = ConnectText.OptionForce };

    private readonly Option<bool> _hex = new("--hex", "-x") { Description = ConnectText.OptionHex };

    private readonly Option<bool> _crlf = new("--crlf") { Description = ConnectText.OptionCrlf };

    private readonly Option<TimeSpan> _wait =
        OptionKinds.Duration("--wait", ConnectText.OptionWait, Timeout.InfiniteTimeSpan);

    private readonly Option<TimeSpan> _timeout =
        OptionKinds.Duration("--timeout", ConnectText.OptionTimeout, ConnectOptions.Default.Timeout);

    private readonly Option<bool> _whole = new("--whole") { Description = ConnectText.OptionWhole };

    private readonly Option<bool> _insecure = new("--insecure", "-k") { Description = ConnectText.OptionInsecure };

    private readonly Option<string?> _alpn = new("--alpn") { Description = ConnectText.OptionAlpn, HelpName = "names" };

    private readonly Option<string?> _sni = new("--sni") { Description = ConnectText.OptionSni, HelpName = "name" };

    private readonly Option<Endpoint> _from = new("--from")
    {
        Description = ConnectText.OptionFrom,
        HelpName = "endpoint",
        CustomParser = Values.Endpoint,
    };

    private readonly Option<bool> _ipv4 = new("--ipv4", "-4") { Description = ConnectText.OptionIpv4 };

    private readonly Option<bool> _ipv6 = new("--ipv6", "-6") { Description = ConnectText.OptionIpv6 };

    private readonly Option<IoModel> _io = OptionKinds.Model();

    private readonly Option<bool> _verbose = new("--verbose", "-v") { Description = ConnectText.OptionVerbose };

    private readonly Option<bool> _quiet = new("--quiet", "-q") { Description = ConnectText.OptionQuiet };

    public ConnectCommand()
        : base("connect", ConnectText.Summary)
    {
        Arguments.Add(_endpoint);
        Option[] options =
        [
            _send, _recv, _force, _hex, _crlf, _whole, _wait, _timeout, _from, _ipv4, _ipv6, _insecure, _alpn, _sni,
            _io, _verbose, _quiet,
        ];
        foreach (Option option in options)
        {
            Options.Add(option);
        }
    }

    public override IReadOnlyList<Example> Examples =>
    [
        new("sockeye connect :9999", ConnectText.ExampleTerminal),
        new("sockeye connect example.com:80 --send request.txt --crlf --recv answer.txt", ConnectText.ExampleFiles),
        new("sockeye connect unix:/run/app.sock --hex", ConnectText.ExampleHex),
        new("sockeye connect tls://example.com:443 --crlf -v", ConnectText.ExampleTls),
        new("sockeye connect udp://[::1]:7 --wait 1s", ConnectText.ExampleWait),
    ];

    public override async Task<int> RunAsync(ParseResult arguments, Output output, CancellationToken stop)
    {
        Endpoint endpoint = arguments.GetValue(_endpoint)!;
        CheckScheme(endpoint);
        var files = new FileChoice(
            arguments.GetValue(_send), arguments.GetValue(_recv), arguments.GetValue(_force), arguments.GetValue(_hex));
        files.Check();
        bool interactive = files.Send is null && !Console.IsInputRedirected;
        bool quiet = arguments.GetValue(_quiet);
        bool talks = !quiet && (arguments.GetValue(_verbose) || (interactive && output.ErrorIsTerminal));
        var session = new SessionOptions(
            arguments.GetValue(_wait),
            arguments.GetValue(_crlf),
            interactive,
            arguments.GetValue(_whole),
            quiet || output.Json ? static _ => { } : output.Note);
        var options = new ConnectOptions
        {
            Timeout = arguments.Positive(_timeout),
            From = arguments.GetValue(_from),
            Limits = s_limits,
        };
        TlsChoice? tls = TlsChoice.Of(
            endpoint, arguments.GetValue(_insecure), arguments.GetValue(_alpn), arguments.GetValue(_sni));
        AddressFamily? family = FamilyOf(arguments);

        await using Network network = Network.Open(arguments.GetValue(_io), new NetworkOptions { Loops = 1 });
        var dialer = new Dialer(network, family, options, tls);
        var log = new ConnectLog(output, talks);
        return await network.RunAsync(() => endpoint.IsDatagram()
            ? ExchangeDatagramsAsync(dialer, endpoint, () => files.Open(output, inPieces: true), session, log, stop)
            : ConverseAsync(dialer, endpoint, () => files.Open(output, inPieces: false), session, log, stop));
    }

    private static async Task<int> ConverseAsync(
        Dialer dialer,
        Endpoint endpoint,
        Func<Exchange> open,
        SessionOptions options,
        ConnectLog log,
        CancellationToken stop)
    {
        (Connection connection, string by) = await dialer.ConnectAsync(endpoint, stop);
        using Exchange exchange = open();
        log.Connected(connection.RemoteEndpoint, connection.LocalEndpoint, by);
        var session = new StreamSession(connection, exchange, options);
        Ending ending = await session.RunAsync(stop);
        log.Closed(connection.RemoteEndpoint, ending, connection.BytesReceived, connection.BytesSent);
        return ending switch
        {
            Ending.Lost => throw new ToolException(ExitCode.Network, ConnectText.Reset.With(endpoint)),
            Ending.Stopped when !session.IsAllSent =>
                throw new ToolException(ExitCode.Network, ConnectText.StoppedUnsent.With(endpoint)),
            _ => ExitCode.Done,
        };
    }

    private static async Task<int> ExchangeDatagramsAsync(
        Dialer dialer,
        Endpoint endpoint,
        Func<Exchange> open,
        SessionOptions options,
        ConnectLog log,
        CancellationToken stop)
    {
        (DatagramSocket socket, Endpoint peer, bool isGroup) = await dialer.BindAsync(endpoint, stop);
        using Exchange exchange = open();
        log.Connected(peer, socket.LocalEndpoint, dialer.Network.Name);
        var session = new DatagramSession(socket, socket.AddressOf(peer), isGroup, exchange, options);
        Ending ending = await session.RunAsync(stop);
        log.Closed(peer, ending, exchange.ReceivedBytes, exchange.SentBytes);
        if (ending == Ending.Refused)
        {
            throw new ToolException(ExitCode.Network, ConnectText.NobodyListens.With(peer));
        }

        if (socket.DatagramsFailed > 0)
        {
            throw new ToolException(ExitCode.Network, ConnectText.DatagramsFailed.With(
                TextFormat.Count(socket.DatagramsFailed, Text.CountDatagram, Text.CountDatagrams), peer));
        }

        return ending == Ending.WaitOver && exchange.ReceivedBytes == 0 && options.Wait > TimeSpan.Zero
            ? throw new ToolException(ExitCode.Negative, ConnectText.NoAnswer.With(peer))
            : ExitCode.Done;
    }

    private static void CheckScheme(Endpoint endpoint)
    {
        if (endpoint.Scheme == EndpointScheme.Standard)
        {
            throw new ToolException(ExitCode.Usage, ConnectText.NoPeer);
        }

        string? instead = endpoint.Scheme switch
        {
            EndpointScheme.Http or EndpointScheme.Ws => $"tcp://{endpoint.Host}:{endpoint.Port}",
            EndpointScheme.Https or EndpointScheme.Wss => $"tls://{endpoint.Host}:{endpoint.Port}",
            _ => null,
        };
        if (instead is not null)
        {
            throw new ToolException(ExitCode.Usage, ConnectText.NoScheme.With(endpoint, instead));
        }
    }

    private AddressFamily? FamilyOf(ParseResult parsed) => (parsed.GetValue(_ipv4), parsed.GetValue(_ipv6)) switch
    {
        (true, true) => throw new ToolException(ExitCode.Usage, ConnectText.BothFamilies),
        (true, false) => AddressFamily.InterNetwork,
        (false, true) => AddressFamily.InterNetworkV6,
        _ => null,
    };
}
