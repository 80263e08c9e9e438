namespace Sockeye.Wire.Files;

/// <summary>Keys with which packets can be decrypted, as a value (pcapng section 4.7).</summary>
public sealed record PcapngSecrets(uint Type, ByteString Data)
{
    /// <summary>A TLS key log: the lines that SSLKEYLOGFILE gets (pcapng section 4.7, "TLSK").</summary>
    public const uint TlsKeyLog = 0x544C_534B;

    private const int HeaderBytes = 8;
    private const int LengthAt = 4;

    /// <summary>Reads a decryption secrets block; null when its length is impossible.</summary>
    public static PcapngSecrets? Parse(in PcapngBlock block)
    {
        if (block.Type != PcapngBlockType.DecryptionSecrets || block.Body.Length < HeaderBytes)
        {
            return null;
        }

        uint length = block.Order.ReadUInt32(block.Body[LengthAt..]);
        return length > block.Body.Length - HeaderBytes
            ? null
            : new PcapngSecrets(
                block.Order.ReadUInt32(block.Body), new ByteString(block.Body.Slice(HeaderBytes, (int)length)));
    }

    internal void Emit(PcapngBlockBuilder to)
    {
        Span<byte> header = to.Append(HeaderBytes);
        to.Order.Write(header, Type);
        to.Order.Write(header[LengthAt..], (uint)Data.Length);
        to.AppendPadded(Data.Span);
    }

    /// <summary>How long the keys are; the keys themselves are not for logs.</summary>
    public override string ToString() => $"{Data.Length} bytes of secrets of type {Type:x8}";
}
