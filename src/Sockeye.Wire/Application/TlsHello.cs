using System.Buffers.Binary;
using System.Text;

namespace Sockeye.Wire.Application;

/// <summary>An extension of a hello (RFC 8446 section 4.2): its type and its bytes.</summary>
public readonly record struct TlsExtension(ushort Type, ByteString Data)
{
    /// <summary>Which server is meant (RFC 6066 section 3).</summary>
    public const ushort ServerName = 0;

    /// <summary>Which groups the keys may be of (RFC 8446 section 4.2.7).</summary>
    public const ushort SupportedGroups = 10;

    /// <summary>Which protocol is spoken inside (RFC 7301).</summary>
    public const ushort ApplicationProtocols = 16;

    /// <summary>Which versions are understood (RFC 8446 section 4.2.1).</summary>
    public const ushort SupportedVersions = 43;

    /// <summary>Parts of keys (RFC 8446 section 4.2.8).</summary>
    public const ushort KeyShare = 51;

    /// <summary>The words for a type, or null.</summary>
    public static string? NameOf(ulong type) => type switch
    {
        ServerName => "server_name",
        5 => "status_request",
        SupportedGroups => "supported_groups",
        11 => "ec_point_formats",
        13 => "signature_algorithms",
        ApplicationProtocols => "application_layer_protocol_negotiation",
        18 => "signed_certificate_timestamp",
        21 => "padding",
        22 => "encrypt_then_mac",
        23 => "extended_master_secret",
        27 => "compress_certificate",
        35 => "session_ticket",
        41 => "pre_shared_key",
        42 => "early_data",
        SupportedVersions => "supported_versions",
        44 => "cookie",
        45 => "psk_key_exchange_modes",
        49 => "post_handshake_auth",
        50 => "signature_algorithms_cert",
        KeyShare => "key_share",
        65_281 => "renegotiation_info",
        _ => null,
    };

    /// <summary>The server name extension of a client's hello (RFC 6066 section 3).</summary>
    public static TlsExtension ForServerName(string name)
    {
        byte[] host = Encoding.ASCII.GetBytes(name);
        return new TlsExtension(
            ServerName, new ByteString([.. Word(host.Length + 3), 0, .. Word(host.Length), .. host]));
    }

    /// <summary>The extension that offers protocols, or names the one that was chosen (RFC 7301 section 3.1).</summary>
    public static TlsExtension ForApplicationProtocols(params ReadOnlySpan<string> protocols)
    {
        var list = new List<byte>();
        foreach (string protocol in protocols)
        {
            byte[] name = Encoding.ASCII.GetBytes(protocol);
            list.Add(checked((byte)name.Length));
            list.AddRange(name);
        }

        return new TlsExtension(ApplicationProtocols, new ByteString([.. Word(list.Count), .. list]));
    }

    /// <summary>The extension with which a client offers versions (RFC 8446 section 4.2.1).</summary>
    public static TlsExtension ForSupportedVersions(params ReadOnlySpan<ushort> versions)
    {
        var list = new List<byte> { checked((byte)(versions.Length * sizeof(ushort))) };
        foreach (ushort version in versions)
        {
            list.AddRange(Word(version));
        }

        return new TlsExtension(SupportedVersions, new ByteString([.. list]));
    }

    internal static byte[] Word(int value) => [(byte)(checked((ushort)value) >> 8), (byte)value];
}

/// <summary>
/// A ClientHello or ServerHello as a value (RFC 8446 sections 4.1.2 and 4.1.3): the message, without its record.
/// </summary>
public sealed record TlsHello
{
    /// <summary>How long a random value is, in bytes.</summary>
    public const int RandomBytes = 32;

    /// <summary>How long the identifier of a session may be, in bytes.</summary>
    public const int SessionBytesMax = 32;

    /// <summary>Whether a client says it; otherwise a server.</summary>
    public bool IsClient { get; init; }

    /// <summary>The version as older ones said it; 1.2 where 1.3 is meant.</summary>
    public ushort LegacyVersion { get; init; }

    /// <summary>The random value, 32 bytes.</summary>
    public ByteString Random { get; init; }

    /// <summary>The session to go on with, at most 32 bytes.</summary>
    public ByteString Session { get; init; }

    /// <summary>The ciphers that a client offers; the one that a server chose.</summary>
    public ValueList<ushort> Ciphers { get; init; }

    /// <summary>The compressions that a client offers; the one that a server chose. Zero is none.</summary>
    public ByteString Compressions { get; init; }

