using System.Diagnostics.CodeAnalysis;
using Sockeye.Http.Protocol;

namespace Sockeye.Http.Client;

/// <summary>How far a body has come.</summary>
/// <param name="Bytes">Bytes so far.</param>
/// <param name="Length">Bytes of all of it, if that is known.</param>
public readonly record struct FetchProgress(long Bytes, long? Length);

/// <summary>A request. It may be sent more than once if its content can be; not while it is being sent.</summary>
public sealed class FetchRequest
{
    /// <summary>Makes a request.</summary>
    /// <param name="method">The method, such as <c>GET</c>; case matters.</param>
    /// <param name="uri">An absolute URI of http or https. User and password in it become Basic credentials.</param>
    /// <exception cref="ArgumentException">The URI is of another kind; or the method is not a token, or
    /// CONNECT.</exception>
    public FetchRequest(string method, Uri uri)
    {
        ArgumentException.ThrowIfNullOrEmpty(method);
        ArgumentNullException.ThrowIfNull(uri);
        FieldRules.CheckName(method);
        if (method == "CONNECT")
        {
            throw new ArgumentException(
                "CONNECT makes a tunnel, not a request: use HttpFetcherOptions.Proxy.", nameof(method));
        }

        if (!uri.IsAbsoluteUri || (uri.Scheme != Uri.UriSchemeHttp && uri.Scheme != Uri.UriSchemeHttps))
        {
            throw new ArgumentException($"'{uri}' is not an absolute URI of http or https.", nameof(uri));
        }

        Method = method;
        Uri = uri;
    }

    /// <summary>Makes a request.</summary>
    /// <param name="method">The method, such as <c>GET</c>; case matters.</param>
    /// <param name="uri">An absolute URI of http or https.</param>
    /// <exception cref="ArgumentException">As for the other constructor.</exception>
    /// <exception cref="UriFormatException">It is not a URI.</exception>
    public FetchRequest(string method, [StringSyntax(StringSyntaxAttribute.Uri)] string uri)
        : this(method, new Uri(uri))
    {
    }

    /// <summary>The method.</summary>
    public string Method { get; }

    /// <summary>The target.</summary>
    public Uri Uri { get; }

    /// <summary>The fields. Content-Length and Transfer-Encoding come from <see cref="Content"/> and are not taken from
    /// here; Host is, if it is here.</summary>
    public FetchFields Fields { get; init; } = new();

    /// <summary>The body; null for none.</summary>
    public FetchContent? Content { get; init; }

    /// <summary>Announces the body with Expect: 100-continue, or does not; null (default) goes by
    /// <see cref="HttpFetcherOptions.ExpectContinueBytesMin"/>.</summary>
    public bool? ExpectsContinue { get; init; }

    /// <summary>Follows redirects, or does not; null (default) goes by
    /// <see cref="HttpFetcherOptions.RedirectsMax"/>.</summary>
    public bool? FollowsRedirects { get; init; }

    /// <summary>Told, on the connection's owner, of what has been sent of the body.</summary>
    public Action<FetchProgress>? Uploaded { get; init; }

    /// <summary>Told of what has been received of the body, before it is decompressed; on the connection's
    /// owner.</summary>
    public Action<FetchProgress>? Downloaded { get; init; }

    /// <summary>Told of each interim response (1xx) by its status, on the connection's owner.</summary>
    public Action<int, FetchFields>? Interim { get; init; }

    /// <summary>Is given the exact bytes of the exchange, on the connection's owner; null for nobody.</summary>
    public Transcript? Transcript { get; init; }
}
