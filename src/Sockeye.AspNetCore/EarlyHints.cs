using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;

namespace Sockeye.AspNetCore;

/// <summary>Interim responses, as one line of an endpoint.</summary>
public static class EarlyHints
{
    private const int EarlyHintsStatus = 103;

    /// <summary>Tells the client, while the response is being made, what it will need (103, RFC 8297). On a server that
    /// cannot, it does nothing: these are hints.</summary>
    /// <param name="response">The response that is being made.</param>
    /// <param name="links">Values of Link, such as <c>&lt;/style.css&gt;; rel=preload; as=style</c>.</param>
    /// <example><code>
    /// await context.Response.SendEarlyHintsAsync("&lt;/style.css&gt;; rel=preload; as=style");
    /// </code></example>
    public static Task SendEarlyHintsAsync(this HttpResponse response, params string[] links)
    {
        ArgumentNullException.ThrowIfNull(response);
        return response.HttpContext.Features.Get<IInterimResponseFeature>() is { } interim
            ? interim.SendInterimAsync(
                EarlyHintsStatus, new HeaderDictionary { ["Link"] = new StringValues(links) })
            : Task.CompletedTask;
    }
}
