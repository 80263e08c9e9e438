using System.Diagnostics;
using Sockeye.Linux;

namespace Sockeye.Engines;

/// <summary>A listener over the kernel's sockets: one acceptor on each loop that has a share of it.</summary>
internal sealed class LoopListener : Listener
{
    private readonly LoopNetwork _network;
    private readonly Endpoint _endpoint;
    private readonly List<(Loop Loop, IAcceptor Acceptor)> _acceptors = [];    // Guarded by itself.
    private readonly BoundPath _path;
    private int _stopped;

    public LoopListener(
        LoopNetwork network, Endpoint endpoint, ListenOptions options, ConnectionHandler? handler, BoundPath path)
        : base(network, options, handler)
    {
        _network = network;
        _endpoint = endpoint;
        _path = path;
        HandlerName = handler is null ? "" : NameOf(handler);
    }

    public override Endpoint Endpoint => _endpoint;

    /// <summary>What the watchdog calls the handler.</summary>
    public string HandlerName { get; init; }

    /// <summary>Adds an acceptor; while the network sets the listener up.</summary>
    public void Add(Loop loop, IAcceptor acceptor)
    {
        lock (_acceptors)
        {
            _acceptors.Add((loop, acceptor));
        }
    }

    /// <summary>A connection was accepted on a loop: admits it or resets it.</summary>
    public void Accept(Loop loop, int descriptor, in SocketAddress peer)
    {
        Debug.Assert(loop.IsCurrent);
        if (Admit(peer.HostKey, out string? limit))
        {
            _network.Place(loop, descriptor, peer, this);
        }
        else
        {
            Reset(descriptor, peer, limit!);
        }
    }

    /// <summary>Makes the connection on the loop where it stays, and starts its handler.</summary>
    public Task Start(Loop loop, int descriptor, in SocketAddress peer)
    {
        Debug.Assert(loop.IsCurrent);
        Result adopted = loop.Adopt(descriptor, peer, this, Options.Limits, out SocketConnection connection);
        if (!adopted.Ok)
        {
            Refuse(descriptor, peer, $"the {_network.Name} model cannot take it: {adopted.Error.Explain()}");
            return Task.CompletedTask;
        }

        loop.Begin(connection);
        return Serve(connection);
    }

    /// <summary>Resets a connection that was admitted and cannot be served.</summary>
    public void Refuse(int descriptor, in SocketAddress peer, string reason)
    {
        Withdraw(peer.HostKey);
        Reset(descriptor, peer, reason);
    }

    private void Reset(int descriptor, in SocketAddress peer, string reason)
    {
        Sockets.ResetOnClose(descriptor);
        Interop.Close(descriptor);
        ReportRefused(peer.ToEndpoint(EndpointScheme.Tcp, EndpointScheme.Unix), reason);
    }

    protected internal override void Report(in NetworkEvent report) => _network.Report(report);

    protected override async ValueTask StopAcceptingAsync()
    {
        if (Interlocked.Exchange(ref _stopped, 1) == 1)
        {
            return;
        }

        _path.RemoveIfOurs();
        (Loop, IAcceptor)[] acceptors;
        lock (_acceptors)
        {
            acceptors = [.. _acceptors]; // The network may be disposed while it still sets this listener up.
        }

        foreach ((Loop loop, IAcceptor acceptor) in acceptors)
        {
            await loop.InvokeAsync(() =>
            {
                acceptor.Stop();
                return true;
            }).ConfigureAwait(false);
        }

        _network.Forget(this);
    }

    /// <summary>A handler by its type and method, for people.</summary>
    public static string NameOf(Delegate handler)
    {
        Type? type = handler.Method.DeclaringType;
        while (type is not null && type.Name.StartsWith('<'))
        {
            type = type.DeclaringType; // A class that the compiler made for what a lambda captures.
        }

        // It calls a lambda <Outer>b__1_0, and a local function <Outer>g__Inner|1_0.
        string name = handler.Method.Name;
        int outer = name.StartsWith('<') ? name.IndexOf('>') : -1;
        if (outer > 0)
        {
            int inner = name.IndexOf("g__", outer, StringComparison.Ordinal);
            name = name[1..outer] + (inner < 0 ? "" : "." + name[(inner + 3)..].Split('|')[0]);
        }

        return $"{type?.Name}.{name}";
    }
}
