using System.Diagnostics;
using System.Text;

namespace Sockeye.Http.Protocol;

/// <summary>
/// The fields of a head or a trailer section, in their order, as places in the bytes that they were read from. Those
/// bytes are the connection's: valid until its next read, unless the head was kept.
/// </summary>
/// <example><code>
/// foreach (HeaderField field in head.Fields)
/// {
///     log(field.NameText, field.ValueText);
/// }
/// </code></example>
public sealed class HeaderFields
{
    private const int SlotsAtFirst = 16;

    // A parser that saw one huge head does not hold the room for it as long as its connection lives.
    private const int SlotsKeptMax = 128;

    // More than the heads of most clients have before their cookies.
    private const int RememberedBytesMax = 1_024;

    // The place of the first field of each kind plus one; 0 is none.
    private readonly ushort[] _first = new ushort[KnownFields.Count];

    private Slot[] _slots = new Slot[SlotsAtFirst];
    private ReadOnlyMemory<byte> _bytes;

    // Where the section begins in the bytes; the places of its lines are counted from there.
    private int _start;

    // The lines of the last section that the next one may begin with, and how many they are: the first of the slots.
    private byte[] _remembered = [];
    private int _rememberedCount;
    private int _recalledCount;

    // Values that are not in the input as they are: folded ones, rewritten. Their places are counted from -1 down.
    private byte[] _rewritten = [];
    private int _rewrittenCount;

    internal HeaderFields()
    {
    }

    private struct Slot
    {
        public int NameStart;
        public int NameLength;
        public int ValueStart;
        public int ValueLength;
        public int End;         // Of the line.
        public KnownField Known;
    }

    /// <summary>How many field lines there are.</summary>
    public int Count { get; private set; }

