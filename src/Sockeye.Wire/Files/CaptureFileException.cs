namespace Sockeye.Wire.Files;

/// <summary>A capture file is damaged, cut short or not one at all. The frames read before are good.</summary>
public sealed class CaptureFileException : IOException
{
    private CaptureFileException(string message)
        : base(message)
    {
    }

    internal CaptureFileException(long offset, string what)
        : base($"The capture is damaged at byte {offset}: {what}")
    {
        Offset = offset;
    }

    /// <summary>It is something else than a capture, which its first bytes tell.</summary>
    internal static CaptureFileException NoCapture(string why) =>
        new($"This is no capture in the format pcap or pcapng: {why}");

    /// <summary>Where the damaged record or block begins in the file, in bytes.</summary>
    public long Offset { get; }
}
