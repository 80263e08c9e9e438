using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Sockeye.Tests.Http.Client;

/// <summary>A server that does what a test has written down, over sockets of the runtime: right or wrong.</summary>
internal sealed class ScriptedServer : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _end = new(TimeSpan.FromSeconds(60));
    private readonly Task _accepting;
    private readonly List<Task> _serving = [];
    private int _count;

    /// <summary>Serves each connection with the script, which is given the number of those before it.</summary>
    public ScriptedServer(Func<Peer, int, Task> script)
    {
        _listener.Start();
        _accepting = AcceptAsync(script);
    }

    /// <summary>Answers the request of each connection with these bytes, and closes.</summary>
    public ScriptedServer(string answer)
        : this(async (peer, _) =>
        {
            await peer.ReadHeadAsync();
            await peer.SendAsync(answer);
        })
    {
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    public string Root => $"http://127.0.0.1:{Port}";

    /// <summary>Connections so far.</summary>
    public int Connections => Volatile.Read(ref _count);

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        _listener.Stop();
        await _accepting.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await Task.WhenAll(_serving).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _end.Dispose();
    }

    private async Task AcceptAsync(Func<Peer, int, Task> script)
    {
        while (true)
        {
            Socket socket = await _listener.AcceptSocketAsync(_end.Token);
            int number = Interlocked.Increment(ref _count) - 1;
            _serving.Add(Task.Run(async () =>
            {
                using (socket)
                {
                    await script(new Peer(socket, _end.Token), number);
                    socket.Shutdown(SocketShutdown.Send);
                    await new Peer(socket, _end.Token).ReadToEndAsync(); // So that a close is not a reset.
                }
            }));
        }
    }

    /// <summary>One connection.</summary>
    internal sealed class Peer(Socket socket, CancellationToken end)
    {
        private readonly List<byte> _held = [];

        public Socket Socket => socket;

        public CancellationToken End => end;

        /// <summary>A head, as text with its empty line; empty when the client has closed.</summary>
        public async Task<string> ReadHeadAsync()
        {
            while (true)
            {
                string text = Encoding.Latin1.GetString([.. _held]);
                int at = text.IndexOf("\r\n\r\n", StringComparison.Ordinal);
                if (at >= 0)
                {
                    _held.RemoveRange(0, at + 4);
                    return text[..(at + 4)];
                }

                if (!await ReceiveAsync())
                {
                    return "";
                }
            }
        }

        /// <summary>Exactly so many bytes.</summary>
        public async Task<byte[]> ReadAsync(int count)
        {
            while (_held.Count < count && await ReceiveAsync())
            {
            }

            byte[] bytes = [.. _held.Take(count)];
            _held.RemoveRange(0, bytes.Length);
            return bytes;
        }

        public async Task<int> ReadToEndAsync()
        {
            while (await ReceiveAsync())
            {
            }

            return _held.Count;
        }

        public async Task SendAsync(string text) => await SendAsync(Encoding.Latin1.GetBytes(text));

        public async Task SendAsync(byte[] bytes) => await socket.SendAsync(bytes, end);

        /// <summary>Ends the connection with a reset.</summary>
        public void Reset()
        {
            socket.LingerState = new LingerOption(true, 0);
            socket.Close();
        }

        private async Task<bool> ReceiveAsync()
        {
            byte[] buffer = new byte[16_384];
            int count = await socket.ReceiveAsync(buffer, end);
            _held.AddRange(buffer.AsSpan(0, count));
            return count > 0;
        }
    }
}
