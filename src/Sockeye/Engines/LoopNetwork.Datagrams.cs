using Sockeye.Linux;
using SocketAddress = Sockeye.Linux.SocketAddress;

namespace Sockeye.Engines;

// Datagram sockets: a server has one on each loop, sharing the port, a client one.
internal abstract partial class LoopNetwork
{
    public sealed override ValueTask<Listener> ListenAsync(
        Endpoint endpoint, DatagramHandler handler, ListenOptions? options = null) =>
        new(ListenHereAsync(endpoint, handler, options ?? ListenOptions.Default));

    public sealed override ValueTask<DatagramSocket> BindAsync(Endpoint endpoint, ListenOptions? options = null) =>
        ComeHomeAsync(() => BindHereAsync(endpoint, options ?? ListenOptions.Default));

    /// <summary>The loop for one of a datagram server's sockets, of which there are as many as acceptors.</summary>
    protected virtual Loop DatagramLoop(int index) => Acceptors[index];

    /// <summary>Runs the handler of a datagram socket on its loop, until it is done.</summary>
    private async void Serve(Loop loop, LoopDatagramSocket socket, LoopListener listener, DatagramHandler handler)
    {
        if (loop.IsCurrent)
        {
            await listener.Serve(socket, handler);
            loop.Release();
        }
    }

    private async Task<DatagramSocket> BindHereAsync(Endpoint endpoint, ListenOptions options)
    {
        Loop loop = Here();
        Addresses.RequireDatagram(endpoint, NetworkOperation.Bind);
        SocketAddress address = await NameLookup.BindAddressAsync(endpoint, NetworkOperation.Bind);
        UnixPaths.RemoveIfDead(endpoint, address, SocketKind.Datagram);
        int descriptor = Sockets.Bind(endpoint, ref address, options.Socket, sharePort: false);
        return Create(loop, descriptor, endpoint, options);
    }

    private static LoopDatagramSocket Create(Loop loop, int descriptor, Endpoint endpoint, ListenOptions options)
    {
        Result bound = LoopDatagramSocket.TryCreate(
            loop, descriptor, endpoint, options, out LoopDatagramSocket socket);
        if (!bound.Ok)
        {
            Interop.Close(descriptor);
            throw Failures.Of(NetworkOperation.Bind, endpoint, bound.Error);
        }

        return socket;
    }

    private async Task<Listener> ListenHereAsync(Endpoint endpoint, DatagramHandler handler, ListenOptions options)
    {
        Addresses.RequireDatagram(endpoint, NetworkOperation.Listen);
        ArgumentNullException.ThrowIfNull(handler);
        SocketAddress address =
            await NameLookup.BindAddressAsync(endpoint, NetworkOperation.Listen).ConfigureAwait(false);

        // A path cannot be shared. Of a shared port every socket receives what is sent to a group or to everybody, so
        // that the handler would see it once for each loop.
        bool single = Addresses.IsUnix(endpoint) || options.Socket.Broadcast || address.IsMulticast;
        int count = single ? 1 : Acceptors.Count;
        UnixPaths.RemoveIfDead(endpoint, address, SocketKind.Datagram);
        List<int> descriptors = BindAll(endpoint, ref address, options, count);
        Endpoint local = Addresses.IsUnix(endpoint)
            ? address.ToEndpoint(EndpointScheme.Udp, EndpointScheme.UnixDatagram)
            : endpoint.WithPort(address.Port);
        var listener = new LoopListener(this, local, options, null, default)
        {
            HandlerName = LoopListener.NameOf(handler),
        };
        lock (_lock)
        {
            _listeners.Add(listener);
        }

        while (descriptors.Count > 0)
        {
            try
            {
                Loop loop = DatagramLoop(descriptors.Count - 1);
                int descriptor = descriptors[^1];
                descriptors.RemoveAt(descriptors.Count - 1);
                await loop.InvokeAsync(() => Start(loop, descriptor)).ConfigureAwait(false);
            }
            catch
            {
                descriptors.ForEach(left => Interop.Close(left));
                await listener.DisposeAsync().ConfigureAwait(false);
                throw;
            }
        }

        return listener;

        bool Start(Loop loop, int descriptor)
        {
            LoopDatagramSocket socket = Create(loop, descriptor, endpoint, options);
            socket.Belong(listener, sharesPort: count > 1);
            listener.Count(socket);

            // Not here: on a blocking engine the handler stays until it is done.
            loop.Post(_ => Serve(loop, socket, listener, handler), null);
            return true;
        }
    }

    private static List<int> BindAll(Endpoint endpoint, ref SocketAddress address, ListenOptions options, int count)
    {
        if (count > 1 && !options.Socket.SharePort)
        {
            // As for connections: finds out whether another process has the port already.
            SocketAddress probe = address;
            Interop.Close(Sockets.Bind(endpoint, ref probe, options.Socket, sharePort: false));
        }

        List<int> descriptors = [];
        try
        {
            for (int i = 0; i < count; i++)
            {
                descriptors.Add(Sockets.Bind(endpoint, ref address, options.Socket, sharePort: count > 1));
            }
        }
        catch
        {
            descriptors.ForEach(descriptor => Interop.Close(descriptor));
            throw;
        }

        return descriptors;
    }
}
