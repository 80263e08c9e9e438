using Sockeye.Wire.Dissection;

namespace Sockeye.Wire.Transport;

/// <summary>The control bits of a TCP segment (RFC 9293 section 3.1; RFC 9768 section 3.1 for the highest).</summary>
[Flags]
public enum TcpFlags : ushort
{
    /// <summary>None.</summary>
    None = 0,

    /// <summary>The sender has no more to send.</summary>
    Fin = 0x001,

    /// <summary>The sequence numbers begin here.</summary>
    Syn = 0x002,

    /// <summary>The connection is broken off.</summary>
    Rst = 0x004,

    /// <summary>The receiver shall pass the data on at once.</summary>
    Psh = 0x008,

    /// <summary>The acknowledgment number means something.</summary>
    Ack = 0x010,

    /// <summary>The urgent pointer means something.</summary>
    Urg = 0x020,

    /// <summary>Congestion was experienced (RFC 3168 section 6.1).</summary>
    Ece = 0x040,

    /// <summary>The congestion window was reduced (RFC 3168 section 6.1).</summary>
    Cwr = 0x080,

    /// <summary>Accurate ECN, once "nonce sum" (RFC 9768 section 3.1).</summary>
    Ae = 0x100,
}

/// <summary>The control bits as fields and as words.</summary>
internal static class TcpFlagFields
{
    public const int BitsMask = 0x1FF;

    private static readonly (TcpFlags Bit, string Name, Field Field)[] s_rows =
    [
        (TcpFlags.Fin, "FIN", Flag("tcp.flags.fin", "Fin")),
        (TcpFlags.Syn, "SYN", Flag("tcp.flags.syn", "Syn")),
        (TcpFlags.Rst, "RST", Flag("tcp.flags.reset", "Reset")),
        (TcpFlags.Psh, "PSH", Flag("tcp.flags.push", "Push")),
        (TcpFlags.Ack, "ACK", Flag("tcp.flags.ack", "Acknowledgment")),
        (TcpFlags.Urg, "URG", Flag("tcp.flags.urg", "Urgent")),
        (TcpFlags.Ece, "ECE", Flag("tcp.flags.ece", "ECN-Echo")),
        (TcpFlags.Cwr, "CWR", Flag("tcp.flags.cwr", "Congestion Window Reduced")),
        (TcpFlags.Ae, "AE", Flag("tcp.flags.ae", "Accurate ECN")),
    ];

    // The words for each combination that was seen, so that a listing makes them once.
    private static readonly string?[] s_words = new string?[BitsMask + 1];

    public static IEnumerable<Field> All => s_rows.Select(row => row.Field);

    /// <summary>The words for the bits, such as "SYN, ACK".</summary>
    public static string Words(TcpFlags flags) =>
        s_words[(int)flags & BitsMask] ??= WordsFor((TcpFlags)((int)flags & BitsMask));

    public static void Add(in Layer layer, int at, TcpFlags flags)
    {
        foreach ((TcpFlags bit, _, Field field) in s_rows)
        {
            layer.Add(field, at, sizeof(ushort), (flags & bit) != 0);
        }
    }

    private static Field Flag(string name, string label) => new(name, label, FieldKind.Flag);

    private static string WordsFor(TcpFlags flags)
    {
        IEnumerable<string> words = s_rows.Where(row => (flags & row.Bit) != 0).Select(row => row.Name);
        return flags == TcpFlags.None ? "<None>" : string.Join(", ", words);
    }
}
