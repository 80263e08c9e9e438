using System.Collections.Immutable;
using System.Text;

namespace Sockeye.Http.Protocol;

/// <summary>What a status code means.</summary>
/// <param name="Code">The code, from 100 to 599.</param>
/// <param name="Reason">The registered reason phrase; empty for a code that is not registered.</param>
/// <param name="IsHeuristicallyCacheable">A cache may store the response without being told how long (RFC 9110
/// section 15.1; RFC 7725 section 3 for 451).</param>
/// <param name="MayHaveContent">A response with it may have content (RFC 9110 sections 6.4.1 and 15.3.6).</param>
/// <param name="Section">Where it is defined.</param>
public sealed record StatusMeaning(
    int Code,
    string Reason,
    bool IsHeuristicallyCacheable,
    bool MayHaveContent,
    string Section);

/// <summary>The table of status codes: IANA's registry, one row each.</summary>
public static class StatusCodes
{
    private const int First = 100;
    private const int Count = 500;

    private static readonly ImmutableArray<StatusMeaning> s_table =
    [
        new(100, "Continue", false, false, "RFC 9110 section 15.2.1"),
        new(101, "Switching Protocols", false, false, "RFC 9110 section 15.2.2"),
        new(102, "Processing", false, false, "RFC 2518 section 10.1"),
        new(103, "Early Hints", false, false, "RFC 8297 section 2"),
        new(104, "Upload Resumption Supported", false, false, "draft-ietf-httpbis-resumable-upload section 5"),
        new(200, "OK", true, true, "RFC 9110 section 15.3.1"),
        new(201, "Created", false, true, "RFC 9110 section 15.3.2"),
        new(202, "Accepted", false, true, "RFC 9110 section 15.3.3"),
        new(203, "Non-Authoritative Information", true, true, "RFC 9110 section 15.3.4"),
        new(204, "No Content", true, false, "RFC 9110 section 15.3.5"),
        new(205, "Reset Content", false, false, "RFC 9110 section 15.3.6"),
        new(206, "Partial Content", true, true, "RFC 9110 section 15.3.7"),
        new(207, "Multi-Status", false, true, "RFC 4918 section 11.1"),
        new(208, "Already Reported", false, true, "RFC 5842 section 7.1"),
        new(226, "IM Used", false, true, "RFC 3229 section 10.4.1"),
        new(300, "Multiple Choices", true, true, "RFC 9110 section 15.4.1"),
        new(301, "Moved Permanently", true, true, "RFC 9110 section 15.4.2"),
        new(302, "Found", false, true, "RFC 9110 section 15.4.3"),
        new(303, "See Other", false, true, "RFC 9110 section 15.4.4"),
        new(304, "Not Modified", false, false, "RFC 9110 section 15.4.5"),
        new(305, "Use Proxy", false, true, "RFC 9110 section 15.4.6"),
        new(307, "Temporary Redirect", false, true, "RFC 9110 section 15.4.8"),
        new(308, "Permanent Redirect", true, true, "RFC 9110 section 15.4.9"),
        new(400, "Bad Request", false, true, "RFC 9110 section 15.5.1"),
        new(401, "Unauthorized", false, true, "RFC 9110 section 15.5.2"),
        new(402, "Payment Required", false, true, "RFC 9110 section 15.5.3"),
        new(403, "Forbidden", false, true, "RFC 9110 section 15.5.4"),
        new(404, "Not Found", true, true, "RFC 9110 section 15.5.5"),
        new(405, "Method Not Allowed", true, true, "RFC 9110 section 15.5.6"),
        new(406, "Not Acceptable", false, true, "RFC 9110 section 15.5.7"),
        new(407, "Proxy Authentication Required", false, true, "RFC 9110 section 15.5.8"),
        new(408, "Request Timeout", false, true, "RFC 9110 section 15.5.9"),
        new(409, "Conflict", false, true, "RFC 9110 section 15.5.10"),
        new(410, "Gone", true, true, "RFC 9110 section 15.5.11"),
        new(411, "Length Required", false, true, "RFC 9110 section 15.5.12"),
        new(412, "Precondition Failed", false, true, "RFC 9110 section 15.5.13"),
        new(413, "Content Too Large", false, true, "RFC 9110 section 15.5.14"),
        new(414, "URI Too Long", true, true, "RFC 9110 section 15.5.15"),
        new(415, "Unsupported Media Type", false, true, "RFC 9110 section 15.5.16"),
        new(416, "Range Not Satisfiable", false, true, "RFC 9110 section 15.5.17"),
        new(417, "Expectation Failed", false, true, "RFC 9110 section 15.5.18"),
        new(421, "Misdirected Request", false, true, "RFC 9110 section 15.5.20"),
        new(422, "Unprocessable Content", false, true, "RFC 9110 section 15.5.21"),
        new(423, "Locked", false, true, "RFC 4918 section 11.3"),
        new(424, "Failed Dependency", false, true, "RFC 4918 section 11.4"),
        new(425, "Too Early", false, true, "RFC 8470 section 5.2"),
        new(426, "Upgrade Required", false, true, "RFC 9110 section 15.5.22"),
        new(428, "Precondition Required", false, true, "RFC 6585 section 3"),
        new(429, "Too Many Requests", false, true, "RFC 6585 section 4"),
        new(431, "Request Header Fields Too Large", false, true, "RFC 6585 section 5"),
        new(451, "Unavailable For Legal Reasons", true, true, "RFC 7725 section 3"),
        new(500, "Internal Server Error", false, true, "RFC 9110 section 15.6.1"),
        new(501, "Not Implemented", true, true, "RFC 9110 section 15.6.2"),
        new(502, "Bad Gateway", false, true, "RFC 9110 section 15.6.3"),
        new(503, "Service Unavailable", false, true, "RFC 9110 section 15.6.4"),
        new(504, "Gateway Timeout", false, true, "RFC 9110 section 15.6.5"),
        new(505, "HTTP Version Not Supported", false, true, "RFC 9110 section 15.6.6"),
        new(506, "Variant Also Negotiates", false, true, "RFC 2295 section 8.1"),
        new(507, "Insufficient Storage", false, true, "RFC 4918 section 11.5"),
        new(508, "Loop Detected", false, true, "RFC 5842 section 7.2"),
        new(510, "Not Extended", false, true, "RFC 2774 section 7"),
        new(511, "Network Authentication Required", false, true, "RFC 6585 section 6"),
    ];

