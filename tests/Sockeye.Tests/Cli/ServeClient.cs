using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Sockeye.Tests.Cli;

/// <summary>A plain socket that talks to <c>sockeye serve</c>; what it waits for in vain is a failure.</summary>
internal sealed class ServeClient : IDisposable
{
    private ServeClient(Socket socket) => Socket = socket;

    public Socket Socket { get; }

    /// <summary>Connects.</summary>
    /// <param name="port">The server's.</param>
    /// <param name="receiveBufferBytes">How much the kernel keeps for it; 0 for the usual.</param>
    public static ServeClient Connect(int port, int receiveBufferBytes = 0)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        if (receiveBufferBytes > 0)
        {
            socket.ReceiveBufferSize = receiveBufferBytes;
        }

        socket.Connect(IPAddress.Loopback, port);
        socket.ReceiveTimeout = (int)ToolProcess.TimeOut.TotalMilliseconds;
        return new ServeClient(socket);
    }

    public void Send(string text) => Socket.Send(Encoding.UTF8.GetBytes(text));

    /// <summary>Reads as much as this text is long, and compares.</summary>
    public void Expect(string text) => Assert.Equal(text, Read(text.Length));

    /// <summary>The server has finished.</summary>
    public void ExpectEnd() => Assert.Equal(0, Socket.Receive(new byte[1]));

    /// <summary>Our FIN.</summary>
    public void Finish() => Socket.Shutdown(SocketShutdown.Send);

    public void Dispose() => Socket.Dispose();

    private string Read(int count)
    {
        byte[] received = new byte[count];
        for (int done = 0; done < count;)
        {
            int more = Socket.Receive(received.AsSpan(done));
            Assert.True(more > 0, $"the server closed after '{Encoding.ASCII.GetString(received, 0, done)}'");
            done += more;
        }

        return Encoding.ASCII.GetString(received);
    }
}
