using System.Runtime.Versioning;
using Sockeye.Capture.Journeys;
using Sockeye.Tests.Cli;
using Sockeye.Tests.Conformance;

namespace Sockeye.Tests.Capture.Journeys;

/// <summary>A file with keys is for one user's eyes, and what is no file is left what it is.</summary>
[SupportedOSPlatform("linux")]
public sealed class SecretFileTests : IDisposable
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private readonly string _folder = Directory.CreateTempSubdirectory("sockeye-secret").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task ANewFileIsForItsUserOnly()
    {
        string path = Path.Combine(_folder, "new");
        await SecretFile.WriteAsync(path, "keys"u8.ToArray());
        Assert.Equal(OwnerOnly, File.GetUnixFileMode(path));
        Assert.Equal("keys", await File.ReadAllTextAsync(path));
    }

    [Fact]
    public async Task AFileThatIsThereIsReplacedAndWhoHasItOpenSeesNothing()
    {
        string path = Path.Combine(_folder, "old");
        await File.WriteAllTextAsync(path, "what was there");
        using StreamReader before = new(path);
        await SecretFile.WriteAsync(path, "keys"u8.ToArray());
        Assert.Equal("what was there", await before.ReadToEndAsync());
        Assert.Equal(OwnerOnly, File.GetUnixFileMode(path));
        Assert.Equal("keys", await File.ReadAllTextAsync(path));
        Assert.Single(Directory.GetFiles(_folder));
    }

    [Fact]
    public async Task ALinkStaysALink()
    {
        string path = Path.Combine(_folder, "link");
        string target = Path.Combine(_folder, "target");
        await File.WriteAllTextAsync(target, "what was there");
        File.CreateSymbolicLink(path, target);
        await SecretFile.WriteAsync(path, "keys"u8.ToArray());
        Assert.Equal(target, new FileInfo(path).LinkTarget);
        Assert.Equal(OwnerOnly, File.GetUnixFileMode(target));
        Assert.Equal("keys", await File.ReadAllTextAsync(target));
    }

    [NeedsFact("mkfifo")]
    public async Task APipeGetsTheBytesAndStaysAPipe()
    {
        string path = Path.Combine(_folder, "pipe");
        await Programs.RunAsync("mkfifo", [path], "", Patience.Time);
        Task<string> reading = Task.Run(() => File.ReadAllText(path));
        await Task.Run(() => SecretFile.WriteAsync(path, "keys"u8.ToArray())).WaitAsync(Patience.Time);
        Assert.Equal("keys", await reading.WaitAsync(Patience.Time));
        Assert.Equal(
            "fifo\n", await Programs.RunAsync("stat", ["-c", "%F", path], "", Patience.Time));
    }

    [DeviceFact]
    public async Task ADeviceStaysADevice()
    {
        string path = Path.Combine(_folder, "null");
        await Programs.RunAsync("mknod", [path, "c", "1", "3"], "", Patience.Time);
        await SecretFile.WriteAsync(path, "keys"u8.ToArray());
        Assert.Equal(
            "character special file\n", await Programs.RunAsync("stat", ["-c", "%F", path], "", Patience.Time));
        Assert.Empty(await File.ReadAllTextAsync(path));
    }

    [Fact]
    public async Task AFileThatCannotBePutThereLeavesNothingBesideIt()
    {
        string path = Path.Combine(_folder, "folder");
        Directory.CreateDirectory(path);
        await Assert.ThrowsAsync<UnauthorizedAccessException>(
            () => SecretFile.WriteAsync(path, "keys"u8.ToArray()));
        await Assert.ThrowsAsync<DirectoryNotFoundException>(
            () => SecretFile.WriteAsync(Path.Combine(_folder, "none", "file"), "keys"u8.ToArray()));
        Assert.Empty(Directory.GetFiles(_folder));
    }

    /// <summary>A test that makes a device, which only root may, and not in every container.</summary>
    [AttributeUsage(AttributeTargets.Method)]
    private sealed class DeviceFactAttribute : FactAttribute
    {
        public DeviceFactAttribute() => Skip = Environment.IsPrivilegedProcess
            ? NeedsFactAttribute.WhySkip("mknod")
            : "only root may make devices";
    }
}
