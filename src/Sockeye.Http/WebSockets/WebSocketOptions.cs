using Sockeye.Http.Protocol;

namespace Sockeye.Http;

/// <summary>How a WebSocket is spoken. Limits and time-outs are on by default.</summary>
public sealed record WebSocketOptions
{
    /// <summary>The defaults.</summary>
    public static WebSocketOptions Default { get; } = new();

    /// <summary>How much the peer may send at a time.</summary>
    public WebSocketLimits Limits { get; init; } = new();

    /// <summary>Whether messages are compressed when the peer can (permessage-deflate, RFC 7692). Default false: it
    /// costs some 256 KB for each connection, and what is secret must not be compressed beside what an attacker
    /// chooses.</summary>
    public bool Compress { get; init; }

    /// <summary>With <see cref="Compress"/>: each message by itself, which compresses less and keeps no memory between
    /// messages. Default false.</summary>
    public bool ForgetContext { get; init; }

    /// <summary>Protocols above it (RFC 6455 section 1.9). A server chooses the first that the client lists, a client
    /// offers all of them, the best first. Default none.</summary>
    public IReadOnlyList<string> Protocols { get; init; } = [];

    /// <summary>A server's judgement of the Origin that a browser names (RFC 6455 section 10.2). Null (default) takes
    /// only pages of the host that was asked, so that no other page can use a visitor's cookies.</summary>
    public Func<string, bool>? AcceptOrigin { get; init; }

    /// <summary>How often a ping is sent, so that a peer that vanished is noticed and nothing between the two forgets
    /// the connection; <see cref="Timeout.InfiniteTimeSpan"/> never. Default 30 seconds.</summary>
    public TimeSpan PingInterval { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How long the peer may be silent before the connection counts as lost. Its pongs are no silence. Default
    /// 75 seconds.</summary>
    public TimeSpan SilenceMax { get; init; } = TimeSpan.FromSeconds(75);

    /// <summary>How long a close waits for the peer's. Default 5 seconds.</summary>
    public TimeSpan CloseTimeout { get; init; } = TimeSpan.FromSeconds(5);
}

/// <summary>What a message is made of; or that there are no more.</summary>
public enum WebSocketKind : byte
{
    /// <summary>There are no more: see <see cref="WebSocketConnection.CloseCode"/>.</summary>
    Closed = 0,

    /// <summary>Text, in valid UTF-8.</summary>
    Text,

    /// <summary>Bytes.</summary>
    Binary,
}

/// <summary>A whole message. Valid until the next is received.</summary>
/// <param name="Kind">What it is made of.</param>
/// <param name="Payload">Its bytes.</param>
public readonly record struct WebSocketMessage(WebSocketKind Kind, ReadOnlyMemory<byte> Payload)
{
    /// <summary>The payload as text.</summary>
    public string Text => System.Text.Encoding.UTF8.GetString(Payload.Span);
}
