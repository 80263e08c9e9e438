using System.Text.RegularExpressions;

namespace Sockeye.Tests.Cli;

/// <summary>A line as people type it into a shell: quotes keep words together, bars stand between commands.</summary>
internal static partial class ShellLine
{
    /// <summary>What is wrong with the commands of ours in a line; null for nothing.</summary>
    public static string? WhatIsWrongWith(string line)
    {
        Match[] ours = [.. Bars().Split(line).Select(command => Ours().Match(command)).Where(match => match.Success)];
        return ours.Length == 0
            ? "no command of ours is in it"
            : ours.Select(match => Sockeye.Cli.Tool.WhatIsWrongWith(match.Groups[1].Value.Replace('\'', '"')))
                .FirstOrDefault(wrong => wrong is not null);
    }

    // An even number of quotes follows what is outside of them.
    [GeneratedRegex(@"\|(?=(?:[^'""]*['""][^'""]*['""])*[^'""]*$)")]
    private static partial Regex Bars();

    [GeneratedRegex(@"^\s*(?:sudo )?(?:\./)?sockeye (.*?)\s*$")]
    private static partial Regex Ours();
}
