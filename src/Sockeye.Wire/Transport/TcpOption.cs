namespace Sockeye.Wire.Transport;

/// <summary>The kinds of TCP options (IANA "TCP Option Kind Numbers").</summary>
public static class TcpOptionKind
{
    /// <summary>No more options (RFC 9293 section 3.2).</summary>
    public const byte End = 0;

    /// <summary>Nothing, one byte of it (RFC 9293 section 3.2).</summary>
    public const byte NoOperation = 1;

    /// <summary>The longest segment that the sender takes (RFC 9293 section 3.7.1).</summary>
    public const byte MaximumSegmentSize = 2;

    /// <summary>By how many bits windows are to be shifted (RFC 7323 section 2).</summary>
    public const byte WindowScale = 3;

    /// <summary>Selective acknowledgment is understood (RFC 2018 section 2).</summary>
    public const byte SackPermitted = 4;

    /// <summary>What was received beyond the acknowledgment (RFC 2018 section 3).</summary>
    public const byte Sack = 5;

    /// <summary>Times, to measure the way there and back (RFC 7323 section 3).</summary>
    public const byte Timestamps = 8;

    /// <summary>A signature with a shared key (RFC 2385).</summary>
    public const byte Md5Signature = 19;

    /// <summary>After how long without an answer the sender gives up (RFC 5482 section 3).</summary>
    public const byte UserTimeout = 28;

    /// <summary>Several paths for one connection (RFC 8684 section 3).</summary>
    public const byte Multipath = 30;

    /// <summary>A cookie, so that data may come with the SYN (RFC 7413 section 2).</summary>
    public const byte FastOpen = 34;

    /// <summary>The words for a kind, or null.</summary>
    public static string? NameOf(ulong kind) => kind switch
    {
        End => "End of Option List",
        NoOperation => "No-Operation",
        MaximumSegmentSize => "Maximum Segment Size",
        WindowScale => "Window Scale",
        SackPermitted => "SACK Permitted",
        Sack => "SACK",
        Timestamps => "Timestamps",
        Md5Signature => "TCP MD5 Signature",
        UserTimeout => "User Timeout",
        Multipath => "Multipath TCP",
        FastOpen => "TCP Fast Open Cookie",
        29 => "TCP Authentication Option",
        _ => null,
    };
}

/// <summary>An option of a TCP header where it stands.</summary>
public readonly ref struct TcpOption
{
    internal TcpOption(byte kind, ReadOnlySpan<byte> data)
    {
        Kind = kind;
        Data = data;
    }

    /// <summary>Which option it is (<see cref="TcpOptionKind"/>).</summary>
    public byte Kind { get; }

    /// <summary>What follows its kind and length.</summary>
    public ReadOnlySpan<byte> Data { get; }
}

/// <summary>Reads the options of a TCP header one after another.</summary>
public ref struct TcpOptionReader
{
    /// <summary>How many bytes kind and length take.</summary>
    internal const int PrefixBytes = 2;

    private readonly ReadOnlySpan<byte> _options;

    /// <summary>Reads these options.</summary>
    public TcpOptionReader(ReadOnlySpan<byte> options) => _options = options;

    /// <summary>How many bytes were read.</summary>
    public int Position { get; private set; }

    /// <summary>The next option; false at the end, and before one whose length is impossible.</summary>
    public bool TryRead(out TcpOption option)
    {
        option = default;
        ReadOnlySpan<byte> rest = _options[Position..];
        if (rest.IsEmpty || rest[0] == TcpOptionKind.End)
        {
            return false;
        }

        if (rest[0] == TcpOptionKind.NoOperation)
        {
            Position++;
            option = new TcpOption(rest[0], default);
            return true;
        }

        if (rest.Length < PrefixBytes || rest[1] < PrefixBytes || rest[1] > rest.Length)
        {
            return false;
        }

        Position += rest[1];
        option = new TcpOption(rest[0], rest[PrefixBytes..rest[1]]);
        return true;
    }
}
