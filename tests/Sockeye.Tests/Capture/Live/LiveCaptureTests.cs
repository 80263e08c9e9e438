using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Sockeye.Capture;
using Sockeye.Capture.Linux;
using Sockeye.Linux;
using Sockeye.Tests.Wire;
using Sockeye.Wire;
using Sockeye.Wire.Files;
using Sockeye.Wire.Internet;
using Sockeye.Wire.Link;
using Sockeye.Wire.Transport;

namespace Sockeye.Tests.Capture.Live;

/// <summary>Real captures of real packets on loopback.</summary>
public sealed class LiveCaptureTests
{
    private const string Loopback = "lo";
    private const int HeadersBytes = Ethernet.HeaderBytes + Ipv4.HeaderBytes + Udp.HeaderBytes;
    private const byte InboundUnicast = 5; // epb_flags: inbound, and for this host.

    [CaptureFact]
    public void EveryPacketOfLoopbackIsSeenOnce()
    {
        const int Count = 50;
        using var datagrams = new Datagrams();
        using LiveCapture capture = LiveCapture.Open(new() { Interface = Loopback, Filter = datagrams.Filter });
        Timestamp before = Timestamp.From(TimeProvider.System.GetUtcNow());
        datagrams.Send(Count);
        List<Seen> frames = Seen.All(capture);

        Assert.Equal(Enumerable.Range(1, Count).Select(number => (long)number), frames.Select(frame => frame.Number));
        Assert.All(frames, frame =>
        {
            Assert.Equal(LinkType.Ethernet, frame.Link);
            Assert.Equal(HeadersBytes + 100, frame.LengthOnWire);
            Assert.Equal(frame.LengthOnWire, frame.Bytes.Length);
            Assert.Equal(InboundUnicast, frame.Options[4]);
        });
        Assert.Equal(frames.OrderBy(frame => frame.Time), frames);
        Assert.InRange((frames[0].Time - before).TotalSeconds, -1, 60);
        Assert.Equal(new CaptureCounts(Count, 0), capture.Counts);
    }

    [CaptureFact]
    public void SnapLengthKeepsTheBeginningAndTellsTheLength()
    {
        using var datagrams = new Datagrams();
        using LiveCapture capture = LiveCapture.Open(
            new() { Interface = Loopback, Filter = datagrams.Filter, SnapLength = 60 });
        datagrams.Send(1, bytes: 1_000);
        Seen frame = Assert.Single(Seen.All(capture));
        Assert.Equal((60, HeadersBytes + 1_000), (frame.Bytes.Length, frame.LengthOnWire));
    }

    [CaptureFact]
    public void AnyInterfaceGivesCookedHeadersThatNameTheInterface()
    {
        using var datagrams = new Datagrams();
        using LiveCapture capture = LiveCapture.Open(new() { Filter = datagrams.Filter });
        datagrams.Send(3);
        List<Seen> frames = Seen.All(capture);
        Assert.Equal(3, frames.Count);
        Assert.All(frames, frame =>
        {
            Assert.True(LinuxCooked2View.TryParse(frame.Bytes, out LinuxCooked2View header));
            Assert.Equal(Interop.IfNametoindex(Loopback).Value, (int)header.Interface);
            Assert.Equal(EtherType.Ipv4, header.Protocol);
            Assert.True(Ipv4View.TryParse(header.Payload, out Ipv4View packet));
            Assert.True(UdpView.TryParse(packet.Payload, out UdpView datagram));
            Assert.Equal(datagrams.Port, datagram.DestinationPort);
        });
    }

    [CaptureFact]
    public void FilterWorksWhereItsBytesAreNotInTheKernelYet()
    {
        // Bytes of the cooked header, at offsets that only ancillary data of the kernel can stand in for.
        using var datagrams = new Datagrams();
        using LiveCapture capture = LiveCapture.Open(
            new() { Filter = $"{datagrams.Filter} and link[10] = 0 and link[0:2] = 0x800 and ip[8] > 1" });
        datagrams.Send(2);
        Assert.Equal(2, Seen.All(capture).Count);
    }

