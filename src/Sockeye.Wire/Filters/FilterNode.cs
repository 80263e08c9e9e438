using System.Numerics;
using System.Text;
using System.Text.RegularExpressions;
using Sockeye.Wire.Dissection;

namespace Sockeye.Wire.Filters;

/// <summary>A part of a filter, evaluated for each frame.</summary>
internal abstract class FilterNode
{
    public abstract bool Test(in DissectedFrame frame);
}

/// <summary>Both parts pass.</summary>
internal sealed class AndNode(FilterNode left, FilterNode right) : FilterNode
{
    public override bool Test(in DissectedFrame frame) => left.Test(frame) && right.Test(frame);
}

/// <summary>One part passes.</summary>
internal sealed class OrNode(FilterNode left, FilterNode right) : FilterNode
{
    public override bool Test(in DissectedFrame frame) => left.Test(frame) || right.Test(frame);
}

/// <summary>The part does not pass.</summary>
internal sealed class NotNode(FilterNode inner) : FilterNode
{
    public override bool Test(in DissectedFrame frame) => !inner.Test(frame);
}

/// <summary>The field is there.</summary>
internal sealed class ExistsNode(Field field) : FilterNode
{
    public override bool Test(in DissectedFrame frame) => frame.TryFind(field, out _);
}

/// <summary>Some bytes of a field: from an offset, which counts from the end when negative.</summary>
/// <param name="Offset">Where they begin.</param>
/// <param name="Length">How many there are; null for all that follow.</param>
internal sealed record Slice(int Offset, int? Length)
{
    public bool TryCut(ReadOnlySpan<byte> bytes, out ReadOnlySpan<byte> cut)
    {
        cut = default;
        int start = Offset < 0 ? bytes.Length + Offset : Offset;
        if (start < 0 || start > bytes.Length || (Length ?? 0) > bytes.Length - start)
        {
            return false;
        }

        cut = Length is { } length ? bytes.Slice(start, length) : bytes[start..];
        return true;
    }
}

/// <summary>A field passes a test: any of its places, or all of them.</summary>
internal abstract class FieldNode(Field field, Slice? slice) : FilterNode
{
    protected Field Field { get; } = field;

    protected bool ComparesNumbers =>
        slice is null && Field.Kind is FieldKind.Number or FieldKind.Hex or FieldKind.Flag or FieldKind.Time;

    /// <summary>Whether every place must pass, not only one.</summary>
    protected virtual bool AsksAll => false;

    public override bool Test(in DissectedFrame frame)
    {
        bool isThere = false;
        foreach (FieldRecord record in frame.Fields)
        {
            if (record.Field != Field)
            {
                continue;
            }

            isThere = true;
            if (TestOne(frame, record) != AsksAll)
            {
                return !AsksAll;
            }
        }

        return isThere && AsksAll;
    }

    /// <summary>Numbers in the order of comparison; times may be negative.</summary>
    internal static ulong Ordered(FieldKind kind, ulong number) =>
        kind == FieldKind.Time ? number ^ 0x8000_0000_0000_0000 : number;

    protected abstract bool TestNumber(ulong number);

    protected abstract bool TestBytes(ReadOnlySpan<byte> bytes);

    // Of a protocol all that belongs to it, and of numbers the bytes they have in the frame.
    private static ReadOnlySpan<byte> BytesOf(in DissectedFrame frame, in FieldRecord record)
    {
        if (record.Field.Kind == FieldKind.Text)
        {
            return frame.TextOf(record);
        }

        foreach (LayerRecord layer in frame.Layers)
        {
            if (layer.Protocol.Self == record.Field && layer.Start == record.Start)
            {
                return frame.BytesOf(layer);
            }
        }

        return frame.BytesOf(record);
    }

    private bool TestOne(in DissectedFrame frame, in FieldRecord record)
    {
        if (ComparesNumbers)
        {
            return TestNumber(Ordered(Field.Kind, record.Number));
        }

        ReadOnlySpan<byte> bytes = BytesOf(frame, record);
        return slice is null ? TestBytes(bytes) : slice.TryCut(bytes, out ReadOnlySpan<byte> cut) && TestBytes(cut);
    }
}

