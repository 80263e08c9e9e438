using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;

namespace Sockeye.AspNetCore;

/// <summary>Interim responses, as one line of an endpoint.</summary>
public static class EarlyHints
{
    private const int EarlyHintsStatus = 103;

    /// <summary>
    /// Tells the client, while the response is being made, what it will need (103, RFC 8297). False, and nothing is
    /// sent, where that cannot be done: the server is Kestrel, also over <c>UseSockeyeTransport</c>, or the client
    /// speaks HTTP/1.0. These are hints, and the client does without them.
    /// </summary>
    /// <param name="response">The response that is being made.</param>
    /// <param name="links">Values of Link, such as <c>&lt;/style.css&gt;; rel=preload; as=style</c>.</param>
    /// <example><code>
    /// await context.Response.SendEarlyHintsAsync("&lt;/style.css&gt;; rel=preload; as=style");
    /// </code></example>
    public static async Task<bool> SendEarlyHintsAsync(this HttpResponse response, params string[] links)
    {
        ArgumentNullException.ThrowIfNull(response);
        if (response.HttpContext.Features.Get<IInterimResponseFeature>() is not { } interim
            || HttpProtocol.IsHttp10(response.HttpContext.Request.Protocol))
        {
            return false;
        }

        await interim.SendInterimAsync(
            EarlyHintsStatus, new HeaderDictionary { ["Link"] = new StringValues(links) });
        return true;
    }
}
