using System.Buffers;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Sockeye.Http.Protocol;

/// <summary>What a node of <c>Forwarded</c> is named by (RFC 7239 section 6).</summary>
public enum ForwardedNodeKind : byte
{
    /// <summary>No one says: <c>unknown</c>.</summary>
    Unknown = 0,

    /// <summary>An address.</summary>
    Address,

    /// <summary>A made-up name that begins with an underscore, such as <c>_hidden</c>.</summary>
    Obfuscated,
}

/// <summary>A client, a proxy or the interface of one (RFC 7239 section 6).</summary>
public readonly record struct ForwardedNode
{
    // "node-port = port / obfport", and "port = 1*5DIGIT".
    private const int PortDigitsMax = 5;

    private static readonly SearchValues<byte> s_obfuscated = SearchValues.Create(
        "._-0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"u8);

    /// <summary>A node with an address.</summary>
    public ForwardedNode(IPAddress address, int? port = null)
    {
        ArgumentNullException.ThrowIfNull(address);
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)(port ?? 0), (uint)ushort.MaxValue, nameof(port));
        Kind = ForwardedNodeKind.Address;
        Address = address;
        Port = port;
    }

    /// <summary>A node with a made-up name, which begins with an underscore.</summary>
    public ForwardedNode(string obfuscated)
    {
        ArgumentNullException.ThrowIfNull(obfuscated);
        if (!IsObfuscated(Encoding.Latin1.GetBytes(obfuscated)))
        {
            throw new ArgumentException(
                "A made-up name is an underscore, and then letters, digits, dots, underscores and hyphens.",
                nameof(obfuscated));
        }

        Kind = ForwardedNodeKind.Obfuscated;
        Obfuscated = obfuscated;
    }

    /// <summary>What it is named by.</summary>
    public ForwardedNodeKind Kind { get; }

    /// <summary>The address; null with the other kinds.</summary>
    public IPAddress? Address { get; }

    /// <summary>The made-up name; null with the other kinds.</summary>
    public string? Obfuscated { get; }

    /// <summary>The port; null when it is absent or made up.</summary>
    public int? Port { get; private init; }

    /// <summary>Reads the value of <c>for</c> or <c>by</c>, without its quotes.</summary>
    public static bool TryParse(ReadOnlySpan<byte> text, out ForwardedNode node)
    {
        node = default;

        // The colon of a port is the last one, and not one of those between brackets.
        int bracket = text.LastIndexOf((byte)']');
        int colon = text[(bracket + 1)..].IndexOf((byte)':');
        ReadOnlySpan<byte> name = colon < 0 ? text : text[..(bracket + 1 + colon)];
        int? port = null;
        if (colon >= 0 && !TryReadPort(text[(bracket + 2 + colon)..], out port))
        {
            return false;
        }

        if (Ascii.EqualsIgnoreCase(name, "unknown"u8))
        {
            node = new ForwardedNode { Port = port };
        }
        else if (IsObfuscated(name))
        {
            node = new ForwardedNode(Encoding.ASCII.GetString(name)) { Port = port };
        }
        else if (TryReadAddress(name, out IPAddress? address))
        {
            node = new ForwardedNode(address, port);
        }
        else
        {
            return false;
        }

        return true;
    }

    /// <summary>The node as the field has it, without quotes: <c>192.0.2.1:80</c>, <c>[2001:db8::1]</c>.</summary>
    public override string ToString()
    {
        string name = Kind switch
        {
            ForwardedNodeKind.Address => Address!.AddressFamily == AddressFamily.InterNetworkV6
                ? $"[{Unscoped(Address)}]"
                : Address.ToString(),
            ForwardedNodeKind.Obfuscated => Obfuscated!,
            _ => "unknown",
        };
        return Port is null ? name : string.Create(CultureInfo.InvariantCulture, $"{name}:{Port}");
    }

    // The zone of an address is a matter of one machine: the grammar has no place for it.
    private static IPAddress Unscoped(IPAddress address) =>
        address.ScopeId == 0 ? address : new IPAddress(address.GetAddressBytes());

    private static bool TryReadPort(ReadOnlySpan<byte> text, out int? port)
    {
        port = null;
        if (IsObfuscated(text))
        {
            return true;
        }

        if (text.Length > PortDigitsMax || !FieldSyntax.TryParseDigits(text, out long value) || value > ushort.MaxValue)
        {
            return false;
        }

        port = (int)value;
        return true;
    }

    private static bool TryReadAddress(ReadOnlySpan<byte> text, out IPAddress address)
    {
        // IPAddress.TryParse reads more than the grammar of RFC 3986 section 3.2.2: 127.1, 0x7f.1, a zone, a port.
        bool isBracketed = text is [(byte)'[', .., (byte)']'];
        ReadOnlySpan<byte> digits = isBracketed ? text[1..^1] : text;
        address = IPAddress.None;
        if (digits.ContainsAnyExcept(isBracketed ? "0123456789abcdefABCDEF:."u8 : "0123456789."u8) ||
            (!isBracketed && digits.Count((byte)'.') != 3) ||
            !IPAddress.TryParse(Encoding.ASCII.GetString(digits), out IPAddress? read) ||
            read.AddressFamily != (isBracketed ? AddressFamily.InterNetworkV6 : AddressFamily.InterNetwork))
        {
            return false;
        }

        // A part such as 010 is eight to some programs and ten to others.
        address = read;
        return isBracketed || read.ToString().Length == digits.Length;
    }

    // "obfnode = "_" 1*( ALPHA / DIGIT / "." / "_" / "-")".
    private static bool IsObfuscated(ReadOnlySpan<byte> text) =>
        text.Length >= 2 && text[0] == '_' &&
        !text.ContainsAnyExcept(s_obfuscated);
}

