using System.Runtime.CompilerServices;

namespace Sockeye.Http.Protocol;

/// <summary>
/// How much of a message is read, all with defaults that are safe on the open internet. A request that passes one is
/// rejected with the status named here. Heads and trailers must fit into <see cref="Limits.InputBytesMax"/> as a whole,
/// or a server does not start.
/// </summary>
public sealed record HttpLimits
{
    /// <summary>The greatest count or size of a head that a limit can be: 16,777,216.</summary>
    public const int Most = 1 << 24;

    private const int FieldsMost = 10_000;

    /// <summary>The defaults.</summary>
    public static HttpLimits Default { get; } = new();

    /// <summary>Bytes of the first line, its end included; more is 414. Default 8,192: RFC 9112 section 3 asks for
    /// at least 8,000.</summary>
    public int RequestLineBytesMax { get; init => field = InRange(value, 64); } = 8_192;

    /// <summary>Bytes of a method; more is 501, as RFC 9112 section 3 asks. Default 32.</summary>
    public int MethodBytesMax { get; init => field = InRange(value, 7); } = 32;

    /// <summary>Empty lines that are skipped before a request line (RFC 9112 section 2.2: "at least one"); more is
    /// 400. Default 4.</summary>
    public int EmptyLinesMax { get; init => field = InRange(value, 0); } = 4;

    /// <summary>Fields of a head; more is 431. Default 100, at most
    /// 10,000.</summary>
    public int FieldsMax { get; init => field = InRange(value, 1, FieldsMost); } = 100;

    /// <summary>Bytes of all field lines of a head together, the empty line at the end included; more is 431.
    /// Default 32,768.</summary>
    public int FieldBytesMax { get; init => field = InRange(value, 64); } = 32_768;

    /// <summary>Bytes of a body, decoded; more is 413. A body of a stated length is refused before it is read.
    /// Default 30,000,000.</summary>
    public long BodyBytesMax
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfNegative(value, nameof(BodyBytesMax));
            field = value;
        }
    } = 30_000_000;

    /// <summary>Fields of a trailer section; more is 431. Default 32.</summary>
    public int TrailersMax { get; init => field = InRange(value, 0, FieldsMost); } = 32;

    /// <summary>Bytes of a trailer section, the empty line at its end included; more is 431. Default 8,192.</summary>
    public int TrailerBytesMax { get; init => field = InRange(value, 2); } = 8_192;

    /// <summary>Bytes of the extensions of one chunk, from the first semicolon to the end of the line; more is 400.
    /// RFC 9112 section 7.1.1 asks for a limit. Default 1,024.</summary>
    public int ChunkExtensionBytesMax { get; init => field = InRange(value, 0); } = 1_024;

    /// <summary>
    /// Bytes of chunk extensions in one body; more is 400. Every 16 bytes of data allow one more, because signed
    /// uploads have an extension in each of many large chunks. Default 16,384.
    /// </summary>
    public int ChunkExtensionTotalBytesMax { get; init => field = InRange(value, 0); } = 16_384;

    /// <summary>The most input that must be held at a time to read within these limits: the lines before a body, or the
    /// trailers after it, or what is before a chunk.</summary>
    internal long InputBytesNeeded => Math.Max(
        (2L * EmptyLinesMax) + RequestLineBytesMax + FieldBytesMax,
        Math.Max(TrailerBytesMax, ChunkLine.SizeDigitsMax + ChunkExtensionBytesMax + 2L));

    private static int InRange(int value, int least, int most = Most, [CallerMemberName] string name = "")
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(value, least, name);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(value, most, name);
        return value;
    }
}
