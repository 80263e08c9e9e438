using Sockeye.Capture.Streams;
using Sockeye.Wire.Transport;

namespace Sockeye.Tests.Capture;

/// <summary>Both ends have the states of RFC 9293 after each segment, and a connection ends as it did.</summary>
public sealed class TcpStateTests
{
    private const string Opening = "SynSent/SynReceived Established/SynReceived Established/Established";

    [Theory]
    [InlineData("four steps to close", $"{Opening} Established/Established Established/Established "
        + "Established/Established Established/Established FinWait1/CloseWait FinWait2/CloseWait TimeWait/LastAck "
        + "TimeWait/Closed")]
    [InlineData("three steps to close", $"{Opening} CloseWait/FinWait1 LastAck/TimeWait Closed/TimeWait")]
    [InlineData("both close at once", $"{Opening} FinWait1/CloseWait Closing/Closing Closing/TimeWait "
        + "TimeWait/TimeWait")]
    [InlineData("reset", $"{Opening} Established/Established Closed/Closed")]
    [InlineData("refused", "SynSent/SynReceived Closed/Closed")]
    [InlineData("begun in the middle", "Established/Established Established/Established Established/Established "
        + "FinWait1/CloseWait TimeWait/LastAck TimeWait/Closed")]
    public void EndsGoFromStateToState(string story, string states) => Assert.Equal(
        states, string.Join(' ', Followed.Story(story).Packets.Select(packet =>
            $"{packet.Tcp.ClientState}/{packet.Tcp.ServerState}")));

    [Theory]
    [InlineData("four steps to close", TcpEnding.Closed, Side.Client, Side.Client)]
    [InlineData("three steps to close", TcpEnding.Closed, Side.Server, Side.Server)]
    [InlineData("reset", TcpEnding.Reset, null, null)]
    [InlineData("refused", TcpEnding.Refused, null, null)]
    [InlineData("unanswered", TcpEnding.Unanswered, null, null)]
    [InlineData("retransmission", TcpEnding.Open, null, null)]
    public void ConnectionsSayHowTheyEnded(string story, TcpEnding ending, Side? first, Side? waiting)
    {
        var stream = (TcpStream)Followed.Story(story).Streams.Known.Single();
        Assert.Equal((ending, first, waiting), (stream.Ending, stream.ClosedFirst, stream.TimeWaitAt));
    }

    [Theory]
    [InlineData(999_999_999u, true)]
    [InlineData(1u, false)]
    [InlineData(101u, false)]
    [InlineData(1_001u, false)]
    [InlineData(1_002u, true)]
    [InlineData(0u, true)]
    public void AResetOutsideTheWindowEndsNothing(uint number, bool isOutside)
    {
        var script = new TcpScript().Handshake().Server(1, 1, 100).Client(1, 1);
        (List<SeenPacket> packets, StreamTable streams) =
            Followed.All(script.Server(number, 0, flags: TcpFlags.Rst).Server(101, 1, 10).ToFile());
        var stream = (TcpStream)streams.Known.Single();
        Assert.Equal(isOutside ? TcpEnding.Open : TcpEnding.Reset, stream.Ending);
        Assert.Equal(isOutside ? TcpState.Established : TcpState.Closed, stream.StateOf(Side.Client));
        Assert.Equal(isOutside ? TcpMark.ResetOutsideWindow : TcpMark.Resets, packets[5].Tcp.Marks);
        Assert.Equal(isOutside, packets[5].Info.StartsWith("[TCP RST outside the window] 9000 → 40000 [RST]"));
        Assert.Equal(number, packets[5].Tcp.Sequence);
        Assert.True(!isOutside || packets[6].Tcp.Marks == TcpMark.None); // It left no trace in what is expected next.
    }

    [Theory]
    [InlineData(TcpFlags.Rst | TcpFlags.Ack, 1u, TcpEnding.Refused)]
    [InlineData(TcpFlags.Rst | TcpFlags.Ack, 2u, TcpEnding.Unanswered)]
    [InlineData(TcpFlags.Rst | TcpFlags.Ack, 0u, TcpEnding.Unanswered)]
    [InlineData(TcpFlags.Rst, 1u, TcpEnding.Unanswered)]
    public void OnlyAResetThatAcknowledgesTheSynRefuses(TcpFlags flags, uint acknowledgment, TcpEnding ending)
    {
        TcpScript script = new TcpScript().Client(0, 0, flags: TcpFlags.Syn).Server(0, acknowledgment, flags: flags);
        Assert.Equal(ending, ((TcpStream)Followed.All(script.ToFile()).Streams.Known.Single()).Ending);
    }

    [Fact]
    public void TheHandshakeTellsTheRoundTripTime()
    {
        var stream = (TcpStream)Followed.Story("four steps to close").Streams.Known.Single();
        Assert.Equal(1_020_000, stream.InitialRoundTripNanoseconds);
    }

    [Fact]
    public void StepsOfTheHandshakeAndOfTheCloseAreTold()
    {
        TcpProgress[] steps =
            [.. Followed.Story("four steps to close").Packets.Select(packet => packet.Tcp.Progress)];
        Assert.Equal(TcpProgress.Opened, steps[2]);
        Assert.Equal(TcpProgress.FinAcknowledged, steps[8]);
        Assert.Equal(TcpProgress.FinAcknowledged | TcpProgress.Closed, steps[10]);
    }
}
