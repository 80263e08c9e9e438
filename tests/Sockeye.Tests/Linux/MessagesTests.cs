using System.Text;
using Sockeye.Engines.Runtime;
using Sockeye.Linux;

namespace Sockeye.Tests.Linux;

/// <summary>Many datagrams with one call, single ones and such as the kernel joins and cuts apart.</summary>
public sealed class MessagesTests : IDisposable
{
    private readonly Loopback _loopback = new();
    private readonly SerialOwner _owner = new(null!);

    public void Dispose() => _loopback.Dispose();

    [Fact]
    public void DatagramsTravelInBatches()
    {
        int sender = _loopback.Bind(out SocketAddress senderAddress);
        int receiver = _loopback.Bind(out SocketAddress receiverAddress);
        var outgoing = new OutgoingMessages(_owner);
        var incoming = new IncomingMessages(_owner, 8);
        Assert.True(Interop.Recvmmsg(receiver, incoming).IsWouldBlock);
        for (int round = 0; round < 3; round++)
        {
            for (int i = 0; i < 4; i++)
            {
                byte[] data = Encoding.ASCII.GetBytes(new string((char)('a' + i), i * 4));
                Assert.True(outgoing.TryAppend(data, receiverAddress, mayMerge: false));
            }

            Assert.Equal(1, Loopback.Value(Interop.Sendmmsg(sender, outgoing, 0, 1)));
            Assert.Equal(1, outgoing.Leave(1));
            Assert.Equal(3, Loopback.Value(Interop.Sendmmsg(sender, outgoing, 1, 3)));
            Assert.Equal(3, outgoing.Leave(3));
            Assert.Equal(4, Loopback.Value(Interop.Recvmmsg(receiver, incoming)));
            Assert.Equal((4, false), (incoming.TakeBatch(), incoming.HasMore));
            for (int i = 0; i < 4; i++)
            {
                Assert.Equal(senderAddress, incoming.At(i).Peer.Native);
                Assert.Equal(i == 3, incoming.At(i).IsTruncated);
                Assert.Equal(new string((char)('a' + i), Math.Min(i * 4, 8)), Text(incoming.At(i).Data));
            }

            incoming.Release();
        }
    }

    [Fact]
    public void AMergedMessageCanBeTakenApart()
    {
        int sender = _loopback.Bind(out _);
        int receiver = _loopback.Bind(out SocketAddress address);
        Assert.True(Sockets.CanSegment(sender, SocketFamily.Ipv4));
        var outgoing = new OutgoingMessages(_owner);
        foreach (string text in (string[])["one", "two", "six", "x"])
        {
            Assert.True(outgoing.TryAppend(Encoding.ASCII.GetBytes(text), address, mayMerge: true));
        }

        Assert.Equal((1, 4), (outgoing.Waiting, outgoing.Segments(0)));
        Assert.Equal("one", Text(outgoing.Appended(0)));
        outgoing.LeaveFirst();
        Assert.Equal("two", Text(outgoing.Appended(0)));
        Assert.Equal(1, Loopback.Value(Interop.Sendmmsg(sender, outgoing, outgoing.Head, 1)));
        outgoing.LeaveFirst();
        outgoing.LeaveFirst();
        Assert.Equal((1, 1), (outgoing.Waiting, outgoing.Segments(0)));
        Assert.Equal("x", Text(outgoing.Appended(0)));
        Assert.Equal(1, Loopback.Value(Interop.Sendmmsg(sender, outgoing, outgoing.Head, 1)));
        outgoing.LeaveFirst();
        Assert.Equal(0, outgoing.Waiting);

        var incoming = new IncomingMessages(_owner, 64);
        Assert.Equal(4, Loopback.Value(Interop.Recvmmsg(receiver, incoming)));
        Assert.Equal(["two", "six", "x", "x"], TakeAll(incoming));
    }

    [Fact]
    public void JoinedDatagramsAreTakenWhereTheyStand()
    {
        int sender = _loopback.Bind(out SocketAddress senderAddress);
        int other = _loopback.Bind(out _);
        (int receiver, SocketAddress address, IncomingMessages incoming) = BindJoining(3);
        Assert.Equal(DatagramSocket.ReceivedMax, new IncomingMessages(_owner, 3).Capacity);
        incoming.ExpectJoined(); // Once more changes nothing.

        // Two trains, one of them with a shorter end, and longer than is asked for; and single ones, an empty among
        // them.
        string[] texts = ["four", "five", "six", "four", "", "", "one", "two", "x"];
        var outgoing = new OutgoingMessages(_owner);
        foreach (string text in texts)
        {
            Assert.True(outgoing.TryAppend(Encoding.ASCII.GetBytes(text), address, mayMerge: true));
        }

        Assert.Equal(5, outgoing.Waiting);
        Assert.Equal(5, Loopback.Value(Interop.Sendmmsg(sender, outgoing, 0, 5)));
        Assert.Equal(texts.Length, outgoing.Leave(5));
        Assert.True(outgoing.TryAppend("two"u8, address, mayMerge: true));
        Assert.Equal(1, Loopback.Value(Interop.Sendmmsg(other, outgoing, 0, 1)));

        Assert.Equal(6, Loopback.Value(Interop.Recvmmsg(receiver, incoming)));
        Assert.Equal((10, false, false), (incoming.TakeBatch(), incoming.HasMore, incoming.IsFull));
        for (int i = 0; i < texts.Length; i++)
        {
            Assert.Equal(texts[i][..Math.Min(3, texts[i].Length)], Text(incoming.At(i).Data));
            Assert.Equal(texts[i].Length > 3, incoming.At(i).IsTruncated);
            Assert.Equal(senderAddress, incoming.At(i).Peer.Native);
        }

        Assert.NotEqual(senderAddress, incoming.At(9).Peer.Native);
        incoming.Release();
        Assert.True(Interop.Recvmmsg(receiver, incoming).IsWouldBlock);
    }

