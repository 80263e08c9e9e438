using System.Buffers.Binary;
using System.Diagnostics;
using System.Numerics;

namespace Sockeye.Http.Protocol;

/// <summary>The masking of a payload (RFC 6455 section 5.3), which is its own reverse.</summary>
public static class WebSocketMask
{
    /// <summary>Copies bytes and masks them, a vector at a time.</summary>
    /// <param name="source">The bytes.</param>
    /// <param name="destination">As much room; it may be the same memory.</param>
    /// <param name="mask">The masking key, its first byte the lowest.</param>
    /// <param name="offset">How many bytes of the same payload came before.</param>
    public static void Apply(ReadOnlySpan<byte> source, Span<byte> destination, uint mask, long offset)
    {
        Debug.Assert(destination.Length >= source.Length, "Masking needs room for as many bytes as there are.");
        uint key = BitOperations.RotateRight(mask, 8 * (int)(offset & 3));
        uint inMemory = BitConverter.IsLittleEndian ? key : BinaryPrimitives.ReverseEndianness(key);
        Vector<byte> keys = Vector.AsVectorByte(new Vector<uint>(inMemory));
        int at = 0;
        for (; at <= source.Length - Vector<byte>.Count; at += Vector<byte>.Count)
        {
            (new Vector<byte>(source[at..]) ^ keys).CopyTo(destination[at..]);
        }

        // A vector has a multiple of four bytes, so the key begins anew behind each.
        for (; at < source.Length; at++)
        {
            destination[at] = (byte)(source[at] ^ (byte)(key >> (8 * (at & 3))));
        }
    }
}
