namespace Sockeye.Tests;

/// <summary>The writer of the surface, on types that have what ours may have.</summary>
public sealed class ApiSurfaceTests
{
    [Fact]
    public void EveryKindOfMemberIsWritten()
    {
        var surface = ApiSurface.Of(typeof(System.Buffers.ReadOnlySequence<>).Assembly);
        Assert.Contains("struct System.Buffers.ReadOnlySequence<T>\n", surface);
        Assert.Contains("    ReadOnlySequence<T> Slice(int start, int length)\n", surface);
        Assert.Contains("    bool IsEmpty { get; }\n", surface);
        Assert.Contains("    new(T[] array)\n", surface);
        Assert.Contains("    field static ReadOnlySequence<T> Empty\n", surface);
    }
}
