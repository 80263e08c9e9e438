using System.Globalization;
using Sockeye.Http;
using Sockeye.Http.Protocol;

namespace Sockeye.Cli.Serving;

/// <summary>The least that a web server does: <c>GET /plaintext</c> greets the world, <c>POST /echo</c> sends the body
/// back as it comes, <c>POST /discard</c> counts it, <c>/websocket</c> sends messages back, and <c>GET /</c> says what
/// this is.</summary>
internal static class Hello
{
    private static ReadOnlySpan<byte> About =>
        """
        This is sockeye serve hello.
        GET /plaintext    Hello, World!
        POST /echo        sends the body back
        POST /discard     sends back how many bytes the body had
        GET /websocket    a WebSocket that sends each message back

        """u8;

    public static HttpHandler Site(ServeSettings settings) => AnswerAsync;

    private static ValueTask AnswerAsync(HttpRequest request, HttpResponse response)
    {
        switch (request.Path)
        {
            case var path when path.SequenceEqual("/plaintext"u8):
                Say(request, response, "text/plain"u8, "Hello, World!"u8);
                break;
            case var path when path.SequenceEqual("/"u8):
                Say(request, response, "text/plain; charset=utf-8"u8, About);
                break;
            case var path when path.SequenceEqual("/echo"u8) && request.Method == Method.Post:
                return EchoAsync(request, response);
            case var path when path.SequenceEqual("/discard"u8) && request.Method == Method.Post:
                return CountAsync(request, response);
            case var path when path.SequenceEqual("/echo"u8) || path.SequenceEqual("/discard"u8):
                OfferOrRefuse(request, response, "POST, OPTIONS"u8);
                break;
            case var path when path.SequenceEqual("/websocket"u8):
                return EchoMessagesAsync(request, response);
            case var _ when request.Head.Form == TargetForm.Asterisk:
                Offer(response, "GET, HEAD, POST, OPTIONS"u8); // Of all of it: RFC 9110 section 9.3.7.
                break;
            default:
                response.Status = 404;
                Text(response, "Not Found\n"u8);
                break;
        }

        return default;
    }

    private static void Say(
        HttpRequest request, HttpResponse response, ReadOnlySpan<byte> type, ReadOnlySpan<byte> content)
    {
        if (request.Method is not (Method.Get or Method.Head))
        {
            OfferOrRefuse(request, response, "GET, HEAD, OPTIONS"u8);
            return;
        }

        response.Add("Content-Type"u8, type);
        response.Write(content);
    }

    private static async ValueTask EchoAsync(HttpRequest request, HttpResponse response)
    {
        response.Add(
            "Content-Type"u8,
            request.Fields.TryGet(KnownField.ContentType, out ReadOnlySpan<byte> type)
                ? type
                : "application/octet-stream"u8);
        response.ContentLength = request.BodyLength;
        while (await request.ReadBodyAsync() is { IsEmpty: false } piece)
        {
            response.Write(piece.Span);
            if (await response.FlushAsync() != End.None)
            {
                return;
            }
        }
    }

    private static async ValueTask CountAsync(HttpRequest request, HttpResponse response)
    {
        long length = 0;
        while (await request.ReadBodyAsync() is { IsEmpty: false } piece)
        {
            length += piece.Length;
        }

        response.Add("Content-Type"u8, "text/plain"u8);
        response.Write(length.ToString(CultureInfo.InvariantCulture));
    }

    private static async ValueTask EchoMessagesAsync(HttpRequest request, HttpResponse response)
    {
        await using WebSocketConnection? socket = await WebSocketConnection.AcceptAsync(request, response);
        while (socket is not null && await socket.ReceiveAsync() is { Kind: not WebSocketKind.Closed } message)
        {
            if (await socket.SendAsync(message.Kind, message.Payload) != End.None)
            {
                return;
            }
        }
    }

    private static void OfferOrRefuse(HttpRequest request, HttpResponse response, ReadOnlySpan<byte> methods)
    {
        if (request.Method == Method.Options)
        {
            Offer(response, methods);
            return;
        }

        response.Status = 405;
        response.Add("Allow"u8, methods);
        Text(response, "Method Not Allowed\n"u8);
    }

    private static void Offer(HttpResponse response, ReadOnlySpan<byte> methods)
    {
        response.Status = 204;
        response.Add("Allow"u8, methods);
    }

    private static void Text(HttpResponse response, ReadOnlySpan<byte> text)
    {
        response.Add("Content-Type"u8, "text/plain; charset=utf-8"u8);
        response.Write(text);
    }
}
