using System.Buffers.Binary;

namespace Sockeye.Wire.Application;

/// <summary>Writes a DNS message, with names that point to where their ends were written before.</summary>
internal sealed class DnsWriter
{
    private readonly List<byte> _bytes = [];
    private readonly Dictionary<DnsName, int> _names = [];

    public int Length => _bytes.Count;

    public byte[] ToArray() => [.. _bytes];

    public void WriteByte(byte value) => _bytes.Add(value);

    public void WriteWord(ushort value)
    {
        _bytes.Add((byte)(value >> 8));
        _bytes.Add((byte)value);
    }

    public void WriteLong(uint value)
    {
        WriteWord((ushort)(value >> 16));
        WriteWord((ushort)value);
    }

    public void Write(ReadOnlySpan<byte> bytes) => _bytes.AddRange(bytes);

    public void Write(InternetAddress address)
    {
        Span<byte> bytes = stackalloc byte[InternetAddress.BytesMax];
        Write(bytes[..address.WriteBytes(bytes)]);
    }

    /// <summary>Writes a length in the place that was left for it.</summary>
    public void PatchWord(int at, int value)
    {
        Span<byte> bytes = stackalloc byte[sizeof(ushort)];
        BinaryPrimitives.WriteUInt16BigEndian(bytes, checked((ushort)value));
        _bytes[at] = bytes[0];
        _bytes[at + 1] = bytes[1];
    }

    public void WriteName(DnsName name, bool mayCompress)
    {
        ReadOnlySpan<byte> rest = name.Wire;
        while (rest.Length > 1)
        {
            var end = new DnsName(rest);
            if (mayCompress && _names.TryGetValue(end, out int place))
            {
                WriteWord((ushort)((DnsName.PointerBits << 8) | place));
                return;
            }

            if (Length <= DnsName.PointerOffsetMax)
            {
                _ = _names.TryAdd(end, Length);
            }

            Write(rest[..(1 + rest[0])]);
            rest = rest[(1 + rest[0])..];
        }

        WriteByte(0);
    }
}