    private static readonly StatusMeaning[] s_byCode = ByCode();

    private static readonly byte[][] s_lines =
        [.. s_byCode.Select(row => Encoding.ASCII.GetBytes($"HTTP/1.1 {row.Code} {row.Reason}\r\n"))];

    /// <summary>Every registered status code, in rising order.</summary>
    public static IReadOnlyList<StatusMeaning> All => s_table;

    /// <summary>
    /// What a code means. RFC 9110 section 15: "a client MUST understand the class of any status code, as indicated
    /// by the first digit, and treat an unrecognized status code as being equivalent to the x00 status code of that
    /// class" save that a cache must not store it.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The code is not from 100 to 599.</exception>
    public static StatusMeaning Meaning(int code)
    {
        ThrowIfNotStatus(code);
        return s_byCode[code - First];
    }

    /// <summary>The whole status line of HTTP/1.1, with its end.</summary>
    internal static ReadOnlySpan<byte> Line(int code)
    {
        ThrowIfNotStatus(code);
        return s_lines[code - First];
    }

    internal static void ThrowIfNotStatus(int code)
    {
        if ((uint)(code - First) >= Count)
        {
            ThrowHelper.NotStatus(code);
        }
    }

    private static StatusMeaning[] ByCode()
    {
        StatusMeaning[] codes = new StatusMeaning[Count];
        for (int i = 0; i < Count; i++)
        {
            codes[i] = new StatusMeaning(First + i, "", false, First + i >= 200, "RFC 9110 section 15");
        }

        foreach (StatusMeaning row in s_table)
        {
            codes[row.Code - First] = row;
        }

        return codes;
    }
}