/// <summary>How two values are compared.</summary>
internal enum Comparison : byte
{
    Equal = 0,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    HasBits,
}

/// <summary>A value that fields are compared with: a number, or bytes of which only the first bits may count.</summary>
internal readonly record struct Operand(ulong Number, byte[] Bytes, int Bits)
{
    private const int BitsPerByte = 8;

    public bool IsPrefix => Bits < Bytes.Length * BitsPerByte;

    public static Operand Of(ulong number) => new(number, [], 0);

    public static Operand Of(byte[] bytes) => new(0, bytes, bytes.Length * BitsPerByte);

    public bool Covers(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length != Bytes.Length)
        {
            return false;
        }

        int whole = Bits / BitsPerByte;
        int rest = Bits % BitsPerByte;
        return bytes[..whole].SequenceEqual(Bytes.AsSpan(0, whole))
            && (rest == 0 || (bytes[whole] ^ Bytes[whole]) >> (BitsPerByte - rest) == 0);
    }
}

/// <summary>A field compared with a value.</summary>
internal sealed class CompareNode(Field field, Slice? slice, Comparison comparison, Operand operand)
    : FieldNode(field, slice)
{
    protected override bool AsksAll => comparison == Comparison.NotEqual;

    protected override bool TestNumber(ulong number) => comparison == Comparison.HasBits
        ? (number & operand.Number) != 0
        : Holds(number.CompareTo(operand.Number));

    protected override bool TestBytes(ReadOnlySpan<byte> bytes) => comparison switch
    {
        Comparison.Equal => operand.Covers(bytes),
        Comparison.NotEqual => !operand.Covers(bytes),
        _ => Holds(bytes.SequenceCompareTo(operand.Bytes)),
    };

    private bool Holds(int order) => comparison switch
    {
        Comparison.Equal => order == 0,
        Comparison.NotEqual => order != 0,
        Comparison.Less => order < 0,
        Comparison.LessOrEqual => order <= 0,
        Comparison.Greater => order > 0,
        _ => order >= 0,
    };
}

/// <summary>A field is one of a set of values and ranges.</summary>
internal sealed class InNode(Field field, Slice? slice, (Operand First, Operand Last)[] items) : FieldNode(field, slice)
{
    protected override bool TestNumber(ulong number)
    {
        foreach ((Operand first, Operand last) in items)
        {
            if (number >= first.Number && number <= last.Number)
            {
                return true;
            }
        }

        return false;
    }

    protected override bool TestBytes(ReadOnlySpan<byte> bytes)
    {
        foreach ((Operand first, Operand last) in items)
        {
            bool isRange = first != last;
            if (isRange
                ? bytes.SequenceCompareTo(first.Bytes) >= 0 && bytes.SequenceCompareTo(last.Bytes) <= 0
                : first.Covers(bytes))
            {
                return true;
            }
        }

        return false;
    }
}

/// <summary>The bytes or the text of a field have these bytes somewhere.</summary>
internal sealed class ContainsNode(Field field, Slice? slice, byte[] part) : FieldNode(field, slice)
{
    protected override bool TestNumber(ulong number) => false;

    protected override bool TestBytes(ReadOnlySpan<byte> bytes) => bytes.IndexOf(part) >= 0;
}

/// <summary>
/// The bytes or the text of a field have something that a pattern describes. The matcher takes time in proportion to
/// what it reads, whatever the pattern.
/// </summary>
internal sealed class MatchesNode(Field field, Slice? slice, Regex pattern) : FieldNode(field, slice)
{
    private char[] _characters = new char[256];

    protected override bool TestNumber(ulong number) => false;

    protected override bool TestBytes(ReadOnlySpan<byte> bytes)
    {
        bytes = bytes[..Math.Min(bytes.Length, DisplayFilter.MatchedBytesMax)];
        if (bytes.Length > _characters.Length)
        {
            _characters = new char[(int)BitOperations.RoundUpToPowerOf2((uint)bytes.Length)];
        }

        Encoding encoding = Field.Kind == FieldKind.Text ? Encoding.UTF8 : Encoding.Latin1;
        int count = encoding.GetChars(bytes, _characters);
        return pattern.IsMatch(_characters.AsSpan(0, count));
    }
}
