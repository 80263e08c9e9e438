using System.Buffers;
using System.Buffers.Text;

namespace Sockeye.Http.Protocol;

/// <summary>
/// Writes a head or a trailer section: its first line, its fields, and <see cref="End"/>. Names, values and reasons
/// that come from a program are checked, and nothing of a head leaves before its end, so that a wrong one throws before
/// a byte is written (RFC 9110 section 5.5).
/// </summary>
/// <example><code>
/// var head = new HeadWriter(connection);
/// head.StatusLine(StatusCode.Ok);
/// head.Field(KnownField.ContentType, "text/plain"u8);
/// head.Field(KnownField.ContentLength, body.Length);
/// head.End();
/// connection.Write(body);
/// </code></example>
public ref struct HeadWriter
{
    private const int BytesAtFirst = 256;

    // A long in decimal.
    private const int NumberBytesMax = 20;

    private readonly IBufferWriter<byte> _output;
    private Span<byte> _span;
    private int _count;
    private Section _section;

    /// <summary>Makes a writer. Nothing else may write to the output until <see cref="End"/>.</summary>
    public HeadWriter(IBufferWriter<byte> output)
    {
        _output = output;
        _span = output.GetSpan(BytesAtFirst);
    }

    private enum Section : byte
    {
        FirstLine = 0,
        Fields,
        Trailers,
        Ended,
    }

    /// <summary>Writes the status line of a code, with the registered reason.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The code is not from 100 to 599.</exception>
    public void StatusLine(int code)
    {
        Begin(Section.Fields);
        Append(StatusCodes.Line(code));
    }

    /// <summary>Writes a status line with a reason of one's own.</summary>
    /// <exception cref="ArgumentException">The code is not from 100 to 599, or the reason has control characters.
    /// </exception>
    public void StatusLine(int code, scoped ReadOnlySpan<byte> reason)
    {
        StatusCodes.ThrowIfNotStatus(code);
        FieldRules.CheckValue(reason);
        Begin(Section.Fields);
        Append(StatusCodes.Line(code)[.."HTTP/1.1 200 ".Length]);
        Append(reason);
        Append("\r\n"u8);
    }

    /// <summary>Writes the request line of a registered method.</summary>
    /// <exception cref="ArgumentException">The target has characters that must be percent-encoded.</exception>
    public void RequestLine(Method method, scoped ReadOnlySpan<byte> target) =>
        RequestLine(method.NameBytes(), target);

    /// <summary>Writes a request line.</summary>
    /// <exception cref="ArgumentException">The method is not a token, or the target has characters that must be
    /// percent-encoded.</exception>
    public void RequestLine(scoped ReadOnlySpan<byte> method, scoped ReadOnlySpan<byte> target)
    {
        if (method.IsEmpty || method.ContainsAnyExcept(Octets.Token))
        {
            ThrowHelper.BadMethod();
        }

        if (target.IsEmpty || target.ContainsAnyExcept(Octets.Target))
        {
            ThrowHelper.BadTarget();
        }

        Begin(Section.Fields);
        Append(method);
        Append(" "u8);
        Append(target);
        Append(" HTTP/1.1\r\n"u8);
    }

    /// <summary>Writes the last chunk instead of a first line: the fields that follow are trailers.</summary>
    public void LastChunk()
    {
        Begin(Section.Trailers);
        Append("0\r\n"u8);
    }

    /// <summary>Writes a field.</summary>
    /// <exception cref="ArgumentException">The value has control characters, or the field may not be a trailer.
    /// </exception>
    public void Field(KnownField field, scoped ReadOnlySpan<byte> value)
    {
        FieldRules.CheckValue(value);
        BeginField(field);
        ReadOnlySpan<byte> start = KnownFields.LineStart(field);
        Span<byte> room = Room(start.Length + value.Length + 2);
        start.CopyTo(room);
        value.CopyTo(room[start.Length..]);
        EndLine(room, start.Length + value.Length);
    }

    /// <summary>Writes a field whose value is a number, such as Content-Length.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The number is negative.</exception>
    public void Field(KnownField field, long value)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(value);
        BeginField(field);
        ReadOnlySpan<byte> start = KnownFields.LineStart(field);
        Span<byte> room = Room(start.Length + NumberBytesMax + 2);
        start.CopyTo(room);
        Utf8Formatter.TryFormat(value, room[start.Length..], out int digits);
        EndLine(room, start.Length + digits);
    }

    /// <summary>Writes a field whose value is a date.</summary>
    public void Field(KnownField field, DateTimeOffset value)
    {
        BeginField(field);
        ReadOnlySpan<byte> start = KnownFields.LineStart(field);
        Span<byte> room = Room(start.Length + HttpDate.Bytes + 2);
        start.CopyTo(room);
        HttpDate.Write(room[start.Length..], value);
        EndLine(room, start.Length + HttpDate.Bytes);
    }

    /// <summary>Writes a field.</summary>
    /// <exception cref="ArgumentException">The name is not a token, the value has control characters, or the field
    /// may not be a trailer.</exception>
    public void Field(scoped ReadOnlySpan<byte> name, scoped ReadOnlySpan<byte> value)
    {
        Span<byte> room = Room(name.Length + value.Length + 4);
        name.CopyTo(room);
        value.CopyTo(room[(name.Length + 2)..]);
        EndField(room, name.Length, value.Length);
    }

    /// <summary>Writes a field. Characters up to U+00FF are written as one byte each.</summary>
    /// <exception cref="ArgumentException">The name is not a token, the value has control characters or ones beyond
    /// U+00FF, or the field may not be a trailer.</exception>
    public void Field(scoped ReadOnlySpan<char> name, scoped ReadOnlySpan<char> value)
    {
        Span<byte> room = Room(name.Length + value.Length + 4);
        Narrow(name, room);
        Narrow(value, room[(name.Length + 2)..]);
        EndField(room, name.Length, value.Length);
    }

    /// <summary>Writes field lines that were written before, each with its CRLF. They are not checked: what they are
    /// made of must have been.</summary>
    public void Lines(scoped ReadOnlySpan<byte> lines)
    {
        ThrowIfNoFirstLine();
        Append(lines);
    }

    /// <summary>Ends the section, and hands all of it to the output.</summary>
    public void End()
    {
        ThrowIfNoFirstLine();
        Append("\r\n"u8);
        _section = Section.Ended;
        _output.Advance(_count);
    }

    private static void Narrow(ReadOnlySpan<char> text, Span<byte> octets)
    {
        for (int i = 0; i < text.Length; i++)
        {
            if (text[i] > byte.MaxValue)
            {
                ThrowHelper.NotLatin();
            }

            octets[i] = (byte)text[i];
        }
    }

    private void Begin(Section section)
    {
        if (_section != Section.FirstLine)
        {
            ThrowHelper.OutOfOrder("a new HeadWriter");
        }

        _section = section;
    }

    private readonly void BeginField(KnownField field)
    {
        ThrowIfNoFirstLine();
        if (field == KnownField.Other)
        {
            ThrowHelper.BadName();
        }

        if (_section == Section.Trailers && !field.MayBeTrailer())
        {
            ThrowHelper.ForbiddenTrailer();
        }
    }

    private readonly void ThrowIfNoFirstLine()
    {
        if (_section is Section.FirstLine or Section.Ended)
        {
            ThrowHelper.OutOfOrder("a first line");
        }
    }

    /// <summary>Checks the name and the value where they are, and only then counts them in.</summary>
    private void EndField(scoped Span<byte> room, int nameLength, int valueLength)
    {
        ThrowIfNoFirstLine();
        ReadOnlySpan<byte> name = room[..nameLength];
        FieldRules.CheckName(name);
        FieldRules.CheckValue(room.Slice(nameLength + 2, valueLength));
        if (_section == Section.Trailers && !KnownFields.Find(name).MayBeTrailer())
        {
            ThrowHelper.ForbiddenTrailer();
        }

        ": "u8.CopyTo(room[nameLength..]);
        EndLine(room, nameLength + 2 + valueLength);
    }

    private void EndLine(scoped Span<byte> room, int length)
    {
        room[length] = Octets.CarriageReturn;
        room[length + 1] = Octets.LineFeed;
        _count += length + 2;
    }

    private void Append(scoped ReadOnlySpan<byte> octets)
    {
        octets.CopyTo(Room(octets.Length));
        _count += octets.Length;
    }

    private Span<byte> Room(int length)
    {
        if (_span.Length - _count < length)
        {
            Grow(length);
        }

        return _span[_count..];
    }

    /// <summary>Nothing was handed over yet, and a buffer writer need not keep it when it gives a longer span: it goes
    /// aside and comes back.</summary>
    private void Grow(int length)
    {
        byte[] aside = ArrayPool<byte>.Shared.Rent(Math.Max(_count, 1));
        _span[.._count].CopyTo(aside);
        _span = _output.GetSpan(Math.Max(2 * _count, _count + length));
        aside.AsSpan(0, _count).CopyTo(_span);
        ArrayPool<byte>.Shared.Return(aside);
    }
}
