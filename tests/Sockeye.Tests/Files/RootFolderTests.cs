using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Sockeye.Files;
using Sockeye.Http.Files;
using Sockeye.Tests.Conformance;
using Sockeye.Tests.Http.Files;

namespace Sockeye.Tests.Files;

/// <summary>Whatever a path says, what is opened lies beneath the root.</summary>
public sealed class RootFolderTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public RootFolderTests()
    {
        Directory.CreateDirectory(Root + "/a/b");
        Directory.CreateDirectory(_directory.Path + "/rooter");
        foreach (string name in (string[])["root/f", "root/a/f", "root/a/b/f", "root/a/%2f"])
        {
            File.WriteAllText($"{_directory.Path}/{name}", "inside");
        }

        foreach (string name in (string[])["f", "secret", "rooter/f"])
        {
            File.WriteAllText($"{_directory.Path}/{name}", "outside");
        }

        Directory.CreateSymbolicLink(Root + "/up", "..");
        Directory.CreateSymbolicLink(Root + "/a/far", "/etc");
        Directory.CreateSymbolicLink(Root + "/a/near", "../../rooter");
        Directory.CreateSymbolicLink(Root + "/a/self", "../a");
        File.CreateSymbolicLink(Root + "/a/b/leak", "../../../secret");
    }

    private string Root => _directory.Path + "/root";

    [Fact]
    public void NoPathLeavesTheRoot()
    {
        using var inside = new RootFolder(Root);
        using var never = new RootFolder(Root, FileLinks.Never);
        Gen<string> segment = Gen.Elements(
            "a", "b", "f", "up", "far", "near", "self", "leak", "secret", "root", "rooter", "etc", "passwd",
            "..", ".", "",
            "...", "\0", "..\0", "\\", "..\\", "%2e%2e", "~", "proc", "self", "cwd");
        Gen<string> paths = segment.ListOf().Select(list => string.Join('/', list));
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(2_000), Prop.ForAll(paths.ToArbitrary(), path =>
            IsInside(inside, path) && IsInside(never, path)));
    }

    [Fact]
    public void NoRequestTargetLeavesTheRoot()
    {
        using var root = new RootFolder(Root);
        Gen<string> piece = Gen.Elements(
            "/", "/", "/", "a", "b", "f", "up", "far", "near", "secret", "rooter", "..", ".", "%2e",
            "%2E%2e", "%2f", "%5C",
            "\\", "%00", "%25", "2e", "%252e", "%c0%ae", "%e2%80%a5", ";", "%u002e", "etc/passwd");
        Gen<string> targets = piece.ListOf().Select(list => "/" + string.Concat(list));
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(5_000), Prop.ForAll(targets.ToArbitrary(), target =>
            RequestedPath.Read(Encoding.ASCII.GetBytes(target), true, out RequestedPath path) != 200
            || IsInside(root, path.Path)));
    }

    [Fact]
    public void ALinkThatIsSwappedAllTheTimeNeverLeadsOutside()
    {
        using var root = new RootFolder(Root);
        using var stop = new CancellationTokenSource();
        var swapping = new Thread(() =>
        {
            string link = Root + "/swapped";
            string fresh = Root + "/fresh";
            for (int i = 0; !stop.IsCancellationRequested; i++)
            {
                File.CreateSymbolicLink(fresh, i % 2 == 0 ? "f" : "../secret");
                File.Move(fresh, link, overwrite: true);
            }
        });
        swapping.Start();
        int found = 0;
        for (int i = 0; i < 20_000 && found < 500; i++)
        {
            FileOutcome outcome = root.TryOpen("swapped", out OpenedFile? file);
            using (file)
            {
                found += outcome == FileOutcome.Found ? 1 : 0;
                Assert.True(file is null || Read(file) == "inside");
            }
        }

        stop.Cancel();
        swapping.Join();
        Assert.NotEqual(0, found);
    }

    [Fact]
    public void APipeIsFoundAndNotOpened()
    {
        FileSiteFixture.MakePipe(Root + "/pipe");
        using var root = new RootFolder(Root);
        Assert.Equal(FileOutcome.Found, root.TryOpen("pipe", out OpenedFile? pipe));
        using (pipe)
        {
            Assert.Null(pipe!.Handle);
            Assert.False(pipe.IsFolder);
        }
    }

    [Fact]
    public void NoDescriptorIsLeftOpen()
    {
        using var root = new RootFolder(Root);
        foreach (string path in (string[])["f", "a", "", "up", "nothing", "a/far/passwd", "f/x"])
        {
            root.TryOpen(path, out OpenedFile? warm);
            warm?.Dispose();
        }

        // Other tests open descriptors meanwhile; as many as 7,000 they do not.
        int before = Directory.GetFiles("/proc/self/fd").Length;
        for (int i = 0; i < 1_000; i++)
        {
            foreach (string path in (string[])["f", "a", "", "up", "nothing", "a/far/passwd", "f/x"])
            {
                root.TryOpen(path, out OpenedFile? file);
                file?.Dispose();
            }
        }

        Assert.InRange(Directory.GetFiles("/proc/self/fd").Length, 0, before + 500);
    }

    [Fact]
    public void AFolderSaysWhatItHas()
    {
        using var root = new RootFolder(Root);
        Assert.Equal(FileOutcome.Found, root.TryOpen("a", out OpenedFile? folder));
        using (folder)
        {
            Assert.True(folder!.IsFolder);
            IReadOnlyList<FolderEntry> entries = folder.List(100);
            string[] names = [.. entries.Select(one => one.Name).Order(StringComparer.Ordinal)];
            Assert.Equal(["%2f", "b", "f", "far", "near", "self"], names);
            Assert.Equal(6, entries.Single(one => one.Name == "f").Length);
            Assert.Equal(["far", "near", "self"], entries.Where(one => one.IsLink).Select(one => one.Name).Order());
            Assert.Equal(2, folder.List(2).Count);
        }
    }

    public void Dispose() => _directory.Dispose();

    private static bool IsInside(RootFolder root, string path)
    {
        FileOutcome outcome = root.TryOpen(path, out OpenedFile? file);
        using (file)
        {
            return outcome != FileOutcome.Found || file!.IsFolder || Read(file) == "inside";
        }
    }

    private static string Read(OpenedFile file)
    {
        byte[] bytes = new byte[100];
        return Encoding.ASCII.GetString(bytes, 0, RandomAccess.Read(file.Handle!, bytes, 0));
    }
}
