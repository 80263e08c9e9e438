using System.Net;
using System.Net.Security;
using System.Security.Authentication;
using Sockeye.Http.Client;

namespace Sockeye.Capture.Journeys;

/// <summary>A part of a journey, in the order in which they come.</summary>
public enum JourneyPhaseKind : byte
{
    /// <summary>The name was looked up.</summary>
    NameLookup = 0,

    /// <summary>The way was looked at, and whoever watches it got ready.</summary>
    Route,

    /// <summary>TCP connected; the address of a neighbour, where it was not known, is found within it.</summary>
    Connect,

    /// <summary>TLS shook hands.</summary>
    Tls,

    /// <summary>The peer was given the chance to speak first.</summary>
    Greeting,

    /// <summary>The request was written.</summary>
    Send,

    /// <summary>The first byte of the answer was waited for.</summary>
    Wait,

    /// <summary>The rest of the answer came.</summary>
    Transfer,

    /// <summary>Both sides closed.</summary>
    Close,

    /// <summary>The program itself, before, between and after packets; only packets tell it from the others
    /// (<see cref="Journey.TimedBy"/>).</summary>
    Own,
}

/// <summary>How long a part took. A phase begins where the one before it ended, so together they are the
/// total.</summary>
/// <param name="Kind">Which part.</param>
/// <param name="Start">When it began, from the beginning of the journey.</param>
/// <param name="Duration">How long it took.</param>
public readonly record struct JourneyPhase(JourneyPhaseKind Kind, TimeSpan Start, TimeSpan Duration)
{
    /// <summary>When it ended, from the beginning of the journey.</summary>
    public TimeSpan End => Start + Duration;
}

/// <summary>An address that was tried, as one of those in the race of RFC 8305.</summary>
/// <param name="Address">The address.</param>
/// <param name="Began">When it was begun with, from the beginning of the journey.</param>
/// <param name="Outcome">What became of it.</param>
/// <param name="Took">How long it took until that was known.</param>
/// <param name="Failure">Why it failed, or null.</param>
public sealed record JourneyAttempt(
    IPAddress Address, TimeSpan Began, AddressOutcome Outcome, TimeSpan Took, NetworkException? Failure);

/// <summary>Who closed, and in which order.</summary>
public enum JourneyClose : byte
{
    /// <summary>There was nothing to close, or it was not got to.</summary>
    None = 0,

    /// <summary>We finished first, and the peer after us: TIME-WAIT is at our end.</summary>
    OursFirst,

    /// <summary>The peer finished first, and we after it: TIME-WAIT is at its end.</summary>
    PeersFirst,

    /// <summary>We finished, and the peer did not within the time.</summary>
    Unanswered,

    /// <summary>We broke the connection off: nobody is left in TIME-WAIT.</summary>
    ResetByUs,

    /// <summary>The peer broke it off, or the network lost it: nobody is left in TIME-WAIT.</summary>
    ResetByPeer,
}

/// <summary>Why a journey ended early.</summary>
/// <param name="Phase">Where.</param>
/// <param name="Exception">Why.</param>
public sealed record JourneyFailure(JourneyPhaseKind Phase, Exception Exception)
{
    /// <summary>Whether it ended because nothing happened for as long as a phase may take, or because somebody stopped
    /// it.</summary>
    public bool IsLate => Exception is OperationCanceledException
        or NetworkException { Error: NetworkError.TimedOut or NetworkError.NameLookupTimedOut }
        or BadResponseException { End: Sockeye.End.ReadTimeout or Sockeye.End.WriteTimeout };
}

/// <summary>A certificate that was shown, or that leads from one to a root.</summary>
public sealed record JourneyCertificate(
    string Subject, string Issuer, DateTimeOffset NotBefore, DateTimeOffset NotAfter)
{
    /// <summary>The names that it is for.</summary>
    public IReadOnlyList<string> Names { get; init; } = [];

    /// <summary>Its public key, such as <c>RSA 2048</c>.</summary>
    public string Key { get; init; } = "";

    /// <summary>Its SHA-256 fingerprint, in hexadecimal.</summary>
    public string Fingerprint { get; init; } = "";
}

/// <summary>What TLS agreed on.</summary>
public sealed record JourneyTls
{
    /// <summary>The name that was asked for (SNI); null where an address was: "Literal IPv4 and IPv6 addresses are not
    /// permitted" there (RFC 6066 section 3), and none is sent.</summary>
    public string? ServerName { get; init; }

    /// <summary>The version; none when the handshake failed.</summary>
    public SslProtocols Protocol { get; init; }

    /// <summary>The cipher suite.</summary>
    public TlsCipherSuite CipherSuite { get; init; }

    /// <summary>The protocol chosen by ALPN; empty when none was.</summary>
    public string ApplicationProtocol { get; init; } = "";

    /// <summary>The certificates, the server's own first.</summary>
    public IReadOnlyList<JourneyCertificate> Certificates { get; init; } = [];

