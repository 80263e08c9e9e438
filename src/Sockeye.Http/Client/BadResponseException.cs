using Sockeye.Http.Protocol;

namespace Sockeye.Http.Client;

/// <summary>
/// A response cannot be read to its end: it breaks a rule, or the connection ended within it. It is an exception,
/// unlike the ends of a connection, so that nobody takes half a response for a whole one.
/// </summary>
public sealed class BadResponseException : IOException
{
    internal BadResponseException(HttpRule rule)
        : base($"The response breaks {rule.Meaning().Section}: {rule.Meaning().Explanation}") => Rule = rule;

    internal BadResponseException(End end)
        : base($"The connection ended before the response was whole: {end}.") => End = end;

    /// <summary>The rule; <see cref="HttpRule.None"/> when the connection ended.</summary>
    public HttpRule Rule { get; }

    /// <summary>How the connection ended; <see cref="End.None"/> when a rule was broken.</summary>
    public End End { get; }
}
