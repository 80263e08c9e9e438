namespace Sockeye.Cli.Loading.Protocols;

/// <summary>Looks for a text in bytes that come in pieces.</summary>
/// <param name="text">What to look for; not empty.</param>
internal sealed class TextSearch(ReadOnlyMemory<byte> text)
{
    // The end of what was read, where the text may begin; then room for as much of the next piece.
    private readonly byte[] _seam = new byte[2 * (text.Length - 1)];
    private int _kept;

    /// <summary>Whether it was there.</summary>
    public bool IsFound { get; private set; }

    /// <summary>Other bytes begin.</summary>
    public void Begin()
    {
        IsFound = false;
        _kept = 0;
    }

    /// <summary>Reads a piece.</summary>
    public void Read(ReadOnlySpan<byte> piece)
    {
        if (IsFound || piece.IsEmpty)
        {
            return;
        }

        ReadOnlySpan<byte> wanted = text.Span;
        if (piece.IndexOf(wanted) >= 0)
        {
            IsFound = true;
            return;
        }

        int most = wanted.Length - 1;
        if (_kept > 0)
        {
            int front = Math.Min(most, piece.Length);
            piece[..front].CopyTo(_seam.AsSpan(_kept));
            if (_seam.AsSpan(0, _kept + front).IndexOf(wanted) >= 0)
            {
                IsFound = true;
                return;
            }
        }

        if (piece.Length >= most)
        {
            piece[^most..].CopyTo(_seam);
            _kept = most;
            return;
        }

        // A short piece is in the seam already, unless it is the first.
        if (_kept == 0)
        {
            piece.CopyTo(_seam);
        }

        int all = _kept + piece.Length;
        _kept = Math.Min(all, most);
        _seam.AsSpan(all - _kept, _kept).CopyTo(_seam);
    }
}
