using System.Runtime.InteropServices;
using Sockeye.Wire.Application;

namespace Sockeye.Wire.Decryption;

/// <summary>Whether a record is encrypted, and if it stays so, why.</summary>
public enum TlsSeal : byte
{
    /// <summary>It is not.</summary>
    None = 0,

    /// <summary>It was, and is opened.</summary>
    Opened,

    /// <summary>The key log does not have its keys.</summary>
    NoKeys,

    /// <summary>The handshake that chose its cipher is not in the capture.</summary>
    NoHandshake,

    /// <summary>Its cipher is not known, or not to this system.</summary>
    NoCipher,

    /// <summary>Its keys do not open it: bytes before it are missing, or they are another's.</summary>
    Unfit,
}

/// <summary>What is in a record; valid until the next one is opened.</summary>
public readonly ref struct TlsOpened
{
    internal TlsOpened(TlsSeal seal, TlsContentType type, ReadOnlySpan<byte> bytes, int messageAt)
    {
        Seal = seal;
        Type = type;
        Bytes = bytes;
        MessageAt = messageAt;
    }

    /// <summary>Whether it was encrypted, and whether it still is.</summary>
    public TlsSeal Seal { get; }

    /// <summary>What it holds; of what is still encrypted, what its header says.</summary>
    public TlsContentType Type { get; }

    /// <summary>What it holds.</summary>
    public ReadOnlySpan<byte> Bytes { get; }

    /// <summary>Where the first message of the handshake begins: after the rest of one that an earlier record
    /// began.</summary>
    public int MessageAt { get; }
}

/// <summary>What is in a record of a frame that was taken apart.</summary>
/// <param name="End">Which end sent it, as the session numbers them.</param>
/// <param name="RecordAt">Where the record begins, in the frame or behind it.</param>
/// <param name="Seal">Whether it was encrypted, and whether it still is.</param>
/// <param name="Type">What it holds; of what is still encrypted, what its header says.</param>
/// <param name="Start">Where that stands: behind the frame, if it was encrypted.</param>
/// <param name="Length">How many bytes it has; none as long as it is encrypted.</param>
/// <param name="MessageAt">Where in them the first message of the handshake begins.</param>
[StructLayout(LayoutKind.Auto)]
public readonly record struct TlsContent(
    int End, int RecordAt, TlsSeal Seal, TlsContentType Type, int Start, int Length, int MessageAt)
{
    /// <summary>Whether it is something that the application says, and can be read.</summary>
    public bool IsApplicationData =>
        Seal == TlsSeal.Opened && Type == TlsContentType.ApplicationData && Length > 0;
}
