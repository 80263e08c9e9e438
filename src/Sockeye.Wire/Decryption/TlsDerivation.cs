using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace Sockeye.Wire.Decryption;

/// <summary>How keys are derived from secrets.</summary>
internal static class TlsDerivation
{
    private const string LabelPrefix = "tls13 ";
    private const string KeyExpansion = "key expansion";

    /// <summary>HKDF-Expand-Label with an empty context (RFC 8446 section 7.1).</summary>
    public static byte[] Expand(HashAlgorithmName hash, ReadOnlySpan<byte> secret, string label, int length)
    {
        byte[] text = Encoding.ASCII.GetBytes(LabelPrefix + label);
        byte[] info = new byte[sizeof(ushort) + 1 + text.Length + 1];
        BinaryPrimitives.WriteUInt16BigEndian(info, checked((ushort)length));
        info[sizeof(ushort)] = (byte)text.Length;
        text.CopyTo(info, sizeof(ushort) + 1);
        byte[] result = new byte[length];
        HKDF.Expand(hash, secret, result, info);
        return result;
    }

    /// <summary>The key block of TLS 1.2: PRF(master_secret, "key expansion", server_random + client_random) (RFC 5246
    /// sections 5 and 6.3).</summary>
    public static byte[] KeyBlock(
        HashAlgorithmName hash, ReadOnlySpan<byte> master, ReadOnlySpan<byte> serverRandom,
        ReadOnlySpan<byte> clientRandom, int length)
    {
        byte[] seed = [.. Encoding.ASCII.GetBytes(KeyExpansion), .. serverRandom, .. clientRandom];
        byte[] block = new byte[length];
        byte[] step = seed;
        for (int at = 0; at < length;)
        {
            step = CryptographicOperations.HmacData(hash, master, step);
            byte[] part = CryptographicOperations.HmacData(hash, master, [.. step, .. seed]);
            int count = Math.Min(part.Length, length - at);
            part.AsSpan(0, count).CopyTo(block.AsSpan(at));
            at += count;
        }

        return block;
    }
}
