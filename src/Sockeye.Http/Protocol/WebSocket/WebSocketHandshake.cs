using System.Buffers.Text;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text;

namespace Sockeye.Http.Protocol;

/// <summary>The fields of the handshake that have a meaning of their own (RFC 6455 section 4).</summary>
public static class WebSocketHandshake
{
    /// <summary>How much randomness a key is made of, in bytes.</summary>
    public const int NonceBytes = 16;

    /// <summary>The length of <c>Sec-WebSocket-Key</c>, in bytes.</summary>
    public const int KeyBytes = 24;

    /// <summary>The length of <c>Sec-WebSocket-Accept</c>, in bytes.</summary>
    public const int AcceptBytes = 28;

    /// <summary>The value of <c>Sec-WebSocket-Version</c>.</summary>
    public static ReadOnlySpan<byte> Version => "13"u8;

    // Section 1.3: the "Globally Unique Identifier" that is appended to the key.
    private static ReadOnlySpan<byte> Guid => "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"u8;

    /// <summary>Writes a key.</summary>
    /// <param name="nonce"><see cref="NonceBytes"/> random bytes.</param>
    /// <param name="destination">Room for <see cref="KeyBytes"/> bytes.</param>
    public static void WriteKey(ReadOnlySpan<byte> nonce, Span<byte> destination)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(nonce.Length, NonceBytes, nameof(nonce));
        ArgumentOutOfRangeException.ThrowIfLessThan(destination.Length, KeyBytes, nameof(destination));
        Base64.EncodeToUtf8(nonce, destination, out _, out _);
    }

    /// <summary>Whether the value of <c>Sec-WebSocket-Key</c> is one: "when decoded, 16 bytes in length".</summary>
    public static bool IsKey(ReadOnlySpan<byte> key) =>
        key.Length == KeyBytes && !key.ContainsAny(" \t\r\n"u8) &&
        Base64.IsValid(key, out int length) && length == NonceBytes;

    /// <summary>Writes what answers a key: the hash that proves that the server has understood.</summary>
    /// <param name="key">A key that <see cref="IsKey"/> accepts.</param>
    /// <param name="destination">Room for <see cref="AcceptBytes"/> bytes.</param>
    /// <exception cref="ArgumentException">That is no key.</exception>
    [SuppressMessage("Security", "CA5350", Justification = "The RFC says SHA-1; it proves nothing but attention.")]
    public static void WriteAccept(ReadOnlySpan<byte> key, Span<byte> destination)
    {
        if (!IsKey(key))
        {
            throw new ArgumentException("This is no key: answer such a request with 400.", nameof(key));
        }

        ArgumentOutOfRangeException.ThrowIfLessThan(destination.Length, AcceptBytes, nameof(destination));
        Span<byte> text = stackalloc byte[KeyBytes + Guid.Length];
        key.CopyTo(text);
        Guid.CopyTo(text[KeyBytes..]);
        Span<byte> hash = stackalloc byte[SHA1.HashSizeInBytes];
        SHA1.HashData(text, hash);
        Base64.EncodeToUtf8(hash, destination, out _, out _);
    }

    /// <summary>Whether the value of <c>Sec-WebSocket-Accept</c> answers the key.</summary>
    public static bool IsAccept(ReadOnlySpan<byte> key, ReadOnlySpan<byte> accept)
    {
        Span<byte> expected = stackalloc byte[AcceptBytes];
        WriteAccept(key, expected);
        return FieldSyntax.Trim(accept).SequenceEqual(expected);
    }

    /// <summary>
    /// Chooses a protocol for <c>Sec-WebSocket-Protocol</c>: the first that the client lists, "ordered by preference",
    /// and the server has. Returns its index among those of the server; -1 for none. Case matters.
    /// </summary>
    public static int ChooseProtocol(ReadOnlySpan<byte> field, params ReadOnlySpan<string> served)
    {
        foreach (ReadOnlySpan<byte> asked in new FieldList(field))
        {
            for (int i = 0; i < served.Length; i++)
            {
                if (Ascii.Equals(asked, served[i]))
                {
                    return i;
                }
            }
        }

        return -1;
    }
}
