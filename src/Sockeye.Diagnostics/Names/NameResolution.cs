using System.Net;
using Sockeye.Wire.Application;

namespace Sockeye.Diagnostics.Names;

/// <summary>Who knew the addresses of a name.</summary>
public enum NameSource : byte
{
    /// <summary>Nobody had to be asked: it is an address.</summary>
    Literal = 0,

    /// <summary>It is <c>localhost</c>, which means this machine (RFC 6761 section 6.3).</summary>
    Localhost,

    /// <summary>The file of hosts(5).</summary>
    HostsFile,

    /// <summary>A server of the DNS.</summary>
    Dns,
}

/// <summary>What became of a question to a server.</summary>
public enum QueryOutcome : byte
{
    /// <summary>Nobody answered in time.</summary>
    TimedOut = 0,

    /// <summary>There are addresses.</summary>
    Answered,

    /// <summary>The name is known, and has none of this kind.</summary>
    NoData,

    /// <summary>There is no such name (NXDOMAIN).</summary>
    NoSuchName,

    /// <summary>The server could not or would not answer; <see cref="NameQuery.Code"/> says why.</summary>
    Failed,

    /// <summary>Nobody listens there, or there is no way to it.</summary>
    Unreachable,

    /// <summary>The answer did not fit into a datagram, and the question was asked again over TCP.</summary>
    Truncated,
}

/// <summary>A question to a server of the DNS, and what became of it.</summary>
public sealed record NameQuery
{
    /// <summary>The name that was asked for, complete.</summary>
    public required string Name { get; init; }

    /// <summary>The type of record that was asked for, of <see cref="DnsType"/>.</summary>
    public required ushort Type { get; init; }

    /// <summary>Who was asked: <c>udp://</c> or <c>tcp://</c>.</summary>
    public required Endpoint Server { get; init; }

    /// <summary>What question and answer have in common.</summary>
    public required ushort Identifier { get; init; }

    /// <summary>What became of it.</summary>
    public QueryOutcome Outcome { get; init; }

    /// <summary>What the server said; null when it said nothing.</summary>
    public DnsResponseCode? Code { get; init; }

    /// <summary>How long after the look-up began it was asked.</summary>
    public TimeSpan Began { get; init; }

    /// <summary>How long the answer, or giving it up, took.</summary>
    public TimeSpan Took { get; init; }

    /// <summary>The names that the name stands for, one leading to the next.</summary>
    public IReadOnlyList<string> Aliases { get; init; } = [];

    /// <summary>The addresses.</summary>
    public IReadOnlyList<IPAddress> Addresses { get; init; } = [];

    /// <summary>How long the addresses may be kept; the least of them, in seconds.</summary>
    public uint TimeToLiveSeconds { get; init; }

    /// <summary>Whether this settles the question, so that nobody else is asked.</summary>
    public bool IsSettled => Outcome is QueryOutcome.Answered or QueryOutcome.NoData or QueryOutcome.NoSuchName;
}

/// <summary>How a name was looked up.</summary>
/// <param name="Host">The name, as it was given.</param>
/// <param name="Source">Who knew it; of one that nobody knows, who was asked last.</param>
public sealed record NameResolution(string Host, NameSource Source)
{
    /// <summary>Its addresses, IPv6 first; none when it has none.</summary>
    public IReadOnlyList<IPAddress> Addresses { get; init; } = [];

    /// <summary>Everything that was asked, in that order.</summary>
    public IReadOnlyList<NameQuery> Queries { get; init; } = [];

    /// <summary>How long it took.</summary>
    public TimeSpan Took { get; init; }
}
