using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Sockeye.Wire;

/// <summary>
/// The checksum of IPv4, ICMP, IGMP, UDP and TCP: the 16-bit ones' complement of the ones' complement sum
/// (RFC 1071 section 1). A sum over several pieces is carried from one to the next, and each piece but the last has an
/// even number of bytes.
/// </summary>
public static class InternetChecksum
{
    /// <summary>The sum of bytes whose checksum, which is among them, is right (RFC 1071 section 1, step 3).</summary>
    public const ushort RightSum = 0xFFFF;

    // A lane of 32 bits gains at most 2 * 65,535 a vector, so this many vectors cannot overflow it.
    private const int VectorsMax = 32_768;

    /// <summary>The checksum to put in the packet.</summary>
    public static ushort Of(ReadOnlySpan<byte> bytes, ushort sum = 0) => (ushort)~Sum(bytes, sum);

    /// <summary>The ones' complement sum of the bytes, and of a sum so far.</summary>
    public static ushort Sum(ReadOnlySpan<byte> bytes, ushort sum = 0)
    {
        ulong total = 0;
        if (Vector256.IsHardwareAccelerated && bytes.Length >= Vector256<byte>.Count)
        {
            total = SumVectors(MemoryMarshal.Cast<byte, Vector256<ushort>>(bytes));
            bytes = bytes[^(bytes.Length % Vector256<byte>.Count)..];
        }

        // "The sum is the same whatever the byte order" (RFC 1071 section 2 (B)): the machine's own is used, and the
        // result is turned round once at the end.
        foreach (uint word in MemoryMarshal.Cast<byte, uint>(bytes))
        {
            total += word;
        }

        int rest = bytes.Length % sizeof(uint);
        if (rest > 0)
        {
            Span<byte> padded = stackalloc byte[sizeof(uint)];
            padded.Clear();
            bytes[^rest..].CopyTo(padded);
            total += MemoryMarshal.Read<uint>(padded);
        }

        return Add(ToWire(Fold(total)), sum);
    }

    /// <summary>Adds two sums: the carry comes back in at the other end.</summary>
    public static ushort Add(ushort left, ushort right)
    {
        int sum = left + right;
        return (ushort)((sum & 0xFFFF) + (sum >> 16));
    }

    /// <summary>
    /// The checksum after one 16-bit word has changed, without reading the rest: HC' = ~(~HC + ~m + m')
    /// (RFC 1624 section 3, equation 3).
    /// </summary>
    public static ushort Update(ushort checksum, ushort before, ushort after) =>
        (ushort)~Add(Add((ushort)~checksum, (ushort)~before), after);

    /// <summary>The checksum after a 32-bit word that begins at an even place has changed.</summary>
    public static ushort Update(ushort checksum, uint before, uint after) => Update(
        Update(checksum, (ushort)(before >> 16), (ushort)(after >> 16)), (ushort)before, (ushort)after);

    /// <summary>
    /// The sum of the pseudo header: addresses, protocol and length of what the packet carries (RFC 9293 section 3.1;
    /// RFC 8200 section 8.1).
    /// </summary>
    public static ushort PseudoHeader(InternetAddress source, InternetAddress destination, byte protocol, int length)
    {
        Span<byte> header = stackalloc byte[(2 * InternetAddress.BytesMax) + (2 * sizeof(uint))];
        int end = source.WriteBytes(header);
        end += destination.WriteBytes(header[end..]);
        BinaryPrimitives.WriteInt32BigEndian(header[end..], length);
        BinaryPrimitives.WriteInt32BigEndian(header[(end + sizeof(uint))..], protocol);
        return Sum(header[..(end + (2 * sizeof(uint)))]);
    }

    private static ulong SumVectors(ReadOnlySpan<Vector256<ushort>> vectors)
    {
        ulong total = 0;
        while (!vectors.IsEmpty)
        {
            ReadOnlySpan<Vector256<ushort>> some = vectors[..Math.Min(vectors.Length, VectorsMax)];
            vectors = vectors[some.Length..];
            Vector256<uint> lanes = Vector256<uint>.Zero;
            foreach (Vector256<ushort> vector in some)
            {
                (Vector256<uint> lower, Vector256<uint> upper) = Vector256.Widen(vector);
                lanes += lower + upper;
            }

            for (int i = 0; i < Vector256<uint>.Count; i++)
            {
                total += lanes[i];
            }
        }

        return total;
    }

    private static ushort Fold(ulong total)
    {
        while (total > 0xFFFF)
        {
            total = (total & 0xFFFF) + (total >> 16);
        }

        return (ushort)total;
    }

    private static ushort ToWire(ushort sum) =>
        BitConverter.IsLittleEndian ? BinaryPrimitives.ReverseEndianness(sum) : sum;
}
