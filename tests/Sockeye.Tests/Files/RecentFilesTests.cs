using System.Runtime.Versioning;
using Microsoft.Win32.SafeHandles;
using Sockeye.Files;
using Sockeye.Tests.Conformance;

namespace Sockeye.Tests.Files;

/// <summary>A file that was opened a moment ago is given again, as long as it is the same in every way.</summary>
[SupportedOSPlatform("linux")]
public sealed class RecentFilesTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly RootFolder _root;

    public RecentFilesTests()
    {
        File.WriteAllText(PathOf("page"), "as it was");
        _root = new RootFolder(_directory.Path);
    }

    [Fact]
    public async Task ItIsOpenedOnceInASecond()
    {
        using OpenedFile first = await OpenKeptAsync();
        Assert.Equal("as it was", Read(first));
        first.Dispose();
        first.Dispose(); // Gives back no more than it took.
        Assert.False(first.Handle!.IsClosed);
        await UntilClosedAsync(first.Handle);
    }

    [Fact]
    public async Task WhoHasItKeepsIt()
    {
        using OpenedFile file = await OpenKeptAsync();
        _root.Dispose();
        Assert.Equal("as it was", Read(file));
        file.Dispose();
        Assert.True(file.Handle!.IsClosed);
    }

    [Fact]
    public async Task AnotherContentIsAnotherFile()
    {
        using OpenedFile before = await OpenKeptAsync();
        File.WriteAllText(PathOf("page"), "as it is!");
        using OpenedFile after = Open();
        Assert.NotSame(before.Handle, after.Handle);
        Assert.Equal("as it is!", Read(after));
    }

    [Fact]
    public async Task AFileThatTookItsNameIsAnotherOne()
    {
        using OpenedFile before = await OpenKeptAsync();
        File.WriteAllText(PathOf("next"), "the next!");
        File.SetLastWriteTimeUtc(PathOf("next"), File.GetLastWriteTimeUtc(PathOf("page")));
        File.Move(PathOf("next"), PathOf("page"), overwrite: true);
        using OpenedFile after = Open();
        Assert.Equal("the next!", Read(after));
        Assert.Equal("as it was", Read(before));
    }

    [Fact]
    public async Task OneThatIsGoneIsNotFound()
    {
        using OpenedFile before = await OpenKeptAsync();
        File.Delete(PathOf("page"));
        Assert.Equal(FileOutcome.NotFound, _root.TryOpen("page", out OpenedFile? none));
        Assert.Null(none);
    }

    [Fact]
    public async Task WhenItsPermissionsChangeItIsOpenedAnew()
    {
        using OpenedFile before = await OpenKeptAsync();
        File.SetUnixFileMode(PathOf("page"), UnixFileMode.UserRead);
        using OpenedFile after = Open();
        Assert.NotSame(before.Handle, after.Handle);
    }

    [Fact]
    public async Task OneThatLiesOutsideNowIsNotGiven()
    {
        Directory.CreateDirectory(PathOf("root"));
        File.WriteAllText(PathOf("root/page"), "inside");
        using var root = new RootFolder(PathOf("root"));
        using OpenedFile before = await OpenKeptAsync(root);
        File.Move(PathOf("root/page"), PathOf("page"), overwrite: true);
        File.CreateSymbolicLink(PathOf("root/page"), "../page");
        Assert.Equal(FileOutcome.NotFound, root.TryOpen("page", out _));
    }

    [Fact]
    public async Task ManyMayOpenItAtOnce()
    {
        using OpenedFile kept = await OpenKeptAsync();
        Parallel.For(0, 10_000, _ =>
        {
            using OpenedFile file = Open();
            Assert.Equal(9, RandomAccess.Read(file.Handle!, new byte[16], 0));
        });
    }

    public void Dispose()
    {
        _root.Dispose();
        _directory.Dispose();
    }

    private static string Read(OpenedFile file)
    {
        byte[] bytes = new byte[file.Length];
        return System.Text.Encoding.ASCII.GetString(bytes, 0, RandomAccess.Read(file.Handle!, bytes, 0));
    }

    private static OpenedFile Open(RootFolder root)
    {
        Assert.Equal(FileOutcome.Found, root.TryOpen("page", out OpenedFile? file));
        return file!;
    }

    /// <summary>Opens it until the same comes twice: one that has changed a moment ago is not kept.</summary>
    private static async Task<OpenedFile> OpenKeptAsync(RootFolder root)
    {
        using var patience = new CancellationTokenSource(Patience.Time);
        while (true)
        {
            OpenedFile first = Open(root);
            using OpenedFile second = Open(root);
            if (first.Handle == second.Handle)
            {
                return first;
            }

            first.Dispose();
            await Task.Delay(20, patience.Token);
        }
    }

    private static async Task UntilClosedAsync(SafeFileHandle handle)
    {
        using var patience = new CancellationTokenSource(Patience.Time);
        while (!handle.IsClosed)
        {
            await Task.Delay(20, patience.Token);
        }
    }

    private Task<OpenedFile> OpenKeptAsync() => OpenKeptAsync(_root);

    private OpenedFile Open() => Open(_root);

    private string PathOf(string name) => Path.Combine(_directory.Path, name);
}
