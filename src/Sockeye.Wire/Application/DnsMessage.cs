using System.Buffers.Binary;

namespace Sockeye.Wire.Application;

/// <summary>A question of a DNS message (RFC 1035 section 4.1.2).</summary>
public readonly record struct DnsQuestion(DnsName Name, ushort Type, ushort Class = DnsRecord.ClassInternet);

/// <summary>A record of a DNS message (RFC 1035 section 4.1.3).</summary>
public sealed record DnsRecord(DnsName Name, ushort Type, ushort Class, uint TimeToLive, DnsData Data)
{
    /// <summary>The class of the internet (RFC 1035 section 3.2.4).</summary>
    public const ushort ClassInternet = 1;

    // Of the time to live of an OPT record (RFC 6891 section 6.1.3).
    private const uint DnssecOkBit = 0x8000;
    private const int VersionShift = 16;
    private const int ExtendedCodeShift = 24;

    /// <summary>
    /// For an OPT record: the highest eight bits of the message's response code (RFC 6891 section 6.1.3).
    /// </summary>
    public byte ExtendedCode => (byte)(TimeToLive >> ExtendedCodeShift);

    /// <summary>For an OPT record: the version of EDNS.</summary>
    public byte EdnsVersion => (byte)(TimeToLive >> VersionShift);

    /// <summary>For an OPT record: whether signatures are wanted (RFC 3225 section 3).</summary>
    public bool IsDnssecOk => (TimeToLive & DnssecOkBit) != 0;

    /// <summary>An OPT record, which says what the sender can do (RFC 6891 section 6.1.2).</summary>
    public static DnsRecord Edns(
        ushort udpBytesMax, bool isDnssecOk = false, byte version = 0, ValueList<DnsParameter> options = default) =>
        new(
            DnsName.Root, DnsType.Opt, udpBytesMax, ((uint)version << VersionShift) | (isDnssecOk ? DnssecOkBit : 0),
            new DnsOptions(options));
}

/// <summary>A DNS message as a value.</summary>
public sealed record DnsMessage
{
    private const int QuestionBytes = 4;

    /// <summary>What an answer has in common with its question.</summary>
    public ushort Identifier { get; init; }

    /// <summary>The flags.</summary>
    public DnsFlags Flags { get; init; }

    /// <summary>What it wants.</summary>
    public DnsOpcode Opcode { get; init; }

    /// <summary>How it ended, as far as four bits tell; an OPT record may have more.</summary>
    public DnsResponseCode Code { get; init; }

    /// <summary>The questions.</summary>
    public ValueList<DnsQuestion> Questions { get; init; }

    /// <summary>The answers.</summary>
    public ValueList<DnsRecord> Answers { get; init; }

    /// <summary>Records about those who know.</summary>
    public ValueList<DnsRecord> Authorities { get; init; }

    /// <summary>More records.</summary>
    public ValueList<DnsRecord> Additionals { get; init; }

    /// <summary>Reads a message; null when a part of it breaks the rules.</summary>
    public static DnsMessage? Parse(ReadOnlySpan<byte> message)
    {
        if (!DnsView.TryParse(message, out DnsView header))
        {
            return null;
        }

        int position = DnsView.HeaderBytes;
        if (ReadQuestions(message, header.Questions, ref position) is not { } questions
            || ReadRecords(message, header.Answers, ref position) is not { } answers
            || ReadRecords(message, header.Authorities, ref position) is not { } authorities
            || ReadRecords(message, header.Additionals, ref position) is not { } additionals)
        {
            return null;
        }

        return new DnsMessage
        {
            Identifier = header.Identifier,
            Flags = header.Flags,
            Opcode = header.Opcode,
            Code = header.Code,
            Questions = questions,
            Answers = answers,
            Authorities = authorities,
            Additionals = additionals,
        };
    }

    /// <summary>Writes the message, with compressed names, at most 65,535 bytes.</summary>
    public byte[] Emit()
    {
        var writer = new DnsWriter();
        int bits = ((int)Flags & DnsView.FlagsMask) | (((int)Opcode & DnsView.OpcodeMask) << DnsView.OpcodeShift)
            | ((int)Code & DnsView.CodeMask);
        writer.WriteWord(Identifier);
        writer.WriteWord((ushort)bits);
        writer.WriteWord(checked((ushort)Questions.Count));
        writer.WriteWord(checked((ushort)Answers.Count));
        writer.WriteWord(checked((ushort)Authorities.Count));
        writer.WriteWord(checked((ushort)Additionals.Count));
        foreach (DnsQuestion question in Questions)
        {
            writer.WriteName(question.Name, mayCompress: true);
            writer.WriteWord(question.Type);
            writer.WriteWord(question.Class);
        }

        Emit(Answers, writer);
        Emit(Authorities, writer);
        Emit(Additionals, writer);
        return writer.Length <= ushort.MaxValue
            ? writer.ToArray()
            : throw new InvalidOperationException(
                $"A DNS message has at most 65535 bytes, and this one {writer.Length}.");
    }

    private static ValueList<DnsQuestion>? ReadQuestions(ReadOnlySpan<byte> message, int count, ref int position)
    {
        var questions = new List<DnsQuestion>();
        Span<byte> name = stackalloc byte[DnsName.BytesMax];
        for (int i = 0; i < count; i++)
        {
            if (!DnsName.TryRead(message, ref position, name, out int length)
                || message.Length - position < QuestionBytes)
            {
                return null;
            }

            ushort type = BinaryPrimitives.ReadUInt16BigEndian(message[position..]);
            ushort family = BinaryPrimitives.ReadUInt16BigEndian(message[(position + sizeof(ushort))..]);
            questions.Add(new DnsQuestion(new DnsName(name[..length]), type, family));
            position += QuestionBytes;
        }

        return [.. questions];
    }

    private static ValueList<DnsRecord>? ReadRecords(ReadOnlySpan<byte> message, int count, ref int position)
    {
        var records = new List<DnsRecord>();
        Span<byte> name = stackalloc byte[DnsName.BytesMax];
        for (int i = 0; i < count; i++)
        {
            if (!DnsRecordPlace.TryRead(message, ref position, name, out int length, out DnsRecordPlace place)
                || DnsData.Parse(message, place.Type, place.DataStart, place.DataLength) is not { } data)
            {
                return null;
            }

            records.Add(new DnsRecord(new DnsName(name[..length]), place.Type, place.Class, place.TimeToLive, data));
        }

        return [.. records];
    }

    private static void Emit(ValueList<DnsRecord> records, DnsWriter to)
    {
        foreach (DnsRecord record in records)
        {
            to.WriteName(record.Name, mayCompress: true);
            to.WriteWord(record.Type);
            to.WriteWord(record.Class);
            to.WriteLong(record.TimeToLive);
            int lengthAt = to.Length;
            to.WriteWord(0);
            record.Data.Emit(to);
            to.PatchWord(lengthAt, to.Length - lengthAt - sizeof(ushort));
        }
    }
}
