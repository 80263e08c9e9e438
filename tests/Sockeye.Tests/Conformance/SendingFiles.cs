using System.Text;
using Microsoft.Win32.SafeHandles;

namespace Sockeye.Tests.Conformance;

/// <summary>Parts of files among the output.</summary>
public sealed class SendingFiles(MatrixPage page) : ConformanceArea(page)
{
    private const int LongBytes = 6_000_000;

    private static readonly SocketOptions s_smallBuffers = new() { SendBufferBytes = 8_192 };

    [Behaviour(On = Transports.Streams, IsCore = true)]
    internal static async Task AFileLeavesBetweenWhatIsWrittenBeforeAndAfter(Scene scene)
    {
        // Shorter and longer than what an engine copies, and than what it sends at a time.
        foreach (int size in (int[])[0, 1, 5_000, 40_000, 262_144, 700_001])
        {
            SafeFileHandle file = FileOf(scene, size);
            Served served = await scene.ServeAsync(async c =>
            {
                c.Write("before "u8);
                Assert.Equal(End.None, await c.SendFileAsync(file, 0, size));
                c.Write(" between "u8);
                Assert.Equal(End.None, await c.SendFileAsync(file, 0, size));
                c.Write(" after"u8);
            });
            byte[] pattern = Handlers.Pattern(size);
            byte[] expected = [.. "before "u8, .. pattern, .. " between "u8, .. pattern, .. " after"u8];
            Assert.True(expected.AsSpan().SequenceEqual(served.Connect().ReceiveToEnd()), $"{size} bytes");
            await served.First;
        }
    }

    [Behaviour(On = Transports.Tcp4 | Transports.Tls)]
    internal static async Task APartOfAFileIsSent(Scene scene)
    {
        SafeFileHandle file = FileOf(scene, 1_000_000);
        (int Offset, int Count)[] parts = [(0, 1), (999_999, 1), (10, 50_000), (123_456, 800_000), (1_000_000, 0)];
        Served served = await scene.ServeAsync(async c =>
        {
            foreach ((int offset, int count) in parts)
            {
                Assert.Equal(End.None, await c.SendFileAsync(file, offset, count));
            }
        });
        byte[] pattern = Handlers.Pattern(1_000_000);
        byte[] expected = [.. parts.SelectMany(part => pattern.Skip(part.Offset).Take(part.Count))];
        Assert.True(expected.AsSpan().SequenceEqual(served.Connect().ReceiveToEnd()));
        await served.First;
    }

    [Behaviour(On = Transports.Tcp4 | Transports.Tls)]
    internal static async Task AFileWaitsForASlowPeerWithoutMemoryForIt(Scene scene)
    {
        SafeFileHandle file = FileOf(scene, LongBytes);
        Served served = await scene.ServeAsync(
            async c => Assert.Equal(End.None, await c.SendFileAsync(file, 0, LongBytes)), socket: s_smallBuffers);
        Peer peer = served.Connect(receiveBufferBytes: 8_192);
        await scene.Until(() => served.Connections.Count == 1, "the connection is there");
        Connection connection = served.Connections.First();
        long before = -1;
        int same = 0;
        await scene.Until(
            () =>
            {
                long now = connection.BytesSent;
                same = now > 0 && now == before ? same + 1 : 0;
                before = now;
                return same == 30;
            },
            "the sending stopped");
        Assert.InRange(before, 1, LongBytes - 1);
        Assert.Equal(0, served.Done);
        Assert.True(Handlers.Pattern(LongBytes).AsSpan().SequenceEqual(peer.ReceiveToEnd()), "the file's bytes");
        await served.First;
        Assert.Equal(LongBytes, connection.BytesSent);
    }

    [Behaviour(On = Transports.Tcp4 | Transports.Tls)]
    internal static async Task AFileInMemoryIsSent(Scene scene)
    {
        // A file system that may not tell what is in the page cache.
        string directory = Directory.Exists("/dev/shm") ? "/dev/shm" : Path.GetTempPath();
        string path = Path.Combine(directory, $"sockeye-{Guid.NewGuid():N}");
        await File.WriteAllBytesAsync(path, Handlers.Pattern(300_000));
        SafeFileHandle file = scene.Keep(File.OpenHandle(path));
        File.Delete(path);
        Served served = await scene.ServeAsync(
            async c => Assert.Equal(End.None, await c.SendFileAsync(file, 0, 300_000)));
        Assert.True(Handlers.Pattern(300_000).AsSpan().SequenceEqual(served.Connect().ReceiveToEnd()));
        await served.First;
    }

    [Behaviour(On = Transports.Tcp4 | Transports.Tls)]
    internal static async Task AFileThatIsShorterIsAClearError(Scene scene)
    {
        foreach (int size in (int[])[0, 1_000, 100_000])
        {
            SafeFileHandle file = FileOf(scene, size);
            Served served = await scene.ServeAsync(async c =>
            {
                EndOfStreamException error = await Assert.ThrowsAsync<EndOfStreamException>(
                    async () => await c.SendFileAsync(file, 0, 200_000));
                Assert.Contains($"{200_000 - size} bytes", error.Message, StringComparison.Ordinal);
                c.Write("!"u8);
            });
            byte[] expected = [.. Handlers.Pattern(size), (byte)'!'];
            Assert.True(expected.AsSpan().SequenceEqual(served.Connect().ReceiveToEnd()), $"{size} bytes");
            await served.First;
        }
    }

