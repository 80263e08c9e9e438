using System.Collections.Immutable;

namespace Sockeye.Http.Protocol;

/// <summary>What is known about a rule.</summary>
/// <param name="Rule">The rule.</param>
/// <param name="Status">The status code for a request that breaks it. A response that does is a bad gateway's: 502
/// at a proxy, an exception at a client.</param>
/// <param name="Section">Where the rule comes from.</param>
/// <param name="Sentence">What is wrong, in one sentence, as the peer may read it.</param>
/// <param name="Limit">The limit that was passed, for whoever can change it; empty for most rules.</param>
public sealed record HttpRuleMeaning(HttpRule Rule, int Status, string Section, string Sentence, string Limit = "")
{
    /// <summary>The sentence with the name of the limit, for whoever runs this end.</summary>
    public string Explanation => Limit.Length == 0 ? Sentence : $"{Sentence} The limit is {Limit}.";
}

/// <summary>The table of rules: one row each. Access logs and hooks for rejected requests show it.</summary>
public static class HttpRules
{
    private static readonly ImmutableArray<HttpRuleMeaning> s_table = Ordered(
    [
        new(HttpRule.None, 200, "", "Nothing is wrong."),
        new(HttpRule.BareLineFeed, 400, "RFC 9112 section 2.2", "A line ends in LF without CR before it."),
        new(HttpRule.BareCarriageReturn, 400, "RFC 9112 section 2.2", "A CR is not followed by LF."),
        new(HttpRule.TooManyEmptyLines, 400, "RFC 9112 section 2.2",
            "Too many empty lines precede the request.", "HttpLimits.EmptyLinesMax"),
        new(HttpRule.BadMethod, 400, "RFC 9110 section 9.1", "The method is not a token."),
        new(HttpRule.MethodTooLong, 501, "RFC 9112 section 3", "The method is too long.", "HttpLimits.MethodBytesMax"),
        new(HttpRule.BadRequestLine, 400, "RFC 9112 section 3",
            "The request line is not a method, a target and a version with one space between them."),
        new(HttpRule.BadTarget, 400, "RFC 9112 section 3.2", "The request target is malformed."),
        new(HttpRule.TargetFormForMethod, 400, "RFC 9112 section 3.2",
            "CONNECT takes host:port, only OPTIONS takes *, and other methods take a path or a URI."),
        new(HttpRule.RequestLineTooLong, 414, "RFC 9112 section 3",
            "The request line is too long.", "HttpLimits.RequestLineBytesMax"),
        new(HttpRule.BadVersion, 400, "RFC 9112 section 2.3", "The version is not written as HTTP/1.1."),
        new(HttpRule.UnsupportedVersion, 505, "RFC 9110 section 15.6.6",
            "The major version is another than 1, which is all that is spoken here."),
        new(HttpRule.BadStatusLine, 502, "RFC 9112 section 4", "The status line is malformed."),
        new(HttpRule.StatusLineTooLong, 502, "RFC 9112 section 4",
            "The status line is too long.", "HttpLimits.RequestLineBytesMax"),
        new(HttpRule.ObsoleteFold, 400, "RFC 9112 section 5.2", "A field line begins with whitespace."),
        new(HttpRule.SpaceBeforeColon, 400, "RFC 9112 section 5.1",
            "There is whitespace between a field's name and its colon."),
        new(HttpRule.MissingColon, 400, "RFC 9112 section 5", "A field line has no colon."),
        new(HttpRule.BadFieldName, 400, "RFC 9110 section 5.1", "A field's name is empty or not a token."),
        new(HttpRule.BadFieldValue, 400, "RFC 9110 section 5.5", "A field's value contains a control character."),
        new(HttpRule.TooManyFields, 431, "RFC 6585 section 5", "There are too many fields.", "HttpLimits.FieldsMax"),
        new(HttpRule.FieldsTooLong, 431, "RFC 6585 section 5",
            "The fields are together too long.", "HttpLimits.FieldBytesMax"),
        new(HttpRule.MissingHost, 400, "RFC 9112 section 3.2", "An HTTP/1.1 request has no Host."),
        new(HttpRule.RepeatedHost, 400, "RFC 9112 section 3.2", "There is more than one Host."),
        new(HttpRule.BadHost, 400, "RFC 9112 section 3.2", "The Host is not a host with an optional port."),
        new(HttpRule.HostMismatch, 400, "RFC 9112 section 3.2.2",
            "The Host is another than the one in the request target."),
        new(HttpRule.ConflictingFraming, 400, "RFC 9112 section 6.1",
            "There is both a Content-Length and a Transfer-Encoding."),
        new(HttpRule.BadContentLength, 400, "RFC 9110 section 8.6", "The Content-Length is not a decimal number."),
        new(HttpRule.RepeatedContentLength, 400, "RFC 9110 section 8.6", "There is more than one Content-Length."),
        new(HttpRule.BadTransferEncoding, 400, "RFC 9112 section 6.1",
            "The Transfer-Encoding is not a list of transfer codings."),
        new(HttpRule.UnknownTransferCoding, 501, "RFC 9112 section 6.1",
            "The transfer coding is another than chunked, which is all that is implemented."),
        new(HttpRule.ChunkedNotLast, 400, "RFC 9112 section 6.3",
            "Chunked is not the last transfer coding, or is there more than once."),
        new(HttpRule.TransferEncodingInOldVersion, 400, "RFC 9112 section 6.1",
            "An HTTP/1.0 message has a Transfer-Encoding."),
        new(HttpRule.ContentForMethod, 400, "RFC 9110 sections 9.3.6 and 9.3.8",
            "A CONNECT or TRACE request has content."),
        new(HttpRule.UnknownExpectation, 417, "RFC 9110 section 10.1.1",
            "The Expect field wants something other than 100-continue."),
        new(HttpRule.BodyTooLong, 413, "RFC 9110 section 15.5.14", "The body is too long.", "HttpLimits.BodyBytesMax"),
        new(HttpRule.BadChunkSize, 400, "RFC 9112 section 7.1",
            "A chunk's size is not a hexadecimal number of at most 15 digits."),
        new(HttpRule.BadChunkExtension, 400, "RFC 9112 section 7.1.1", "A chunk's extension is malformed."),
        new(HttpRule.ChunkExtensionsTooLong, 400, "RFC 9112 section 7.1.1",
            "The chunk extensions are too long.",
            "HttpLimits.ChunkExtensionBytesMax or ChunkExtensionTotalBytesMax"),
        new(HttpRule.BadChunkEnd, 400, "RFC 9112 section 7.1", "A chunk's data is not followed by CRLF."),
        new(HttpRule.ForbiddenTrailer, 400, "RFC 9110 section 6.5.1", "A trailer has a field that may not be one."),
        new(HttpRule.TooManyTrailers, 431, "RFC 6585 section 5",
            "There are too many trailer fields.", "HttpLimits.TrailersMax"),
        new(HttpRule.TrailersTooLong, 431, "RFC 6585 section 5",
            "The trailer fields are together too long.", "HttpLimits.TrailerBytesMax"),
        new(HttpRule.BadPath, 400, "RFC 3986 section 2.1",
            "The target's path is not percent-encoded UTF-8 without control characters."),
        new(HttpRule.TooManyInterimResponses, 502, "RFC 9110 section 15.2",
            "There are more interim responses than the limit before the final one."),
        new(HttpRule.UnaskedSwitch, 502, "RFC 9110 section 7.8",
            "The response switches protocols, and the request did not ask for it."),
        new(HttpRule.ResponseBeforeRequest, 502, "RFC 9112 section 9.2",
            "Bytes of a response came before the request that it would answer."),
        new(HttpRule.TlsToPlainPort, 400, "RFC 8446 section 5.1",
            "The client speaks TLS, and this port speaks HTTP without it."),
    ]);

    /// <summary>Every rule, in the order of the enum.</summary>
    public static IReadOnlyList<HttpRuleMeaning> All => s_table;

    /// <summary>What is known about a rule.</summary>
    public static HttpRuleMeaning Meaning(this HttpRule rule) => s_table[(int)rule];

    private static ImmutableArray<HttpRuleMeaning> Ordered(ReadOnlySpan<HttpRuleMeaning> rows)
    {
        HttpRuleMeaning[] table = new HttpRuleMeaning[rows.Length];
        foreach (HttpRuleMeaning row in rows)
        {
            table[(int)row.Rule] = row;
        }

        return [.. table];
    }
}
