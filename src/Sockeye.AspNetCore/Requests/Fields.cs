using System.Buffers;
using System.Buffers.Text;
using System.Collections;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;
using Sockeye.Http.Protocol;

namespace Sockeye.AspNetCore.Requests;

/// <summary>
/// The fields of a request or a response as ASP.NET Core sees them. A request's are taken from its head when somebody
/// first looks. Used again for the next request: a value that is the same again is the same string.
/// </summary>
internal sealed class Fields : IHeaderDictionary
{
    private const string ContentLengthName = "Content-Length";
    private const int EntriesAtFirst = 16;

    private enum Use : byte
    {
        /// <summary>Fields can be read and changed.</summary>
        Open,

        /// <summary>What the head has was not looked at yet.</summary>
        Unread,

        /// <summary>They have left, or are not ours to change.</summary>
        Frozen,
    }

    private Entry[] _entries = new Entry[EntriesAtFirst];
    private int _count;
    private long? _contentLength;
    private RequestHead? _head;
    private Use _use;

    private struct Entry
    {
        public string Name;
        public StringValues Values;
    }

    public int Count
    {
        get
        {
            Read();
            return _count + (_contentLength is null ? 0 : 1);
        }
    }

    public bool IsReadOnly => _use == Use.Frozen;

    public long? ContentLength
    {
        get
        {
            Read();
            return _contentLength;
        }

        set
        {
            CheckOpen();
            ArgumentOutOfRangeException.ThrowIfNegative(value ?? 0);
            _contentLength = value;
        }
    }

    public ICollection<string> Keys => [.. this.Select(one => one.Key)];

    public ICollection<StringValues> Values => [.. this.Select(one => one.Value)];

    public StringValues this[string key]
    {
        get => TryGetValue(key, out StringValues values) ? values : StringValues.Empty;
        set
        {
            CheckOpen();
            if (value.Count == 0)
            {
                Remove(key);
                return;
            }

            FieldChecks.Check(key, value);
            if (IsContentLength(key))
            {
                _contentLength = ParseLength(value);
                return;
            }

            int index = IndexOf(key);
            if (index < 0)
            {
                Append(key, value);
            }
            else
            {
                _entries[index].Values = value;
            }
        }
    }

    StringValues IDictionary<string, StringValues>.this[string key]
    {
        get => TryGetValue(key, out StringValues values) ? values : throw new KeyNotFoundException(
            $"There is no field '{key}'.");
        set => this[key] = value;
    }

    /// <summary>Forgets all of them, for the next request.</summary>
    public void Reset()
    {
        _use = Use.Open;
        _count = 0;
        _contentLength = null;
        _head = null;
    }

    /// <summary>Has them taken from this head when somebody looks; it must stay as it is until then.</summary>
    public void Attach(RequestHead head)
    {
        Reset();
        _head = head;
        _use = Use.Unread;
    }

    /// <summary>Takes these right away.</summary>
    public void Load(HeaderFields fields)
    {
        Reset();
        foreach (HeaderField field in fields)
        {
            Load(field);
        }
    }

    /// <summary>Nothing changes from now on.</summary>
    public void Freeze()
    {
        Read();
        _use = Use.Frozen;
    }

    public bool TryGetValue(string key, [MaybeNullWhen(false)] out StringValues value)
    {
        ArgumentNullException.ThrowIfNull(key);
        Read();
        if (IsContentLength(key))
        {
            value = LengthText();
            return _contentLength is not null;
        }

        int index = IndexOf(key);
        value = index < 0 ? StringValues.Empty : _entries[index].Values;
        return index >= 0;
    }

    public bool ContainsKey(string key) => TryGetValue(key, out _);

    public void Add(string key, StringValues value)
    {
        if (ContainsKey(key))
        {
            throw new ArgumentException($"There is a field '{key}' already.", nameof(key));
        }

        this[key] = value;
    }

    public void Add(KeyValuePair<string, StringValues> item) => Add(item.Key, item.Value);

    public bool Remove(string key)
    {
        ArgumentNullException.ThrowIfNull(key);
        CheckOpen();
        if (IsContentLength(key))
        {
            bool had = _contentLength is not null;
            _contentLength = null;
            return had;
        }

        int index = IndexOf(key);
        if (index < 0)
        {
            return false;
        }

        _count--;
        Array.Copy(_entries, index + 1, _entries, index, _count - index);
        return true;
    }

    public bool Remove(KeyValuePair<string, StringValues> item) => Contains(item) && Remove(item.Key);

    public bool Contains(KeyValuePair<string, StringValues> item) =>
        TryGetValue(item.Key, out StringValues values) && StringValues.Equals(values, item.Value);

    public void Clear()
    {
        CheckOpen();
        _count = 0;
        _contentLength = null;
    }

