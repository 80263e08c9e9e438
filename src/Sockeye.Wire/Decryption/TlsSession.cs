using System.Buffers.Binary;
using Sockeye.Wire.Application;

namespace Sockeye.Wire.Decryption;

/// <summary>
/// A connection of TLS as somebody sees it who has its keys: record after record, what is in it (RFC 8446 section 5;
/// RFC 5246 section 6.2). Records are given in the order in which each end sent them.
/// </summary>
public sealed class TlsSession : IDisposable
{
    /// <summary>How many bytes a record may hold.</summary>
    public const int RoomBytes = TlsRecordView.FragmentBytesMax;

    // "the special value of the SHA-256 of "HelloRetryRequest"" (RFC 8446 section 4.1.3).
    private static readonly ByteString s_retryRandom =
        ByteString.FromHex("CF21AD74E59A6111BE1D8C021E65B891C2A211167ABB8C5E079E09E2C8A8339C");

    private readonly TlsKeyLog _keys;
    private readonly TlsDirection[] _directions = [new(), new()];
    private ByteString _clientRandom;
    private ByteString _serverRandom;
    private int _client; // Which end sent the client's hello.
    private ushort _version; // Zero until the server has chosen.
    private ushort _cipher;

    /// <summary>A connection that has not begun.</summary>
    /// <param name="keys">Where its keys may be found, now or later.</param>
    public TlsSession(TlsKeyLog keys)
    {
        ArgumentNullException.ThrowIfNull(keys);
        _keys = keys;
    }

    /// <summary>What is in the next record of an end.</summary>
    /// <param name="end">Which end sent it: 0 or 1, as the caller numbers them.</param>
    /// <param name="record">The record, which is whole.</param>
    /// <param name="room">Room for <see cref="RoomBytes"/> bytes.</param>
    public TlsOpened Open(int end, scoped in TlsRecordView record, Span<byte> room)
    {
        TlsDirection own = _directions[end];
        TlsContentType type = record.Type;
        ReadOnlySpan<byte> bytes = record.Fragment;
        TlsSeal seal = TlsSeal.None;
        if (IsSealed(own, type))
        {
            seal = TryOpen(end, record, room, out bytes);
            if (seal != TlsSeal.Opened)
            {
                own.Fail(seal);
                own.MessageLeft = 0;
                return new TlsOpened(seal, record.Type, default, 0);
            }

            type = _version == TlsVersion.Tls13 ? TakeInnerType(ref bytes) : type;
        }

        int messageAt = type == TlsContentType.Handshake ? TakeHandshake(end, bytes) : 0;
        if (type == TlsContentType.ChangeCipherSpec && _version != TlsVersion.Tls13)
        {
            own.Enter(TlsEpoch.Application);
        }

        return new TlsOpened(seal, type, bytes, messageAt);
    }

