using System.Buffers;

namespace Sockeye.Http.Protocol;

/// <summary>Sets of octets that the grammar names, for vectorised search.</summary>
internal static class Octets
{
    public const byte Tab = (byte)'\t';
    public const byte LineFeed = (byte)'\n';
    public const byte CarriageReturn = (byte)'\r';
    public const byte Space = (byte)' ';

    private const string Letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    private const string Digits = "0123456789";

    // RFC 3986 section 2.3.
    private const string Unreserved = Letters + Digits + "-._~";

    // RFC 3986 section 2.2.
    private const string SubDelimiters = "!$&'()*+,;=";

    // RFC 3986 section 3.3.
    private const string PathCharacter = Unreserved + "%" + SubDelimiters + ":@";

    /// <summary>RFC 9110 section 5.6.2: <c>tchar</c>.</summary>
    public static readonly SearchValues<byte> Token = Set("!#$%&'*+-.^_`|~" + Digits + Letters);

    /// <summary>What ends a field's value or may not be in it (RFC 9110 section 5.5): controls save HTAB.</summary>
    public static readonly SearchValues<byte> NotInValue = SearchValues.Create(
        [.. Enumerable.Range(0, 0x20).Append(0x7F).Where(one => one != Tab).Select(one => (byte)one)]);

    /// <summary>
    /// RFC 3986 section 3.3, and the four characters that browsers leave as they are in a path (the URL standard's
    /// path percent-encode set has had <c>^</c> only of late).
    /// </summary>
    public static readonly SearchValues<byte> Path = Set(PathCharacter + "/" + "[]|^");

    /// <summary>RFC 3986 section 3.4, and the characters that browsers leave as they are in a query (the URL
    /// standard's query percent-encode set).</summary>
    public static readonly SearchValues<byte> Query = Set(PathCharacter + "/?" + "[]|^{}`\\");

    /// <summary>Visible ASCII save <c>#</c>, which begins a fragment and is never in a target.</summary>
    public static readonly SearchValues<byte> Target = SearchValues.Create(
        [.. Enumerable.Range(0x21, 0x7F - 0x21).Where(one => one != '#').Select(one => (byte)one)]);

    /// <summary>
    /// RFC 3986 section 3.2.2: a registered name, save percent-encodings. The comma, which it allows, is not here: it
    /// is what two combined Host lines have between them.
    /// </summary>
    public static readonly SearchValues<byte> RegisteredName =
        Set(Unreserved + SubDelimiters.Replace(",", "", StringComparison.Ordinal));

    /// <summary>Whether it is a space or a tab: RFC 9110 section 5.6.3.</summary>
    public static bool IsBlank(byte octet) => octet is Space or Tab;

    /// <summary>Whether it is a letter.</summary>
    public static bool IsLetter(byte octet) => char.IsAsciiLetter((char)octet);

    /// <summary>Whether it is a digit.</summary>
    public static bool IsDigit(byte octet) => (uint)(octet - '0') <= 9;

    /// <summary>The value of a hexadecimal digit, or -1.</summary>
    public static int HexValue(byte octet)
    {
        int digit = octet - '0';
        if ((uint)digit <= 9)
        {
            return digit;
        }

        int letter = (octet | 0x20) - 'a';
        return (uint)letter <= 5 ? letter + 10 : -1;
    }

    private static SearchValues<byte> Set(string characters) => SearchValues.Create(Latin(characters));

    private static byte[] Latin(string characters) => System.Text.Encoding.ASCII.GetBytes(characters);
}
