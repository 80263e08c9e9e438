using System.Text;
using Sockeye.Http.Protocol;

namespace Sockeye.Http;

/// <summary>What all connections of a server share.</summary>
internal sealed class HttpServing
{
    private readonly byte[] _serverLine;
    private volatile bool _isStopping;

    public HttpServing(HttpHandler handler, HttpServerOptions options)
    {
        Handler = handler;
        Options = options;
        _serverLine = options.ServerName is { } name ? Encoding.Latin1.GetBytes($"Server: {name}\r\n") : [];

        // A handler may raise the limit for its own request, so a body's length is checked when the body is read.
        HeadLimits = options.Limits with { BodyBytesMax = long.MaxValue };
    }

    public HttpHandler Handler { get; }

    public HttpServerOptions Options { get; }

    public HttpLimits HeadLimits { get; }

    public ReadOnlySpan<byte> ServerLine => _serverLine;

    /// <summary>Each response says from now on that it is the last of its connection.</summary>
    public bool IsStopping => _isStopping;

    public void Stop() => _isStopping = true;

    /// <summary>What is wrong with the limits, in a sentence; null when they fit together.</summary>
    public static string? WhatIsWrong(HttpLimits limits, Limits connection) =>
        limits.InputBytesNeeded <= connection.InputBytesMax
            ? null
            : $"HttpLimits allow heads, trailers or chunk extensions of {limits.InputBytesNeeded} bytes, and a "
                + $"connection holds {connection.InputBytesMax}: lower them, or raise Limits.InputBytesMax.";

    /// <summary>Serves one connection until it is to be closed.</summary>
    /// <exception cref="InvalidOperationException">It holds less than the limits of the messages need.</exception>
    public ValueTask ServeAsync(Connection connection) => WhatIsWrong(Options.Limits, connection.Limits) is { } wrong
        ? throw new InvalidOperationException(wrong)
        : new HttpConnection(this, connection).ServeAsync();
}
