using System.Buffers;
using System.Globalization;
using System.IO.Pipelines;
using System.Net.WebSockets;
using System.Text;
using Microsoft.AspNetCore.Connections;

namespace Peer;

/// <summary>The applications that bench/compare runs on Kestrel and on Sockeye, word for word the same.</summary>
internal static class Applications
{
    private const int WebSocketBytesMax = 4096;

    private static readonly byte[] s_hello = "Hello, World!"u8.ToArray();

    /// <summary>A delegate with nothing between the server and it.</summary>
    public static Task AnswerAsync(HttpContext context) => context.Request.Path.Value switch
    {
        "/plaintext" => HelloAsync(context.Response),
        "/discard" => DiscardAsync(context),
        "/websocket" => EchoMessagesAsync(context),
        _ => RefuseAsync(context.Response),
    };

    /// <summary>A minimal API: routing, and results that are written by what they are.</summary>
    public static void MapMinimal(WebApplication app)
    {
        app.MapGet("/plaintext", () => "Hello, World!");
        app.MapGet("/json", () => TypedResults.Json(new Greeting("Hello, World!"), GreetingJson.Default.Greeting));
    }

    /// <summary>A connection without HTTP: sends back what comes.</summary>
    public static async Task EchoAsync(ConnectionContext connection)
    {
        PipeReader input = connection.Transport.Input;
        while (await input.ReadAsync() is { IsCompleted: false } read)
        {
            foreach (ReadOnlyMemory<byte> piece in read.Buffer)
            {
                connection.Transport.Output.Write(piece.Span);
            }

            input.AdvanceTo(read.Buffer.End);
            await connection.Transport.Output.FlushAsync();
        }
    }

    private static Task HelloAsync(HttpResponse response)
    {
        response.ContentType = "text/plain";
        response.ContentLength = s_hello.Length;
        response.BodyWriter.Write(s_hello);
        return Task.CompletedTask;
    }

    private static async Task DiscardAsync(HttpContext context)
    {
        PipeReader body = context.Request.BodyReader;
        long length = 0;
        ReadResult read;
        do
        {
            read = await body.ReadAsync();
            length += read.Buffer.Length;
            body.AdvanceTo(read.Buffer.End);
        }
        while (!read.IsCompleted);

        byte[] answer = Encoding.ASCII.GetBytes(length.ToString(CultureInfo.InvariantCulture));
        context.Response.ContentType = "text/plain";
        context.Response.ContentLength = answer.Length;
        context.Response.BodyWriter.Write(answer);
    }

    private static async Task EchoMessagesAsync(HttpContext context)
    {
        using WebSocket socket = await context.WebSockets.AcceptWebSocketAsync();
        byte[] message = new byte[WebSocketBytesMax];
        while (await socket.ReceiveAsync(message.AsMemory(), default) is { } received)
        {
            if (received.MessageType == WebSocketMessageType.Close)
            {
                await socket.CloseAsync(WebSocketCloseStatus.NormalClosure, null, default);
                return;
            }

            await socket.SendAsync(
                message.AsMemory(0, received.Count), received.MessageType, received.EndOfMessage, default);
        }
    }

    private static Task RefuseAsync(HttpResponse response)
    {
        response.StatusCode = StatusCodes.Status404NotFound;
        return Task.CompletedTask;
    }
}
