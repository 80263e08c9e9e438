using Sockeye.Capture.Streams;
using Sockeye.Tests.Wire;

namespace Sockeye.Tests.Capture;

/// <summary>Segments are marked as Wireshark marks them.</summary>
public sealed class TcpMarkTests
{
    private const int Seeds = 3;
    private const int Connections = 25;
    private const int MarkedMin = 100;

    // Those that Wireshark has.
    private static readonly TcpMarkRow[] s_rows =
        [.. TcpMarks.Rows.Where(row => row.Mark != TcpMark.ResetOutsideWindow)];

    private static readonly string[] s_columns =
    [
        "frame.number", "tcp.stream", "tcp.seq", "tcp.ack", "tcp.len", "tcp.window_size",
        "tcp.analysis.bytes_in_flight", "tcp.analysis.acks_frame", "tcp.analysis.duplicate_ack_frame",
        "tcp.analysis.duplicate_ack_num", .. s_rows.Select(row => row.Field.Name),
    ];

    [TsharkFact]
    public void WrittenConnectionsAreMarkedAsTsharkMarksThem() =>
        Assert.True(Compare(TcpStories.Tell().ToFile()) > TcpStories.All.Count);

    [TsharkFact]
    public void SegmentsWhoseOptionsWereCutOffHaveTheNumbersThatTsharkFinds()
    {
        const int Headers = Sockeye.Wire.Internet.Ipv4.HeaderBytes + Sockeye.Wire.Transport.Tcp.HeaderBytes;
        Assert.All([Headers, Headers + 3, Headers + 6], length =>
        {
            // It analyses no segment of which it does not see all options; we do with what is there.
            byte[] file = TcpStories.Tell(length).ToFile();
            Assert.Equal(
                TheirMarks(file).Select(Numbers),
                Followed.All(file).Packets.Select(packet => Numbers(Line(packet, TcpMark.None))));
        });

        // The frame, its stream, the numbers relative to the first, length and window.
        static string Numbers(string line) => string.Join(' ', line.Split(' ')[..6]);
    }

    [TsharkFact]
    public void ConnectionsOverABadNetworkAreMarkedAsTsharkMarksThem()
    {
        for (int seed = 1; seed <= Seeds; seed++)
        {
            Assert.True(Compare(TcpSimulation.Run(seed, Connections).ToFile()) > MarkedMin);
        }
    }

    [Theory]
    [InlineData("retransmission", TcpMark.Retransmission, 5)]
    [InlineData("fast retransmission", TcpMark.FastRetransmission, 12)]
    [InlineData("spurious retransmission", TcpMark.SpuriousRetransmission, 6)]
    [InlineData("out of order", TcpMark.OutOfOrder, 5)]
    [InlineData("lost before the capture", TcpMark.PreviousNotCaptured, 4)]
    [InlineData("lost before the capture", TcpMark.AckedUnseen, 5)]
    [InlineData("zero window", TcpMark.ZeroWindow, 7)]
    [InlineData("zero window", TcpMark.ZeroWindowProbe, 8)]
    [InlineData("zero window", TcpMark.ZeroWindowProbeAck, 9)]
    [InlineData("zero window", TcpMark.WindowUpdate, 12)]
    [InlineData("zero window", TcpMark.WindowFull, 6)]
    [InlineData("keep-alive", TcpMark.KeepAlive, 6)]
    [InlineData("keep-alive", TcpMark.KeepAliveAck, 7)]
    [InlineData("fast retransmission", TcpMark.DuplicateAck, 9)]
    [InlineData("ports reused", TcpMark.PortsReused, 6)]
    [InlineData("reset", TcpMark.Resets, 5)]
    [InlineData("sent again for nothing", TcpMark.DuplicateSack, 7)]
    public void EachMarkIsFirstSeenWhereItBelongs(string story, TcpMark mark, int frame) => Assert.Equal(
        frame, Followed.Story(story).Packets.First(packet => (packet.Tcp.Marks & mark) != 0).Frame);