    /// <summary>What is wrong with them.</summary>
    public SslPolicyErrors Errors { get; init; }
}

/// <summary>A request and its response.</summary>
public sealed record JourneyHttp
{
    /// <summary>The head of the request as it was sent.</summary>
    public required string RequestHead { get; init; }

    /// <summary>The status; 0 while there is no response.</summary>
    public int Status { get; init; }

    /// <summary>The reason phrase.</summary>
    public string Reason { get; init; } = "";

    /// <summary>The version, such as <c>HTTP/1.1</c>.</summary>
    public string Version { get; init; } = "";

    /// <summary>The fields of the response, in order.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Fields { get; init; } = [];

    /// <summary>Bytes of the head of the response.</summary>
    public int HeadBytes { get; init; }

    /// <summary>Bytes of the body.</summary>
    public long BodyBytes { get; init; }

    /// <summary>The beginning of the body, at most <see cref="JourneyPlan.KeptBytesMax"/>.</summary>
    public ReadOnlyMemory<byte> Body { get; init; }

    /// <summary>Whether more would have come than is read.</summary>
    public bool IsCutShort { get; init; }

    /// <summary>The beginning of what came instead of a response, or of the head of one; empty when there is one.
    /// </summary>
    public ReadOnlyMemory<byte> Unread { get; init; }

    /// <summary>The value of the first field of this name in the response, or null.</summary>
    public string? Find(string name) =>
        Fields.FirstOrDefault(one => one.Key.Equals(name, StringComparison.OrdinalIgnoreCase)).Value;
}

/// <summary>What was said over a plain connection.</summary>
/// <param name="Greeting">What the peer said first.</param>
/// <param name="Said">What we said.</param>
/// <param name="Answer">What the peer said then.</param>
public sealed record JourneyTalk(ReadOnlyMemory<byte> Greeting, string Said, ReadOnlyMemory<byte> Answer)
{
    /// <summary>How waiting for the answer ended: <see cref="Sockeye.End.None"/> when one came.</summary>
    public End End { get; init; }
}

/// <summary>
/// The journey of a URL: name, way, connection, TLS, request, close, and how long each took. A value; what it does not
/// get to is null.
/// </summary>
/// <example><code>
/// Journey journey = await Journey.TakeAsync(network, plan);
/// foreach (JourneyPhase phase in journey.Phases)
/// {
///     Console.WriteLine($"{phase.Kind}: {phase.Duration.TotalMilliseconds} ms");
/// }
/// </code></example>
public sealed record Journey
{
    /// <summary>Where it went.</summary>
    public required Endpoint Target { get; init; }

    /// <summary>When it began.</summary>
    public required DateTimeOffset BeganAt { get; init; }

    /// <summary>How long it took.</summary>
    public TimeSpan Total { get; init; }

    /// <summary>Its parts, one after the other.</summary>
    public IReadOnlyList<JourneyPhase> Phases { get; init; } = [];

    /// <summary>The addresses of the target, in the order in which they were tried.</summary>
    public IReadOnlyList<IPAddress> Addresses { get; init; } = [];

    /// <summary>What became of each address that was tried.</summary>
    public IReadOnlyList<JourneyAttempt> Attempts { get; init; } = [];

    /// <summary>Our end of the connection.</summary>
    public IPEndPoint? Local { get; init; }

    /// <summary>The peer's end.</summary>
    public IPEndPoint? Remote { get; init; }

    /// <summary>What the kernel knew of the connection before it was closed.</summary>
    public TcpInfo? Kernel { get; init; }

    /// <summary>What TLS agreed on.</summary>
    public JourneyTls? Tls { get; init; }

    /// <summary>The request and its response.</summary>
    public JourneyHttp? Http { get; init; }

    /// <summary>What was said over a plain connection.</summary>
    public JourneyTalk? Talk { get; init; }

    /// <summary>Who closed.</summary>
    public JourneyClose Close { get; init; }

    /// <summary>Why it ended early, or null.</summary>
    public JourneyFailure? Failure { get; init; }

    /// <summary>
    /// The same journey with the times of its packets: a phase lies between two of them, and what this program did
    /// meanwhile is <see cref="JourneyPhaseKind.Own"/>. What no packet tells keeps its time.
    /// </summary>
    public Journey TimedBy(JourneyFrames frames)
    {
        ArgumentNullException.ThrowIfNull(frames);
        return JourneyTiming.Of(this, frames);
    }

    /// <summary>Takes a journey, on an owner of the network's. That it fails on the way is a part of it, and no
    /// exception: see <see cref="Failure"/>.</summary>
    public static Task<Journey> TakeAsync(
        Network network, JourneyPlan plan, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(network);
        ArgumentNullException.ThrowIfNull(plan);
        return network.RunAsync(() => new JourneyRun(network, plan).RunAsync(cancellationToken));
    }
}
