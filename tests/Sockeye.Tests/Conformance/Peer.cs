using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Text;

namespace Sockeye.Tests.Conformance;

/// <summary>
/// The other side of a behaviour: a plain blocking socket of the runtime, so that no engine is tested against itself;
/// over TLS with the runtime's own SslStream.
/// </summary>
internal sealed class Peer : IDisposable
{
    /// <summary>A call that waits for longer fails, so that nothing hangs.</summary>
    private const int WaitMilliseconds = Patience.Milliseconds;

    private readonly EndPoint? _local;
    private SslStream? _tls;    // Null where the bytes are those on the wire.

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
    public static Socket New(Endpoint endpoint) => endpoint.Scheme switch
    {
        EndpointScheme.Unix => new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified),
        EndpointScheme.UnixDatagram => new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified),
        EndpointScheme.Udp => new Socket(endpoint.Address!.AddressFamily, SocketType.Dgram, ProtocolType.Udp),
        _ => new Socket(endpoint.Address!.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true },
    };

    /// <summary>The endpoint as the runtime writes it.</summary>
    public static EndPoint AddressOf(Endpoint endpoint) =>
        endpoint.Scheme is EndpointScheme.Unix or EndpointScheme.UnixDatagram
            ? new UnixDomainSocketEndPoint(endpoint.Path[0] == '@' ? '\0' + endpoint.Path[1..] : endpoint.Path)
            : new IPEndPoint(endpoint.Address!, endpoint.Port);

    /// <summary>Speaks TLS from here on, as the client.</summary>
    public Peer SecuredAsClient()
    {
        _tls = new SslStream(new NetworkStream(Socket));
        _tls.AuthenticateAsClient(Secured.PeerAsClient());
        return this;
    }

    /// <summary>Speaks TLS from here on, as the server.</summary>
    public Peer SecuredAsServer()
    {
        _tls = new SslStream(new NetworkStream(Socket));
        _tls.AuthenticateAsServer(Secured.PeerAsServer());
        return this;
    }

    public void Send(ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            bytes = bytes[SendSome(bytes)..];
        }
    }

    public void Send(string text) => Send(Encoding.UTF8.GetBytes(text));

    /// <summary>Receives exactly this many bytes.</summary>
    public byte[] Receive(int count)
    {
        byte[] bytes = new byte[count];
        for (int have = 0; have < count;)
        {
            int more = ReceiveSome(bytes.AsSpan(have));
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
        while (ReceiveSome(bytes) is > 0 and int count)
        {
            all.Write(bytes, 0, count);
        }

        return all.ToArray();
    }

    public string ReceiveTextToEnd() => Encoding.UTF8.GetString(ReceiveToEnd());

    /// <summary>Receives what is there, at least a byte; 0 is the FIN.</summary>
    public int ReceiveSome(Span<byte> room)
    {
        try
        {
            return _tls?.Read(room) ?? Socket.Receive(room);
        }
        catch (IOException exception) when (exception.InnerException is SocketException beneath)
        {
            throw beneath; // What a behaviour looks for, whatever lies between.
        }
    }

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

    /// <summary>Sends a FIN, over TLS after a close_notify, and goes on receiving. Not while another thread sends or
    /// receives: a shutdown of SslStream takes none of the locks that its reads and writes take.</summary>
    public void FinishSending()
    {
        _tls?.ShutdownAsync().GetAwaiter().GetResult();
        Socket.Shutdown(SocketShutdown.Send);
    }

    /// <summary>Closes with a reset.</summary>
    public void Reset()
    {
        Socket.LingerState = new LingerOption(true, 0);
        Socket.Dispose();
    }

    public void Dispose()
    {
        _tls?.Dispose();
        Socket.Dispose();
    }

    private int SendSome(ReadOnlySpan<byte> bytes)
    {
        if (_tls is null)
        {
            return Socket.Send(bytes);
        }

        try
        {
            _tls.Write(bytes);
            return bytes.Length;
        }
        catch (IOException exception) when (exception.InnerException is SocketException beneath)
        {
            throw beneath;
        }
    }
}
