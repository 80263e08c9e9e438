using Sockeye.Http.Protocol;

namespace Sockeye.Http.Client;

/// <summary>What a fetch was doing when it failed.</summary>
public enum FetchPhase : byte
{
    /// <summary>Waiting for a connection that others had.</summary>
    Queue = 0,

    /// <summary>Looking up the name and connecting.</summary>
    Connect,

    /// <summary>Having a proxy connect.</summary>
    Proxy,

    /// <summary>The TLS handshake.</summary>
    Tls,

    /// <summary>Sending the request and waiting for the head of the response.</summary>
    Exchange,

    /// <summary>Reading the body of the response.</summary>
    Body,

    /// <summary>Following a redirect.</summary>
    Redirect,
}

/// <summary>A fetch failed: where, why, and in one sentence what happened.</summary>
public sealed class FetchException : HttpRequestException
{
    internal FetchException(FetchPhase phase, HttpRequestError error, string message, Exception? inner = null)
        : base(error, message, inner) => Phase = phase;

    /// <summary>What it was doing.</summary>
    public FetchPhase Phase { get; }

    /// <summary>It took longer than that phase may.</summary>
    public bool IsTimeout { get; internal init; }

    /// <summary>The rule that the response broke; <see cref="HttpRule.None"/> when it broke none.</summary>
    public HttpRule Rule => (InnerException as BadResponseException)?.Rule ?? HttpRule.None;

    /// <summary>Nothing of a response had come, so that another attempt may be made if the method allows it.</summary>
    public bool IsBeforeResponse { get; internal init; }

    internal static FetchException Timeout(FetchPhase phase, string what, TimeSpan limit) =>
        new(phase, HttpRequestError.Unknown, $"{what} took longer than {limit.TotalSeconds:0.###} s.")
        {
            IsTimeout = true,
        };

    internal static FetchException Of(
        FetchPhase phase, Uri uri, BadResponseException bad, bool isBeforeResponse = false) => new(
        phase,
        bad.Rule != HttpRule.None ? HttpRequestError.InvalidResponse : HttpRequestError.ResponseEnded,
        $"{Shown(uri)}: {bad.Message}",
        bad)
    {
        IsBeforeResponse = isBeforeResponse,
    };

    /// <summary>A URI in a message: without its password and query.</summary>
    internal static string Shown(Uri uri) =>
        uri.GetComponents(UriComponents.SchemeAndServer | UriComponents.Path, UriFormat.UriEscaped);
}
