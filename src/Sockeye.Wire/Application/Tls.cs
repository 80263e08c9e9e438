using System.Buffers.Binary;
using Sockeye.Wire.Decryption;
using Sockeye.Wire.Dissection;

namespace Sockeye.Wire.Application;

/// <summary>TLS (RFC 8446; RFC 5246), as far as it is not encrypted: fields and row.</summary>
public static class Tls
{
    /// <summary>How long a message of the handshake may be; what is longer is none.</summary>
    internal const int MessageBytesMax = TlsRecordView.FragmentBytesMax * 4;

    /// <summary>The alert that says that its sender has no more to say (RFC 8446 section 6.1).</summary>
    public const byte CloseNotify = 0;

    private const int HttpsPort = 443;
    private const byte AlertLevelMax = 2;

    /// <summary>A record, with what it holds.</summary>
    public static readonly Field Record = new("tls.record", "Record", FieldKind.Group);

    /// <summary>What a record holds.</summary>
    public static readonly Field ContentType =
        new("tls.record.content_type", "Content Type", FieldKind.Number, static type => NameOf((TlsContentType)type));

    /// <summary>What an encrypted record of TLS 1.3 says that it holds.</summary>
    public static readonly Field OpaqueType = new(
        "tls.record.opaque_type", "Opaque Type", FieldKind.Number, static type => NameOf((TlsContentType)type));

    /// <summary>The version that a record claims.</summary>
    public static readonly Field RecordVersion =
        new("tls.record.version", "Version", FieldKind.Hex, TlsVersion.NameOf);

    /// <summary>How long a record is.</summary>
    public static readonly Field RecordLength = new("tls.record.length", "Length", FieldKind.Number);

    /// <summary>Which message of the handshake it is.</summary>
    public static readonly Field HandshakeType = new(
        "tls.handshake.type", "Handshake Type", FieldKind.Number, static type => NameOf((TlsHandshakeType)type));

    /// <summary>How long the message is.</summary>
    public static readonly Field HandshakeLength = new("tls.handshake.length", "Length", FieldKind.Number);

    /// <summary>The version in a hello.</summary>
    public static readonly Field HandshakeVersion =
        new("tls.handshake.version", "Version", FieldKind.Hex, TlsVersion.NameOf);

    /// <summary>The random value of a hello.</summary>
    public static readonly Field Random = new("tls.handshake.random", "Random", FieldKind.Bytes);

    /// <summary>The session of a hello.</summary>
    public static readonly Field Session = new("tls.handshake.session_id", "Session ID", FieldKind.Bytes);

    /// <summary>How long the session's identifier is.</summary>
    public static readonly Field SessionLength =
        new("tls.handshake.session_id_length", "Session ID Length", FieldKind.Number);

    /// <summary>A cipher that is offered, or the one that was chosen.</summary>
    public static readonly Field Cipher =
        new("tls.handshake.ciphersuite", "Cipher Suite", FieldKind.Hex, TlsCipher.NameOf);

    /// <summary>The type of an extension.</summary>
    public static readonly Field ExtensionType =
        new("tls.handshake.extension.type", "Extension", FieldKind.Number, TlsExtension.NameOf);

    /// <summary>How long an extension is.</summary>
    public static readonly Field ExtensionLength = new("tls.handshake.extension.len", "Length", FieldKind.Number);

    /// <summary>The server that a client means.</summary>
    public static readonly Field ServerName =
        new("tls.handshake.extensions_server_name", "Server Name", FieldKind.Text);

    /// <summary>A protocol that is offered, or the one that was chosen.</summary>
    public static readonly Field ApplicationProtocol =
        new("tls.handshake.extensions_alpn_str", "ALPN Next Protocol", FieldKind.Text);

    /// <summary>A version that is offered, or the one that was chosen.</summary>
    public static readonly Field SupportedVersion = new(
        "tls.handshake.extensions.supported_version", "Supported Version", FieldKind.Hex, TlsVersion.NameOf);

    /// <summary>Whether an alert is a warning or the end.</summary>
    public static readonly Field AlertLevel = new(
        "tls.alert_message.level", "Level", FieldKind.Number,
        static level => level == 1 ? "Warning" : level == AlertLevelMax ? "Fatal" : null);

