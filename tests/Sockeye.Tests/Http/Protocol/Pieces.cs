namespace Sockeye.Tests.Http.Protocol;

/// <summary>Ways to cut an input. A parser must not see a difference.</summary>
internal static class Pieces
{
    // An input this long is cut at every place; a longer one at some.
    private const int EveryPlaceMax = 1_000;

    // Byte by byte, the conversation copies what is unconsumed each time.
    private const int ByteByByteMax = 10_000;

    /// <summary>In two at each place, and byte by byte; long inputs at some places, and in pieces of many.</summary>
    public static IEnumerable<List<ReadOnlyMemory<byte>>> Of(ReadOnlyMemory<byte> input)
    {
        foreach (int cut in Cuts(input.Length))
        {
            yield return [input[..cut], input[cut..]];
        }

        yield return Cut(input, input.Length <= ByteByByteMax ? 1 : 4_093);
        yield return Cut(input, input.Length <= ByteByByteMax ? 3 : 9_973);
    }

    /// <summary>The prefixes of an input, or some of them.</summary>
    public static IEnumerable<ReadOnlyMemory<byte>> Prefixes(ReadOnlyMemory<byte> input) =>
        Cuts(input.Length).Select(cut => input[..cut]);

    /// <summary>In pieces of one size.</summary>
    public static List<ReadOnlyMemory<byte>> Cut(ReadOnlyMemory<byte> input, int size)
    {
        List<ReadOnlyMemory<byte>> pieces = [];
        for (int at = 0; at < input.Length; at += size)
        {
            pieces.Add(input[at..Math.Min(input.Length, at + size)]);
        }

        return pieces;
    }

    private static IEnumerable<int> Cuts(int length)
    {
        int step = length <= EveryPlaceMax ? 1 : (length / 12) + 1;
        for (int cut = 0; cut <= length; cut += step)
        {
            yield return cut;
        }
    }
}
