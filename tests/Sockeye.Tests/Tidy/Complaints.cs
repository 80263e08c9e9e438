using System.Text;

namespace Sockeye.Tests.Tidy;

/// <summary>What a tidy test found. It fails once, with all of it, and with the rule that was broken.</summary>
internal sealed class Complaints(string rule)
{
    private readonly StringBuilder _text = new();

    public void Add(string file, int line, string what) => _text.Append('\n').Append($"  {file}:{line}: {what}");

    public void AssertNone() => Assert.True(_text.Length == 0, rule + _text);
}
