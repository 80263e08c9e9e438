using System.Net;
using System.Net.Security;
using System.Text;
using Sockeye.Tls;

namespace Sockeye.Capture.Journeys;

/// <summary>Takes one journey; everything happens on one owner.</summary>
internal sealed class JourneyRun(Network network, JourneyPlan plan)
{
    private static readonly SslApplicationProtocol[] s_http = [SslApplicationProtocol.Http11];

    private readonly List<JourneyAttempt> _attempts = [];
    private readonly JourneyClock _clock = new(network.Time);
    private IReadOnlyList<IPAddress> _addresses = [];
    private Connection? _connection;
    private IPEndPoint? _local;
    private IPEndPoint? _remote;
    private TcpInfo? _kernel;
    private JourneyTls? _tls;
    private JourneyHttp? _http;
    private JourneyTalk? _talk;
    private JourneyClose _close;

    private Endpoint Target => plan.Target;

    public async Task<Journey> RunAsync(CancellationToken cancellationToken)
    {
        JourneyFailure? failure = null;
        try
        {
            await TravelAsync(cancellationToken);
        }
        catch (Exception exception) when (exception is NetworkException or IOException or OperationCanceledException)
        {
            // Whoever stops it has the connection aborted, which is then what ends the journey.
            failure = new JourneyFailure(_clock.Current, cancellationToken.IsCancellationRequested
                ? new OperationCanceledException(cancellationToken)
                : exception);
            _kernel ??= _connection?.ReadTcpInfo();
            _close = _connection switch
            {
                null => JourneyClose.None,
                { Ended: End.Reset } => JourneyClose.ResetByPeer,
                _ => JourneyClose.ResetByUs,
            };
            _connection?.Abort();
        }

        _clock.End();

        return new Journey
        {
            Target = Target,
            BeganAt = _clock.BeganAt,
            Total = _clock.Now,
            Phases = _clock.Phases,
            Addresses = _addresses,
            Attempts = _attempts,
            Local = _local,
            Remote = _remote,
            Kernel = _kernel,
            Tls = _tls,
            Http = _http,
            Talk = _talk,
            Close = _close,
            Failure = failure,
        };
    }

    private async Task TravelAsync(CancellationToken cancellationToken)
    {
        await LookUpAsync(cancellationToken);
        _clock.Begin(JourneyPhaseKind.Route);
        plan.Approaching?.Invoke(_addresses);
        _clock.Begin(JourneyPhaseKind.Connect);
        Connection connection = await ConnectAsync(cancellationToken);
        bool isHttp = Target.Scheme is EndpointScheme.Http or EndpointScheme.Https;
        if (Target.Scheme is EndpointScheme.Tls or EndpointScheme.Https)
        {
            _clock.Begin(JourneyPhaseKind.Tls);
            connection = _connection = await ShakeHandsAsync(connection, isHttp, cancellationToken);
        }

        using CancellationTokenRegistration stop = cancellationToken.UnsafeRegister(
            static state => ((Connection)state!).Abort(), connection);
        bool peerCloses = isHttp ? await AskAsync(connection) : await TalkAsync(connection, cancellationToken);
        cancellationToken.ThrowIfCancellationRequested();
        _kernel = connection.ReadTcpInfo();
        _clock.Begin(JourneyPhaseKind.Close);
        _close = await CloseAsync(connection, peerCloses);
    }

    private async Task LookUpAsync(CancellationToken cancellationToken)
    {
        if (Target.Address is { } literal)
        {
            _addresses = [literal];
            return;
        }

        _clock.Begin(JourneyPhaseKind.NameLookup);
        IReadOnlyList<IPAddress> found = await plan.LookUp(Target.Host, cancellationToken);
        _addresses = found.Count > 0
            ? found
            : throw new NetworkException(NetworkOperation.Resolve, Target, NetworkError.NameNotFound,
                $"The name '{Target.Host}' has no address: check its spelling, or ask another server.");
    }

    private async Task<Connection> ConnectAsync(CancellationToken cancellationToken)
    {
        IPAddress[] addresses = [.. _addresses];
        var options = new ConnectOptions
        {
            Timeout = plan.Timeout,
            Resolve = (_, _) => ValueTask.FromResult(addresses),
            NameResolved = inOrder => _addresses = [.. inOrder.OfType<IPAddress>()],
            AddressTried = OnTried,
            Limits = Limits.Default with
            {
                IdleTimeout = Timeout.InfiniteTimeSpan,
                ReadTimeout = plan.Timeout,
                CloseLinger = plan.CloseTimeout,
            },
        };
        Connection connection = _connection = await network.ConnectAsync(Target.AsTcp(), options, cancellationToken);
        _local = EndOf(connection.LocalEndpoint);
        _remote = EndOf(connection.RemoteEndpoint);
        return connection;
    }

    private void OnTried(AddressAttempt attempt)
    {
        if (attempt.Address is not { } address)
        {
            return;
        }

        int at = _attempts.FindIndex(one => one.Address.Equals(address));
        if (at < 0)
        {
            _attempts.Add(new JourneyAttempt(address, _clock.Now, attempt.Outcome, TimeSpan.Zero, null));
            return;
        }

        JourneyAttempt known = _attempts[at];
        _attempts[at] = known with
        {
            Outcome = attempt.Outcome,
            Took = _clock.Now - known.Began,
            Failure = attempt.Failure,
        };
    }

