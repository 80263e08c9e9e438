using Sockeye.Cli;

namespace Sockeye.Tests.Cli;

/// <summary>Runs the tool in this process and keeps what it wrote.</summary>
internal sealed record CapturedOutput(int ExitCode, string Out, string Error)
{
    /// <summary>Runs one command line, words separated by single spaces.</summary>
    /// <param name="line">What is typed after <c>sockeye</c>.</param>
    /// <param name="isTerminal">Whether both standard output and standard error are a terminal.</param>
    /// <param name="environment">The environment variables that are set.</param>
    public static Task<CapturedOutput> OfAsync(
        string line, bool isTerminal = false, Dictionary<string, string>? environment = null) =>
        OfWordsAsync(line.Split(' ', StringSplitOptions.RemoveEmptyEntries), isTerminal, environment);

    /// <summary>The same of words, which may be empty or have spaces in them.</summary>
    public static async Task<CapturedOutput> OfWordsAsync(
        string[] words, bool isTerminal = false, Dictionary<string, string>? environment = null)
    {
        using var standardOutput = new MemoryStream();
        using var standardError = new MemoryStream();
        var variables = environment ?? [];
        variables.TryAdd("COLUMNS", "100");
        using var output = new Output(standardOutput, standardError, name => variables.GetValueOrDefault(name))
        {
            OutIsTerminal = isTerminal,
            ErrorIsTerminal = isTerminal,
        };
        var code = await Tool.RunAsync(words, output);
        return new CapturedOutput(code, TextOf(standardOutput), TextOf(standardError));
    }

    private static string TextOf(MemoryStream stream) => System.Text.Encoding.UTF8.GetString(stream.ToArray());
}