    [Fact]
    public void DuplicateAcknowledgementsAreCounted()
    {
        SeenPacket[] duplicates =
        [
            .. Followed.Story("fast retransmission").Packets
                .Where(packet => (packet.Tcp.Marks & TcpMark.DuplicateAck) != 0),
        ];
        Assert.Equal([1, 2, 3], duplicates.Select(packet => packet.Tcp.DuplicateNumber));
        Assert.All(duplicates, packet => Assert.Equal(8, packet.Tcp.DuplicateOf));
    }

    [Fact]
    public void EveryMarkHasASentence() => Assert.All(TcpMarks.Rows, row => Assert.NotEmpty(row.Sentence));

    private static int Compare(byte[] file)
    {
        string[] theirs = TheirMarks(file);
        List<SeenPacket> packets = Followed.All(file).Packets;
        Assert.Equal(theirs.Length, packets.Count);
        var differences = new List<string>();
        var sent = new HashSet<(int, Side, uint, uint)>();
        int marked = 0;
        for (int i = 0; i < theirs.Length; i++)
        {
            TcpPacket tcp = packets[i].Tcp;
            bool isRepeated = tcp.PayloadLength > 0
                && !sent.Add((packets[i].Number, packets[i].From, tcp.Sequence, tcp.PayloadLength));
            string ours = Line(packets[i], tcp.Marks);

            // Until version 4.2 a segment that was sent before and came again soon was taken to be out of order
            // ("Obvious Retransmissions are marked as Out-of-Order", merge request 10837).
            string older = Line(packets[i], (tcp.Marks & ~TcpMark.Retransmission) | TcpMark.OutOfOrder);
            bool isSame = ours == theirs[i]
                || (isRepeated && (tcp.Marks & TcpMark.Retransmission) != 0 && older == theirs[i]);
            if (!isSame)
            {
                differences.Add($"theirs {theirs[i]}\n  ours {ours}");
            }

            marked += (tcp.Marks & TcpMarks.Analysis) != 0 ? 1 : 0;
        }

        Assert.True(differences.Count == 0, string.Join('\n', differences));
        return marked;
    }

    private static string[] TheirMarks(byte[] file)
    {
        string name = Path.GetTempFileName();
        try
        {
            File.WriteAllBytes(name, file);
            string[] options = ["-n", "-r", name, "-T", "fields", "-E", "separator=/t"];
            string lines = Tshark.Run([.. options, .. s_columns.SelectMany(column => (string[])["-e", column])]);
            return
            [
                .. lines.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line =>
                {
                    string[] cells = line.Split('\t');
                    IEnumerable<string> marks = s_rows.Where((_, at) => cells[10 + at].Length > 0)
                        .Select(row => row.Mark.ToString());
                    string acknowledgment = cells[3].Length > 0 ? cells[3] : "0";
                    return $"{string.Join(' ', cells[..3])} {acknowledgment} {string.Join(' ', cells[4..10])}: "
                        + string.Join(',', marks);
                }),
            ];
        }
        finally
        {
            File.Delete(name);
        }
    }

    private static string Line(SeenPacket packet, TcpMark marks)
    {
        TcpPacket tcp = packet.Tcp;
        string Some(long value) => value > 0 ? $"{value}" : "";

        // The field for retransmissions is there for those of every kind.
        marks |= (marks & TcpMarks.AnyRetransmission) != 0 ? TcpMark.Retransmission : TcpMark.None;
        return $"{packet.Frame} {packet.Number} {tcp.Sequence} {tcp.Acknowledgment} {tcp.PayloadLength} {tcp.Window} "
            + $"{Some(tcp.BytesInFlight)} {Some(tcp.AcknowledgedFrame)} {Some(tcp.DuplicateOf)} "
            + $"{Some(tcp.DuplicateNumber)}: "
            + string.Join(',', TcpMarks.RowsOf(marks).Select(row => row.Mark));
    }
}
