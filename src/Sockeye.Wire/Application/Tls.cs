using System.Buffers.Binary;
using Sockeye.Wire.Dissection;

namespace Sockeye.Wire.Application;

/// <summary>TLS (RFC 8446; RFC 5246), as far as it is not encrypted: fields and row.</summary>
public static class Tls
{
    private const int HttpsPort = 443;
    private const int AlertBytes = 2;
    private const byte AlertLevelMax = 2;

    /// <summary>A record, with what it holds.</summary>
    public static readonly Field Record = new("tls.record", "Record", FieldKind.Group);

    /// <summary>What a record holds.</summary>
    public static readonly Field ContentType =
        new("tls.record.content_type", "Content Type", FieldKind.Number, static type => NameOf((TlsContentType)type));

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

    /// <summary>The row of the table.</summary>
    public static readonly Protocol Row = new(
        "tls", "TLS", "Transport Layer Security", [new(Selector.TcpPort, HttpsPort)],
        [
            Record, ContentType, RecordVersion, RecordLength, HandshakeType, HandshakeLength, HandshakeVersion, Random,
            SessionLength, Session, Cipher, ExtensionType, ExtensionLength, ServerName, ApplicationProtocol,
            SupportedVersion, AlertLevel, AlertDescription, ApplicationData,
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
        TlsHandshakeType.EncryptedExtensions => "Encrypted Extensions",
        TlsHandshakeType.Certificate => "Certificate",
        TlsHandshakeType.ServerKeyExchange => "Server Key Exchange",
        TlsHandshakeType.CertificateRequest => "Certificate Request",
        TlsHandshakeType.ServerHelloDone => "Server Hello Done",
        TlsHandshakeType.CertificateVerify => "Certificate Verify",
        TlsHandshakeType.ClientKeyExchange => "Client Key Exchange",
        TlsHandshakeType.Finished => "Finished",
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
        0 => "Close Notify",
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

        layer.Begin(layer.Bytes.Length);
        bool writes = layer.BeginInfo();
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
        int inside = at + TlsRecordView.HeaderBytes;
        if (separates)
        {
            layer.Info.Append(", "u8);
        }

        TextBuffer title = layer.Scratch;
        title.Append($"{NameOf(record.Type)}");
        layer.AddText(Record, at, length, title.Written);
        layer.Indent();
        layer.Add(ContentType, at, sizeof(byte), (ulong)record.Type);
        layer.Add(RecordVersion, at + TlsRecordView.VersionAt, sizeof(ushort), record.Version);
        layer.Add(RecordLength, at + TlsRecordView.LengthAt, sizeof(ushort), (ulong)record.Length);
        switch (record.Type)
        {
            case TlsContentType.Handshake:
                AddHandshake(layer, record.Fragment, inside);
                break;
            case TlsContentType.Alert when record.Fragment is [<= AlertLevelMax, _] && record.Length == AlertBytes:
                layer.Add(AlertLevel, inside, sizeof(byte), record.Fragment[0]);
                layer.Add(AlertDescription, inside + 1, sizeof(byte), record.Fragment[1]);
                Write(layer, "Alert: ");
                Write(layer, NameOfAlert(record.Fragment[1]) ?? "unknown");
                break;
            case TlsContentType.ApplicationData:
                layer.Add(ApplicationData, inside, record.Fragment.Length);
                Write(layer, "Application Data");
                break;
            default:
                Write(layer, record.Type == TlsContentType.Alert ? "Encrypted Alert" : NameOf(record.Type)!);
                break;
        }

        layer.Outdent();
    }

    private static void Write(in Layer layer, string words)
    {
        if (layer.WritesInfo)
        {
            layer.Info.Append(words);
        }
    }

    // Messages after the keys have changed are encrypted, and look like messages of unknown types.
    private static void AddHandshake(in Layer layer, ReadOnlySpan<byte> messages, int at)
    {
        bool isFirst = true;
        while (messages.Length >= TlsHelloView.MessageHeaderBytes)
        {
            int length = (messages[1] << 16) + BinaryPrimitives.ReadUInt16BigEndian(messages[2..]);
            if (NameOf((TlsHandshakeType)messages[0]) is not { } name || length > TlsRecordView.FragmentBytesMax * 4)
            {
                Write(layer, isFirst ? "Encrypted Handshake Message" : "");
                return;
            }

            Write(layer, isFirst ? "" : ", ");
            Write(layer, name);
            isFirst = false;
            layer.Add(HandshakeType, at, sizeof(byte), messages[0]);
            layer.Indent();
            layer.Add(HandshakeLength, at + 1, 3, (ulong)length);
            if (TlsHelloView.TryParse(messages, out TlsHelloView hello))
            {
                AddHello(layer, hello, at);
            }

            layer.Outdent();
            int next = Math.Min(messages.Length, TlsHelloView.MessageHeaderBytes + length);
            messages = messages[next..];
            at += next;
        }
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

        var reader = new TlsExtensionReader(hello.Extensions);
        int place = at + hello.ExtensionsAt;
        ushort version = hello.LegacyVersion;
        while (reader.TryRead(out ushort type, out ReadOnlySpan<byte> data))
        {
            layer.Add(ExtensionType, place, sizeof(ushort), type);
            layer.Indent();
            layer.Add(ExtensionLength, place + sizeof(ushort), sizeof(ushort), (ulong)data.Length);
            AddExtension(layer, type, data, place + TlsExtensionReader.HeaderBytes, hello.IsClient);
            layer.Outdent();
            if (type == TlsExtension.SupportedVersions)
            {
                version = TlsHelloView.HighestVersion(data, hello.IsClient) ?? version;
            }

            place = at + hello.ExtensionsAt + reader.Position;
        }

        if (layer.WritesInfo && !hello.IsClient && TlsVersion.NameOf(version) is { } name)
        {
            layer.Info.Append($" ({name})");
        }
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
