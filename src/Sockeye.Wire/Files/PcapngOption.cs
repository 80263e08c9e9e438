namespace Sockeye.Wire.Files;

/// <summary>An option of a block as a value: a code, and bytes in the byte order of the section.</summary>
public readonly record struct PcapngOption(ushort Code, ByteString Value)
{
    /// <summary>No more options (section 3.5).</summary>
    public const ushort End = 0;

    /// <summary>A comment in UTF-8, in any block (section 3.5.1).</summary>
    public const ushort CommentCode = 1;

    internal const int HeaderBytes = 4;

    internal int PaddedLength => HeaderBytes + Padded(Value.Length);

    /// <summary>A comment.</summary>
    public static PcapngOption Comment(string text) => Text(CommentCode, text);

    /// <summary>An option that is a text.</summary>
    public static PcapngOption Text(ushort code, string text) => new(code, ByteString.FromText(text));

    /// <summary>The options of a block or a frame, to be kept.</summary>
    public static ValueList<PcapngOption> ReadAll(ReadOnlySpan<byte> bytes, bool isBigEndian)
    {
        var options = new List<PcapngOption>();
        var reader = new PcapngOptionReader(bytes, isBigEndian);
        while (reader.TryRead(out ushort code, out ReadOnlySpan<byte> value))
        {
            options.Add(new PcapngOption(code, new ByteString(value)));
        }

        return [.. options];
    }

    internal static int Padded(int length) => (length + 3) & ~3;
}

/// <summary>Reads the options of a block one after another.</summary>
public ref struct PcapngOptionReader
{
    private readonly ByteOrder _order;
    private ReadOnlySpan<byte> _rest;

    /// <summary>Reads these options.</summary>
    public PcapngOptionReader(ReadOnlySpan<byte> bytes, bool isBigEndian)
    {
        _rest = bytes;
        _order = new ByteOrder(isBigEndian);
    }

    /// <summary>The next option; false at the end, and before one that does not fit.</summary>
    public bool TryRead(out ushort code, out ReadOnlySpan<byte> value)
    {
        code = 0;
        value = default;
        if (_rest.Length < PcapngOption.HeaderBytes)
        {
            return false;
        }

        code = _order.ReadUInt16(_rest);
        int length = _order.ReadUInt16(_rest[sizeof(ushort)..]);
        if (code == PcapngOption.End || length > _rest.Length - PcapngOption.HeaderBytes)
        {
            return false;
        }

        value = _rest.Slice(PcapngOption.HeaderBytes, length);
        _rest = _rest[Math.Min(_rest.Length, PcapngOption.HeaderBytes + PcapngOption.Padded(length))..];
        return true;
    }
}
