using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Sockeye.Tests.Cli;

/// <summary>A listener of the runtime's own sockets on a free port, and the one connection that comes.</summary>
internal sealed class TestPeer : IDisposable
{
    private readonly Socket _listener;
    private Socket? _socket;

    public TestPeer()
    {
        _listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        _listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _listener.Listen();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndPoint!).Port;

    public string Endpoint => $"127.0.0.1:{Port}";

    public Socket Socket => _socket ?? throw new InvalidOperationException("Accept first.");

    public async Task AcceptAsync() => _socket = await _listener.AcceptAsync().WaitAsync(ToolProcess.TimeOut);

    public async Task SendAsync(string text) =>
        await Socket.SendAsync(Encoding.UTF8.GetBytes(text)).WaitAsync(ToolProcess.TimeOut);

    /// <summary>Reads until this text is there.</summary>
    public async Task ExpectAsync(string text)
    {
        byte[] chunk = new byte[text.Length];
        int count = 0;
        while (count < chunk.Length)
        {
            int more = await Socket.ReceiveAsync(chunk.AsMemory(count)).AsTask().WaitAsync(ToolProcess.TimeOut);
            Assert.NotEqual(0, more);
            count += more;
        }

        Assert.Equal(text, Encoding.UTF8.GetString(chunk));
    }

    /// <summary>Reads to the end of the stream; a reset throws.</summary>
    public async Task<byte[]> ReadToEndAsync()
    {
        using var all = new MemoryStream();
        byte[] chunk = new byte[65_536];
        int count;
        while ((count = await Socket.ReceiveAsync(chunk.AsMemory()).AsTask().WaitAsync(ToolProcess.TimeOut)) > 0)
        {
            all.Write(chunk, 0, count);
        }

        return all.ToArray();
    }

    public async Task<string> ReadTextAsync() => Encoding.UTF8.GetString(await ReadToEndAsync());

    /// <summary>Our FIN.</summary>
    public void Finish() => Socket.Shutdown(SocketShutdown.Send);

    /// <summary>Our RST.</summary>
    public void Reset()
    {
        Socket.LingerState = new LingerOption(true, 0);
        Socket.Close();
    }

    public void Dispose()
    {
        _socket?.Dispose();
        _listener.Dispose();
    }
}
