using System.Buffers;

namespace Sockeye.Framing;

/// <summary>What a framing found at the front of its input.</summary>
public enum FrameStatus : byte
{
    /// <summary>Neither a whole frame nor an error yet: come back with more behind it.</summary>
    NeedMore = 0,

    /// <summary>A whole frame.</summary>
    Frame,

    /// <summary>A frame whose payload is longer than the limit; known as soon as that is certain.</summary>
    TooLong,

    /// <summary>Bytes that no frame begins with.</summary>
    Malformed,

    /// <summary>The stream ended in the middle of a frame that has to be whole.</summary>
    Truncated,
}

/// <summary>
/// How messages are told apart in a stream of bytes. It does no I/O: spans in, values out. Implemented by small
/// readonly structs; <see cref="FrameReader{TFraming}"/> runs one over a connection.
/// </summary>
public interface IFraming
{
    /// <summary>The longest payload that it reads and writes, in bytes.</summary>
    int PayloadBytesMax { get; }

    /// <summary>
    /// Looks for one frame at the front of the input. With the same bytes in more pieces it finds the same.
    /// </summary>
    /// <param name="input">Everything received and not yet consumed.</param>
    /// <param name="examined">How much of the input was looked at in vain by the calls before, so that a frame that
    /// comes byte by byte is not searched from its beginning each time. 0 for a new frame.</param>
    /// <param name="payload">Where in the input the payload lies, with <see cref="FrameStatus.Frame"/>.</param>
    /// <param name="consumed">How many bytes the frame takes, with <see cref="FrameStatus.Frame"/>.</param>
    FrameStatus TryRead(ReadOnlySpan<byte> input, ref int examined, out Range payload, out int consumed);

    /// <summary>
    /// What the rest of the input means now that the stream has ended: <see cref="FrameStatus.Frame"/> where the end of
    /// the stream may stand for the end of a frame, or <see cref="FrameStatus.Truncated"/>.
    /// </summary>
    /// <param name="rest">What <see cref="TryRead"/> needs more for; not empty.</param>
    FrameStatus ReadLast(ReadOnlySpan<byte> rest);

    /// <summary>Writes one frame, such as to a <see cref="Connection"/>.</summary>
    /// <exception cref="ArgumentException">The payload is longer than the limit, or could not be read back.</exception>
    void Write(IBufferWriter<byte> output, ReadOnlySpan<byte> payload);
}
