using System.Buffers;
using System.Security.Cryptography;
using System.Text;
using Sockeye.Http.Protocol;
using Sockeye.Tls;

namespace Sockeye.Http;

// The client's half of the handshake (RFC 6455 section 4.1).
public sealed partial class WebSocketConnection
{
    /// <summary>
    /// Connects to a <c>ws://</c> or <c>wss://</c> endpoint. From a handler it has the handler's owner; from elsewhere
    /// one is chosen, and the code that awaits this call directly goes on there.
    /// </summary>
    /// <param name="network">The network.</param>
    /// <param name="endpoint">Where; its path and query are what is asked for.</param>
    /// <param name="options">How it is spoken.</param>
    /// <param name="tls">How TLS is spoken under <c>wss://</c>.</param>
    /// <param name="fields">More fields of the request, such as Origin or Authorization.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="NetworkException">It could not be connected, or the server did not agree: the message says
    /// why.</exception>
    /// <exception cref="OperationCanceledException">The token fired.</exception>
    public static ValueTask<WebSocketConnection> ConnectAsync(
        Network network,
        Endpoint endpoint,
        WebSocketOptions? options = null,
        TlsClientOptions? tls = null,
        IReadOnlyList<KeyValuePair<string, string>>? fields = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(network);
        ArgumentNullException.ThrowIfNull(endpoint);
        return network.ComeHomeAsync(() => ConnectHereAsync(
            network, endpoint, options ?? WebSocketOptions.Default, tls, fields ?? [], cancellationToken));
    }

    /// <summary>Opens a WebSocket as a client on a connection that is there; on its owner, which it keeps. If that
    /// fails, the connection is reset.</summary>
    /// <param name="connection">The connection, with TLS already spoken where it is.</param>
    /// <param name="endpoint">Where it leads to; its host, path and query are what is asked for.</param>
    /// <param name="options">How it is spoken.</param>
    /// <param name="fields">More fields of the request, such as Origin or Authorization.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="NetworkException">The server did not agree: the message says why.</exception>
    /// <exception cref="OperationCanceledException">The token fired.</exception>
    public static async ValueTask<WebSocketConnection> ClientAsync(
        Connection connection,
        Endpoint endpoint,
        WebSocketOptions? options = null,
        IReadOnlyList<KeyValuePair<string, string>>? fields = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(connection);
        ArgumentNullException.ThrowIfNull(endpoint);
        options ??= WebSocketOptions.Default;
        try
        {
            byte[] key = new byte[WebSocketHandshake.KeyBytes];
            WebSocketHandshake.WriteKey(RandomNumberGenerator.GetBytes(WebSocketHandshake.NonceBytes), key);
            Ask(connection, endpoint, options, fields ?? [], key);
            await connection.FlushAsync(cancellationToken);
            return await ReadAnswerAsync(connection, endpoint, options, key, cancellationToken);
        }
        catch
        {
            connection.Abort();
            throw;
        }
    }

    private static async Task<WebSocketConnection> ConnectHereAsync(
        Network network,
        Endpoint endpoint,
        WebSocketOptions options,
        TlsClientOptions? tls,
        IReadOnlyList<KeyValuePair<string, string>> fields,
        CancellationToken cancellationToken)
    {
        Connection connection = endpoint.IsTls
            ? await TlsLayer.ConnectAsync(network, endpoint, tls, cancellationToken: cancellationToken)
            : await network.ConnectAsync(endpoint, cancellationToken: cancellationToken);
        return await ClientAsync(connection, endpoint, options, fields, cancellationToken);
    }

    private static void Ask(
        Connection connection,
        Endpoint endpoint,
        WebSocketOptions options,
        IReadOnlyList<KeyValuePair<string, string>> fields,
        ReadOnlySpan<byte> key)
    {
        var writer = new HeadWriter(connection);
        writer.RequestLine(Method.Get, Encoding.ASCII.GetBytes(endpoint.Path.Length == 0 ? "/" : endpoint.Path));
        writer.Field("Host", endpoint.Authority);
        writer.Lines("Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"u8);
        writer.Field(KnownField.SecWebSocketKey, key);
        if (options.Protocols.Count > 0)
        {
            writer.Field("Sec-WebSocket-Protocol", string.Join(", ", options.Protocols));
        }

        if (options.Compress)
        {
            var offer = new ArrayBufferWriter<byte>(128);
            OfferOf(options).Write(offer);
            writer.Field(KnownField.SecWebSocketExtensions, offer.WrittenSpan);
        }

        foreach ((string name, string value) in fields)
        {
            writer.Field(name, value);
        }

        writer.End();
    }

    private static PerMessageDeflate OfferOf(WebSocketOptions options) =>
        new(options.ForgetContext, options.ForgetContext);

    private static async ValueTask<WebSocketConnection> ReadAnswerAsync(
        Connection connection,
        Endpoint endpoint,
        WebSocketOptions options,
        byte[] key,
        CancellationToken cancellationToken)
    {
        var parser = new ResponseParser();
        parser.Reset(Method.Get);
        ParseStatus status;
        while ((status = parser.Parse(connection.Unconsumed)) == ParseStatus.NeedMore)
        {
            Received received = await connection.ReadAsync(cancellationToken);
            if (received.IsEmpty)
            {
                throw Refused(endpoint, $"the connection ended within the answer: {received.End}.");
            }
        }

        if (status == ParseStatus.Rejected)
        {
            throw Refused(endpoint, $"its answer is not HTTP: {parser.Rule.Meaning().Explanation}");
        }

        string? wrong = WhatIsWrong(parser.Head, options, key, out PerMessageDeflate? deflate, out string? protocol);
        if (wrong is not null)
        {
            throw Refused(endpoint, wrong);
        }

        connection.Consume(parser.Consumed);
        return new WebSocketConnection(connection, WebSocketRole.Client, options, deflate, protocol);
    }

    /// <summary>Section 4.1: what a client checks before it takes a connection for a WebSocket.</summary>
    private static string? WhatIsWrong(
        ResponseHead head,
        WebSocketOptions options,
        ReadOnlySpan<byte> key,
        out PerMessageDeflate? deflate,
        out string? protocol)
    {
        deflate = null;
        protocol = null;
        HeaderFields fields = head.Fields;
        if (head.Status != 101)
        {
            return $"it answered {head.Status} {StatusCodes.Meaning(head.Status).Reason}.";
        }

        if (!fields.ListContains(KnownField.Upgrade, "websocket"u8)
            || !fields.ListContains(KnownField.Connection, "upgrade"u8)
            || !WebSocketHandshake.IsAccept(key, fields.Get(KnownField.SecWebSocketAccept)))
        {
            return "its answer does not fit the handshake.";
        }

        if (fields.TryGet(KnownField.SecWebSocketProtocol, out ReadOnlySpan<byte> chosen))
        {
            protocol = Encoding.Latin1.GetString(chosen);
            if (!options.Protocols.Contains(protocol))
            {
                return $"it chose the protocol '{protocol}', which was not offered.";
            }
        }

        if (fields.TryGet(KnownField.SecWebSocketExtensions, out ReadOnlySpan<byte> extensions)
            && (!options.Compress || !PerMessageDeflate.TryReadAnswer(extensions, OfferOf(options), out deflate)))
        {
            return "it chose an extension that was not offered.";
        }

        return null;
    }

    private static NetworkException Refused(Endpoint endpoint, string why) => new(
        NetworkOperation.Connect, endpoint, NetworkError.Refused, $"No WebSocket with {endpoint}: {why}");
}
