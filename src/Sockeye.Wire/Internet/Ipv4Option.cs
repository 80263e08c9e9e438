using System.Buffers.Binary;
using Sockeye.Wire.Dissection;

namespace Sockeye.Wire.Internet;

/// <summary>An option of an IPv4 header (RFC 791 section 3.1): its kind, and what follows kind and length.</summary>
public readonly ref struct Ipv4Option
{
    /// <summary>No more options (RFC 791).</summary>
    public const byte End = 0;

    /// <summary>Nothing, one byte of it (RFC 791).</summary>
    public const byte NoOperation = 1;

    /// <summary>Record the route (RFC 791).</summary>
    public const byte RecordRoute = 7;

    /// <summary>Record the times at the routers (RFC 791).</summary>
    public const byte InternetTimestamp = 68;

    /// <summary>Go by these routers, and others (RFC 791).</summary>
    public const byte LooseSourceRoute = 131;

    /// <summary>Go by these routers only (RFC 791).</summary>
    public const byte StrictSourceRoute = 137;

    /// <summary>Every router shall look at it (RFC 2113).</summary>
    public const byte RouterAlert = 148;

    internal const int PrefixBytes = 2;

    // The pointer of a route is counted from the option's start, the first byte being one (RFC 791).
    private const int RoutePrefixBytes = 1;

    /// <summary>An option, with its name and its length.</summary>
    public static readonly Field Option = new("ip.opt", "Option", FieldKind.Group);

    /// <summary>The kind of an option.</summary>
    public static readonly Field KindField = new("ip.opt.type", "Type", FieldKind.Number, NameOf);

    /// <summary>How long an option is.</summary>
    public static readonly Field LengthField = new("ip.opt.len", "Length", FieldKind.Number);

    /// <summary>Where the next address of a route goes.</summary>
    public static readonly Field Pointer = new("ip.opt.ptr", "Pointer", FieldKind.Number);

    /// <summary>An address of a recorded route.</summary>
    public static readonly Field Recorded = new("ip.rec_rt", "Recorded Route", FieldKind.Ipv4);

    /// <summary>An address of a source route.</summary>
    public static readonly Field Route = new("ip.src_rt", "Source Route", FieldKind.Ipv4);

    /// <summary>What router alert asks for.</summary>
    public static readonly Field Alert = new("ip.opt.ra", "Router Alert", FieldKind.Number);

    internal Ipv4Option(byte kind, ReadOnlySpan<byte> data)
    {
        Kind = kind;
        Data = data;
    }

    /// <summary>Which option it is.</summary>
    public byte Kind { get; }

    /// <summary>What follows its kind and length.</summary>
    public ReadOnlySpan<byte> Data { get; }

    internal static Field[] Fields => [Option, KindField, LengthField, Pointer, Recorded, Route, Alert];

    /// <summary>The word for a kind, or null.</summary>
    public static string? NameOf(ulong kind) => kind switch
    {
        End => "End of Options List",
        NoOperation => "No-Operation",
        RecordRoute => "Record Route",
        InternetTimestamp => "Time Stamp",
        130 => "Security",
        LooseSourceRoute => "Loose Source Route",
        136 => "Stream Identifier",
        StrictSourceRoute => "Strict Source Route",
        RouterAlert => "Router Alert",
        _ => null,
    };

    internal static void Dissect(in Layer layer, ReadOnlySpan<byte> options)
    {
        var reader = new Ipv4OptionReader(options);
        int start = Ipv4.HeaderBytes;
        while (reader.TryRead(out Ipv4Option option))
        {
            int end = Ipv4.HeaderBytes + reader.Position;
            TextBuffer title = layer.Scratch;
            title.Append($"{NameOf(option.Kind) ?? "Unknown"} ({option.Kind})");
            layer.AddText(Option, start, end - start, title.Written);
            layer.Indent();
            layer.Add(KindField, start, sizeof(byte), option.Kind);
            if (option.Kind > NoOperation)
            {
                layer.Add(LengthField, start + 1, sizeof(byte), (ulong)(end - start));
                DissectData(layer, option, start + PrefixBytes);
            }

            layer.Outdent();
            start = end;
        }
    }

    private static void DissectData(in Layer layer, in Ipv4Option option, int at)
    {
        switch (option.Kind)
        {
            case RouterAlert when option.Data.Length == sizeof(ushort):
                layer.Add(Alert, at, sizeof(ushort), BinaryPrimitives.ReadUInt16BigEndian(option.Data));
                break;
            case RecordRoute or LooseSourceRoute or StrictSourceRoute when option.Data.Length >= RoutePrefixBytes:
                layer.Add(Pointer, at, sizeof(byte), option.Data[0]);
                int last = option.Data.Length - InternetAddress.Ipv4Bytes;
                for (int i = RoutePrefixBytes; i <= last; i += InternetAddress.Ipv4Bytes)
                {
                    // What lies before the pointer was passed; what lies behind it is still to come, or room.
                    bool isPassed = PrefixBytes + 1 + i < option.Data[0];
                    if (isPassed || option.Kind != RecordRoute)
                    {
                        layer.Add(isPassed ? Recorded : Route, at + i, InternetAddress.Ipv4Bytes);
                    }
                }

                break;
        }
    }
}

/// <summary>Reads the options of an IPv4 header one after another.</summary>
public ref struct Ipv4OptionReader
{
    private readonly ReadOnlySpan<byte> _options;

    /// <summary>Reads these options.</summary>
    public Ipv4OptionReader(ReadOnlySpan<byte> options) => _options = options;

    /// <summary>How many bytes were read.</summary>
    public int Position { get; private set; }

    /// <summary>The next option; false at the end, and before one whose length is impossible.</summary>
    public bool TryRead(out Ipv4Option option)
    {
        option = default;
        ReadOnlySpan<byte> rest = _options[Position..];
        if (rest.IsEmpty || rest[0] == Ipv4Option.End)
        {
            return false;
        }

        if (rest[0] == Ipv4Option.NoOperation)
        {
            Position++;
            option = new Ipv4Option(rest[0], default);
            return true;
        }

        if (rest.Length < Ipv4Option.PrefixBytes || rest[1] < Ipv4Option.PrefixBytes || rest[1] > rest.Length)
        {
            return false;
        }

        Position += rest[1];
        option = new Ipv4Option(rest[0], rest[Ipv4Option.PrefixBytes..rest[1]]);
        return true;
    }
}