    /// <summary>What an alert says.</summary>
    public static readonly Field AlertDescription =
        new("tls.alert_message.desc", "Description", FieldKind.Number, NameOfAlert);

    /// <summary>What is encrypted.</summary>
    public static readonly Field ApplicationData =
        new("tls.app_data", "Encrypted Application Data", FieldKind.Bytes);

    /// <summary>Why a record stays encrypted; Wireshark has no such field.</summary>
    public static readonly Field Encrypted = new("tls.encrypted", "Not decrypted", FieldKind.Text);

    /// <summary>The row of the table.</summary>
    public static readonly Protocol Row = new(
        "tls", "TLS", "Transport Layer Security", [new(Selector.TcpPort, HttpsPort)],
        [
            Record, ContentType, OpaqueType, RecordVersion, RecordLength, HandshakeType, HandshakeLength,
            HandshakeVersion, Random, SessionLength, Session, Cipher, ExtensionType, ExtensionLength, ServerName,
            ApplicationProtocol, SupportedVersion, AlertLevel, AlertDescription, ApplicationData, Encrypted,
        ],
        Dissect)
    {
        Recognizes = static payload => TlsRecordView.TryParse(payload, out _),
    };

    internal static string? NameOf(TlsHandshakeType type) => type switch
    {
        TlsHandshakeType.ClientHello => "Client Hello",
        TlsHandshakeType.ServerHello => "Server Hello",
        TlsHandshakeType.NewSessionTicket => "New Session Ticket",
        TlsHandshakeType.EndOfEarlyData => "End of Early Data",
        TlsHandshakeType.EncryptedExtensions => "Encrypted Extensions",
        TlsHandshakeType.Certificate => "Certificate",
        TlsHandshakeType.ServerKeyExchange => "Server Key Exchange",
        TlsHandshakeType.CertificateRequest => "Certificate Request",
        TlsHandshakeType.ServerHelloDone => "Server Hello Done",
        TlsHandshakeType.CertificateVerify => "Certificate Verify",
        TlsHandshakeType.ClientKeyExchange => "Client Key Exchange",
        TlsHandshakeType.Finished => "Finished",
        TlsHandshakeType.CertificateStatus => "Certificate Status",
        TlsHandshakeType.KeyUpdate => "Key Update",
        TlsHandshakeType.CompressedCertificate => "Compressed Certificate",
        _ => null,
    };

    private static string? NameOf(TlsContentType type) => type switch
    {
        TlsContentType.ChangeCipherSpec => "Change Cipher Spec",
        TlsContentType.Alert => "Alert",
        TlsContentType.Handshake => "Handshake",
        TlsContentType.ApplicationData => "Application Data",
        _ => null,
    };

    // RFC 8446 section 6.
    private static string? NameOfAlert(ulong description) => description switch
    {
        CloseNotify => "Close Notify",
        10 => "Unexpected Message",
        20 => "Bad Record MAC",
        22 => "Record Overflow",
        40 => "Handshake Failure",
        42 => "Bad Certificate",
        43 => "Unsupported Certificate",
        44 => "Certificate Revoked",
        45 => "Certificate Expired",
        46 => "Certificate Unknown",
        47 => "Illegal Parameter",
        48 => "Unknown CA",
        49 => "Access Denied",
        50 => "Decode Error",
        51 => "Decrypt Error",
        70 => "Protocol Version",
        71 => "Insufficient Security",
        80 => "Internal Error",
        90 => "User Canceled",
        109 => "Missing Extension",
        112 => "Unrecognized Name",
        116 => "Certificate Required",
        120 => "No application Protocol",
        _ => null,
    };

    private static bool Dissect(in Layer layer)
    {
        if (!TlsRecordView.TryParse(layer.Bytes, out TlsRecordView record))
        {
            return false;
        }

        bool writes = layer.ContinueInfo();
        layer.Begin(layer.Bytes.Length);
        int at = 0;
        do
        {
            AddRecord(layer, record, at, writes && at > 0);
            at += TlsRecordView.HeaderBytes + record.Fragment.Length;
        }
        while (TlsRecordView.TryParse(layer.Bytes[at..], out record));

        return true;
    }

