using System.Runtime.InteropServices;
using Sockeye.Linux;

namespace Sockeye.Tests.Linux;

public class SystemCallTests
{
    [Fact]
    public void IoUringGivesARingOrAReason()
    {
        var parameters = default(IoUringParameters);
        Result result = Interop.IoUringSetup(8, ref parameters);
        if (!result.Ok)
        {
            Assert.True(result.Error is Errno.EPERM or Errno.ENOSYS or Errno.ENOMEM, result.ToString());
            return;
        }

        Assert.Equal(8u, parameters.SubmissionEntries);
        Assert.Equal(16u, parameters.CompletionEntries);
        Assert.NotEqual(0u, parameters.Features);
        Assert.NotEqual(0u, parameters.CompletionOffsets.Entries);
        Assert.Equal(0, Loopback.Value(Interop.IoUringEnter(result.Value, 0, 0, 0)));
        Assert.True(Interop.Close(result.Value).Ok);
    }

    [Fact]
    public void IoUringCallsNeedARing()
    {
        Result entered = Interop.IoUringEnter(-1, 0, 0, 0);
        Assert.True(entered.Error is Errno.EBADF or Errno.EPERM or Errno.ENOSYS, entered.ToString());
        Result registered = Interop.IoUringRegister(-1, 0, 0, 0);
        Assert.True(
            registered.Error is Errno.EBADF or Errno.EINVAL or Errno.EPERM or Errno.ENOSYS, registered.ToString());
    }

    [Fact]
    public void MemoryIsMappedAndUnmapped()
    {
        const MemoryMapping Fresh = MemoryMapping.Private | MemoryMapping.Anonymous;
        const MemoryProtection Both = MemoryProtection.Read | MemoryProtection.Write;
        Loopback.Value(Interop.Mmap(8192, Both, Fresh, -1, 0, out nint address));
        Assert.Equal(0, Marshal.ReadByte(address, 8191));
        Marshal.WriteByte(address, 8191, 42);
        Assert.Equal(42, Marshal.ReadByte(address, 8191));
        Loopback.Value(Interop.Munmap(address, 8192));
        Assert.Equal(Errno.EINVAL, Interop.Mmap(0, Both, Fresh, -1, 0, out address).Error);
        Assert.Equal(0, address);
    }

    [Fact]
    public void AnUnknownErrorStillReads()
    {
        Assert.Equal("errno 4000: an error without a name here", ((Errno)4000).Explain());
        Assert.Equal("EPERM: the kernel does not permit this", Result.Failure(Errno.EPERM).ToString());
        Assert.Equal("7", Result.Success(7).ToString());
    }

    [Fact]
    public void EveryErrorIsExplained()
    {
        foreach (Errno error in Enum.GetValues<Errno>())
        {
            Assert.StartsWith($"{error}: ", error.Explain(), StringComparison.Ordinal);
        }
    }

    [Fact]
    public void LimitsReadAndSet()
    {
        Loopback.Value(Interop.Getrlimit(Resource.OpenFiles, out ResourceLimit limit));
        Assert.InRange(limit.Soft, 1UL, limit.Hard);
        Loopback.Value(Interop.Setrlimit(Resource.OpenFiles, limit));
        Assert.Equal(Errno.EINVAL, Interop.Setrlimit(Resource.OpenFiles, new ResourceLimit(2, 1)).Error);
    }

    [Fact]
    public void AThreadKnowsItsCpuTime()
    {
        Loopback.Value(Interop.Getrusage(UsageOf.Process, out ResourceUsage process));
        Loopback.Value(Interop.Getrusage(UsageOf.Thread, out ResourceUsage thread));
        Assert.True(process.User + process.System > TimeSpan.Zero);
        Assert.True(thread.User + thread.System <= process.User + process.System + TimeSpan.FromSeconds(10));
        Assert.InRange(thread.VoluntarySwitches, 0, long.MaxValue);
    }

    [Fact]
    public void AffinityReadsAndSets()
    {
        ulong[] processors = new ulong[64];
        Loopback.Value(Interop.SchedGetaffinity(0, processors));
        Assert.Contains(processors, word => word != 0);
        Loopback.Value(Interop.SchedSetaffinity(0, processors));
        Assert.Equal(Errno.EINVAL, Interop.SchedSetaffinity(0, new ulong[1]).Error);
    }

    [Fact]
    public void ThreadsHaveNumbersAndNames()
    {
        Assert.True(Directory.Exists($"/proc/self/task/{Interop.Gettid()}"));
        string before = "";
        string after = "";
        var thread = new Thread(() =>
        {
            string path = $"/proc/self/task/{Interop.Gettid()}/comm";
            before = File.ReadAllText(path);
            Loopback.Value(Interop.PrctlSetName("sockeye-é"));
            after = File.ReadAllText(path);
        });
        thread.Start();
        thread.Join();
        Assert.NotEqual(before, after);
        Assert.Equal("sockeye-é\n", after);
        Assert.Equal(Errno.EINVAL, Interop.Prctl(ProcessOption.SetParentDeathSignal, 1000).Error);
    }

    [Fact]
    public void UsersAreThoseOfTheProcess()
    {
        string line = File.ReadLines("/proc/self/status")
            .First(line => line.StartsWith("Uid:", StringComparison.Ordinal));
        string[] fields = line.Split('\t');
        Assert.Equal(fields[1], Interop.Getuid().ToString(System.Globalization.CultureInfo.InvariantCulture));
        Assert.Equal(fields[2], Interop.Geteuid().ToString(System.Globalization.CultureInfo.InvariantCulture));
    }
}