    /// <summary>The extensions, in their order.</summary>
    public ValueList<TlsExtension> Extensions { get; init; }

    /// <summary>The server that a client means, or null.</summary>
    public string? ServerName
    {
        get
        {
            ReadOnlySpan<byte> data = DataOf(TlsExtension.ServerName);
            return TlsHelloView.TryReadServerName(data, out Range name) ? Encoding.ASCII.GetString(data[name]) : null;
        }
    }

    /// <summary>The protocols that are offered; the one that was chosen.</summary>
    public IReadOnlyList<string> ApplicationProtocols
    {
        get
        {
            var names = new List<string>();
            ReadOnlySpan<byte> list = DataOf(TlsExtension.ApplicationProtocols);
            list = list.Length < sizeof(ushort) ? default : list[sizeof(ushort)..];
            while (!list.IsEmpty && list[0] < list.Length)
            {
                names.Add(Encoding.ASCII.GetString(list.Slice(1, list[0])));
                list = list[(1 + list[0])..];
            }

            return names;
        }
    }

    /// <summary>The highest version that a client offers, or the one that a server chose.</summary>
    public ushort Version =>
        TlsHelloView.HighestVersion(DataOf(TlsExtension.SupportedVersions), IsClient) is { } version
        ? version
        : LegacyVersion;

    /// <summary>Reads the message; null when it is no hello, or breaks the rules, or not all of it is there.</summary>
    public static TlsHello? Parse(ReadOnlySpan<byte> message)
    {
        if (!TlsHelloView.TryParse(message, out TlsHelloView view) || !view.IsWhole)
        {
            return null;
        }

        var ciphers = new List<ushort>();
        for (int i = 0; i + 1 < view.Ciphers.Length; i += sizeof(ushort))
        {
            ciphers.Add(BinaryPrimitives.ReadUInt16BigEndian(view.Ciphers[i..]));
        }

        var extensions = new List<TlsExtension>();
        var reader = new TlsExtensionReader(view.Extensions);
        while (reader.TryRead(out ushort type, out ReadOnlySpan<byte> data))
        {
            extensions.Add(new TlsExtension(type, new ByteString(data)));
        }

        return reader.IsBroken ? null : new TlsHello
        {
            IsClient = view.IsClient,
            LegacyVersion = view.LegacyVersion,
            Random = new ByteString(view.Random),
            Session = new ByteString(view.Session),
            Ciphers = [.. ciphers],
            Compressions = new ByteString(view.Compressions),
            Extensions = [.. extensions],
        };
    }

    /// <summary>Writes the message, without a record around it.</summary>
    public byte[] Emit()
    {
        var body = new List<byte>();
        body.AddRange(TlsExtension.Word(LegacyVersion));
        body.AddRange(Random.Span);
        body.Add(checked((byte)Session.Length));
        body.AddRange(Session.Span);
        if (IsClient)
        {
            body.AddRange(TlsExtension.Word(Ciphers.Count * sizeof(ushort)));
        }

        foreach (ushort cipher in Ciphers)
        {
            body.AddRange(TlsExtension.Word(cipher));
        }

        if (IsClient)
        {
            body.Add(checked((byte)Compressions.Length));
        }

        body.AddRange(Compressions.Span);
        AddExtensions(body);
        TlsHandshakeType type = IsClient ? TlsHandshakeType.ClientHello : TlsHandshakeType.ServerHello;
        return [(byte)type, (byte)(body.Count >> 16), (byte)(body.Count >> 8), (byte)body.Count, .. body];
    }

    private void AddExtensions(List<byte> body)
    {
        if (Extensions.Count == 0)
        {
            return;
        }

        int lengthAt = body.Count;
        body.AddRange(TlsExtension.Word(0));
        foreach (TlsExtension extension in Extensions)
        {
            body.AddRange(TlsExtension.Word(extension.Type));
            body.AddRange(TlsExtension.Word(extension.Data.Length));
            body.AddRange(extension.Data.Span);
        }

        byte[] length = TlsExtension.Word(body.Count - lengthAt - sizeof(ushort));
        (body[lengthAt], body[lengthAt + 1]) = (length[0], length[1]);
    }

    private ReadOnlySpan<byte> DataOf(ushort type)
    {
        foreach (TlsExtension extension in Extensions.Span)
        {
            if (extension.Type == type)
            {
                return extension.Data.Span;
            }
        }

        return default;
    }
}