/// <summary>
/// One hop of <c>Forwarded</c> (RFC 7239): what a proxy saw of the request it passed on. What one's own proxies have
/// not written may be a lie.
/// </summary>
public readonly record struct ForwardedHop
{
    /// <summary>The longest value of a parameter, in bytes. A longer one makes the hop malformed.</summary>
    public const int ValueBytesMax = 512;

    /// <summary>Who made the request; null when the parameter is absent.</summary>
    public ForwardedNode? For { get; init; }

    /// <summary>Where the proxy received it; null when the parameter is absent.</summary>
    public ForwardedNode? By { get; init; }

    /// <summary>The <c>Host</c> that the proxy received; null when the parameter is absent.</summary>
    public string? Host { get; init; }

    /// <summary>The scheme, such as <c>https</c>; null when the parameter is absent.</summary>
    public string? Proto { get; init; }

    /// <summary>
    /// Reads one element of the field: take them with <see cref="FieldList"/>, the nearest proxy's last.
    /// </summary>
    public static bool TryParse(ReadOnlySpan<byte> element, out ForwardedHop hop)
    {
        hop = default;
        var read = default(ForwardedHop);

        // The grammar has the pairs begin at once, and semicolons between; the shared one has a semicolon before each.
        byte[] text = [(byte)';', .. element];
        FieldParameters pairs = new(text);
        Span<byte> value = stackalloc byte[ValueBytesMax];
        while (pairs.MoveNext())
        {
            FieldParameter one = pairs.Current;
            if (one.Raw.Length > ValueBytesMax || !TryTake(ref read, one, value[..one.CopyTo(value)]))
            {
                return false;
            }
        }

        if (pairs.IsMalformed)
        {
            return false;
        }

        hop = read;
        return true;
    }

    /// <summary>Writes the hop; between hops stands a comma.</summary>
    /// <exception cref="ArgumentException">The host or the scheme has a control character.</exception>
    public void Write(IBufferWriter<byte> output)
    {
        ArgumentNullException.ThrowIfNull(output);
        var pairs = new ArrayBufferWriter<byte>();
        WritePair(pairs, "for="u8, For?.ToString());
        WritePair(pairs, "by="u8, By?.ToString());
        WritePair(pairs, "host="u8, Host);
        WritePair(pairs, "proto="u8, Proto);
        output.Write(pairs.WrittenSpan);
    }

    private static void WritePair(ArrayBufferWriter<byte> output, ReadOnlySpan<byte> name, string? value)
    {
        if (value is not null)
        {
            output.Write(output.WrittenCount > 0 ? ";"u8 : default);
            output.Write(name);
            FieldSyntax.WriteTokenOrQuoted(output, Encoding.Latin1.GetBytes(value));
        }
    }

    /// <summary>
    /// Takes a pair; false if it is malformed or there twice (section 4: "MUST NOT occur more than once").
    /// </summary>
    private static bool TryTake(ref ForwardedHop hop, FieldParameter pair, ReadOnlySpan<byte> value)
    {
        if (pair.Is("for"u8) || pair.Is("by"u8))
        {
            bool isFor = pair.Is("for"u8);
            bool isFirst = (isFor ? hop.For : hop.By) is null;
            bool isNode = ForwardedNode.TryParse(value, out ForwardedNode node);
            hop = isFor ? hop with { For = node } : hop with { By = node };
            return isFirst && isNode;
        }

        if (pair.Is("host"u8) || pair.Is("proto"u8))
        {
            bool isHost = pair.Is("host"u8);
            bool isFirst = (isHost ? hop.Host : hop.Proto) is null;
            string text = Encoding.Latin1.GetString(value);
            hop = isHost ? hop with { Host = text } : hop with { Proto = text };
            return isFirst;
        }

        return true; // An extension, section 5.5.
    }
}