    /// <summary>Says that bytes of an end are missing: the number of its next record is not known.</summary>
    public void Miss(int end) => _directions[end].Miss();

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (TlsDirection direction in _directions)
        {
            direction.Dispose();
        }
    }

    // In TLS 1.3 "encrypted records are marked as application_data" (RFC 8446 section 5.1); before, everything is
    // encrypted from the change of cipher on.
    private bool IsSealed(TlsDirection own, TlsContentType type) => type == TlsContentType.ApplicationData
        || (own.Epoch != TlsEpoch.Plain && _version != TlsVersion.Tls13);

    private TlsSeal TryOpen(int end, scoped in TlsRecordView record, Span<byte> room, out ReadOnlySpan<byte> opened)
    {
        opened = default;
        TlsDirection own = _directions[end];
        if (_version == 0)
        {
            return TlsSeal.NoHandshake;
        }

        if (own.HasFailed)
        {
            return TlsSeal.Unfit;
        }

        TlsSeal why = own.Keys is null ? TryFindKeys(end) : TlsSeal.Opened;
        if (why == TlsSeal.Opened && own.TryOpen(_version, record, room, out opened))
        {
            return TlsSeal.Opened;
        }

        return (own.Epoch == TlsEpoch.Handshake && TryOpenEarly(end, record, room, out opened))
            || (own.Epoch == TlsEpoch.Application && own.MayHaveMissed
                && TryOpenUpdated(end, record, room, out opened)) ? TlsSeal.Opened
            : why == TlsSeal.Opened ? TlsSeal.Unfit : why;
    }

    private TlsSeal TryFindKeys(int end)
    {
        TlsDirection own = _directions[end];
        TlsSeal why = TryMakeKeys(end, own.Epoch, out TlsRecordKeys? keys, out ByteString secret);
        own.Use(keys, secret);
        return why;
    }

    // Where the end of the handshake could not be read, or is missing, the keys after it may open a record.
    private bool TryOpenEarly(int end, scoped in TlsRecordView record, Span<byte> room, out ReadOnlySpan<byte> opened)
    {
        opened = default;
        if (TryMakeKeys(end, TlsEpoch.Application, out TlsRecordKeys? keys, out ByteString secret) != TlsSeal.Opened)
        {
            return false;
        }

        if (_directions[end].TryOpen(TlsEpoch.Application, keys!, secret, _version, record, room, out opened))
        {
            return true;
        }

        keys!.Dispose();
        return false;
    }

    // Where the message that changes the keys is missing, those after them may open a record (RFC 8446 section 7.2).
    private bool TryOpenUpdated(
        int end, scoped in TlsRecordView record, Span<byte> room, out ReadOnlySpan<byte> opened)
    {
        opened = default;
        TlsDirection own = _directions[end];
        if (_version != TlsVersion.Tls13 || own.Keys is null || TlsSuite.Find(_cipher) is not { } suite)
        {
            return false;
        }

        ByteString next = SecretAfter(own.Secret, suite);
        TlsRecordKeys keys = TlsRecordKeys.OfTls13(suite, next.Span);
        if (own.TryOpen(TlsEpoch.Application, keys, next, _version, record, room, out opened))
        {
            return true;
        }

        keys.Dispose();
        return false;
    }

    // application_traffic_secret_N+1 (RFC 8446 section 7.2).
    private static ByteString SecretAfter(ByteString secret, TlsSuite suite) =>
        new(TlsDerivation.Expand(suite.Hash, secret.Span, "traffic upd", suite.HashBytes));

    /// <summary>Makes the first keys of an epoch of an end; otherwise says why there are none.</summary>
    private TlsSeal TryMakeKeys(int end, TlsEpoch epoch, out TlsRecordKeys? keys, out ByteString secret)
    {
        keys = null;
        secret = default;
        if (TlsSuite.Find(_cipher) is not { IsSupported: true } suite
            || _version is not (TlsVersion.Tls12 or TlsVersion.Tls13))
        {
            return TlsSeal.NoCipher;
        }

        bool isClient = end == _client;
        TlsSecretKind traffic = isClient ? TlsSecretKind.ClientTraffic : TlsSecretKind.ServerTraffic;
        TlsSecretKind kind = _version == TlsVersion.Tls12 ? TlsSecretKind.Master
            : epoch == TlsEpoch.Application ? traffic
            : isClient ? TlsSecretKind.ClientHandshake : TlsSecretKind.ServerHandshake;
        if (_keys.Find(kind, _clientRandom) is not { } found
            || (_version == TlsVersion.Tls13 && found.Length != suite.HashBytes))
        {
            return TlsSeal.NoKeys;
        }

        secret = found;
        keys = _version == TlsVersion.Tls13
            ? TlsRecordKeys.OfTls13(suite, secret.Span)
            : TlsRecordKeys.OfTls12(suite, secret.Span, _serverRandom.Span, _clientRandom.Span, traffic);
        return TlsSeal.Opened;
    }

    // "content || type || zeros" (RFC 8446 section 5.2).
    private static TlsContentType TakeInnerType(ref ReadOnlySpan<byte> bytes)
    {
        int at = bytes.LastIndexOfAnyExcept((byte)0);
        var type = at < 0 ? default : (TlsContentType)bytes[at];
        bytes = at < 0 ? default : bytes[..at];
        return type;
    }

    /// <summary>Reads the messages of the handshake that begin in a record.</summary>
    /// <returns>Where the first of them begins.</returns>
    private int TakeHandshake(int end, ReadOnlySpan<byte> bytes)
    {
        TlsDirection own = _directions[end];
        int first = Math.Min(own.MessageLeft, bytes.Length);
        own.MessageLeft -= first;
        TlsHandshakeType last = default;
        for (int at = first; bytes.Length - at >= TlsHelloView.MessageHeaderBytes;)
        {
            ReadOnlySpan<byte> message = bytes[at..];
            int length = TlsHelloView.MessageHeaderBytes + TlsHelloView.LengthOf(message);
            if (length > Tls.MessageBytesMax)
            {
                break;
            }

            last = (TlsHandshakeType)message[0];
            int here = Math.Min(length, message.Length);
            if (TlsHelloView.TryParse(message[..here], out TlsHelloView hello))
            {
                TakeHello(end, hello);
            }

            own.MessageLeft = length - here;
            at += here;
        }

        // "Handshake messages MUST NOT span key changes" (RFC 8446 section 5.1).
        if (_version == TlsVersion.Tls13 && own.MessageLeft == 0)
        {
            ChangeKeys(own, last);
        }

        return first;
    }

    private void ChangeKeys(TlsDirection own, TlsHandshakeType last)
    {
        switch (last)
        {
            case TlsHandshakeType.Finished when own.Epoch == TlsEpoch.Handshake:
                own.Enter(TlsEpoch.Application);
                break;

            case TlsHandshakeType.KeyUpdate when own.Keys is not null && TlsSuite.Find(_cipher) is { } suite:
                ByteString next = SecretAfter(own.Secret, suite);
                own.Update(TlsRecordKeys.OfTls13(suite, next.Span), next);
                break;
        }
    }

    private void TakeHello(int end, in TlsHelloView hello)
    {
        if (hello.IsClient)
        {
            _client = end;
            _clientRandom = new ByteString(hello.Random);
            return;
        }

        if (s_retryRandom.Span.SequenceEqual(hello.Random) || hello.Ciphers.Length < sizeof(ushort))
        {
            return; // The client shall begin again.
        }

        _serverRandom = new ByteString(hello.Random);
        _cipher = BinaryPrimitives.ReadUInt16BigEndian(hello.Ciphers);
        _version = VersionOf(hello);
        if (_version == TlsVersion.Tls13)
        {
            foreach (TlsDirection direction in _directions)
            {
                direction.Enter(TlsEpoch.Handshake);
            }
        }
    }

    private static ushort VersionOf(in TlsHelloView hello)
    {
        var reader = new TlsExtensionReader(hello.Extensions);
        while (reader.TryRead(out ushort type, out ReadOnlySpan<byte> data))
        {
            if (type == TlsExtension.SupportedVersions)
            {
                return TlsHelloView.HighestVersion(data, isClient: false) ?? hello.LegacyVersion;
            }
        }

        return hello.LegacyVersion;
    }
}
