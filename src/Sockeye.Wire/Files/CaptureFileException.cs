namespace Sockeye.Wire.Files;

/// <summary>A capture file is damaged, cut short or not one at all. The frames read before are good.</summary>
public sealed class CaptureFileException : IOException
{
    internal CaptureFileException(long offset, string what)
        : base($"The capture is damaged at byte {offset}: {what}")
    {
        Offset = offset;
    }

    /// <summary>Where the damaged record or block begins in the file, in bytes.</summary>
    public long Offset { get; }
}
