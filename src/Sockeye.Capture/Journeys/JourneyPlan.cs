using System.Net;
using Sockeye.Tls;

namespace Sockeye.Capture.Journeys;

/// <summary>Where a journey goes, and who is asked on the way.</summary>
public sealed record JourneyPlan
{
    /// <summary>Bytes of a body, or of what a peer says, that are read; then the connection is reset:
    /// 16,777,216.</summary>
    public const long ReceivedBytesMax = 16_777_216;

    /// <summary>Of those, the bytes that are kept to be shown: 65,536.</summary>
    public const int KeptBytesMax = 65_536;

    /// <summary>The target: <c>http://</c>, <c>https://</c>, <c>tls://</c> or <c>tcp://</c>.</summary>
    public required Endpoint Target { get; init; }

    /// <summary>Looks a name up. An address is not asked for.</summary>
    public required Func<string, CancellationToken, Task<IReadOnlyList<IPAddress>>> LookUp { get; init; }

    /// <summary>Told of the addresses before anything is sent to them, so that somebody may look at the way there, and
    /// watch it. Null (default) tells nobody.</summary>
    public Action<IReadOnlyList<IPAddress>>? Approaching { get; init; }

    /// <summary>A line to say over a plain connection; null says nothing and closes.</summary>
    public string? Say { get; init; }

    /// <summary>How long a server that may speak first is listened to before <see cref="Say"/>. Default
    /// 200 ms.</summary>
    public TimeSpan GreetingTimeout { get; init; } = TimeSpan.FromMilliseconds(200);

    /// <summary>How long each phase may take. Default 30 seconds.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How long the peer may take to close too. Default 2 seconds.</summary>
    public TimeSpan CloseTimeout { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>Whether a certificate is taken that leads to nobody who is trusted; what is wrong with it is told all
    /// the same.</summary>
    public bool TakesAnyCertificate { get; init; }

    /// <summary>How TLS is spoken; its <see cref="TlsClientOptions.ValidateServer"/> is not used.</summary>
    public TlsClientOptions Tls { get; init; } = TlsClientOptions.Default;

    /// <summary>The User-Agent of a request; null sends none.</summary>
    public string? UserAgent { get; init; } = "sockeye";
}
