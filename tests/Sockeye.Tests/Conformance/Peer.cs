using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Sockeye.Tests.Conformance;

/// <summary>
/// The other side of a behaviour: a plain blocking socket of the runtime, so that no engine is tested against itself.
/// </summary>
internal sealed class Peer : IDisposable
{
    /// <summary>A call that waits for longer fails, so that nothing hangs.</summary>
    private const int WaitMilliseconds = 15_000;

    private readonly EndPoint? _local;

    public Peer(Socket socket)
    {
        _local = socket.LocalEndPoint;
        Socket = socket;
        Socket.ReceiveTimeout = WaitMilliseconds;
        Socket.SendTimeout = WaitMilliseconds;
    }

    public Socket Socket { get; }

    /// <summary>Its own end, as a server sees it.</summary>
    public Endpoint LocalEndpoint => Endpoint.Parse($"tcp://{(IPEndPoint)_local!}");

    /// <summary>Connects to where a listener listens.</summary>
    public static Peer To(Endpoint endpoint, int receiveBufferBytes = 0)
    {
        Socket socket = New(endpoint);
        if (receiveBufferBytes > 0)
        {
            socket.ReceiveBufferSize = receiveBufferBytes;
        }

        socket.Connect(AddressOf(endpoint));
        return new Peer(socket);
    }

    /// <summary>A socket of the endpoint's kind.</summary>
    public static Socket New(Endpoint endpoint) => endpoint.Scheme == EndpointScheme.Unix
        ? new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified)
        : new Socket(endpoint.Address!.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };

    /// <summary>The endpoint as the runtime writes it.</summary>
    public static EndPoint AddressOf(Endpoint endpoint) => endpoint.Scheme == EndpointScheme.Unix
        ? new UnixDomainSocketEndPoint(endpoint.Path[0] == '@' ? '\0' + endpoint.Path[1..] : endpoint.Path)
        : new IPEndPoint(endpoint.Address!, endpoint.Port);

    public void Send(ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            bytes = bytes[Socket.Send(bytes)..];
        }
    }

    public void Send(string text) => Send(Encoding.UTF8.GetBytes(text));

    /// <summary>Receives exactly this many bytes.</summary>
    public byte[] Receive(int count)
    {
        byte[] bytes = new byte[count];
        for (int have = 0; have < count;)
        {
            int more = Socket.Receive(bytes, have, count - have, SocketFlags.None);
            if (more == 0)
            {
                throw new EndOfStreamException($"The stream ended after {have} of {count} bytes.");
            }

            have += more;
        }

        return bytes;
    }

    /// <summary>Receives exactly the bytes of a text of this many ASCII characters.</summary>
    public string ReceiveText(int count) => Encoding.UTF8.GetString(Receive(count));

    /// <summary>Receives up to the FIN; a reset throws.</summary>
    public byte[] ReceiveToEnd()
    {
        using var all = new MemoryStream();
        byte[] bytes = new byte[65_536];
        while (Socket.Receive(bytes) is > 0 and int count)
        {
            all.Write(bytes, 0, count);
        }

        return all.ToArray();
    }

    public string ReceiveTextToEnd() => Encoding.UTF8.GetString(ReceiveToEnd());

    /// <summary>True when the connection ends, soon, with a reset; what comes before is dropped.</summary>
    public bool IsReset()
    {
        try
        {
            ReceiveToEnd();
            return false;
        }
        catch (SocketException exception) when (exception.SocketErrorCode == SocketError.ConnectionReset)
        {
            return true;
        }
    }

    /// <summary>Sends a FIN and goes on receiving.</summary>
    public void FinishSending() => Socket.Shutdown(SocketShutdown.Send);

    /// <summary>Closes with a reset.</summary>
    public void Reset()
    {
        Socket.LingerState = new LingerOption(true, 0);
        Socket.Dispose();
    }

    public void Dispose() => Socket.Dispose();
}
