using Sockeye.Cli.Resources;

namespace Sockeye.Cli.Tracing;

/// <summary>Reads where a journey goes: a URL, or a host and its port.</summary>
internal static class TraceTarget
{
    private static readonly string[] s_schemes = ["http", "https", "tls", "tcp"];

    /// <summary>The endpoint that was meant: <c>example.com</c> and <c>:8080/path</c> are HTTP, <c>host:port</c> is
    /// TCP.</summary>
    /// <exception cref="ToolException">It is none that a journey can go to.</exception>
    public static Endpoint Parse(string text)
    {
        text = EndpointExtensions.WithColon(text);
        int schemeEnd = text.IndexOf("://", StringComparison.Ordinal);
        bool hasScheme = schemeEnd >= 0;
        if (hasScheme && !s_schemes.Contains(text[..schemeEnd], StringComparer.OrdinalIgnoreCase))
        {
            throw new ToolException(ExitCode.Usage, TraceText.BadTarget.With(text));
        }

        bool isPlain = !hasScheme && !text.Contains('/', StringComparison.Ordinal) && HasPort(text);
        string written = hasScheme || isPlain || text.StartsWith("unix", StringComparison.Ordinal)
            ? text
            : "http://" + (text.StartsWith(':') ? "localhost" : "") + text;
        if (!Endpoint.TryParse(written, out Endpoint? endpoint, out string? error))
        {
            throw new ToolException(ExitCode.Usage, error.TrimEnd('.'));
        }

        return endpoint is { Host.Length: > 0, Port: > 0 }
            ? endpoint
            : throw new ToolException(ExitCode.Usage, TraceText.BadTarget.With(text));
    }

    // host:port, and [::1]:80; an IPv6 address alone has no port.
    private static bool HasPort(string text)
    {
        int colon = text.LastIndexOf(':');
        return colon >= 0 && colon + 1 < text.Length && text.AsSpan(colon + 1).IndexOfAnyExceptInRange('0', '9') < 0
            && (text.IndexOf(':', StringComparison.Ordinal) == colon || text[colon - 1] == ']');
    }
}
