using System.Net;
using Sockeye.Engines;

namespace Sockeye;

/// <summary>A handler of a datagram socket. It runs on the socket's owner; the socket is closed when it
/// returns.</summary>
public delegate ValueTask DatagramHandler(DatagramSocket socket);

/// <summary>
/// A socket of datagrams: each is received and sent whole, with its peer's address, none is acknowledged. Received
/// and sent in batches. Use it from its <see cref="Owner"/> only; every await there resumes there. One receive and
/// one flush may be outstanding at a time.
/// </summary>
/// <remarks>
/// On Linux the kernel carries trains of datagrams at little more than the cost of one (udp(7)). What is queued for one
/// peer in a row, of one length save the last, which may be shorter, leaves as one message (UDP_SEGMENT, since Linux
/// 4.18); a socket that many datagrams come to at a time lets the kernel join what one peer sends so (UDP_GRO, used
/// since Linux 5.12). None of it shows: they are received one by one, each with its length and its own truncation.
/// Where a path cannot carry such a message, the socket sends without from then on. The model <c>async</c> and Unix
/// sockets have none of it.
/// </remarks>
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
public abstract partial class DatagramSocket : IAsyncDisposable, IOwned
{
    /// <summary>The longest datagram that can be sent, in bytes: 65,507, which is 65,535 less the headers of IPv4 and
    /// UDP (RFC 791, RFC 768). A network may carry far less in one piece: 1,472 on Ethernet.</summary>
    public const int DataBytesMax = 65_507;

    /// <summary>Datagrams that one receive gives at most: 64; fewer where <see cref="ListenOptions.DatagramBytesMax"/>
    /// is above 8,192 and they come one by one, because the room for all of them is at most 512 KB.</summary>
    public const int ReceivedMax = 64;

    /// <summary>Datagrams that may be queued to be sent: 64.</summary>
    public const int QueuedMax = 64;

    /// <summary>Bytes that may be queued to be sent: 131,072.</summary>
    public const int QueuedBytesMax = 131_072;

    /// <summary>Where everything on this socket happens.</summary>
    public Owner Owner { get; }

    /// <summary>The network it belongs to.</summary>
    public Network Network { get; }

    /// <summary>Where it is bound, with the port or the abstract name that the kernel chose.</summary>
    public abstract Endpoint LocalEndpoint { get; }

    /// <summary>Datagrams received so far.</summary>
    public long DatagramsReceived { get; private set; }

    /// <summary>Datagrams that the kernel took from us so far. That says nothing of their arrival.</summary>
    public long DatagramsSent { get; protected set; }

    /// <summary>Datagrams that were not sent: the kernel refused them, or there was no room for them.</summary>
    public long DatagramsFailed { get; protected set; }

    /// <summary>
    /// Waits for at least one datagram and gives those that are there, up to a batch. They are the engine's, valid
    /// until the next receive or the close. Empty when there will be none, because the socket was closed
    /// (<see cref="End.Aborted"/>), or once because the server is stopping (<see cref="End.Shutdown"/>). A cancelled
    /// receive loses nothing: its datagrams come with the next one. An error of an earlier send ends no receive, but
    /// after <see cref="Connect"/> one that says that nobody is there does, once (<see cref="End.Reset"/>).
    /// </summary>
    /// <remarks>On a blocking engine the call itself waits: begin what should run meanwhile before it.</remarks>
    /// <exception cref="InvalidOperationException">A receive is outstanding; or this is not the owner's
    /// thread.</exception>
    /// <exception cref="OperationCanceledException">The token fired.</exception>
    public ValueTask<DatagramBatch> ReceiveAsync(CancellationToken cancellationToken = default) =>
        Receive(cancellationToken);

    /// <summary>
    /// Queues one datagram, copied, for the next flush. When the queue is full (<see cref="QueuedMax"/>,
    /// <see cref="QueuedBytesMax"/>) it first sends what the kernel takes. False when there is no room even then, or
    /// the socket is closed: the datagram is dropped and counted; flush and send it again.
    /// </summary>
    /// <exception cref="NetworkException">Longer than <see cref="DataBytesMax"/>.</exception>
    /// <exception cref="InvalidOperationException">This is not the owner's thread.</exception>
    public bool Send(ReadOnlySpan<byte> data, in PeerAddress peer) => Queue(data, peer);

    /// <summary>
    /// Sends what is queued, now. Completes at once unless the kernel's buffer is full. A datagram that the kernel
    /// refuses, as when the peer's port is closed, is counted and dropped, and the others go on: the network may lose
    /// any. Its value is <see cref="End.None"/>, or why nothing can be sent any more.
    /// </summary>
    /// <exception cref="InvalidOperationException">A flush is outstanding; or this is not the owner's
    /// thread.</exception>
    /// <exception cref="OperationCanceledException">The token fired; the datagrams are still sent.</exception>
    public ValueTask<End> FlushAsync(CancellationToken cancellationToken = default) => Flush(cancellationToken);

    /// <summary>
    /// Joins a multicast group (ip(7), ipv6(7)) on the interface of this name, or with null on the one of the route to
    /// it. Joining twice is joining once.
    /// </summary>
    /// <exception cref="NetworkException">It is no multicast address of the socket's family; or the interface does not
    /// exist; or the port is shared by the loops of a listener, each of which would receive every datagram: then
    /// listen on the group's own address, or bind.</exception>
    /// <exception cref="ObjectDisposedException">The socket is closed.</exception>
    /// <exception cref="InvalidOperationException">This is not the owner's thread.</exception>
    public abstract void Join(IPAddress group, string? interfaceName = null);

    /// <summary>Leaves a group; as <see cref="Join"/>.</summary>
    public abstract void Leave(IPAddress group, string? interfaceName = null);

    /// <summary>
    /// Chooses the one peer (connect(2)): what others send does not come any more, and that nobody is there is told by
    /// the receive that waits, or by the next. Sending still names the peer.
    /// </summary>
    /// <exception cref="NetworkException">There is no way to it; or as for <see cref="AddressOf"/>.</exception>
    /// <exception cref="ObjectDisposedException">The socket is closed.</exception>
    /// <exception cref="InvalidOperationException">This is not the owner's thread.</exception>
    public abstract void Connect(Endpoint peer);

    /// <summary>The address of a peer, for <see cref="Send"/>: a literal address or a Unix path.</summary>
    /// <exception cref="NetworkException">The host is a name, which must be resolved first; or the endpoint is not of
    /// this socket's kind.</exception>
    public abstract PeerAddress AddressOf(Endpoint peer);

    /// <summary>Closes the socket, and removes the path of a Unix one. What is queued is sent if the kernel takes it at
    /// once.</summary>
    public ValueTask DisposeAsync() => Close();
}
