using System.Text;

namespace Sockeye.Http;

/// <summary>Field lines that are to be sent, as they will look on the wire. Reused from message to message.</summary>
internal sealed class FieldLines
{
    private const int BytesAtFirst = 256;
    private const int BytesKeptMax = 4_096;

    private byte[] _bytes = new byte[BytesAtFirst];
    private int _count;
    private uint _initials;     // A bit for each letter that a name began with, in either case.

    /// <summary>The lines, each with its end.</summary>
    public ReadOnlySpan<byte> Bytes => _bytes.AsSpan(0, _count);

    /// <summary>Forgets all of them.</summary>
    public void Clear()
    {
        _count = 0;
        _initials = 0;
        if (_bytes.Length > BytesKeptMax)
        {
            _bytes = new byte[BytesAtFirst];
        }
    }

    /// <summary>Adds a line. Name and value have been checked.</summary>
    public void Add(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
    {
        Span<byte> line = Room(name.Length + value.Length + 4);
        name.CopyTo(line);
        line[name.Length] = (byte)':';
        line[name.Length + 1] = (byte)' ';
        value.CopyTo(line[(name.Length + 2)..]);
        line[^2] = (byte)'\r';
        line[^1] = (byte)'\n';
        _count += line.Length;
        _initials |= InitialOf(name);
    }

    /// <summary>Whether there is a line of this name, in any case.</summary>
    public bool Contains(ReadOnlySpan<byte> name)
    {
        // Asked twice of each response, and most often there is none: nothing is searched then.
        ReadOnlySpan<byte> rest = (_initials & InitialOf(name)) != 0 ? Bytes : default;
        while (!rest.IsEmpty)
        {
            if (IsOf(rest, name))
            {
                return true;
            }

            rest = rest[(rest.IndexOf((byte)'\n') + 1)..];
        }

        return false;
    }

    /// <summary>Takes every line of this name away, in any case; true when there was one.</summary>
    public bool Remove(ReadOnlySpan<byte> name)
    {
        bool removed = false;
        int start = 0;
        while (start < _count)
        {
            ReadOnlySpan<byte> rest = _bytes.AsSpan(start, _count - start);
            int length = rest.IndexOf((byte)'\n') + 1;
            if (IsOf(rest, name))
            {
                rest[length..].CopyTo(_bytes.AsSpan(start));
                _count -= length;
                removed = true;
            }
            else
            {
                start += length;
            }
        }

        return removed;
    }

    private static bool IsOf(ReadOnlySpan<byte> line, ReadOnlySpan<byte> name) => line.Length > name.Length
        && line[name.Length] == ':'
        && Ascii.EqualsIgnoreCase(line[..name.Length], name);

    private static uint InitialOf(ReadOnlySpan<byte> name) => 1u << (name[0] & 0x1F);

    private Span<byte> Room(int bytes)
    {
        if (_bytes.Length - _count < bytes)
        {
            Array.Resize(ref _bytes, Math.Max(2 * _bytes.Length, _count + bytes));
        }

        return _bytes.AsSpan(_count, bytes);
    }
}
