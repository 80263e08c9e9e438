using Sockeye.Http.Protocol;

namespace Sockeye.Tests.Http;

/// <summary>Bytes that a server must not be fooled by, and what it answers.</summary>
/// <param name="Label">A number, and a letter when it has variants: <c>32b</c>. The name of a test.</param>
/// <param name="Bytes">What a client sends.</param>
/// <param name="Replies">The final replies, in order and no more: the statuses that are right for each. None means
/// that the request is incomplete: the server waits, and answers 408 or closes when its time is over.</param>
/// <param name="Rule">The rule that the strict profile finds broken; none when all of it is accepted.</param>
/// <param name="Note">What would go wrong otherwise, and where the rule is from.</param>
public sealed record BadInput(
    string Label, ReadOnlyMemory<byte> Bytes, IReadOnlyList<int[]> Replies, HttpRule Rule, string Note)
{
    /// <summary>Whether the connection must be closed after the last reply, and no byte after it be read as a
    /// request.</summary>
    public bool MustClose => Rule != HttpRule.None;

    /// <inheritdoc/>
    public override string ToString() => $"{Label}: {Note}";
}
