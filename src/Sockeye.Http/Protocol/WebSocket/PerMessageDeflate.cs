using System.Buffers;
using System.Text;

namespace Sockeye.Http.Protocol;

/// <summary>
/// What two peers agreed about compressing messages (RFC 7692 section 7.1). By default both keep their context.
/// </summary>
/// <remarks>
/// The runtime's compressor has a window of 2^15 bytes and no other, so a server declines an offer that asks it for
/// a smaller one, and a client does not offer one. Any window of the peer's can be read.
/// </remarks>
/// <param name="ServerNoContextTakeover">Whether the server compresses each message without the help of those
/// before.</param>
/// <param name="ClientNoContextTakeover">Whether the client does.</param>
public readonly record struct PerMessageDeflate(bool ServerNoContextTakeover, bool ClientNoContextTakeover)
{
    private const int WindowBits = 15;
    private const int WindowBitsMin = 8;

    [Flags]
    private enum Named : byte
    {
        None = 0,
        ServerNoContext = 1,
        ClientNoContext = 2,
        ServerWindow = 4,
        ClientWindow = 8,
    }

    /// <summary>Whether the client named the server's window, of the size that it has: the answer names it too then
    /// (section 7.1.2.1).</summary>
    public bool NamesServerWindow { get; init; }

    private static ReadOnlySpan<byte> Name => "permessage-deflate"u8;

    /// <summary>
    /// Takes, for a server, the first offer in the value of <c>Sec-WebSocket-Extensions</c> that it can keep; false
    /// when there is none, and messages are not compressed.
    /// </summary>
    /// <param name="field">The value of the client's field.</param>
    /// <param name="wanted">What the server itself would rather do: it can always ask for less context.</param>
    /// <param name="agreed">What is agreed.</param>
    public static bool TryAccept(ReadOnlySpan<byte> field, PerMessageDeflate wanted, out PerMessageDeflate agreed)
    {
        foreach (ReadOnlySpan<byte> element in new FieldList(field))
        {
            // Section 7.1: an offer with an unknown parameter, a bad value or one twice is declined, and the next read.
            if (TryRead(element, isOffer: true, out Named named, out int serverWindow) && serverWindow == WindowBits)
            {
                agreed = new PerMessageDeflate(
                    wanted.ServerNoContextTakeover || (named & Named.ServerNoContext) != 0,
                    wanted.ClientNoContextTakeover || (named & Named.ClientNoContext) != 0)
                {
                    NamesServerWindow = (named & Named.ServerWindow) != 0,
                };
                return true;
            }
        }

        agreed = default;
        return false;
    }

    /// <summary>
    /// Reads, for a client, the value of the server's <c>Sec-WebSocket-Extensions</c>. False means that the server
    /// answered what was not offered, and the connection has to fail (RFC 6455 section 4.1).
    /// </summary>
    /// <param name="field">The value of the server's field, or nothing.</param>
    /// <param name="offered">What <see cref="Write"/> wrote as the offer.</param>
    /// <param name="agreed">What is agreed; null when messages are not compressed.</param>
    public static bool TryReadAnswer(ReadOnlySpan<byte> field, PerMessageDeflate offered, out PerMessageDeflate? agreed)
    {
        agreed = null;
        foreach (ReadOnlySpan<byte> element in new FieldList(field))
        {
            if (agreed is not null || !TryRead(element, isOffer: false, out Named named, out _))
            {
                return false;
            }

            // Section 7.1.1.1: "server_no_context_takeover" that was offered has to be in the answer.
            bool isServerWithout = (named & Named.ServerNoContext) != 0;
            if (offered.ServerNoContextTakeover && !isServerWithout)
            {
                return false;
            }

            agreed = new PerMessageDeflate(
                isServerWithout, offered.ClientNoContextTakeover || (named & Named.ClientNoContext) != 0);
        }

        return true;
    }

    /// <summary>Writes the value of <c>Sec-WebSocket-Extensions</c>: a client's offer, or a server's answer.</summary>
    public void Write(IBufferWriter<byte> output)
    {
        ArgumentNullException.ThrowIfNull(output);
        output.Write(Name);
        output.Write(ServerNoContextTakeover ? "; server_no_context_takeover"u8 : default);
        output.Write(ClientNoContextTakeover ? "; client_no_context_takeover"u8 : default);
        output.Write(NamesServerWindow ? "; server_max_window_bits=15"u8 : default);
    }

    private static bool TryRead(ReadOnlySpan<byte> element, bool isOffer, out Named named, out int serverWindow)
    {
        named = Named.None;
        serverWindow = WindowBits;
        int name = FieldSyntax.TokenLength(element);
        if (!Ascii.EqualsIgnoreCase(element[..name], Name))
        {
            return false;
        }

        ReadOnlySpan<byte> rest = FieldSyntax.Trim(element[name..]);
        while (!rest.IsEmpty)
        {
            if (!TryTakeParameter(ref rest, out ReadOnlySpan<byte> parameter, out ReadOnlySpan<byte> value))
            {
                return false;
            }

            Named one = NameOf(parameter);
            bool isWindow = one is Named.ServerWindow or Named.ClientWindow;
            int bits = WindowBits;

            // A client may say only that it knows client_max_window_bits; the answer to that is not ours to give.
            bool mayBeEmpty = !isWindow || (one == Named.ClientWindow && isOffer);
            bool isGood = value.IsEmpty ? mayBeEmpty : isWindow && TryReadWindow(value, out bits);
            if (one == Named.None || (named & one) != 0 || !isGood || (one == Named.ClientWindow && !isOffer))
            {
                return false;
            }

            serverWindow = one == Named.ServerWindow ? bits : serverWindow;
            named |= one;
        }

        return true;
    }

    /// <summary>
    /// Takes <c>; token [= value]</c>: unlike other parameters these may lack a value (RFC 6455 section 9.1).
    /// </summary>
    private static bool TryTakeParameter(
        ref ReadOnlySpan<byte> rest, out ReadOnlySpan<byte> name, out ReadOnlySpan<byte> value)
    {
        value = default;
        ReadOnlySpan<byte> text = rest[1..].TrimStart(" \t"u8);
        int length = FieldSyntax.TokenLength(text);
        name = text[..length];
        if (rest[0] != ';' || length == 0)
        {
            return false;
        }

        text = text[length..];
        if (text is [(byte)'=', ..])
        {
            // "When using the quoted-string syntax variant, the value after quoted-string unescaping MUST conform to
            // the 'token' ABNF": a number needs no backslash, so one is refused.
            text = text[1..];
            bool isQuoted = text is [(byte)'"', ..];
            value = isQuoted ? text[1..] : text;
            value = value[..FieldSyntax.TokenLength(value)];
            text = text[(value.Length + (isQuoted ? 1 : 0))..];
            if (value.IsEmpty || (isQuoted && text is not [(byte)'"', ..]))
            {
                return false;
            }

            text = isQuoted ? text[1..] : text;
        }

        rest = text.TrimStart(" \t"u8);
        return true;
    }

    private static Named NameOf(ReadOnlySpan<byte> parameter) =>
        Ascii.EqualsIgnoreCase(parameter, "server_no_context_takeover"u8) ? Named.ServerNoContext :
        Ascii.EqualsIgnoreCase(parameter, "client_no_context_takeover"u8) ? Named.ClientNoContext :
        Ascii.EqualsIgnoreCase(parameter, "server_max_window_bits"u8) ? Named.ServerWindow :
        Ascii.EqualsIgnoreCase(parameter, "client_max_window_bits"u8) ? Named.ClientWindow : Named.None;

    // Section 7.1.2.1: "a decimal integer value without leading zeroes between 8 to 15, inclusive".
    private static bool TryReadWindow(ReadOnlySpan<byte> value, out int bits)
    {
        bool isNumber = FieldSyntax.TryParseDigits(value, out long read);
        bits = isNumber && value[0] != '0' && read is >= WindowBitsMin and <= WindowBits ? (int)read : 0;
        return bits != 0;
    }
}
