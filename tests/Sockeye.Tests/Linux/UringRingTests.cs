using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Sockeye.Engines;
using Sockeye.Linux;

namespace Sockeye.Tests.Linux;

public sealed class UringRingTests : IDisposable
{
    private readonly Loopback _loopback = new();

    public void Dispose() => _loopback.Dispose();

    [Fact]
    public void StructsAreThoseOfTheKernel()
    {
        Assert.Equal(64, Unsafe.SizeOf<UringSubmission>());
        Assert.Equal(16, Unsafe.SizeOf<UringCompletion>());
        Assert.Equal(24, Unsafe.SizeOf<UringWaitArgument>());
        Assert.Equal(16, Unsafe.SizeOf<UringBuffer>());
        Assert.Equal(40, Unsafe.SizeOf<UringBufferRegistration>());
        Assert.Equal(8, (int)Marshal.OffsetOf<UringCompletion>(nameof(UringCompletion.Result)));
    }

    [Theory]
    [InlineData(Errno.EPERM, "io_uring_setup: EPERM (seccomp or sysctl kernel.io_uring_disabled)")]
    [InlineData(Errno.EINVAL, "io_uring_setup: EINVAL (the kernel is older than Linux 6.1)")]
    [InlineData(Errno.ENOSYS, "io_uring_setup: ENOSYS (the kernel has no io_uring, or too old a one)")]
    [InlineData(Errno.EMFILE, "io_uring_setup: EMFILE")]
    internal void ReasonNamesTheCallAndTheError(Errno error, string reason) =>
        Assert.Equal(reason, UringProbe.Explain("io_uring_setup", error));

    [UringFact]
    public async Task EveryRequestCompletesOnceHoweverSmallTheQueues()
    {
        const int Requests = 1_000;
        await Task.Yield();
        Loopback.Value(UringRing.Open(4, 8, out UringRing ring, out _));
        var seen = new HashSet<ulong>();

        // A NOP completes at once: the completion queue overflows long before anything is taken from it.
        for (ulong i = 1; i <= Requests; i++)
        {
            ring.Submit(new UringSubmission { Operation = UringOperation.None, UserData = i });
        }

        for (int turn = 0; turn < Requests && seen.Count < Requests; turn++)
        {
            ring.Enter(0);
            while (ring.TryTake(out UringCompletion completion))
            {
                Assert.True(seen.Add(completion.UserData), "completed once");
                Assert.Equal(0, completion.Result);
            }
        }

        Assert.Equal(Requests, seen.Count);
        Assert.False(ring.HasUnsubmitted);
        ring.Close();
    }

    [UringFact]
    public async Task RequestsWaitInOrderWhenTheKernelTakesNone()
    {
        await Task.Yield();
        Loopback.Value(UringRing.Open(4, 0, out UringRing ring, out _));

        // From another thread the kernel refuses to take anything (EEXIST, IORING_SETUP_SINGLE_ISSUER).
        var elsewhere = new Thread(() =>
        {
            for (ulong i = 1; i <= 10; i++)
            {
                ring.Submit(new UringSubmission { Operation = UringOperation.None, UserData = i });
            }
        });
        elsewhere.Start();
        elsewhere.Join();
        Assert.False(ring.HasCompletions);
        var seen = new List<ulong>();
        for (int turn = 0; turn < 10; turn++)
        {
            ring.Enter(0);
            while (ring.TryTake(out UringCompletion completion))
            {
                seen.Add(completion.UserData);
            }
        }

        Assert.Equal(Enumerable.Range(1, 10).Select(i => (ulong)i), seen);
        ring.Close();
    }

    [UringFact]
    public async Task WaitEndsWithItsTime()
    {
        await Task.Yield();
        Loopback.Value(UringRing.Open(4, 0, out UringRing ring, out _));
        long began = Environment.TickCount64;
        Assert.Equal(Errno.ETIME, ring.Enter(50).Error);
        Assert.InRange(Environment.TickCount64 - began, 40, 30_000);
        Assert.False(ring.TryTake(out _));
        ring.Close();
    }

    [UringFact]
    public async Task ReceivesIntoABlockOfTheRing()
    {
        await Task.Yield();
        Loopback.Value(UringRing.Open(4, 0, out UringRing ring, out _));
        Loopback.Value(UringBuffers.Open(ring, length => new Block(length), out UringBuffers buffers));
        (int client, int server) = _loopback.Connect();

        // More often than there are blocks, so that places are used again.
        int blocks = buffers.Count;
        for (int i = 0; i < blocks * 3; i++)
        {
            byte[] sent = [(byte)i, (byte)(i >> 8), 3];
            ring.Submit(new UringSubmission
            {
                Operation = UringOperation.Receive,
                Flags = UringSubmissionFlags.BufferSelect,
                BufferGroup = UringBuffers.Group,
                Descriptor = server,
                Length = 1_024,
                UserData = 7,
            });
            Loopback.Value(Interop.Send(client, sent));
            ring.Enter(10_000);
            Assert.True(ring.TryTake(out UringCompletion completion));
            Assert.Equal(3, completion.Result);
            Assert.NotEqual(UringCompletionFlags.None, completion.Flags & UringCompletionFlags.Buffer);
            int id = (int)((uint)completion.Flags >> 16);
            Block block = buffers.Take(id);
            Assert.Equal(sent, block.Bytes[..3]);
            buffers.Refill(id, new Block(BlockPool.ReceiveBytes));
        }

        ring.Close();
        int returned = 0;
        buffers.Close(_ => returned++);
        Assert.Equal(blocks, returned);
    }

    [UringFact]
    public async Task EmptyRingOfBlocksIsAnErrorThatGrowingEnds()
    {
        await Task.Yield();
        Loopback.Value(UringRing.Open(4, 0, out UringRing ring, out _));
        Loopback.Value(UringBuffers.Open(ring, length => new Block(length), out UringBuffers buffers));
        (int client, int server) = _loopback.Connect();
        int blocks = buffers.Count;
        for (int i = 0; i < blocks; i++)
        {
            Assert.True(ReceiveOne(ring, client, server) > 0);
        }

        Assert.Equal(-(int)Errno.ENOBUFS, ReceiveOne(ring, client, server));
        buffers.Grow();
        Assert.Equal(2 * blocks, buffers.Count);
        Assert.True(ReceiveOne(ring, client, server) > 0);
        ring.Close();
        buffers.Close(_ => { });
    }

    private static int ReceiveOne(UringRing ring, int client, int server)
    {
        Loopback.Value(Interop.Send(client, "x"u8));
        ring.Submit(new UringSubmission
        {
            Operation = UringOperation.Receive,
            Flags = UringSubmissionFlags.BufferSelect,
            BufferGroup = UringBuffers.Group,
            Descriptor = server,
            Length = 1_024,
            UserData = 7,
        });
        ring.Enter(10_000);
        Assert.True(ring.TryTake(out UringCompletion completion));
        return completion.Result;
    }
}
