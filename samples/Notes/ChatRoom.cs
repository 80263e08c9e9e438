using System.Net.WebSockets;
using System.Text;
using System.Threading.Channels;

namespace Notes;

/// <summary>A chat over WebSockets: what one says, all hear. May be used from any thread.</summary>
internal sealed class ChatRoom
{
    /// <summary>Bytes of a line; a longer one ends its speaker's visit.</summary>
    private const int LineBytesMax = 4_096;

    /// <summary>Lines that wait for a slow member; older ones are dropped.</summary>
    private const int LinesWaitingMax = 100;

    private readonly Lock _lock = new();
    private readonly List<Channel<string>> _members = [];       // Guarded by _lock.

    public async Task ServeAsync(HttpContext context)
    {
        if (!context.WebSockets.IsWebSocketRequest)
        {
            context.Response.StatusCode = StatusCodes.Status426UpgradeRequired;
            context.Response.Headers.Upgrade = "websocket"; // RFC 9110 section 15.5.22 asks for it.
            return;
        }

        using WebSocket socket = await context.WebSockets.AcceptWebSocketAsync();
        var lines = Channel.CreateBounded<string>(
            new BoundedChannelOptions(LinesWaitingMax) { FullMode = BoundedChannelFullMode.DropOldest });
        lock (_lock)
        {
            _members.Add(lines);
        }

        Task telling = TellAsync(socket, lines.Reader, context.RequestAborted);
        try
        {
            await HearAsync(socket, context.RequestAborted);
        }
        catch (Exception gone) when (gone is WebSocketException or OperationCanceledException)
        {
            // A member who goes without a word has gone all the same.
        }
        finally
        {
            lock (_lock)
            {
                _members.Remove(lines);
            }

            lines.Writer.Complete();
            await telling;
        }
    }

    private async Task HearAsync(WebSocket socket, CancellationToken left)
    {
        byte[] line = new byte[LineBytesMax];
        while (true)
        {
            ValueWebSocketReceiveResult heard = await socket.ReceiveAsync(line.AsMemory(), left);
            if (heard.MessageType == WebSocketMessageType.Close)
            {
                await socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, left);
                return;
            }

            if (!heard.EndOfMessage)
            {
                string reason = $"A line has at most {LineBytesMax} bytes.";
                await socket.CloseOutputAsync(WebSocketCloseStatus.MessageTooBig, reason, left);
                return;
            }

            Say(Encoding.UTF8.GetString(line, 0, heard.Count));
        }
    }

    private void Say(string line)
    {
        lock (_lock)
        {
            foreach (Channel<string> member in _members)
            {
                member.Writer.TryWrite(line);
            }
        }
    }

    private static async Task TellAsync(WebSocket socket, ChannelReader<string> lines, CancellationToken left)
    {
        try
        {
            await foreach (string line in lines.ReadAllAsync(left))
            {
                await socket.SendAsync(Encoding.UTF8.GetBytes(line), WebSocketMessageType.Text, true, left);
            }
        }
        catch (Exception gone) when (gone is WebSocketException or OperationCanceledException)
        {
            // The member has left; what is still said is not for them.
        }
    }
}