    private static void AddRecord(in Layer layer, in TlsRecordView record, int at, bool separates)
    {
        int length = TlsRecordView.HeaderBytes + record.Fragment.Length;
        if (separates)
        {
            layer.Info.Append(", "u8);
        }

        bool isTold = layer.TryTakeContent(at, out TlsContent opened);
        TlsContentType type = isTold ? opened.Type : record.Type;
        TextBuffer title = layer.Scratch;
        title.Append($"{NameOf(type)}");
        layer.AddText(Record, at, length, title.Written);
        layer.Indent();
        if (type != record.Type)
        {
            layer.Add(OpaqueType, at, sizeof(byte), (ulong)record.Type);
        }

        layer.Add(ContentType, at, sizeof(byte), (ulong)type);
        layer.Add(RecordVersion, at + TlsRecordView.VersionAt, sizeof(ushort), record.Version);
        layer.Add(RecordLength, at + TlsRecordView.LengthAt, sizeof(ushort), (ulong)record.Length);
        if (type == TlsContentType.ApplicationData)
        {
            layer.Add(ApplicationData, at + TlsRecordView.HeaderBytes, record.Fragment.Length);
        }

        if (isTold && opened.Seal > TlsSeal.Opened)
        {
            layer.AddText(Encrypted, at, length, NameOf(opened.Seal));
            Write(layer, type == TlsContentType.Alert ? "Encrypted Alert"
                : type == TlsContentType.Handshake ? "Encrypted Handshake Message" : NameOf(type)!);
        }
        else if (isTold && opened.Seal == TlsSeal.Opened)
        {
            Layer inside = layer.Inside(opened);
            AddContent(inside, type, inside.Bytes, 0, opened.MessageAt);
        }
        else
        {
            // What is left of an alert that was cut short says nothing.
            ReadOnlySpan<byte> content =
                type == TlsContentType.Alert && !record.IsWhole ? default : record.Fragment;
            AddContent(layer, type, content, at + TlsRecordView.HeaderBytes, isTold ? opened.MessageAt : 0);
        }

        layer.Outdent();
    }

    /// <summary>Adds what is in a record.</summary>
    private static void AddContent(
        in Layer layer, TlsContentType type, ReadOnlySpan<byte> bytes, int at, int messageAt)
    {
        switch (type)
        {
            case TlsContentType.Handshake:
                int first = Math.Min(messageAt, bytes.Length);
                Write(layer, first > 0 ? "Handshake (continued)" : "");
                AddHandshake(layer, bytes[first..], at + first, first == 0);
                break;
            case TlsContentType.Alert when bytes is [<= AlertLevelMax, _]:
                layer.Add(AlertLevel, at, sizeof(byte), bytes[0]);
                layer.Add(AlertDescription, at + 1, sizeof(byte), bytes[1]);
                Write(layer, "Alert: ");
                Write(layer, NameOfAlert(bytes[1]) ?? "unknown");
                break;
            default:
                Write(layer, type == TlsContentType.Alert ? "Encrypted Alert" : NameOf(type) ?? "unknown");
                break;
        }
    }

    private static ReadOnlySpan<byte> NameOf(TlsSeal seal) => seal switch
    {
        TlsSeal.NoKeys => "the keys of this connection are not known"u8,
        TlsSeal.NoHandshake => "the handshake was not captured"u8,
        TlsSeal.NoCipher => "this cipher cannot be decrypted here"u8,
        _ => "the keys do not fit, or bytes before it are missing"u8,
    };

    private static void Write(in Layer layer, string words)
    {
        if (layer.WritesInfo)
        {
            layer.Info.Append(words);
        }
    }

    // Messages after the keys have changed are encrypted, and look like messages of unknown types.
    private static void AddHandshake(in Layer layer, ReadOnlySpan<byte> messages, int at, bool isFirst)
    {
        while (messages.Length >= TlsHelloView.MessageHeaderBytes)
        {
            int length = TlsHelloView.LengthOf(messages);
            if (NameOf((TlsHandshakeType)messages[0]) is not { } name || length > MessageBytesMax)
            {
                Write(layer, isFirst ? "Encrypted Handshake Message" : "");
                return;
            }

            Write(layer, isFirst ? "" : ", ");
            Write(layer, name);
            isFirst = false;
            int next = Math.Min(messages.Length, TlsHelloView.MessageHeaderBytes + length);
            AddMessage(layer, messages[..next], length, at);
            messages = messages[next..];
            at += next;
        }
    }

