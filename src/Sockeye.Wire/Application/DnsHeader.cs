using System.Buffers.Binary;

namespace Sockeye.Wire.Application;

/// <summary>What a DNS message wants (RFC 1035 section 4.1.1; RFC 1996; RFC 2136).</summary>
public enum DnsOpcode : byte
{
    /// <summary>A question, or its answer.</summary>
    Query = 0,

    /// <summary>A question backwards; no longer used (RFC 3425).</summary>
    InverseQuery = 1,

    /// <summary>How is the server?</summary>
    Status = 2,

    /// <summary>A zone has changed (RFC 1996).</summary>
    Notify = 4,

    /// <summary>Change a zone (RFC 2136).</summary>
    Update = 5,
}

/// <summary>How a DNS question ended (RFC 1035 section 4.1.1; RFC 2136 section 2.2; RFC 6891 section 9).</summary>
public enum DnsResponseCode : ushort
{
    /// <summary>It was answered.</summary>
    NoError = 0,

    /// <summary>It was not understood.</summary>
    FormatError = 1,

    /// <summary>The server failed.</summary>
    ServerFailure = 2,

    /// <summary>There is no such name.</summary>
    NameError = 3,

    /// <summary>The server does not do that.</summary>
    NotImplemented = 4,

    /// <summary>The server will not do that.</summary>
    Refused = 5,

    /// <summary>The version of EDNS is not known.</summary>
    BadVersion = 16,
}

/// <summary>The bits of a DNS header (RFC 1035 section 4.1.1; RFC 4035 section 3.2).</summary>
[Flags]
public enum DnsFlags : ushort
{
    /// <summary>None.</summary>
    None = 0,

    /// <summary>The answer was checked (RFC 4035 section 3.2.2).</summary>
    CheckingDisabled = 0x0010,

    /// <summary>The server vouches for the answer (RFC 4035 section 3.2.3).</summary>
    AuthenticData = 0x0020,

    /// <summary>The server asks others on behalf of the client.</summary>
    RecursionAvailable = 0x0080,

    /// <summary>The client wants the server to ask others.</summary>
    RecursionDesired = 0x0100,

    /// <summary>The answer did not fit.</summary>
    Truncated = 0x0200,

    /// <summary>The server is one of those that know the zone.</summary>
    Authoritative = 0x0400,

    /// <summary>It is an answer.</summary>
    Response = 0x8000,
}

/// <summary>The words of the header's numbers.</summary>
internal static class DnsWords
{
    public static string? NameOf(DnsOpcode opcode) => opcode switch
    {
        DnsOpcode.Query => "Standard query",
        DnsOpcode.InverseQuery => "Inverse query",
        DnsOpcode.Status => "Server status request",
        DnsOpcode.Notify => "Zone change notification",
        DnsOpcode.Update => "Dynamic update",
        _ => null,
    };

    public static string? NameOf(DnsResponseCode code) => code switch
    {
        DnsResponseCode.NoError => "No error",
        DnsResponseCode.FormatError => "Format error",
        DnsResponseCode.ServerFailure => "Server failure",
        DnsResponseCode.NameError => "No such name",
        DnsResponseCode.NotImplemented => "Not implemented",
        DnsResponseCode.Refused => "Refused",
        DnsResponseCode.BadVersion => "Bad OPT version",
        _ => null,
    };
}

/// <summary>The header of a DNS message where it stands (RFC 1035 section 4.1.1).</summary>
public readonly ref struct DnsView
{
    /// <summary>How many bytes the header has.</summary>
    public const int HeaderBytes = 12;

    internal const int IdentifierAt = 0;
    internal const int FlagsAt = 2;
    internal const int QuestionsAt = 4;
    internal const int AnswersAt = 6;
    internal const int AuthoritiesAt = 8;
    internal const int AdditionalsAt = 10;

    internal const int OpcodeShift = 11;
    internal const int OpcodeMask = 0x0F;
    internal const int CodeMask = 0x000F;
    internal const int FlagsMask = 0x87B0;

    private DnsView(ReadOnlySpan<byte> message) => Message = message;

    /// <summary>The whole message.</summary>
    public ReadOnlySpan<byte> Message { get; }

    /// <summary>What an answer has in common with its question.</summary>
    public ushort Identifier => Word(IdentifierAt);

    /// <summary>The flags.</summary>
    public DnsFlags Flags => (DnsFlags)(Bits & FlagsMask);

    /// <summary>What it wants.</summary>
    public DnsOpcode Opcode => (DnsOpcode)(Bits >> OpcodeShift & OpcodeMask);

    /// <summary>How it ended, as far as four bits tell.</summary>
    public DnsResponseCode Code => (DnsResponseCode)(Bits & CodeMask);

    /// <summary>How many questions it says there are.</summary>
    public ushort Questions => Word(QuestionsAt);

    /// <summary>How many answers it says there are.</summary>
    public ushort Answers => Word(AnswersAt);

    /// <summary>How many records about those who know it says there are.</summary>
    public ushort Authorities => Word(AuthoritiesAt);

    /// <summary>How many more records it says there are.</summary>
    public ushort Additionals => Word(AdditionalsAt);

    internal ushort Bits => Word(FlagsAt);

    /// <summary>Checks that the header is whole.</summary>
    public static bool TryParse(ReadOnlySpan<byte> message, out DnsView view)
    {
        bool isWhole = message.Length >= HeaderBytes;
        view = isWhole ? new DnsView(message) : default;
        return isWhole;
    }

    private ushort Word(int at) => BinaryPrimitives.ReadUInt16BigEndian(Message[at..]);
}