    [Behaviour(On = Transports.Tcp4 | Transports.Tls)]
    [Except("blocking", "the send is waited for inside the call, so that nothing can be done meanwhile")]
    internal static async Task NothingElseIsWrittenWhileAFileLeaves(Scene scene)
    {
        const int Bytes = 1_000_000; // More than both kernels take at once.
        SafeFileHandle file = FileOf(scene, Bytes);
        Served served = await scene.ServeAsync(
            async c =>
            {
                ValueTask<End> sending = c.SendFileAsync(file, 0, Bytes);
                Assert.False(sending.IsCompleted);
                foreach (Action misuse in (Action[])
                [
                    () => c.Write("x"u8),
                    () => _ = c.FlushAsync(),
                    () => _ = c.ShutdownAsync(),
                    () => _ = c.SendFileAsync(file, 0, 1),
                ])
                {
                    Assert.Contains(
                        "outstanding",
                        Assert.Throws<InvalidOperationException>(misuse).Message,
                        StringComparison.Ordinal);
                }

                Assert.Equal(End.None, await sending);
                c.Write("after"u8);
            },
            socket: s_smallBuffers);
        byte[] expected = [.. Handlers.Pattern(Bytes), .. "after"u8];
        Assert.True(expected.AsSpan().SequenceEqual(served.Connect(receiveBufferBytes: 8_192).ReceiveToEnd()));
        await served.First;
    }

    [Behaviour]
    internal static async Task AResetWhileAFileLeavesIsAValue(Scene scene)
    {
        SafeFileHandle file = FileOf(scene, LongBytes);
        Served served = await scene.ServeAsync(
            async c =>
            {
                Assert.Equal(End.Reset, await c.SendFileAsync(file, 0, LongBytes));
                Assert.Equal(End.Reset, await c.SendFileAsync(file, 0, 10));
            },
            socket: s_smallBuffers);
        Peer peer = served.Connect(receiveBufferBytes: 8_192);
        peer.Receive(10_000);
        peer.Reset();
        await served.First;
    }

    [Behaviour(On = Transports.Tcp4 | Transports.Tls)]
    internal static async Task APeerThatTakesNothingEndsTheFileByTheWriteTimeOut(Scene scene)
    {
        SafeFileHandle file = FileOf(scene, LongBytes);
        Served served = await scene.ServeAsync(
            async c => Assert.Equal(End.WriteTimeout, await c.SendFileAsync(file, 0, LongBytes)),
            new Limits { WriteTimeout = TimeSpan.FromMilliseconds(100) },
            s_smallBuffers);
        served.Connect(receiveBufferBytes: 8_192);
        await served.First;
    }

    [Behaviour(On = Transports.Tcp4 | Transports.Tls)]
    internal static async Task ACancelledFileStopsAndTheConnectionGoesOn(Scene scene)
    {
        SafeFileHandle file = FileOf(scene, LongBytes);
        long sent = 0;
        var cancelled = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Served served = await scene.ServeAsync(
            async c =>
            {
                using var cancel = new CancellationTokenSource(TimeSpan.FromMilliseconds(50));
                await Assert.ThrowsAnyAsync<OperationCanceledException>(
                    async () => await c.SendFileAsync(file, 0, LongBytes, cancel.Token));
                cancelled.SetResult();
                c.Write("the end"u8);
                await c.ShutdownAsync();
                sent = c.BytesSent;
            },
            socket: s_smallBuffers);
        Peer peer = served.Connect(receiveBufferBytes: 8_192);

        // Nothing is taken before the send was given up.
        await cancelled.Task.WaitAsync(scene.End);
        byte[] all = peer.ReceiveToEnd();
        await served.First;
        Assert.Equal(sent, all.Length);
        Assert.InRange(all.Length, 7, LongBytes - 1);
        Assert.Equal("the end", Encoding.ASCII.GetString(all.AsSpan(^7..)));
        Assert.True(all.AsSpan(..^7).SequenceEqual(Handlers.Pattern(all.Length - 7)));
    }

    [Behaviour(On = Transports.Tcp)]
    [Except("blocking", "the send is waited for inside the call, so that nothing can be done meanwhile")]
    internal static async Task DisposingWhileAFileLeavesResets(Scene scene)
    {
        SafeFileHandle file = FileOf(scene, LongBytes);
        Served served = await scene.ServeAsync(
            async c =>
            {
                ValueTask<End> sending = c.SendFileAsync(file, 0, LongBytes);
                await c.DisposeAsync();
                Assert.Equal(End.Aborted, await sending);
            },
            socket: s_smallBuffers);
        Assert.True(served.Connect(receiveBufferBytes: 8_192).IsReset());
        await served.First;
    }

    [Behaviour]
    internal static async Task AFileIsSentUnderLowLimits(Scene scene)
    {
        SafeFileHandle file = FileOf(scene, 500_000);
        Served served = await scene.ServeAsync(
            async c =>
            {
                c.Write(new byte[1_000]);
                Assert.Equal(End.None, await c.SendFileAsync(file, 0, 20_000));
                Assert.Equal(End.None, await c.SendFileAsync(file, 0, 500_000));
            },
            new Limits { OutputBytesMax = 1_024, OutputBytesHighWater = 1_000_000 });
        byte[] expected = [.. new byte[1_000], .. Handlers.Pattern(20_000), .. Handlers.Pattern(500_000)];
        Assert.True(expected.AsSpan().SequenceEqual(served.Connect().ReceiveToEnd()));
        await served.First;
    }

    /// <summary>A file of the pattern, open and already without a name.</summary>
    private static SafeFileHandle FileOf(Scene scene, int bytes)
    {
        string path = Path.Combine(Path.GetTempPath(), $"sockeye-{Guid.NewGuid():N}");
        File.WriteAllBytes(path, Handlers.Pattern(bytes));
        SafeFileHandle file = scene.Keep(File.OpenHandle(path));
        File.Delete(path);
        return file;
    }
}
