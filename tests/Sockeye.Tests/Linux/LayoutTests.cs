using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Sockeye.Linux;

namespace Sockeye.Tests.Linux;

/// <summary>Sizes and offsets as the C headers of 64-bit Linux give them.</summary>
public class LayoutTests
{
    [Fact]
    public void SizesAreThoseOfTheKernel()
    {
        Assert.Equal(8, Unsafe.SizeOf<PollEntry>());
        Assert.Equal(128, Unsafe.SizeOf<DescriptorSet>());
        Assert.Equal(128, Unsafe.SizeOf<SignalSet>());
        Assert.Equal(128, Unsafe.SizeOf<SignalInfo>());
        Assert.Equal(8, Unsafe.SizeOf<SignalOwner>());
        Assert.Equal(16, Unsafe.SizeOf<ResourceLimit>());
        Assert.Equal(144, Unsafe.SizeOf<ResourceUsage>());
        Assert.Equal(16, Unsafe.SizeOf<NativeTime>());
        Assert.Equal(8, Unsafe.SizeOf<LingerOption>());
        Assert.Equal(64, Unsafe.SizeOf<PerfEventSetting>());
        Assert.Equal(12, Unsafe.SizeOf<Ipv4Membership>());
        Assert.Equal(20, Unsafe.SizeOf<Ipv6Membership>());
        Assert.Equal(64, Unsafe.SizeOf<MessageHeader>());
        Assert.Equal(16, Unsafe.SizeOf<MemoryPiece>());
        Assert.Equal(120, Unsafe.SizeOf<IoUringParameters>());
        Assert.Equal(40, Unsafe.SizeOf<IoUringSubmissionOffsets>());
        Assert.Equal(40, Unsafe.SizeOf<IoUringCompletionOffsets>());
        Assert.Equal(RuntimeInformation.ProcessArchitecture == Architecture.X64 ? 12 : 16, EpollEvents.EntryBytes);
    }

    [Theory]
    [InlineData(typeof(SignalInfo), nameof(SignalInfo.Number), 0)]
    [InlineData(typeof(SignalInfo), nameof(SignalInfo.Code), 8)]
    [InlineData(typeof(SignalInfo), nameof(SignalInfo.Band), 16)]
    [InlineData(typeof(SignalInfo), nameof(SignalInfo.Descriptor), 24)]
    [InlineData(typeof(MessageHeader), nameof(MessageHeader.Name), 0)]
    [InlineData(typeof(MessageHeader), nameof(MessageHeader.NameLength), 8)]
    [InlineData(typeof(MessageHeader), nameof(MessageHeader.Pieces), 16)]
    [InlineData(typeof(MessageHeader), nameof(MessageHeader.PieceCount), 24)]
    [InlineData(typeof(MessageHeader), nameof(MessageHeader.Control), 32)]
    [InlineData(typeof(MessageHeader), nameof(MessageHeader.ControlLength), 40)]
    [InlineData(typeof(MessageHeader), nameof(MessageHeader.Flags), 48)]
    [InlineData(typeof(MessageHeader), nameof(MessageHeader.Length), 56)]
    [InlineData(typeof(PollEntry), nameof(PollEntry.Wanted), 4)]
    [InlineData(typeof(PollEntry), nameof(PollEntry.Happened), 6)]
    [InlineData(typeof(ResourceUsage), nameof(ResourceUsage.VoluntarySwitches), 128)]
    [InlineData(typeof(IoUringParameters), nameof(IoUringParameters.Features), 20)]
    [InlineData(typeof(IoUringParameters), nameof(IoUringParameters.SubmissionOffsets), 40)]
    [InlineData(typeof(IoUringParameters), nameof(IoUringParameters.CompletionOffsets), 80)]
    public void OffsetsAreThoseOfTheKernel(Type type, string field, int offset) =>
        Assert.Equal(offset, (int)Marshal.OffsetOf(type, field));
}
