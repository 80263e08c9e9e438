using System.Buffers.Binary;

namespace Sockeye.Wire.Application;

/// <summary>A ClientHello or ServerHello where it stands, as far as it is there.</summary>
public readonly ref struct TlsHelloView
{
    internal const int MessageHeaderBytes = 4;
    internal const int VersionAt = MessageHeaderBytes;
    internal const int RandomAt = VersionAt + sizeof(ushort);
    internal const int SessionLengthAt = RandomAt + TlsHello.RandomBytes;

    private const int NamePrefixBytes = 5;

    private readonly ReadOnlySpan<byte> _message;
    private readonly int _ciphersAt;
    private readonly int _ciphersLength;
    private readonly int _compressionsAt;
    private readonly int _compressionsLength;

    private TlsHelloView(
        ReadOnlySpan<byte> message, Range ciphers, Range compressions, int extensionsAt, bool isWhole)
    {
        _message = message;
        (_ciphersAt, _ciphersLength) = ciphers.GetOffsetAndLength(message.Length);
        (_compressionsAt, _compressionsLength) = compressions.GetOffsetAndLength(message.Length);
        ExtensionsAt = extensionsAt;
        IsWhole = isWhole;
    }

    /// <summary>Whether a client says it; otherwise a server.</summary>
    public bool IsClient => (TlsHandshakeType)_message[0] == TlsHandshakeType.ClientHello;

    /// <summary>Whether all of the message is there.</summary>
    public bool IsWhole { get; }

    /// <summary>The version as older ones said it; 1.2 where 1.3 is meant.</summary>
    public ushort LegacyVersion => BinaryPrimitives.ReadUInt16BigEndian(_message[VersionAt..]);

    /// <summary>The random value, 32 bytes.</summary>
    public ReadOnlySpan<byte> Random => _message.Slice(RandomAt, TlsHello.RandomBytes);

    /// <summary>The session to go on with.</summary>
    public ReadOnlySpan<byte> Session => _message.Slice(SessionLengthAt + 1, _message[SessionLengthAt]);

    /// <summary>The ciphers that a client offers, two bytes each; the one that a server chose.</summary>
    public ReadOnlySpan<byte> Ciphers => _message.Slice(_ciphersAt, _ciphersLength);

    /// <summary>The compressions that a client offers; the one that a server chose.</summary>
    public ReadOnlySpan<byte> Compressions => _message.Slice(_compressionsAt, _compressionsLength);

    /// <summary>The extensions as they stand there; <see cref="TlsExtensionReader"/> reads them.</summary>
    public ReadOnlySpan<byte> Extensions => _message[ExtensionsAt..];

    internal int ExtensionsAt { get; }

    internal int CiphersAt => _ciphersAt;

    /// <summary>
    /// Checks the message up to its extensions, which may be cut short: a hello may go on in the next segment.
    /// </summary>
    public static bool TryParse(ReadOnlySpan<byte> message, out TlsHelloView view)
    {
        view = default;
        if (message.Length <= SessionLengthAt
            || (TlsHandshakeType)message[0] is not (TlsHandshakeType.ClientHello or TlsHandshakeType.ServerHello))
        {
            return false;
        }

        bool isClient = (TlsHandshakeType)message[0] == TlsHandshakeType.ClientHello;
        int length = MessageHeaderBytes + LengthOf(message);
        bool isWhole = message.Length >= length;
        message = message[..Math.Min(length, message.Length)];
        int at = SessionLengthAt;
        if (length <= SessionLengthAt || message[at] > TlsHello.SessionBytesMax)
        {
            return false;
        }

        at += 1 + message[at];
        if (!TryTake(message, ref at, isClient ? sizeof(ushort) : 0, sizeof(ushort), out Range ciphers)
            || !TryTake(message, ref at, isClient ? sizeof(byte) : 0, sizeof(byte), out Range compressions))
        {
            return false;
        }

        // Nothing more is a hello without extensions (RFC 5246 section 7.4.1.2).
        if (message.Length - at < sizeof(ushort))
        {
            view = new TlsHelloView(message, ciphers, compressions, message.Length, isWhole);
            return at == message.Length || !isWhole;
        }

        int end = at + sizeof(ushort) + BinaryPrimitives.ReadUInt16BigEndian(message[at..]);
        if (isWhole && end != message.Length)
        {
            return false;
        }

        view = new TlsHelloView(
            message[..Math.Min(end, message.Length)], ciphers, compressions, at + sizeof(ushort), isWhole);
        return true;
    }

    /// <summary>How many bytes follow the header of a message of the handshake.</summary>
    internal static int LengthOf(ReadOnlySpan<byte> message) =>
        (message[1] << 16) + BinaryPrimitives.ReadUInt16BigEndian(message[2..]);

    /// <summary>Where the name stands in the data of a server name extension (RFC 6066 section 3).</summary>
    internal static bool TryReadServerName(ReadOnlySpan<byte> data, out Range name)
    {
        // The length of the list, the type of the first name, which is that of a host, and its length.
        bool isThere = data.Length >= NamePrefixBytes && data[2] == 0;
        int length = isThere ? BinaryPrimitives.ReadUInt16BigEndian(data[3..]) : 0;
        name = NamePrefixBytes..(NamePrefixBytes + length);
        return isThere && length <= data.Length - NamePrefixBytes;
    }

    /// <summary>
    /// The highest version in the data of a supported versions extension, grease aside; null when none.
    /// </summary>
    internal static ushort? HighestVersion(ReadOnlySpan<byte> data, bool isClient)
    {
        ushort? highest = null;
        ReadOnlySpan<byte> list = isClient && !data.IsEmpty ? data[1..] : data;
        for (; list.Length >= sizeof(ushort); list = list[sizeof(ushort)..])
        {
            ushort version = BinaryPrimitives.ReadUInt16BigEndian(list);
            if (TlsVersion.NameOf(version) is not null && (highest is null || version > highest))
            {
                highest = version;
            }
        }

        return highest;
    }

    // A part with its length before it, or of a length that is fixed when no bytes tell it.
    private static bool TryTake(
        ReadOnlySpan<byte> message, ref int at, int lengthBytes, int fixedLength, out Range part)
    {
        part = default;
        if (message.Length - at < lengthBytes)
        {
            return false;
        }

        int length = lengthBytes switch
        {
            0 => fixedLength,
            1 => message[at],
            _ => BinaryPrimitives.ReadUInt16BigEndian(message[at..]),
        };
        at += lengthBytes;
        part = at..(at + length);
        bool isThere = length <= message.Length - at && length % fixedLength == 0;
        at += length;
        return isThere;
    }
}