    [Fact]
    public void MoreThanABatchIsTakenInSeveral()
    {
        int sender = _loopback.Bind(out _);
        (int receiver, SocketAddress address, IncomingMessages incoming) = BindJoining(2_048);
        var outgoing = new OutgoingMessages(_owner);
        for (int sent = 0; sent < 150; outgoing.Leave(1))
        {
            for (; sent < 150 && outgoing.TryAppend([(byte)sent], address, mayMerge: true); sent++)
            {
            }

            Assert.Equal(1, Loopback.Value(Interop.Sendmmsg(sender, outgoing, 0, 1)));
        }

        Assert.Equal(3, Loopback.Value(Interop.Recvmmsg(receiver, incoming)));
        List<int> batches = [];
        int next = 0;
        while (incoming.HasMore)
        {
            batches.Add(incoming.TakeBatch());
            for (int i = 0; i < batches[^1]; i++)
            {
                Assert.Equal((byte)next++, Assert.Single(incoming.At(i).Data.ToArray()));
            }
        }

        Assert.Equal([64, 64, 22], batches);
    }

    [Fact]
    public void TheLongestTrainIsWhole()
    {
        int sender = _loopback.Bind(out _);
        (int receiver, SocketAddress address, IncomingMessages incoming) = BindJoining(2_048);
        var outgoing = new OutgoingMessages(_owner);
        byte[] data = new byte[1_452];
        for (int i = 0; i < DatagramSocket.QueuedMax; i++)
        {
            data.AsSpan().Fill((byte)i);
            Assert.True(outgoing.TryAppend(data, address, mayMerge: true));
        }

        // 45 of them are 65,340 bytes.
        Assert.Equal((2, 45, 19), (outgoing.Waiting, outgoing.Segments(0), outgoing.Segments(1)));
        Assert.Equal(2, Loopback.Value(Interop.Sendmmsg(sender, outgoing, 0, 2)));
        Assert.Equal(2, Loopback.Value(Interop.Recvmmsg(receiver, incoming)));
        Assert.Equal(DatagramSocket.QueuedMax, incoming.TakeBatch());
        for (int i = 0; i < DatagramSocket.QueuedMax; i++)
        {
            data.AsSpan().Fill((byte)i);
            Assert.True(incoming.At(i).Data.SequenceEqual(data));
            Assert.False(incoming.At(i).IsTruncated);
        }
    }

    [Fact]
    public void OnlyWhatWasAppendedIsSent()
    {
        int sender = _loopback.Bind(out SocketAddress address);
        var outgoing = new OutgoingMessages(_owner);
        Assert.Throws<ArgumentOutOfRangeException>(() => Interop.Sendmmsg(sender, outgoing, 0, 1));
        Assert.True(outgoing.TryAppend("x"u8, address, mayMerge: true));
        Assert.Throws<ArgumentOutOfRangeException>(() => Interop.Sendmmsg(sender, outgoing, 0, 2));
        Assert.Throws<ArgumentOutOfRangeException>(() => Interop.Sendmmsg(sender, outgoing, 1, 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => Interop.Sendmmsg(sender, outgoing, 0, -1));
        Assert.Throws<ArgumentOutOfRangeException>(() => outgoing.Leave(2));
        outgoing.Release();
        Assert.Equal(0, outgoing.Waiting);
    }

    [Fact]
    public void TheQueueIsBounded()
    {
        _loopback.Bind(out SocketAddress address);
        var outgoing = new OutgoingMessages(_owner);
        for (int i = 0; i < DatagramSocket.QueuedMax; i++)
        {
            Assert.True(outgoing.TryAppend([], address, mayMerge: true));
        }

        Assert.False(outgoing.TryAppend([], address, mayMerge: true));
        outgoing.Release();
        Assert.True(outgoing.TryAppend(new byte[DatagramSocket.DataBytesMax], address, mayMerge: true));
        Assert.True(outgoing.TryAppend(new byte[DatagramSocket.DataBytesMax], address, mayMerge: true));
        int left = DatagramSocket.QueuedBytesMax - (2 * DatagramSocket.DataBytesMax);
        Assert.False(outgoing.TryAppend(new byte[left + 1], address, mayMerge: true));
        Assert.True(outgoing.TryAppend(new byte[left], address, mayMerge: true));
    }

    /// <summary>A socket of which the kernel may join what comes from one sender, and the room for that.</summary>
    private (int Receiver, SocketAddress Address, IncomingMessages Incoming) BindJoining(int bytes)
    {
        int receiver = _loopback.Bind(out SocketAddress address);
        Assert.True(Sockets.TryJoin(receiver, SocketFamily.Ipv4));
        var incoming = new IncomingMessages(_owner, bytes);
        incoming.ExpectJoined();
        return (receiver, address, incoming);
    }

    private static List<string> TakeAll(IncomingMessages incoming)
    {
        List<string> texts = [];
        int count = incoming.TakeBatch();
        for (int i = 0; i < count; i++)
        {
            texts.Add(Text(incoming.At(i).Data));
        }

        return texts;
    }

    private static string Text(ReadOnlySpan<byte> bytes) => Encoding.ASCII.GetString(bytes);
}