    [CaptureFact]
    public void TagOfVlanIsPutBackAndFiltered()
    {
        using var datagrams = new Datagrams();
        string filter = $"vlan 5 and {datagrams.Filter}";
        using LiveCapture capture = LiveCapture.Open(new() { Interface = Loopback, Filter = filter });
        using LiveCapture any = LiveCapture.Open(new() { Filter = datagrams.Filter });
        datagrams.Send(1);
        byte[] sent = TaggedFrame(5, datagrams.Port);
        SendOnLoopback(sent);

        Assert.Equal(sent, Assert.Single(Seen.All(capture)).Bytes);
        Assert.Contains(Seen.All(any), frame =>
            frame.Bytes.AsSpan(LinuxCooked2.HeaderBytes).SequenceEqual(sent.AsSpan(Ethernet.HeaderBytes))
            && BinaryPrimitives.ReadUInt16BigEndian(frame.Bytes) == EtherType.Vlan);
    }

    [CaptureFact]
    public void WhatFindsNoRoomIsCounted()
    {
        using var datagrams = new Datagrams();
        using LiveCapture capture = LiveCapture.Open(
            new() { Interface = Loopback, Filter = datagrams.Filter, RingBytes = 2 * PacketRing.BlockBytes });
        datagrams.Send(300, bytes: 8_000);
        int read = Seen.All(capture).Count;
        CaptureCounts counts = capture.Counts;
        Assert.Equal(300, counts.Passed);
        Assert.InRange(counts.Dropped, 1, 299);
        Assert.Equal(counts.Passed - counts.Dropped, read);
    }

    [CaptureFact]
    public void StopEndsAWaitWithoutEnd()
    {
        using var datagrams = new Datagrams();
        using LiveCapture capture = LiveCapture.Open(new() { Filter = datagrams.Filter });
        Assert.Equal(CaptureWait.TimedOut, capture.Wait(TimeSpan.FromMilliseconds(1)));
        var stopper = new Thread(capture.Stop);
        stopper.Start();
        Assert.Equal(CaptureWait.Ended, capture.Wait(Timeout.InfiniteTimeSpan));
        Assert.Equal(CaptureWait.Ended, capture.Wait(Timeout.InfiniteTimeSpan));
        stopper.Join();
        datagrams.Send(1);
        Assert.False(capture.TryRead(out _));
    }

    [CaptureFact]
    public async Task StopThatComesJustBeforeTheWaitIsNotLost()
    {
        using LiveCapture capture = LiveCapture.Open(new() { Interface = Loopback, Filter = "udp port 0" });
        capture.Stop();
        await Task.Run(() => capture.Poll(Timeout.Infinite)).WaitAsync(Patience.Time);
    }

    [CaptureFact]
    public void FrameThatOurPartOfTheFilterRefusesHasNotPassed()
    {
        // The kernel keeps tags of VLANs beside the frame, so it is we who look for them.
        using var datagrams = new Datagrams();
        string filter = $"{datagrams.Filter} and greater 1000 and not vlan";
        LiveCapture capture = LiveCapture.Open(new() { Interface = Loopback, Filter = filter });
        datagrams.Send(3);
        datagrams.Send(2, bytes: 2_000);
        Assert.Equal(2, Seen.All(capture).Count);
        Assert.Equal(2, capture.Counts.Passed);

        // What was counted can be asked for when the descriptors are somebody else's.
        capture.Dispose();
        capture.Stop();
        Assert.Equal(2, capture.Counts.Passed);
    }

    [CaptureFact]
    public void NothingIsAllocatedForAFrame()
    {
        using var datagrams = new Datagrams();
        using LiveCapture capture = LiveCapture.Open(new() { Interface = Loopback, Filter = datagrams.Filter });
        var writer = new PcapngWriter(Stream.Null);
        writer.AddInterface(capture.Description);
        long allocated = 0;
        var allocations = new Allocations(rounds: 1, bytes: () => allocated);
        for (allocations.Count(); !allocations.IsDone; allocations.Count())
        {
            datagrams.Send(200);
            long before = GC.GetAllocatedBytesForCurrentThread();
            for (int read = 0; read < 200;)
            {
                Assert.True(capture.Wait(TimeSpan.FromSeconds(30)) == CaptureWait.Ready);
                while (capture.TryRead(out CapturedFrame frame))
                {
                    writer.WritePacket(frame);
                    read++;
                }
            }

            allocated += GC.GetAllocatedBytesForCurrentThread() - before;
        }

        allocations.AssertWithinLimit();
    }

