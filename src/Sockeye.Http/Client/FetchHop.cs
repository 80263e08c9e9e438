using Sockeye.Http.Protocol;

namespace Sockeye.Http.Client;

/// <summary>A request as it is sent: the caller's at first, and what each redirect makes of it.</summary>
internal sealed record FetchHop(string Method, Uri Uri, FetchFields Fields, FetchContent? Content)
{
    /// <summary>A request that was asked to be sent: with what the fetcher adds to every request.</summary>
    public static FetchHop First(FetchRequest request, HttpFetcherOptions options)
    {
        FetchFields fields = request.Fields.Copy();
        if (request.Uri.UserInfo.Length > 0 && !fields.Contains("Authorization"))
        {
            fields.Add("Authorization", Dialer.Basic(Uri.UnescapeDataString(request.Uri.UserInfo)));
        }

        if (options.UserAgent is { } agent && !fields.Contains("User-Agent"))
        {
            fields.Add("User-Agent", agent);
        }

        return new FetchHop(request.Method, request.Uri, fields, request.Content);
    }

    /// <summary>Whether the body may be announced with Expect: 100-continue; not any more once that was refused.
    /// </summary>
    public bool MayExpect { get; init; } = true;

    /// <summary>Whether its content can be had again.</summary>
    public bool IsRepeatable => Content is null or { IsRepeatable: true };

    /// <summary>Whether it may be sent again without having asked (RFC 9110 section 9.2.2).</summary>
    public bool IsRetryable =>
        Methods.Parse(Method).Meaning().IsIdempotent && IsRepeatable;

    /// <summary>Fields that come from the content.</summary>
    public static bool IsFraming(string name) =>
        name.Equals("Content-Length", StringComparison.OrdinalIgnoreCase)
        || name.Equals("Transfer-Encoding", StringComparison.OrdinalIgnoreCase)
        || name.Equals("Expect", StringComparison.OrdinalIgnoreCase);

    /// <summary>The request target (RFC 9112 section 3.2).</summary>
    public string Target(bool isAbsolute)
    {
        string path = Uri.GetComponents(UriComponents.PathAndQuery, UriFormat.UriEscaped);
        return isAbsolute ? $"{Uri.Scheme}://{Route.AuthorityOf(Uri)}{path}" : path;
    }

    public bool ExpectsContinue(HttpFetcherOptions options, FetchRequest request) =>
        MayExpect && (request.ExpectsContinue ?? Content!.Length >= options.ExpectContinueBytesMin);
}