    private static void AddMessage(in Layer layer, ReadOnlySpan<byte> message, int length, int at)
    {
        layer.Add(HandshakeType, at, sizeof(byte), message[0]);
        layer.Indent();
        layer.Add(HandshakeLength, at + 1, 3, (ulong)length);
        if (TlsHelloView.TryParse(message, out TlsHelloView hello))
        {
            AddHello(layer, hello, at);
        }

        int body = TlsHelloView.MessageHeaderBytes + sizeof(ushort);
        if ((TlsHandshakeType)message[0] == TlsHandshakeType.EncryptedExtensions && message.Length > body)
        {
            _ = AddExtensions(layer, message[body..], at + body, isClient: false);
        }

        layer.Outdent();
    }

    private static void AddHello(in Layer layer, in TlsHelloView hello, int at)
    {
        int sessionAt = at + TlsHelloView.SessionLengthAt;
        layer.Add(HandshakeVersion, at + TlsHelloView.VersionAt, sizeof(ushort), hello.LegacyVersion);
        layer.Add(Random, at + TlsHelloView.RandomAt, TlsHello.RandomBytes);
        layer.Add(SessionLength, sessionAt, sizeof(byte), (ulong)hello.Session.Length);
        if (!hello.Session.IsEmpty)
        {
            layer.Add(Session, sessionAt + 1, hello.Session.Length);
        }

        for (int i = 0; i + 1 < hello.Ciphers.Length; i += sizeof(ushort))
        {
            ushort cipher = BinaryPrimitives.ReadUInt16BigEndian(hello.Ciphers[i..]);
            layer.Add(Cipher, at + hello.CiphersAt + i, sizeof(ushort), cipher);
        }

        ushort version = AddExtensions(layer, hello.Extensions, at + hello.ExtensionsAt, hello.IsClient)
            ?? hello.LegacyVersion;
        if (layer.WritesInfo && !hello.IsClient && TlsVersion.NameOf(version) is { } name)
        {
            layer.Info.Append($" ({name})");
        }
    }

    /// <summary>Adds extensions.</summary>
    /// <returns>The highest version among them; null when they name none.</returns>
    private static ushort? AddExtensions(in Layer layer, ReadOnlySpan<byte> extensions, int at, bool isClient)
    {
        var reader = new TlsExtensionReader(extensions);
        int place = at;
        ushort? version = null;
        while (reader.TryRead(out ushort type, out ReadOnlySpan<byte> data))
        {
            layer.Add(ExtensionType, place, sizeof(ushort), type);
            layer.Indent();
            layer.Add(ExtensionLength, place + sizeof(ushort), sizeof(ushort), (ulong)data.Length);
            AddExtension(layer, type, data, place + TlsExtensionReader.HeaderBytes, isClient);
            layer.Outdent();
            if (type == TlsExtension.SupportedVersions)
            {
                version = TlsHelloView.HighestVersion(data, isClient) ?? version;
            }

            place = at + reader.Position;
        }

        return version;
    }

    private static void AddExtension(in Layer layer, ushort type, ReadOnlySpan<byte> data, int at, bool isClient)
    {
        switch (type)
        {
            case TlsExtension.ServerName when TlsHelloView.TryReadServerName(data, out Range name):
                (int offset, int length) = name.GetOffsetAndLength(data.Length);
                layer.AddText(ServerName, at + offset, length);
                if (layer.WritesInfo)
                {
                    layer.Info.Append($" (SNI={data[name]})");
                }

                break;
            case TlsExtension.ApplicationProtocols:
                for (int i = sizeof(ushort); i < data.Length && data[i] < data.Length - i; i += 1 + data[i])
                {
                    layer.AddText(ApplicationProtocol, at + i + 1, data[i]);
                }

                break;
            case TlsExtension.SupportedVersions:
                for (int i = isClient ? 1 : 0; i + 1 < data.Length; i += sizeof(ushort))
                {
                    ushort version = BinaryPrimitives.ReadUInt16BigEndian(data[i..]);
                    layer.Add(SupportedVersion, at + i, sizeof(ushort), version);
                }

                break;
        }
    }
}
