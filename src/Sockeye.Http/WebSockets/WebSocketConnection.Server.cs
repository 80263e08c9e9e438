using System.Text;
using Sockeye.Http.Protocol;

namespace Sockeye.Http;

// The server's half of the handshake (RFC 6455 section 4.2).
public sealed partial class WebSocketConnection
{
    /// <summary>Answers a request for a WebSocket. Null when it is none, or one that cannot be accepted: the response
    /// then says why, and the handler has only to end.</summary>
    public static async ValueTask<WebSocketConnection?> AcceptAsync(
        HttpRequest request, HttpResponse response, WebSocketOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(request);
        ArgumentNullException.ThrowIfNull(response);
        options ??= WebSocketOptions.Default;
        if (!IsAcceptable(request, response, options))
        {
            return null;
        }

        PerMessageDeflate? deflate = AddAnswer(request, response, options, out string? protocol);
        Connection connection = await response.SwitchAsync("websocket"u8.ToArray());
        return new WebSocketConnection(connection, WebSocketRole.Server, options, deflate, protocol);
    }

    private static bool IsAcceptable(HttpRequest request, HttpResponse response, WebSocketOptions options)
    {
        HeaderFields fields = request.Fields;
        if (request.Method != Method.Get || !request.Head.UpgradeRequested
            || !fields.ListContains(KnownField.Upgrade, "websocket"u8))
        {
            // RFC 9110 section 15.5.22: the client must ask for another protocol.
            response.Add("Upgrade"u8, "websocket"u8);
            response.Add("Connection"u8, "Upgrade"u8);
            return Refuse(response, 426, "This resource speaks WebSocket: ask for it with Upgrade: websocket.");
        }

        if (!fields.Get(KnownField.SecWebSocketVersion).SequenceEqual(WebSocketHandshake.Version))
        {
            response.Add("Sec-WebSocket-Version"u8, WebSocketHandshake.Version); // Section 4.2.2.
            return Refuse(response, 426, "The version of WebSocket spoken here is 13.");
        }

        if (fields.CountOf(KnownField.SecWebSocketKey) != 1
            || !WebSocketHandshake.IsKey(fields.Get(KnownField.SecWebSocketKey)))
        {
            return Refuse(response, 400, "Sec-WebSocket-Key must be 16 bytes in base64, once.");
        }

        if (fields.TryGet(KnownField.Origin, out ReadOnlySpan<byte> origin)
            && !(options.AcceptOrigin?.Invoke(Encoding.Latin1.GetString(origin)) ?? IsOfHost(origin, request)))
        {
            return Refuse(response, 403, "Pages of this origin may not open a WebSocket here.");
        }

        return true;
    }

    private static bool Refuse(HttpResponse response, int status, string why)
    {
        response.Status = status;
        response.Add("Content-Type"u8, "text/plain; charset=utf-8"u8);
        response.Write(why);
        response.Write("\n"u8);
        return false;
    }

    /// <summary>An origin is a scheme and an authority (RFC 6454 section 6.1).</summary>
    private static bool IsOfHost(ReadOnlySpan<byte> origin, HttpRequest request)
    {
        int scheme = origin.IndexOf("://"u8);
        int port = scheme < 0 ? Authority.NoPort : RequestTarget.DefaultPort(origin[..scheme]);

        // What a missing port means is the scheme's. Without TLS here it may be in front of us, as the page says.
        int portHere = request.IsSecure ? RequestTarget.DefaultPort("https"u8) : port;
        return port != Authority.NoPort
            && Authority.AreSame(origin[(scheme + 3)..], port, request.Head.Host, portHere);
    }

    private static PerMessageDeflate? AddAnswer(
        HttpRequest request, HttpResponse response, WebSocketOptions options, out string? protocol)
    {
        HeaderFields fields = request.Fields;
        Span<byte> accept = stackalloc byte[WebSocketHandshake.AcceptBytes];
        WebSocketHandshake.WriteAccept(fields.Get(KnownField.SecWebSocketKey), accept);
        response.Add("Sec-WebSocket-Accept"u8, accept);
        int chosen = WebSocketHandshake.ChooseProtocol(
            fields.Get(KnownField.SecWebSocketProtocol), [.. options.Protocols]);
        protocol = chosen < 0 ? null : options.Protocols[chosen];
        if (protocol is not null)
        {
            response.Add("Sec-WebSocket-Protocol", protocol);
        }

        var wanted = new PerMessageDeflate(options.ForgetContext, options.ForgetContext);
        if (!options.Compress || !PerMessageDeflate.TryAccept(
            fields.Get(KnownField.SecWebSocketExtensions), wanted, out PerMessageDeflate agreed))
        {
            return null;
        }

        var answer = new System.Buffers.ArrayBufferWriter<byte>(128);
        agreed.Write(answer);
        response.Add("Sec-WebSocket-Extensions"u8, answer.WrittenSpan);
        return agreed;
    }
}