    private async Task<TlsConnection> ShakeHandsAsync(
        Connection beneath, bool isHttp, CancellationToken cancellationToken)
    {
        string name = plan.Tls.ServerName ?? Target.Host;
        _tls = new JourneyTls { ServerName = IPAddress.TryParse(name, out _) ? null : name };
        TlsClientOptions options = plan.Tls with
        {
            ServerName = name,
            ApplicationProtocols = isHttp ? s_http : plan.Tls.ApplicationProtocols,
            HandshakeTimeout = plan.Timeout,
            ValidateServer = (_, certificate, chain, errors) =>
            {
                _tls = _tls with { Certificates = JourneyCertificates.Of(certificate, chain), Errors = errors };
                return plan.TakesAnyCertificate || errors == SslPolicyErrors.None;
            },
        };
        TlsConnection connection = await TlsLayer.ClientAsync(beneath, options, cancellationToken);
        _tls = _tls with
        {
            Protocol = connection.Protocol,
            CipherSuite = connection.CipherSuite,
            ApplicationProtocol = connection.ApplicationProtocol.ToString(),
        };
        return connection;
    }

    /// <summary>Asks over HTTP; whether the server said that it closes.</summary>
    private async Task<bool> AskAsync(Connection connection)
    {
        var exchange = new JourneyExchange(connection, plan);
        try
        {
            _clock.Begin(JourneyPhaseKind.Send);
            await exchange.SendAsync();
            _clock.Begin(JourneyPhaseKind.Wait);
            await exchange.ReadHeadAsync();
            _clock.Begin(JourneyPhaseKind.Transfer);
            bool peerCloses = await exchange.ReadBodyAsync();
            return peerCloses;
        }
        finally
        {
            _http = exchange.Result;
        }
    }

    /// <summary>Says a line over a plain connection, or nothing; whether the peer has closed.</summary>
    private async Task<bool> TalkAsync(Connection connection, CancellationToken cancellationToken)
    {
        if (plan.Say is not { } line)
        {
            return false;
        }

        // The tokens limit what is waited for: a read that has timed out would be the end of the connection's input.
        connection.ReadTimeout = Timeout.InfiniteTimeSpan;
        var talk = new JourneyListening(connection);
        _clock.Begin(JourneyPhaseKind.Greeting);
        await HearAsync(talk, plan.GreetingTimeout, cancellationToken);
        byte[] greeting = talk.TakeHeard();
        _clock.Begin(JourneyPhaseKind.Send);
        connection.Write(Encoding.UTF8.GetBytes(line + "\n"));
        await connection.FlushAsync(cancellationToken);
        connection.SendNow();
        _clock.Begin(JourneyPhaseKind.Wait);
        End end = await HearAsync(talk, plan.Timeout, cancellationToken);
        byte[] answer = talk.TakeHeard();
        bool isLate = end == End.None && answer.Length == 0;
        _talk = new JourneyTalk(greeting, line, answer) { End = isLate ? End.ReadTimeout : end };
        return end == End.Finished;
    }

    /// <summary>Hears one piece, or nothing within this time.</summary>
    private async Task<End> HearAsync(JourneyListening talk, TimeSpan atMost, CancellationToken cancellationToken)
    {
        using var late = new CancellationTokenSource(atMost, network.Time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(late.Token, cancellationToken);
        return await talk.HearAsync(both.Token);
    }

    /// <summary>Closes in the order that was agreed on, and waits for the peer to close too.</summary>
    private async Task<JourneyClose> CloseAsync(Connection connection, bool peerCloses)
    {
        if (_http is { IsCutShort: true })
        {
            connection.Abort();
            return JourneyClose.ResetByUs;
        }

        var rest = new JourneyListening(connection);
        connection.ReadTimeout = plan.CloseTimeout;
        bool isPeerFirst = peerCloses && await rest.HearAllAsync() == End.Finished;
        End end = isPeerFirst ? End.Finished : End.None;
        if (!isPeerFirst)
        {
            await connection.ShutdownAsync();
            end = await rest.HearAllAsync();
        }

        if (_talk is not null && rest.TakeHeard() is { Length: > 0 } last)
        {
            _talk = _talk with { Answer = (byte[])[.. _talk.Answer.Span, .. last] };
        }

        await connection.DisposeAsync();
        return (isPeerFirst, end) switch
        {
            (true, _) => JourneyClose.PeersFirst,
            (false, End.Finished) => JourneyClose.OursFirst,
            (false, End.Aborted) => JourneyClose.ResetByUs,
            (false, End.Reset) => JourneyClose.ResetByPeer,
            _ => JourneyClose.Unanswered,
        };
    }

    private static IPEndPoint? EndOf(Endpoint endpoint) =>
        endpoint.Address is { } address ? new IPEndPoint(address, endpoint.Port) : null;
}
