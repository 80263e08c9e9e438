using System.Numerics;

namespace Sockeye.Http.Protocol;

/// <summary>
/// What a profile may let pass that the strict one rejects. Nothing here concerns what smuggles: a message with both
/// framings, a list in Transfer-Encoding and the framing of chunks have no lenient reading.
/// </summary>
[Flags]
public enum Leniencies : ushort
{
    /// <summary>None: the strict profile.</summary>
    None = 0,

    /// <summary>A head's line ends in LF alone. RFC 9112 section 2.2: "a recipient MAY recognize a single LF as a line
    /// terminator".</summary>
    BareLineFeed = 1 << 0,

    /// <summary>A field's value goes on in the next line and is read with spaces instead (RFC 9112 section 5.2). Not
    /// for a field that decides framing or routing.</summary>
    ObsoleteFold = 1 << 1,

    /// <summary>Content-Length is there more than once with one value (RFC 9110 section 8.6).</summary>
    RepeatedContentLength = 1 << 2,

    /// <summary>A value has control characters other than CR, LF and NUL. RFC 9110 section 5.5: "recipients MAY
    /// retain such characters".</summary>
    ControlCharacters = 1 << 3,

    /// <summary>A target has visible ASCII characters that should have been percent-encoded; <c>#</c> stays
    /// forbidden.</summary>
    TargetCharacters = 1 << 4,

    /// <summary>Host is another than the target's, which is used. RFC 9112 section 3.2.2: "the server MUST ignore the
    /// received Host header field".</summary>
    HostMismatch = 1 << 5,

    /// <summary>A trailer section has fields that may not be there, which are dropped (RFC 9110 section 6.5.1).
    /// </summary>
    ForbiddenTrailers = 1 << 6,

    /// <summary>Whitespace before the colon of a response's field is removed, as RFC 9112 section 5.1 asks of
    /// proxies.</summary>
    SpaceBeforeColonInResponse = 1 << 7,

    /// <summary>A status line ends after the status, without the space (RFC 9112 section 4).</summary>
    MissingReasonSpace = 1 << 8,
}

/// <summary>How strictly messages are read. Each leniency that let something pass is counted. Thread-safe.</summary>
public sealed class HttpProfile
{
    private const int LeniencyCount = 9;

    private readonly long[] _counts = new long[LeniencyCount]; // Interlocked.

    /// <summary>Makes a profile with counters of its own.</summary>
    /// <param name="accepts">What it lets pass; none by default.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such leniency.</exception>
    public HttpProfile(Leniencies accepts = Leniencies.None)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan((int)accepts, (1 << LeniencyCount) - 1, nameof(accepts));
        Accepts = accepts;
    }

    /// <summary>Lets nothing pass. The default.</summary>
    public static HttpProfile Strict { get; } = new();

    /// <summary>What it lets pass.</summary>
    public Leniencies Accepts { get; }

    /// <summary>Makes a profile with every leniency and counters of its own.</summary>
    public static HttpProfile Compatible() => new((Leniencies)((1 << LeniencyCount) - 1));

    /// <summary>How often one leniency let something pass.</summary>
    public long CountOf(Leniencies leniency) => Volatile.Read(ref _counts[Index(leniency)]);

    /// <summary>Whether the profile lets it pass; if so, it is counted.</summary>
    internal bool Passes(Leniencies leniency)
    {
        if ((Accepts & leniency) == 0)
        {
            return false;
        }

        Interlocked.Increment(ref _counts[Index(leniency)]);
        return true;
    }

    private static int Index(Leniencies leniency)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(BitOperations.PopCount((uint)leniency), 1, nameof(leniency));
        return BitOperations.TrailingZeroCount((uint)leniency);
    }
}