    /// <summary>One field line.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is none.</exception>
    public HeaderField this[int index]
    {
        get
        {
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)index, (uint)Count, nameof(index));
            ref Slot slot = ref _slots[index];
            return new HeaderField(
                slot.Known, _bytes.Span.Slice(_start + slot.NameStart, slot.NameLength), ValueOf(ref slot));
        }
    }

    /// <summary>Whether there is such a field.</summary>
    public bool Contains(KnownField field) => _first[(int)field] != 0;

    /// <summary>How many lines have this field.</summary>
    public int CountOf(KnownField field)
    {
        int count = 0;
        int first = _first[(int)field];
        for (int i = first - 1; first != 0 && i < Count; i++)
        {
            count += _slots[i].Known == field ? 1 : 0;
        }

        return count;
    }

    /// <summary>The value of the first such field; empty also when there is none.</summary>
    public ReadOnlySpan<byte> Get(KnownField field)
    {
        int first = _first[(int)field];
        return first == 0 ? default : ValueOf(ref _slots[first - 1]);
    }

    /// <summary>The value of the first such field, if there is one.</summary>
    public bool TryGet(KnownField field, out ReadOnlySpan<byte> value)
    {
        value = Get(field);
        return _first[(int)field] != 0;
    }

    /// <summary>The value of the first field of this name in any case, if there is one.</summary>
    public bool TryGet(ReadOnlySpan<byte> name, out ReadOnlySpan<byte> value)
    {
        int index = IndexOf(name, 0);
        value = index < 0 ? default : ValueOf(ref _slots[index]);
        return index >= 0;
    }

    /// <summary>The place of the next field of this name in any case, or -1.</summary>
    /// <param name="name">The name.</param>
    /// <param name="from">Where to begin.</param>
    public int IndexOf(ReadOnlySpan<byte> name, int from)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(from);
        ReadOnlySpan<byte> bytes = _bytes.Span;
        for (int i = from; i < Count; i++)
        {
            ref Slot slot = ref _slots[i];
            if (slot.NameLength == name.Length
                && Ascii.EqualsIgnoreCase(bytes.Slice(_start + slot.NameStart, slot.NameLength), name))
            {
                return i;
            }
        }

        return -1;
    }

    /// <summary>All values of a field in one string with commas between them, as RFC 9110 section 5.3 combines them;
    /// null when there is none. Not for Set-Cookie, which cannot be combined.</summary>
    public string? GetText(KnownField field)
    {
        int first = _first[(int)field];
        if (first == 0)
        {
            return null;
        }

        string text = Encoding.Latin1.GetString(ValueOf(ref _slots[first - 1]));
        StringBuilder? all = null;
        for (int i = first; i < Count; i++)
        {
            if (_slots[i].Known == field)
            {
                all ??= new StringBuilder(text);
                all.Append(", ").Append(Encoding.Latin1.GetString(ValueOf(ref _slots[i])));
            }
        }

        return all?.ToString() ?? text;
    }

    /// <summary>Whether a list has this token in any case, in any of the field's lines: <c>Connection</c> and
    /// <c>close</c>.</summary>
    public bool ListContains(KnownField field, ReadOnlySpan<byte> token)
    {
        int first = _first[(int)field];
        for (int i = first - 1; first != 0 && i < Count; i++)
        {
            if (_slots[i].Known == field && ListContains(ValueOf(ref _slots[i]), token))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Enumerates the field lines in their order.</summary>
    public Enumerator GetEnumerator() => new(this);

    internal static bool ListContains(ReadOnlySpan<byte> list, ReadOnlySpan<byte> token)
    {
        foreach (Range range in list.Split((byte)','))
        {
            if (Ascii.EqualsIgnoreCase(list[range].Trim(" \t"u8), token))
            {
                return true;
            }
        }

        return false;
    }

    internal void Clear()
    {
        for (int i = 0; i < Count; i++)
        {
            _first[(int)_slots[i].Known] = 0;
        }

        Count = 0;
        _rewrittenCount = 0;
        _bytes = default;
        if (_slots.Length > SlotsKeptMax)
        {
            _slots = new Slot[SlotsAtFirst];
            _rememberedCount = 0;
            _rewritten = [];
        }
    }

    internal void Attach(ReadOnlyMemory<byte> bytes) => _bytes = bytes;

    /// <summary>The section begins at this place of the input.</summary>
    internal void Begin(int start) => _start = start;

    /// <summary>
    /// Adds the lines that the section begins with as the last one did, and gives how many bytes they have. The
    /// requests of a connection, and most of a server's, differ in little but their first line, and equal bytes mean
    /// the same: they are compared instead of read. A head of a browser takes 150 ns then instead of 300, and the least
    /// head 43 instead of 70; when the very first line differs each time, 320 and 90 instead of 302 and 81 (2026-11,
    /// a loop around <see cref="RequestParser"/>; <c>bench/micro/run --filter '*Parsers.Request*'</c>).
    /// </summary>
    internal int Recall(ReadOnlySpan<byte> section)
    {
        Debug.Assert(Count == 0, "the section begins");
        _recalledCount = 0;
        if (_rememberedCount == 0)
        {
            return 0;
        }

        int same = section.CommonPrefixLength(_remembered.AsSpan(0, EndOf(_rememberedCount)));
        while (Count < _rememberedCount && _slots[Count].End <= same)
        {
            NoteFirst(_slots[Count++].Known);
        }

        _recalledCount = Count;
        return EndOf(Count);
    }

    /// <summary>Whether there are lines, and all of them were recalled.</summary>
    internal bool AreRecalled => Count == _recalledCount && Count > 0;

    /// <summary>Remembers the lines that were read, for the next section. Those with secrets, and what follows them,
    /// are not kept.</summary>
    internal void Remember(ReadOnlySpan<byte> section)
    {
        int count = _rememberedCount;
        while (count < Count && _slots[count].End <= RememberedBytesMax && !_slots[count].Known.IsSecret())
        {
            count++;
        }

        if (count > _rememberedCount)
        {
            int from = EndOf(_rememberedCount);
            int to = EndOf(count);
            if (_remembered.Length < to)
            {
                Array.Resize(ref _remembered, RememberedBytesMax);
            }

            section[from..to].CopyTo(_remembered.AsSpan(from));
            _rememberedCount = count;
        }
    }

    /// <summary>Adds a line. Places are counted from where the section begins.</summary>
    internal void Add(KnownField known, int nameStart, int nameLength, int valueStart, int valueLength, int end)
    {
        if (Count == _slots.Length)
        {
            Array.Resize(ref _slots, 2 * Count);
        }

        _rememberedCount = Math.Min(_rememberedCount, Count); // This slot is another's from now on.
        ref Slot slot = ref _slots[Count++];
        slot.NameStart = nameStart;
        slot.NameLength = nameLength;
        slot.ValueStart = valueStart;
        slot.ValueLength = valueLength;
        slot.End = end;
        slot.Known = known;
        NoteFirst(known);
    }

    /// <summary>The field line read last.</summary>
    internal KnownField LastKnown => _slots[Count - 1].Known;

    /// <summary>Appends a folded line to the last value, with one space between them (RFC 9112 section 5.2).</summary>
    internal void Continue(ReadOnlySpan<byte> input, ReadOnlySpan<byte> more)
    {
        ref Slot slot = ref _slots[Count - 1];
        int length = slot.ValueLength + 1 + more.Length;
        int start = slot.ValueStart < 0 ? -1 - slot.ValueStart : _rewrittenCount;
        if (_rewritten.Length < start + length)
        {
            Array.Resize(ref _rewritten, Math.Max(2 * _rewritten.Length, start + length));
        }

        if (slot.ValueStart >= 0)
        {
            input.Slice(_start + slot.ValueStart, slot.ValueLength).CopyTo(_rewritten.AsSpan(start));
            slot.ValueStart = -1 - start;
        }

        _rewritten[start + slot.ValueLength] = (byte)' ';
        more.CopyTo(_rewritten.AsSpan(start + slot.ValueLength + 1));
        slot.ValueLength = length;
        _rewrittenCount = start + length;
    }

    /// <summary>The value of a field while its head is being read, before there is memory to refer to.</summary>
    internal ReadOnlySpan<byte> ValueAt(ReadOnlySpan<byte> input, int index)
    {
        ref Slot slot = ref _slots[index];
        return slot.ValueStart < 0
            ? _rewritten.AsSpan(-1 - slot.ValueStart, slot.ValueLength)
            : input.Slice(_start + slot.ValueStart, slot.ValueLength);
    }

    internal KnownField KnownAt(int index) => _slots[index].Known;

    /// <summary>The place of the first such field, or -1.</summary>
    internal int FirstOf(KnownField field) => _first[(int)field] - 1;

    private ReadOnlySpan<byte> ValueOf(ref Slot slot) => slot.ValueStart < 0
        ? _rewritten.AsSpan(-1 - slot.ValueStart, slot.ValueLength)
        : _bytes.Span.Slice(_start + slot.ValueStart, slot.ValueLength);

    private int EndOf(int count) => count == 0 ? 0 : _slots[count - 1].End;

    /// <summary>The line added last is the first of its kind, unless there is one.</summary>
    private void NoteFirst(KnownField known)
    {
        if (_first[(int)known] == 0)
        {
            _first[(int)known] = (ushort)Count; // HttpLimits.FieldsMax is less than 65,535.
        }
    }

    /// <summary>Goes over field lines.</summary>
    public ref struct Enumerator
    {
        private readonly HeaderFields _fields;
        private int _index;

        internal Enumerator(HeaderFields fields)
        {
            _fields = fields;
            _index = -1;
        }

        /// <summary>The field line it is at.</summary>
        public readonly HeaderField Current => _fields[_index];

        /// <summary>Goes to the next.</summary>
        public bool MoveNext() => ++_index < _fields.Count;
    }
}
