using System.Text;
using Sockeye.Cli.Resources;

namespace Sockeye.Cli.Fetching;

/// <summary>What to fetch, and from where when the URL does not say so.</summary>
/// <param name="Url">The URL, of http or https, without user and password.</param>
/// <param name="Socket">The Unix socket to connect to instead of the host; null for none.</param>
/// <param name="User">User and password that were in the URL, <c>user:password</c>; null for none.</param>
internal sealed record FetchTarget(Uri Url, Endpoint? Socket, string? User)
{
    private const string UnixPrefix = "http+unix://";

    /// <summary>Reads a URL as people type it: the scheme may be missing, and so may this machine's name.</summary>
    /// <param name="text">The URL.</param>
    /// <param name="unix">The path or <c>@name</c> of a Unix socket; null for none.</param>
    /// <param name="query">Parameters that are added to the query.</param>
    /// <exception cref="ToolException">It is not a URL that can be fetched.</exception>
    public static FetchTarget Parse(string text, string? unix, IEnumerable<RequestItem> query)
    {
        string url = EndpointExtensions.WithColon(text);
        if (url.StartsWith(UnixPrefix, StringComparison.OrdinalIgnoreCase))
        {
            // http+unix://%2Frun%2Fapp.sock/path: the socket is where a host would be.
            string[] parts = url[UnixPrefix.Length..].Split('/', 2);
            unix ??= Uri.UnescapeDataString(parts[0]);
            url = "http://localhost/" + parts.ElementAtOrDefault(1);
        }
        else if (url.StartsWith(':'))
        {
            // :8080/path, and :/path with the scheme's own port.
            bool hasPort = url.Length > 1 && char.IsAsciiDigit(url[1]);
            url = "http://localhost" + (hasPort ? url : url[1..]);
        }
        else if (!url.Contains("://", StringComparison.Ordinal))
        {
            url = "http://" + url;
        }
        else if (url.IndexOf("://:", StringComparison.Ordinal) is > 0 and int at
            && at == url.IndexOf("://", StringComparison.Ordinal))
        {
            url = url.Insert(at + "://".Length, "localhost"); // https://:8443/path, as endpoints are written.
        }

        if (!Uri.TryCreate(url, UriKind.Absolute, out Uri? uri) || uri.Host.Length == 0)
        {
            throw new ToolException(ExitCode.Usage, FetchText.BadUrl.With(text));
        }

        if (uri.Scheme != Uri.UriSchemeHttp && uri.Scheme != Uri.UriSchemeHttps)
        {
            throw new ToolException(ExitCode.Usage, FetchText.BadScheme.With(text, uri.Scheme));
        }

        string? user = uri.UserInfo.Length > 0 ? Uri.UnescapeDataString(uri.UserInfo) : null;
        var built = new UriBuilder(uri) { UserName = "", Password = "", Query = WithMore(uri.Query, query) };
        return new FetchTarget(built.Uri, unix is null ? null : SocketOf(unix), user);
    }

    private static string WithMore(string query, IEnumerable<RequestItem> more)
    {
        var text = new StringBuilder(query.TrimStart('?'));
        foreach (RequestItem item in more)
        {
            text.Append(text.Length > 0 ? "&" : "")
                .Append(Uri.EscapeDataString(item.Name)).Append('=').Append(Uri.EscapeDataString(item.Value));
        }

        return text.ToString();
    }

    private static Endpoint SocketOf(string unix)
    {
        string path = unix.StartsWith("unix:", StringComparison.Ordinal) ? unix["unix:".Length..] : unix;
        string full = path.StartsWith('@') ? path : Path.GetFullPath(path);
        return Endpoint.TryParse($"unix:{full}", out Endpoint? endpoint, out string? error)
            ? endpoint
            : throw new ToolException(ExitCode.Usage, error.TrimEnd('.'));
    }
}