    public void CopyTo(KeyValuePair<string, StringValues>[] array, int arrayIndex)
    {
        foreach (KeyValuePair<string, StringValues> field in this)
        {
            array[arrayIndex++] = field;
        }
    }

    public IEnumerator<KeyValuePair<string, StringValues>> GetEnumerator()
    {
        Read();
        for (int i = 0; i < _count; i++)
        {
            yield return new KeyValuePair<string, StringValues>(_entries[i].Name, _entries[i].Values);
        }

        if (_contentLength is not null)
        {
            yield return new KeyValuePair<string, StringValues>(ContentLengthName, LengthText());
        }
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <summary>Calls back with each line but Content-Length, as it goes out; without allocating.</summary>
    public void WriteTo<TTarget>(TTarget target, FieldWriter<TTarget> write)
    {
        const int OnStackMax = 512;
        Span<byte> onStack = stackalloc byte[OnStackMax];
        for (int i = 0; i < _count; i++)
        {
            ref Entry entry = ref _entries[i];
            for (int j = 0; j < entry.Values.Count; j++)
            {
                string value = entry.Values[j] ?? "";
                int length = entry.Name.Length + value.Length;
                byte[]? rented = length > OnStackMax ? ArrayPool<byte>.Shared.Rent(length) : null;
                Span<byte> octets = rented ?? onStack;
                Encoding.Latin1.GetBytes(entry.Name, octets);
                Encoding.Latin1.GetBytes(value, octets[entry.Name.Length..]);
                write(target, octets[..entry.Name.Length], octets[entry.Name.Length..length]);
                if (rented is not null)
                {
                    ArrayPool<byte>.Shared.Return(rented);
                }
            }
        }
    }

    private static bool IsContentLength(string key) => key.Length == ContentLengthName.Length
        && string.Equals(key, ContentLengthName, StringComparison.OrdinalIgnoreCase);

    private static long ParseLength(StringValues value) =>
        long.TryParse((string?)value, NumberStyles.None, CultureInfo.InvariantCulture, out long length)
            ? length
            : throw new InvalidOperationException($"Content-Length is a number, and '{value}' is not.");

    private StringValues LengthText() => _contentLength?.ToString(CultureInfo.InvariantCulture);

    private int IndexOf(string key)
    {
        for (int i = 0; i < _count; i++)
        {
            string name = _entries[i].Name;
            if ((object)name == key
                || (name.Length == key.Length && string.Equals(name, key, StringComparison.OrdinalIgnoreCase)))
            {
                return i;
            }
        }

        return -1;
    }

    private void Append(string name, StringValues values)
    {
        if (_count == _entries.Length)
        {
            Array.Resize(ref _entries, 2 * _count);
        }

        ref Entry entry = ref _entries[_count++];
        entry.Name = name;
        entry.Values = values;
    }

    private void CheckOpen()
    {
        Read();
        if (_use == Use.Frozen)
        {
            throw new InvalidOperationException("Headers are read-only, response has already started.");
        }
    }

    private void Read()
    {
        if (_use != Use.Unread)
        {
            return;
        }

        _use = Use.Open;
        foreach (HeaderField field in _head!.Fields)
        {
            Load(field);
        }

        if (_head.Form == TargetForm.Absolute)
        {
            // RFC 9112 section 3.2.2: a server "MUST ignore the received Host header field (if any) and instead use the
            // host information of the request-target".
            this["Host"] = Encoding.ASCII.GetString(_head.Authority);
        }
    }

    private void Load(HeaderField field)
    {
        if (field.Known == KnownField.ContentLength
            && Utf8Parser.TryParse(field.Value, out long length, out int used) && used == field.Value.Length)
        {
            _contentLength = length;
            return;
        }

        if (_count < _entries.Length)
        {
            // What the last request had in this place is often what this one has.
            ref Entry last = ref _entries[_count];
            if (last.Name is not null && last.Values.Count == 1 && Ascii.EqualsIgnoreCase(field.Name, last.Name)
                && Ascii.Equals(field.Value, last.Values[0]) && IndexOf(last.Name) < 0)
            {
                _count++;
                return;
            }
        }

        string name = field.NameText;
        string value = TextOf(field.Value);
        int index = IndexOf(name);
        if (index < 0)
        {
            Append(name, value);
        }
        else
        {
            _entries[index].Values = StringValues.Concat(_entries[index].Values, value);
        }
    }

    /// <summary>UTF-8, as ASP.NET Core's other servers have it; where it is not, a character for each byte.</summary>
    private static string TextOf(ReadOnlySpan<byte> value) => System.Text.Unicode.Utf8.IsValid(value)
        ? Encoding.UTF8.GetString(value)
        : Encoding.Latin1.GetString(value);
}

/// <summary>Takes one field line.</summary>
internal delegate void FieldWriter<TTarget>(TTarget target, ReadOnlySpan<byte> name, ReadOnlySpan<byte> value);
