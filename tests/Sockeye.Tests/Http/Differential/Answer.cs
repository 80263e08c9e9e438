using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.RegularExpressions;

namespace Sockeye.Tests.Http.Differential;

/// <summary>What a server made of some bytes: the statuses of its final replies, in order.</summary>
internal sealed partial record Answer(string Text)
{
    private const int WaitMilliseconds = 10_000;
    private const int SilenceMilliseconds = 1_000;  // Before anything came: then nothing will.
    private const int QuietMilliseconds = 200;      // After something came: then it is all.

    /// <summary>It answered each request in it, and rejected none.</summary>
    public bool IsAccepted => Text != Silence && Classes.All(one => one is '2' or '3');

    /// <summary>It rejected the last thing that it read, or closed without a word.</summary>
    public bool IsRejected => Text == Silence || Text == TimeOut || Classes[^1] is '4' or '5';

    /// <summary>Number and class of the replies.</summary>
    public string Classes => string.Concat(Text.Split(' ').Select(status => status[0]));

    /// <summary>What differs between servers that mean the same is left out: which error it is.</summary>
    public string Outcome => IsRejected ? "rejected" : Classes;

    private const string Silence = "–";
    private const string TimeOut = "…";

    /// <summary>Sends the bytes, and a FIN when no more comes; reads until the server closes. The FIN must not come
    /// sooner: Kestrel takes it for the client's end and may drop the reply. Our own answers depend on no time.
    /// </summary>
    public static async Task<Answer> AskAsync(int port, ReadOnlyMemory<byte> bytes)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        using var limit = new CancellationTokenSource(WaitMilliseconds);
        var received = new StringBuilder();
        try
        {
            await socket.ConnectAsync(IPAddress.Loopback, port, limit.Token);
            Task sending = SendAsync(socket, bytes, limit.Token);
            byte[] buffer = new byte[16_384];
            int count;
            do
            {
                Task<int> receiving = socket.ReceiveAsync(buffer, limit.Token).AsTask();
                int wait = received.Length == 0 ? SilenceMilliseconds : QuietMilliseconds;
                if (await Task.WhenAny(receiving, Task.Delay(wait, limit.Token)) != receiving && sending.IsCompleted)
                {
                    socket.Shutdown(SocketShutdown.Send);
                }

                count = await receiving;
                received.Append(Encoding.Latin1.GetString(buffer, 0, count));
            }
            while (count > 0);
            await sending;
        }
        catch (SocketException)
        {
            // It closed while we were sending; what it said before counts.
        }
        catch (OperationCanceledException)
        {
            received.Append(TimeOut);
        }

        return Read(received.ToString());
    }

    private static async Task SendAsync(Socket socket, ReadOnlyMemory<byte> bytes, CancellationToken limit)
    {
        try
        {
            while (!bytes.IsEmpty)
            {
                bytes = bytes[await socket.SendAsync(bytes, limit)..];
            }
        }
        catch (SocketException)
        {
            // It has read enough to reject the rest.
        }
    }

    /// <summary>No content of the servers here looks like a status line.</summary>
    private static Answer Read(string received)
    {
        IEnumerable<string> statuses = StatusLine().Matches(received)
            .Select(match => match.Groups[1].Value).Where(status => status[0] != '1');
        string text = string.Join(' ', statuses);
        return new Answer(text.Length > 0 ? text : received.EndsWith(TimeOut) ? TimeOut
            : received.Length > 0 ? "0.9" : Silence);
    }

    [GeneratedRegex("HTTP/1\\.[01] ([0-9]{3})")]
    private static partial Regex StatusLine();
}
