using System.Buffers.Binary;
using System.Security.Cryptography;
using Sockeye.Wire.Application;

namespace Sockeye.Wire.Decryption;

/// <summary>The keys that one end seals its records with, until it takes others.</summary>
internal sealed class TlsRecordKeys : IDisposable
{
    private const int NonceBytes = 12;

    // "The salt (4 octets)" and "the nonce_explicit (8 octets)" (RFC 5288 section 3).
    private const int SaltBytes = 4;
    private const int ExplicitBytes = 8;

    private const int DataBytesOfTls12 = 13;

    private readonly IDisposable _cipher;
    private readonly TlsSuite _suite;
    private readonly byte[] _vector;

    private TlsRecordKeys(TlsSuite suite, ReadOnlySpan<byte> key, byte[] vector)
    {
        _suite = suite;
        _vector = vector;
        _cipher = suite.Aead switch
        {
            TlsAead.AesGcm => new AesGcm(key, suite.TagBytes),
            TlsAead.AesCcm => new AesCcm(key),
            _ => new ChaCha20Poly1305(key),
        };
    }

    // What is part of the nonce and does not change: all of it where the number of the record is mixed in.
    private bool HasExplicitNonce => _vector.Length == SaltBytes;

    /// <summary>Keys from a traffic secret (RFC 8446 section 7.3).</summary>
    public static TlsRecordKeys OfTls13(TlsSuite suite, ReadOnlySpan<byte> secret) => new(
        suite, TlsDerivation.Expand(suite.Hash, secret, "key", suite.KeyBytes),
        TlsDerivation.Expand(suite.Hash, secret, "iv", NonceBytes));

    /// <summary>Keys from a master secret (RFC 5246 section 6.3).</summary>
    public static TlsRecordKeys OfTls12(
        TlsSuite suite, ReadOnlySpan<byte> master, ReadOnlySpan<byte> serverRandom, ReadOnlySpan<byte> clientRandom,
        TlsSecretKind end)
    {
        // RFC 7905 section 2 has a whole nonce instead of a salt.
        int vectorBytes = suite.Aead == TlsAead.ChaCha20Poly1305 ? NonceBytes : SaltBytes;
        byte[] block = TlsDerivation.KeyBlock(
            suite.Hash, master, serverRandom, clientRandom, 2 * (suite.KeyBytes + vectorBytes));
        int place = end == TlsSecretKind.ClientTraffic ? 0 : 1;
        ReadOnlySpan<byte> key = block.AsSpan(place * suite.KeyBytes, suite.KeyBytes);
        int vectorAt = (2 * suite.KeyBytes) + (place * vectorBytes);
        return new TlsRecordKeys(suite, key, block[vectorAt..(vectorAt + vectorBytes)]);
    }

    /// <summary>Opens the record with this number; false when these are not its keys, or that not its number.</summary>
    public bool TryOpen(
        ushort version, ulong number, scoped in TlsRecordView record, Span<byte> room, out ReadOnlySpan<byte> opened)
    {
        opened = default;
        ReadOnlySpan<byte> sealedBytes = record.Fragment;
        int before = HasExplicitNonce ? ExplicitBytes : 0;
        int length = sealedBytes.Length - before - _suite.TagBytes;
        if (length < 0 || length > room.Length)
        {
            return false;
        }

        Span<byte> nonce = stackalloc byte[NonceBytes];
        WriteNonce(nonce, number, sealedBytes);
        Span<byte> data = stackalloc byte[DataBytesOfTls12];
        data = data[..WriteData(data, version, number, record, length)];
        ReadOnlySpan<byte> bytes = sealedBytes.Slice(before, length);
        if (!TryDecrypt(nonce, bytes, sealedBytes[^_suite.TagBytes..], room[..length], data))
        {
            return false;
        }

        opened = room[..length];
        return true;
    }

    public void Dispose() => _cipher.Dispose();

    private void WriteNonce(Span<byte> nonce, ulong number, ReadOnlySpan<byte> sealedBytes)
    {
        _vector.CopyTo(nonce);
        if (HasExplicitNonce)
        {
            sealedBytes[..ExplicitBytes].CopyTo(nonce[SaltBytes..]);
            return;
        }

        // "The padded sequence number is XORed with either the static client_write_iv or server_write_iv" (RFC 8446
        // section 5.3).
        Span<byte> mixed = nonce[SaltBytes..];
        BinaryPrimitives.WriteUInt64BigEndian(mixed, BinaryPrimitives.ReadUInt64BigEndian(mixed) ^ number);
    }

    // What is not encrypted and yet protected (RFC 8446 section 5.2; RFC 5246 section 6.2.3.3).
    private static int WriteData(
        Span<byte> data, ushort version, ulong number, scoped in TlsRecordView record, int length)
    {
        int at = version == TlsVersion.Tls13 ? 0 : sizeof(ulong);
        if (at > 0)
        {
            BinaryPrimitives.WriteUInt64BigEndian(data, number);
        }

        data[at] = (byte)record.Type;
        BinaryPrimitives.WriteUInt16BigEndian(data[(at + TlsRecordView.VersionAt)..], record.Version);
        int counted = version == TlsVersion.Tls13 ? record.Length : length;
        BinaryPrimitives.WriteUInt16BigEndian(data[(at + TlsRecordView.LengthAt)..], (ushort)counted);
        return at + TlsRecordView.HeaderBytes;
    }

    private bool TryDecrypt(
        ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> bytes, ReadOnlySpan<byte> tag, Span<byte> opened,
        ReadOnlySpan<byte> data)
    {
        try
        {
            switch (_cipher)
            {
                case AesGcm gcm:
                    gcm.Decrypt(nonce, bytes, tag, opened, data);
                    return true;
                case AesCcm ccm:
                    ccm.Decrypt(nonce, bytes, tag, opened, data);
                    return true;
                default:
                    ((ChaCha20Poly1305)_cipher).Decrypt(nonce, bytes, tag, opened, data);
                    return true;
            }
        }
        catch (AuthenticationTagMismatchException)
        {
            return false;
        }
    }
}
