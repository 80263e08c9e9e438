using System.Buffers;

namespace Sockeye.Wire.Decryption;

/// <summary>What a line of a key log is the secret of (the SSLKEYLOGFILE format).</summary>
public enum TlsSecretKind : byte
{
    /// <summary>A whole connection of TLS 1.2 (<c>CLIENT_RANDOM</c>).</summary>
    Master = 0,

    /// <summary>What the client says in the handshake of TLS 1.3.</summary>
    ClientHandshake,

    /// <summary>What the server says in it.</summary>
    ServerHandshake,

    /// <summary>What the client says after it, until it updates its key.</summary>
    ClientTraffic,

    /// <summary>What the server says after it.</summary>
    ServerTraffic,
}

/// <summary>
/// The secrets of TLS connections, by the random values of their clients, as lines of a key log tell them. One thread
/// uses it.
/// </summary>
public sealed class TlsKeyLog
{
    /// <summary>How many secrets are kept, some 40,000 connections; beyond it the oldest are forgotten.</summary>
    public const int SecretsMax = 200_000;

    // As long as what a hash gives (RFC 8446 section 7.1), and 48 bytes before (RFC 5246 section 8.1).
    private const int LongSecretBytes = 48;
    private const int ShortSecretBytes = 32;

    private const int RandomBytes = 32;

    private readonly Dictionary<(TlsSecretKind Kind, ByteString Random), ByteString> _secrets = [];
    private readonly Queue<(TlsSecretKind Kind, ByteString Random)> _order = new();

    /// <summary>How many secrets are known.</summary>
    public int Count => _secrets.Count;

    /// <summary>
    /// Called when a secret is not there: whoever writes the log may have written more by now, and it may be added.
    /// </summary>
    public Action? Missing { get; set; }

    /// <summary>Adds the secrets of lines; what is no secret, such as a comment, is passed over.</summary>
    public void Add(ReadOnlySpan<byte> lines)
    {
        while (!lines.IsEmpty)
        {
            int end = lines.IndexOf((byte)'\n');
            AddLine((end < 0 ? lines : lines[..end]).Trim(" \t\r"u8));
            lines = end < 0 ? default : lines[(end + 1)..];
        }
    }

    /// <summary>The secret of a connection, or null.</summary>
    /// <param name="kind">Of what.</param>
    /// <param name="clientRandom">The random value in the hello of its client.</param>
    public ByteString? Find(TlsSecretKind kind, ByteString clientRandom)
    {
        if (_secrets.TryGetValue((kind, clientRandom), out ByteString secret))
        {
            return secret;
        }

        Missing?.Invoke();
        return _secrets.TryGetValue((kind, clientRandom), out secret) ? secret : null;
    }

    private static TlsSecretKind? KindOf(ReadOnlySpan<byte> label) => label switch
    {
        _ when label.SequenceEqual("CLIENT_RANDOM"u8) => TlsSecretKind.Master,
        _ when label.SequenceEqual("CLIENT_HANDSHAKE_TRAFFIC_SECRET"u8) => TlsSecretKind.ClientHandshake,
        _ when label.SequenceEqual("SERVER_HANDSHAKE_TRAFFIC_SECRET"u8) => TlsSecretKind.ServerHandshake,
        _ when label.SequenceEqual("CLIENT_TRAFFIC_SECRET_0"u8) => TlsSecretKind.ClientTraffic,
        _ when label.SequenceEqual("SERVER_TRAFFIC_SECRET_0"u8) => TlsSecretKind.ServerTraffic,
        _ => null,
    };

    // A label, the client's random value and the secret, with spaces between.
    private void AddLine(ReadOnlySpan<byte> line)
    {
        int first = line.IndexOf((byte)' ');
        int last = line.LastIndexOf((byte)' ');
        if (last <= first || KindOf(line[..first]) is not { } kind)
        {
            return;
        }

        Span<byte> random = stackalloc byte[RandomBytes];
        Span<byte> secret = stackalloc byte[LongSecretBytes];
        if (!TryReadHex(line[first..last].Trim((byte)' '), random, out int randomLength)
            || !TryReadHex(line[(last + 1)..], secret, out int secretLength) || randomLength != RandomBytes
            || (secretLength != LongSecretBytes
                && (kind == TlsSecretKind.Master || secretLength != ShortSecretBytes)))
        {
            return;
        }

        (TlsSecretKind, ByteString) key = (kind, new ByteString(random));
        if (!_secrets.ContainsKey(key))
        {
            _order.Enqueue(key);
        }

        _secrets[key] = new ByteString(secret[..secretLength]);
        if (_secrets.Count > SecretsMax)
        {
            _ = _secrets.Remove(_order.Dequeue());
        }
    }

    private static bool TryReadHex(ReadOnlySpan<byte> text, Span<byte> bytes, out int length) =>
        Convert.FromHexString(text, bytes, out _, out length) == OperationStatus.Done && length > 0;
}
