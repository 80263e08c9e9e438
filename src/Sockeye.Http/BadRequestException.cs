using Sockeye.Http.Protocol;

namespace Sockeye.Http;

/// <summary>
/// The body of a request cannot be read to its end: it breaks a rule, or the client is gone or too slow. A handler lets
/// it pass: the server answers with the rule's status if the response has not begun, and closes the connection.
/// It is an exception, unlike the ends of a connection, so that no handler takes half a body for a whole one.
/// </summary>
public sealed class BadRequestException : IOException
{
    /// <summary>Makes one for a rule; a handler may throw it too, to have the request answered as the server answers
    /// what breaks that rule.</summary>
    public BadRequestException(HttpRule rule)
        : base(rule.Meaning().Explanation) => Rule = rule;

    internal BadRequestException(End end)
        : base($"The connection ended within the body: {end}.") => End = end;

    /// <summary>The rule; <see cref="HttpRule.None"/> when the connection ended.</summary>
    public HttpRule Rule { get; }

    /// <summary>How the connection ended; <see cref="End.None"/> when a rule was broken.</summary>
    public End End { get; }

    /// <summary>The status for it.</summary>
    public int Status => Rule != HttpRule.None ? Rule.Meaning().Status : IsTooSlow ? 408 : 400;

    /// <summary>The client is there, and did not send what it announced in time.</summary>
    internal bool IsTooSlow => End is End.ReadTimeout or End.IdleTimeout;
}
