using System.Text;

namespace Sockeye.Http.Client;

/// <summary>What a redirect makes of a request (RFC 9110 section 15.4).</summary>
internal static class Redirects
{
    private static readonly string[] s_aboutContent =
        ["Content-Type", "Content-Encoding", "Content-Language", "Content-Location", "Content-Disposition", "Digest"];

    // RFC 9110 section 15.4: "Consider removing header fields … where there are security implications; this includes
    // but is not limited to Authorization and Cookie".
    private static readonly string[] s_forOneOrigin =
        ["Authorization", "Cookie", "Proxy-Authorization", "Host", "Origin"];

    /// <summary>The request to be sent next; null when the response is to be taken as it is.</summary>
    /// <param name="sent">The request that was redirected.</param>
    /// <param name="status">The response's status.</param>
    /// <param name="location">Its Location, one character a byte.</param>
    /// <param name="allowsInsecure">Whether https may lead to http.</param>
    public static FetchHop? Next(FetchHop sent, int status, string? location, bool allowsInsecure)
    {
        if (status is not (301 or 302 or 303 or 307 or 308) || location is null
            || Resolve(sent.Uri, location) is not { } uri)
        {
            return null;
        }

        bool wasSecure = sent.Uri.Scheme == Uri.UriSchemeHttps;
        if (wasSecure && uri.Scheme != Uri.UriSchemeHttps && !allowsInsecure)
        {
            return null;
        }

        FetchFields fields = sent.Fields.Copy();
        if (!Route.IsSameOrigin(sent.Uri, uri))
        {
            Array.ForEach(s_forOneOrigin, name => fields.Remove(name));
        }

        // 301 and 302: "For historical reasons, a user agent MAY change the request method from POST to GET"; browsers
        // do. 303 is "a retrieval request". 307 and 308 keep the method.
        bool becomesGet = status switch
        {
            301 or 302 => sent.Method == "POST",
            303 => sent.Method is not ("GET" or "HEAD"),
            _ => false,
        };
        if (!becomesGet)
        {
            return sent with { Uri = uri, Fields = fields };
        }

        Array.ForEach(s_aboutContent, name => fields.Remove(name));
        return new FetchHop("GET", uri, fields, null);
    }

    private static Uri? Resolve(Uri sent, string location)
    {
        // Bytes beyond ASCII are UTF-8 in practice.
        string text = Encoding.UTF8.GetString(Encoding.Latin1.GetBytes(location));
        if (!Uri.TryCreate(sent, text, out Uri? uri)
            || (uri.Scheme != Uri.UriSchemeHttp && uri.Scheme != Uri.UriSchemeHttps))
        {
            return null;
        }

        // RFC 9110 section 10.2.2: without a fragment of its own it "inherits the fragment" of the one that led here.
        return uri.Fragment.Length == 0 && sent.Fragment.Length > 0 ? new Uri(uri, sent.Fragment) : uri;
    }
}