    [CaptureFact("tshark")]
    public void FileOpensInTsharkWithTheSameFrames()
    {
        string path = Path.GetTempFileName();
        try
        {
            using var datagrams = new Datagrams();
            using LiveCapture capture = LiveCapture.Open(new() { Filter = datagrams.Filter, SnapLength = 100 });
            datagrams.Send(7);
            using (FileStream file = File.Create(path))
            {
                var writer = new PcapngWriter(file);
                writer.AddInterface(capture.Description);
                capture.Stop();
                while (capture.Wait(Timeout.InfiniteTimeSpan) == CaptureWait.Ready)
                {
                    while (capture.TryRead(out CapturedFrame frame))
                    {
                        writer.WritePacket(frame);
                    }
                }

                writer.WriteStatistics(new PcapngStatistics { Accepted = 7, DroppedBySystem = 0 });
            }

            string fields = Tshark.Run("-r", path, "-T", "fields", "-e", "frame.interface_name", "-e",
                "frame.packet_flags_direction", "-e", "udp.dstport", "-e", "frame.cap_len", "-e", "frame.len");
            string expected = $"any\t0x00000001\t{datagrams.Port}\t100\t148\n";
            Assert.Equal(string.Concat(Enumerable.Repeat(expected, 7)), fields);
        }
        finally
        {
            File.Delete(path);
        }
    }

    [CaptureFact]
    public void MistakeInAFilterIsToldInTheWordsOfItsCompiler()
    {
        var thrown = Assert.Throws<CaptureException>(() => LiveCapture.Open(new() { Filter = "tcp prot 80" }));
        Assert.Equal(CaptureError.BadFilter, thrown.Error);
        Assert.Contains("'tcp prot 80' has a mistake: ", thrown.Message);
        Assert.Contains("syntax error", thrown.Message);
    }

    [CaptureFact]
    public void InterfaceThatIsNotThereIsNamed()
    {
        var thrown = Assert.Throws<CaptureException>(() => LiveCapture.Open(new() { Interface = "nosuch0" }));
        Assert.Equal(CaptureError.NoInterface, thrown.Error);
        Assert.StartsWith("There is no interface nosuch0; ", thrown.Message);
    }

    [Fact]
    public void StructsHaveTheSizesOfTheKernel()
    {
        Assert.Equal(48, Marshal.SizeOf<FrameHeader>());
        Assert.Equal(20, Marshal.SizeOf<LinkAddress>());
        Assert.Equal(28, Marshal.SizeOf<RingRequest>());
        Assert.Equal(12, Marshal.SizeOf<RingStatistics>());
        Assert.Equal(16, Marshal.SizeOf<PromiscuousMembership>());
        Assert.Equal(8, Marshal.SizeOf<FilterInstruction>());
    }

    private static byte[] TaggedFrame(ushort vlan, int port)
    {
        const int TagBytes = 4;
        const int PayloadBytes = 20;
        InternetAddress localhost = new(0x7F00_0001);
        byte[] frame = new byte[TagBytes + HeadersBytes + PayloadBytes];
        new EthernetHeader(default, default, EtherType.Vlan).Emit(frame);
        BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(Ethernet.HeaderBytes), vlan);
        BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(Ethernet.HeaderBytes + 2), EtherType.Ipv4);
        Span<byte> packet = frame.AsSpan(Ethernet.HeaderBytes + TagBytes);
        new UdpHeader(9, (ushort)port).Emit(packet[Ipv4.HeaderBytes..], localhost, localhost);
        new Ipv4Header
        {
            Source = localhost,
            Destination = localhost,
            Protocol = IpProtocol.Udp,
            TimeToLive = 1,
            PayloadLength = Udp.HeaderBytes + PayloadBytes,
        }.Emit(packet);
        return frame;
    }

    private static void SendOnLoopback(byte[] frame)
    {
        int socket = Interop.Socket(SocketFamily.Packet, SocketKind.Raw).Value;
        var to = new LinkAddress
        {
            Family = (ushort)SocketFamily.Packet,
            Interface = Interop.IfNametoindex(Loopback).Value,
        };
        SocketAddress address = SocketAddress.FromBytes(
            MemoryMarshal.AsBytes(new ReadOnlySpan<LinkAddress>(in to)));
        Result sent = Interop.Sendto(socket, frame, address);
        Interop.Close(socket);
        Assert.Equal(Errno.None, sent.Error);
    }
}
