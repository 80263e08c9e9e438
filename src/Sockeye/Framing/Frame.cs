namespace Sockeye.Framing;

/// <summary>What a <see cref="FrameReader{TFraming}"/> came to.</summary>
public enum FrameOutcome : byte
{
    /// <summary>A frame.</summary>
    Frame = 0,

    /// <summary>No frame, for the reason in <see cref="Frame.End"/>.</summary>
    End,

    /// <summary>A frame longer than the limit of the framing or than <see cref="Limits.InputBytesMax"/>.</summary>
    TooLong,

    /// <summary>Bytes that no frame begins with.</summary>
    Malformed,

    /// <summary>The peer finished sending in the middle of a frame.</summary>
    Truncated,
}

/// <summary>What one read of a frame gave. Its bytes are the engine's, valid until the next read.</summary>
public readonly struct Frame
{
    /// <summary>The payload of a frame; empty with every other outcome.</summary>
    public ReadOnlyMemory<byte> Payload { get; init; }

    /// <summary>What it came to. After one of the errors every further read gives the same one.</summary>
    public FrameOutcome Outcome { get; init; }

    /// <summary>Why there is no frame, with <see cref="FrameOutcome.End"/>; <see cref="End.None"/> otherwise.</summary>
    public End End { get; init; }

    /// <summary>The last frame of the stream, which lacked its delimiter: perhaps the peer was cut off.</summary>
    public bool IsUnterminated { get; init; }

    /// <summary>It is a frame.</summary>
    public bool IsFrame => Outcome == FrameOutcome.Frame;
}
