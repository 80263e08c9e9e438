using System.Net;
using System.Net.Sockets;

namespace Sockeye.Tests.Conformance;

/// <summary>A plain listener of the runtime's, for clients to connect to.</summary>
internal sealed class Rendezvous : IDisposable
{
    private readonly Socket _listener;
    private readonly Transports _transport;
    private readonly List<Socket> _fillers = [];

    /// <param name="scene">Whose transport it listens on.</param>
    /// <param name="fullBacklog">It accepts nothing and its backlog is full: a connect gets no answer.</param>
    public Rendezvous(Scene scene, bool fullBacklog = false)
        : this(scene.FreshEndpoint(), fullBacklog) => _transport = scene.Transport;

    public Rendezvous(IPAddress address)
        : this(Endpoint.Parse(
            address.AddressFamily == AddressFamily.InterNetworkV6 ? "tcp://[::1]:0" : "tcp://127.0.0.1:0"), false)
    {
    }

    private Rendezvous(Endpoint endpoint, bool fullBacklog)
    {
        _listener = Peer.New(endpoint);
        _listener.Bind(Peer.AddressOf(endpoint));
        _listener.Listen(fullBacklog ? 1 : 128);
        Endpoint = _listener.LocalEndPoint is IPEndPoint bound ? Endpoint.Parse($"tcp://{bound}") : endpoint;
        if (fullBacklog)
        {
            Fill();
        }
    }

    public Endpoint Endpoint { get; }

    public Task<Peer> AcceptAsync() => Task.Run(() =>
    {
        var peer = new Peer(_listener.Accept());
        return _transport == Transports.Tls ? peer.SecuredAsServer() : peer;
    });

    public void Dispose()
    {
        _listener.Dispose();
        _fillers.ForEach(filler => filler.Dispose());
    }

    /// <summary>Connects until the kernel no longer answers.</summary>
    private void Fill()
    {
        for (int i = 0; i < 8; i++)
        {
            Socket filler = Peer.New(Endpoint);
            filler.Blocking = false;
            _fillers.Add(filler);
            try
            {
                filler.Connect(Peer.AddressOf(Endpoint));
            }
            catch (SocketException exception) when (
                exception.SocketErrorCode is SocketError.WouldBlock or SocketError.InProgress)
            {
                filler.Poll(TimeSpan.FromMilliseconds(20), SelectMode.SelectWrite);
            }
        }
    }
}

/// <summary>What a message for people looks like.</summary>
internal static class Sentences
{
    /// <summary>One line that begins with a capital, ends with a full stop and has no stack of causes in it.</summary>
    public static void AssertOne(string message)
    {
        Assert.DoesNotContain('\n', message);
        Assert.True(char.IsUpper(message[0]) && message.EndsWith('.'), message);
        Assert.DoesNotContain("Exception", message, StringComparison.Ordinal);
        Assert.InRange(message.Length, 20, 240);
    }
}
