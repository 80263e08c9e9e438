namespace Sockeye.Http.Protocol;

/// <summary>
/// Remembers how far the line at the end of the input was searched, so that a line arriving byte by byte costs as much
/// as one arriving whole: it is parsed once at first sight, and once again when its end is there.
/// </summary>
internal struct UnfinishedLine
{
    // Where the search for the line's end goes on; 0 before the first attempt to parse it.
    private int _searched;

    /// <summary>Whether parsing the line would tell anything new.</summary>
    /// <param name="input">What there is.</param>
    /// <param name="isFull">No more will be looked at: a limit is reached.</param>
    public bool IsWorthParsing(ReadOnlySpan<byte> input, bool isFull)
    {
        if (_searched == 0 || isFull || input[_searched..].Contains(Octets.LineFeed))
        {
            return true;
        }

        _searched = input.Length;
        return false;
    }

    /// <summary>The line was parsed and has no end yet.</summary>
    public void Postpone(ReadOnlySpan<byte> input) => _searched = input.Length;

    /// <summary>The line was parsed, and the next one begins.</summary>
    public void Finish() => _searched = 0;
}
