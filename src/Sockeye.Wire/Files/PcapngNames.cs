using System.Text;

namespace Sockeye.Wire.Files;

/// <summary>An address with its names, as a name resolution block has it (pcapng section 4.5).</summary>
public sealed record PcapngNames(InternetAddress Address, ValueList<string> Names)
{
    private const ushort EndCode = 0;
    private const ushort Ipv4Code = 1;
    private const ushort Ipv6Code = 2;
    private const int HeaderBytes = 4;

    /// <summary>The addresses of a name resolution block; one that does not fit ends them.</summary>
    public static IReadOnlyList<PcapngNames> ReadAll(in PcapngBlock block)
    {
        var found = new List<PcapngNames>();
        ByteOrder order = block.Order;
        ReadOnlySpan<byte> rest = block.Type == PcapngBlockType.NameResolution ? block.Body : default;
        while (rest.Length >= HeaderBytes && order.ReadUInt16(rest) != EndCode)
        {
            ushort code = order.ReadUInt16(rest);
            int length = order.ReadUInt16(rest[sizeof(ushort)..]);
            if (length > rest.Length - HeaderBytes)
            {
                break;
            }

            ReadOnlySpan<byte> record = rest.Slice(HeaderBytes, length);
            int addressBytes = code == Ipv4Code ? InternetAddress.Ipv4Bytes : InternetAddress.Ipv6Bytes;
            if (code is Ipv4Code or Ipv6Code && length > addressBytes)
            {
                found.Add(new PcapngNames(
                    new InternetAddress(record[..addressBytes]), NamesIn(record[addressBytes..])));
            }

            rest = rest[Math.Min(rest.Length, HeaderBytes + PcapngOption.Padded(length))..];
        }

        return found;
    }

    internal void Emit(PcapngBlockBuilder to)
    {
        byte[] names = Encoding.UTF8.GetBytes(string.Concat(((IEnumerable<string>)Names).Select(name => name + '\0')));
        Span<byte> record = new byte[Address.Length + names.Length];
        names.CopyTo(record[Address.WriteBytes(record)..]);
        Span<byte> header = to.Append(HeaderBytes);
        to.Order.Write(header, Address.IsIpv6 ? Ipv6Code : Ipv4Code);
        to.Order.Write(header[sizeof(ushort)..], checked((ushort)record.Length));
        to.AppendPadded(record);
    }

    internal static void EmitEnd(PcapngBlockBuilder to) => _ = to.Append(HeaderBytes);

    // "zero or more null-terminated strings" (section 4.5).
    private static ValueList<string> NamesIn(ReadOnlySpan<byte> bytes)
    {
        var names = new List<string>();
        while (bytes.IndexOf((byte)0) is >= 0 and int end)
        {
            if (end > 0)
            {
                names.Add(Encoding.UTF8.GetString(bytes[..end]));
            }

            bytes = bytes[(end + 1)..];
        }

        return [.. names];
    }
}
