using System.Security.Cryptography;

namespace Sockeye.Wire.Decryption;

/// <summary>What seals records: it encrypts, and shows that nobody changed them.</summary>
internal enum TlsAead : byte
{
    AesGcm = 0,
    AesCcm,
    ChaCha20Poly1305,
}

/// <summary>What a cipher suite needs to be opened.</summary>
/// <param name="Aead">What seals the records.</param>
/// <param name="KeyBytes">How long its key is.</param>
/// <param name="TagBytes">How many bytes at the end of a record show that nobody changed it.</param>
/// <param name="Hash">What keys are derived with.</param>
internal sealed record TlsSuite(TlsAead Aead, int KeyBytes, int TagBytes, HashAlgorithmName Hash)
{
    private const int TagBytesUsual = 16;

    private static readonly TlsSuite s_gcm128 = new(TlsAead.AesGcm, 16, TagBytesUsual, HashAlgorithmName.SHA256);
    private static readonly TlsSuite s_gcm256 = new(TlsAead.AesGcm, 32, TagBytesUsual, HashAlgorithmName.SHA384);
    private static readonly TlsSuite s_ccm = new(TlsAead.AesCcm, 16, TagBytesUsual, HashAlgorithmName.SHA256);
    private static readonly TlsSuite s_ccmShort = new(TlsAead.AesCcm, 16, 8, HashAlgorithmName.SHA256);
    private static readonly TlsSuite s_chaCha =
        new(TlsAead.ChaCha20Poly1305, 32, TagBytesUsual, HashAlgorithmName.SHA256);

    public int HashBytes => Hash == HashAlgorithmName.SHA384 ? SHA384.HashSizeInBytes : SHA256.HashSizeInBytes;

    /// <summary>Whether the system can open it.</summary>
    public bool IsSupported => Aead switch
    {
        TlsAead.AesGcm => AesGcm.IsSupported,
        TlsAead.AesCcm => AesCcm.IsSupported,
        _ => ChaCha20Poly1305.IsSupported,
    };

    /// <summary>The suite of a number (RFC 8446 section B.4, RFC 5288, RFC 5289, RFC 7905); null for others.</summary>
    public static TlsSuite? Find(ushort cipher) => cipher switch
    {
        0x1301 or 0x009C or 0x009E or 0xC02B or 0xC02F => s_gcm128,
        0x1302 or 0x009D or 0x009F or 0xC02C or 0xC030 => s_gcm256,
        0x1303 or 0xCCA8 or 0xCCA9 or 0xCCAA => s_chaCha,
        0x1304 => s_ccm,
        0x1305 => s_ccmShort,
        _ => null,
    };
}
