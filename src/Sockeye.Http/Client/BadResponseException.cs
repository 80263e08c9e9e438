using Sockeye.Http.Protocol;

namespace Sockeye.Http.Client;

/// <summary>
/// A response cannot be read to its end: it breaks a rule, or the connection ended within it. It is an exception,
/// unlike the ends of a connection, so that nobody takes half a response for a whole one.
/// </summary>
public sealed class BadResponseException : IOException
{
    // RFC 8446 section 5.1: the type of a record, and the first byte of its version. A server that is sent something
    // other than TLS answers with an alert.
    private const byte TlsAlert = 21;
    private const byte TlsHandshake = 22;
    private const byte TlsMajorVersion = 3;

    internal BadResponseException(HttpRule rule)
        : base($"The response breaks {rule.Meaning().Section}: {rule.Meaning().Explanation}") => Rule = rule;

    internal BadResponseException(End end)
        : base($"The connection ended before the response was whole: {end}.") => End = end;

    private BadResponseException()
        : base("The server answered with TLS, and was asked without.") => IsTls = true;

    /// <summary>The rule; <see cref="HttpRule.None"/> when the connection ended.</summary>
    public HttpRule Rule { get; }

    /// <summary>How the connection ended; <see cref="End.None"/> when a rule was broken.</summary>
    public End End { get; }

    /// <summary>What came is not HTTP but a record of TLS: the port is one for <c>https</c>.</summary>
    public bool IsTls { get; }

    /// <summary>What is wrong with a response that is not one, by how it begins.</summary>
    /// <param name="began">What has come of its head.</param>
    /// <param name="otherwise">What is wrong when it does not begin like something else.</param>
    internal static BadResponseException Of(ReadOnlySpan<byte> began, BadResponseException otherwise) =>
        began is [TlsAlert or TlsHandshake, TlsMajorVersion, ..] ? new() : otherwise;
}
