using Sockeye.Cli;

namespace Sockeye.Tests.Cli;

/// <summary>The script that builds the tool and runs it.</summary>
public sealed class LauncherTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("sockeye").FullName;

    [Fact]
    public async Task PlaceThatCannotBeWrittenIsOneSentence()
    {
        string script = Path.Combine(_folder, "sockeye");
        File.Copy(Repository.PathOf("sockeye"), script);
        await File.WriteAllTextAsync(Path.Combine(_folder, ".build"), "");
        await using ToolProcess tool = ToolProcess.StartOther([script, "models"]);
        string sentence = $"sockeye: cannot write to {_folder}/.build, which building needs; make it writable\n";
        Assert.Equal((ExitCode.Permission, sentence), await tool.ExitAsync());
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);
}
