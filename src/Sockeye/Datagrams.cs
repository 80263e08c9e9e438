using System.Net;
using Sockeye.Linux;
using SocketAddress = Sockeye.Linux.SocketAddress;

namespace Sockeye;

/// <summary>A handler of a datagram socket. It runs on the socket's owner until it returns.</summary>
public delegate ValueTask DatagramHandler(DatagramSocket socket);

/// <summary>
/// A socket of datagrams: each is received and sent whole, with its peer's address, none is acknowledged. Received
/// and sent in batches. Use it from its <see cref="Owner"/> only. One receive and one flush may be outstanding.
/// </summary>
/// <example><code>
/// static async ValueTask Echo(DatagramSocket socket)
/// {
///     while (await socket.ReceiveAsync() is { IsEmpty: false } batch)
///     {
///         for (int i = 0; i &lt; batch.Count; i++)
///         {
///             socket.Send(batch[i].Data, batch[i].Peer);
///         }
///
///         await socket.FlushAsync();
///     }
/// }
/// </code></example>
public abstract class DatagramSocket : IAsyncDisposable
{
    /// <summary>Makes a socket.</summary>
    protected DatagramSocket(Owner owner, Network network)
    {
        Owner = owner;
        Network = network;
    }

    /// <summary>Where everything on this socket happens.</summary>
    public Owner Owner { get; }

    /// <summary>The network it belongs to.</summary>
    public Network Network { get; }

    /// <summary>Where it is bound.</summary>
    public abstract Endpoint LocalEndpoint { get; }

    /// <summary>Datagrams received so far.</summary>
    public long DatagramsReceived { get; protected set; }

    /// <summary>Datagrams that the kernel took from us so far.</summary>
    public long DatagramsSent { get; protected set; }

    /// <summary>Datagrams that could not be sent: refused by the kernel, or too long.</summary>
    public long DatagramsFailed { get; protected set; }

    /// <summary>
    /// Waits for at least one datagram and gives those that are there, up to a batch. Valid until the next
    /// receive. Empty when there will be none: the socket was closed, or (once) the server is stopping.
    /// </summary>
    /// <exception cref="OperationCanceledException">The token fired; no datagram is lost by it.</exception>
    public abstract ValueTask<DatagramBatch> ReceiveAsync(CancellationToken cancellationToken = default);

    /// <summary>Queues one datagram, copied, for the next flush; when the batch is full it is sent first.</summary>
    /// <exception cref="NetworkException">Longer than <see cref="DataBytesMax"/>.</exception>
    public abstract void Send(ReadOnlySpan<byte> data, in PeerAddress peer);

    /// <summary>
    /// Sends what is queued. Completes at once unless the kernel's buffer is full. A datagram that the kernel refuses,
    /// as when the peer's port is closed, is counted and dropped: the network may lose any.
    /// </summary>
    public abstract ValueTask<End> FlushAsync(CancellationToken cancellationToken = default);

    /// <summary>Joins a multicast group (ip(7), ipv6(7)), on one interface or, with null, the one of the route.</summary>
    /// <exception cref="NetworkException">It is no multicast address, or the interface does not exist.</exception>
    public abstract void Join(IPAddress group, string? interfaceName = null);

    /// <summary>Leaves a group.</summary>
    public abstract void Leave(IPAddress group, string? interfaceName = null);

    /// <summary>The address of a peer, for <see cref="Send"/>; a literal address or a Unix path.</summary>
    /// <exception cref="NetworkException">The host is a name: resolve it first.</exception>
    public abstract PeerAddress AddressOf(Endpoint peer);

    /// <summary>Closes the socket. What is queued is sent if the kernel takes it at once.</summary>
    public abstract ValueTask DisposeAsync();

    /// <summary>The longest datagram in bytes: 65,507 over IPv4 (65,535 less the headers, RFC 791 and 768).</summary>
    public const int DataBytesMax = 65_507;
}

/// <summary>The datagrams that one receive gave. Valid until the next receive.</summary>
public readonly struct DatagramBatch
{
    private readonly IDatagrams? _source;

    internal DatagramBatch(IDatagrams source, int count)
    {
        _source = source;
        Count = count;
    }

    /// <summary>An empty batch.</summary>
    public DatagramBatch(End end) => End = end;

    /// <summary>How many there are.</summary>
    public int Count { get; }

    /// <summary>True when there are none: see <see cref="End"/>.</summary>
    public bool IsEmpty => Count == 0;

    /// <summary>Why there are none; <see cref="End.None"/> when there are.</summary>
    public End End { get; }

    /// <summary>One of them, from 0.</summary>
    public Datagram this[int index]
    {
        get
        {
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)index, (uint)Count, nameof(index));
            return _source![index];
        }
    }
}

/// <summary>One datagram as it came.</summary>
public readonly ref struct Datagram
{
    /// <summary>Makes one.</summary>
    public Datagram(ReadOnlySpan<byte> data, in PeerAddress peer, bool isTruncated)
    {
        Data = data;
        Peer = peer;
        IsTruncated = isTruncated;
    }

    /// <summary>Its content; may be empty.</summary>
    public ReadOnlySpan<byte> Data { get; }

    /// <summary>Who sent it; empty for a Unix socket that is not bound.</summary>
    public PeerAddress Peer { get; }

    /// <summary>It was longer than there was room for, and the rest is lost (MSG_TRUNC, recvmsg(2)).</summary>
    public bool IsTruncated { get; }
}

/// <summary>The address of a datagram's peer, as the kernel writes it. A value; comparing allocates nothing.</summary>
public readonly struct PeerAddress : IEquatable<PeerAddress>
{
    internal readonly SocketAddress Native;

    internal PeerAddress(in SocketAddress native) => Native = native;

    /// <summary>It has no address: a Unix socket that is not bound.</summary>
    public bool IsEmpty => Native.Length == 0;

    /// <summary>The address in the grammar of endpoints. Allocates.</summary>
    public Endpoint ToEndpoint() => Native.ToEndpoint(EndpointScheme.Udp, EndpointScheme.UnixDatagram);

    /// <inheritdoc/>
    public bool Equals(PeerAddress other) => Native.Equals(other.Native);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is PeerAddress other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => Native.GetHashCode();

    /// <inheritdoc/>
    public override string ToString() => ToEndpoint().ToString();

    /// <summary>Equality of the used bytes.</summary>
    public static bool operator ==(PeerAddress left, PeerAddress right) => left.Equals(right);

    /// <summary>Inequality of the used bytes.</summary>
    public static bool operator !=(PeerAddress left, PeerAddress right) => !left.Equals(right);
}

/// <summary>Where the datagrams of a batch lie.</summary>
internal interface IDatagrams
{
    /// <summary>One of them.</summary>
    Datagram this[int index] { get; }
}