/// <summary>Reads the extensions of a hello one after another.</summary>
public ref struct TlsExtensionReader
{
    internal const int HeaderBytes = 4;

    private readonly ReadOnlySpan<byte> _extensions;

    /// <summary>Reads these extensions.</summary>
    public TlsExtensionReader(ReadOnlySpan<byte> extensions) => _extensions = extensions;

    /// <summary>How many bytes were read.</summary>
    public int Position { get; private set; }

    /// <summary>Whether an extension does not fit; also when the hello was cut short.</summary>
    public bool IsBroken { get; private set; }

    /// <summary>The next extension; false at the end.</summary>
    public bool TryRead(out ushort type, out ReadOnlySpan<byte> data)
    {
        type = 0;
        data = default;
        ReadOnlySpan<byte> rest = _extensions[Position..];
        if (rest.IsEmpty)
        {
            return false;
        }

        int length = rest.Length < HeaderBytes ? 0 : BinaryPrimitives.ReadUInt16BigEndian(rest[sizeof(ushort)..]);
        if (rest.Length < HeaderBytes + length)
        {
            IsBroken = true;
            return false;
        }

        type = BinaryPrimitives.ReadUInt16BigEndian(rest);
        data = rest.Slice(HeaderBytes, length);
        Position += HeaderBytes + length;
        return true;
    }
}
