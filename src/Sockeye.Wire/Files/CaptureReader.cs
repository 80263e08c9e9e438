using System.Buffers.Binary;

namespace Sockeye.Wire.Files;

/// <summary>
/// Reads the frames of a capture from a stream, forwards and once, so that a pipe will do. Nothing is allocated for a
/// frame. Damage is a <see cref="CaptureFileException"/> that names the offset.
/// </summary>
public abstract class CaptureReader
{
    private const int MagicBytes = 4;
    private const uint GzipMagic = 0x1F8B_0000;
    private const uint ZstandardMagic = 0x28B5_2FFD;

    private protected CaptureReader(FileBuffer file) => File = file;

    /// <summary>How many frames were read.</summary>
    public long FrameCount { get; private protected set; }

    /// <summary>How many bytes of the stream were read.</summary>
    public long Position => File.Offset;

    /// <summary>The interfaces that the current section has described so far; a pcap file has one.</summary>
    public abstract IReadOnlyList<PcapngInterface> Interfaces { get; }

    private protected FileBuffer File { get; }

    /// <summary>
    /// Begins to read a capture, whichever of the formats it has. The stream stays the caller's to close.
    /// </summary>
    public static CaptureReader Open(Stream stream)
    {
        ArgumentNullException.ThrowIfNull(stream);
        var file = new FileBuffer(stream);
        if (!file.Fill(MagicBytes))
        {
            throw CaptureFileException.NoCapture(file.Available.IsEmpty ? "it is empty." : "it is too short.");
        }

        uint magic = BinaryPrimitives.ReadUInt32BigEndian(file.Available);
        return magic switch
        {
            PcapngBlockType.SectionHeader => new PcapngReader(file),
            _ when PcapHeader.IsMagic(magic) => new PcapReader(file),
            _ when (magic & 0xFFFF_0000) == GzipMagic || magic == ZstandardMagic =>
                throw CaptureFileException.NoCapture("it is compressed; unpack it first, with gunzip or unzstd."),
            _ => throw CaptureFileException.NoCapture($"it begins with {Text(file.Available[..MagicBytes])}."),
        };
    }

    private static string Text(ReadOnlySpan<byte> bytes) => bytes.ContainsAnyExceptInRange((byte)' ', (byte)'~')
        ? $"0x{Convert.ToHexStringLower(bytes)}"
        : $"the text '{System.Text.Encoding.ASCII.GetString(bytes)}'";

    /// <summary>The next frame, valid until the one after it is read; false at the end of the capture.</summary>
    public abstract bool TryRead(out CapturedFrame frame);
}
