using System.Buffers.Binary;

namespace Sockeye.Wire.Application;

/// <summary>What a TLS record holds (RFC 8446 section 5.1).</summary>
public enum TlsContentType : byte
{
    /// <summary>From now on the new keys are used (RFC 5246 section 7.1).</summary>
    ChangeCipherSpec = 20,

    /// <summary>A warning, or the end (RFC 8446 section 6).</summary>
    Alert = 21,

    /// <summary>A part of the handshake (RFC 8446 section 4).</summary>
    Handshake = 22,

    /// <summary>What the application says, or in TLS 1.3 any encrypted record.</summary>
    ApplicationData = 23,
}

/// <summary>What a message of the TLS handshake is (RFC 8446 section 4; RFC 5246 section 7.4).</summary>
public enum TlsHandshakeType : byte
{
    /// <summary>What the client offers.</summary>
    ClientHello = 1,

    /// <summary>What the server chose.</summary>
    ServerHello = 2,

    /// <summary>With which to begin sooner the next time.</summary>
    NewSessionTicket = 4,

    /// <summary>The client has said all that it may say early.</summary>
    EndOfEarlyData = 5,

    /// <summary>What the server says in secret (TLS 1.3).</summary>
    EncryptedExtensions = 8,

    /// <summary>Who somebody is.</summary>
    Certificate = 11,

    /// <summary>The server's part of the key (TLS 1.2).</summary>
    ServerKeyExchange = 12,

    /// <summary>The client shall say who it is.</summary>
    CertificateRequest = 13,

    /// <summary>The server has said all (TLS 1.2).</summary>
    ServerHelloDone = 14,

    /// <summary>A proof that the certificate is one's own.</summary>
    CertificateVerify = 15,

    /// <summary>The client's part of the key (TLS 1.2).</summary>
    ClientKeyExchange = 16,

    /// <summary>A proof that both saw the same handshake.</summary>
    Finished = 20,

    /// <summary>Whether a certificate still holds (RFC 6066 section 8).</summary>
    CertificateStatus = 22,

    /// <summary>From now on its sender uses a new key (TLS 1.3).</summary>
    KeyUpdate = 24,

    /// <summary>Who somebody is, in fewer bytes (RFC 8879).</summary>
    CompressedCertificate = 25,
}

/// <summary>The versions of TLS, as they stand on the wire (RFC 8446 section 4.1.2).</summary>
public static class TlsVersion
{
    /// <summary>SSL 3.0, which nobody may use (RFC 7568).</summary>
    public const ushort Ssl3 = 0x0300;

    /// <summary>TLS 1.0, which nobody should use (RFC 8996).</summary>
    public const ushort Tls10 = 0x0301;

    /// <summary>TLS 1.1, which nobody should use (RFC 8996).</summary>
    public const ushort Tls11 = 0x0302;

    /// <summary>TLS 1.2 (RFC 5246).</summary>
    public const ushort Tls12 = 0x0303;

    /// <summary>TLS 1.3 (RFC 8446).</summary>
    public const ushort Tls13 = 0x0304;

    /// <summary>The word for a version, or null.</summary>
    public static string? NameOf(ulong version) => version switch
    {
        Ssl3 => "SSL 3.0",
        Tls10 => "TLS 1.0",
        Tls11 => "TLS 1.1",
        Tls12 => "TLS 1.2",
        Tls13 => "TLS 1.3",
        _ => null,
    };
}

/// <summary>A TLS record where it stands.</summary>
public readonly ref struct TlsRecordView
{
    /// <summary>How many bytes the header has.</summary>
    public const int HeaderBytes = 5;

    /// <summary>
    /// How many bytes follow a header at most: 2^14 and room for encryption (RFC 5246 section 6.2.3).
    /// </summary>
    public const int FragmentBytesMax = 16_384 + 2_048;

    internal const int VersionAt = 1;
    internal const int LengthAt = 3;
    private const int MajorVersion = 3;
    private const int MinorVersionMax = 4;

    private readonly ReadOnlySpan<byte> _bytes;

    private TlsRecordView(ReadOnlySpan<byte> bytes) => _bytes = bytes;

    /// <summary>What it holds.</summary>
    public TlsContentType Type => (TlsContentType)_bytes[0];

    /// <summary>The version that the record itself claims; the true one is in the hellos.</summary>
    public ushort Version => BinaryPrimitives.ReadUInt16BigEndian(_bytes[VersionAt..]);

    /// <summary>How many bytes it holds.</summary>
    public int Length => BinaryPrimitives.ReadUInt16BigEndian(_bytes[LengthAt..]);

    /// <summary>What it holds, as far as it is there: a record may go on in the next segment.</summary>
    public ReadOnlySpan<byte> Fragment => _bytes[HeaderBytes..Math.Min(_bytes.Length, HeaderBytes + Length)];

    /// <summary>Whether all of it is there.</summary>
    public bool IsWhole => _bytes.Length >= HeaderBytes + Length;

    /// <summary>Checks that the header is whole and looks like one of TLS.</summary>
    public static bool TryParse(ReadOnlySpan<byte> bytes, out TlsRecordView view)
    {
        bool isOne = bytes.Length >= HeaderBytes
            && (TlsContentType)bytes[0] is >= TlsContentType.ChangeCipherSpec and <= TlsContentType.ApplicationData
            && bytes[VersionAt] == MajorVersion && bytes[VersionAt + 1] <= MinorVersionMax
            && BinaryPrimitives.ReadUInt16BigEndian(bytes[LengthAt..]) is > 0 and <= FragmentBytesMax;
        view = isOne ? new TlsRecordView(bytes) : default;
        return isOne;
    }
}

/// <summary>A TLS record as a value.</summary>
public sealed record TlsRecord(TlsContentType Type, ushort Version, ByteString Fragment)
{
    /// <summary>How many bytes it has on the wire.</summary>
    public int Length => TlsRecordView.HeaderBytes + Fragment.Length;

    /// <summary>Reads a record; null when it is none, or not all of it is there.</summary>
    public static TlsRecord? Parse(ReadOnlySpan<byte> bytes) =>
        TlsRecordView.TryParse(bytes, out TlsRecordView view) && view.IsWhole
            ? new TlsRecord(view.Type, view.Version, new ByteString(view.Fragment))
            : null;

    /// <summary>Writes the record.</summary>
    public void Emit(Span<byte> bytes)
    {
        bytes[0] = (byte)Type;
        BinaryPrimitives.WriteUInt16BigEndian(bytes[TlsRecordView.VersionAt..], Version);
        BinaryPrimitives.WriteUInt16BigEndian(bytes[TlsRecordView.LengthAt..], checked((ushort)Fragment.Length));
        Fragment.Span.CopyTo(bytes[TlsRecordView.HeaderBytes..]);
    }
}
