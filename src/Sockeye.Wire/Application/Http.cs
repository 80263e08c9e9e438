using System.Buffers;
using System.Buffers.Text;
using System.Text;
using Sockeye.Wire.Dissection;

namespace Sockeye.Wire.Application;

/// <summary>
/// HTTP/1 (RFC 9112), as far as a segment or a reassembled stream begins with a message: fields and row. What speaks
/// HTTP is another library; this one only shows it.
/// </summary>
public static class Http
{
    /// <summary>How long a line may be, in bytes; what is longer is no head.</summary>
    public const int LineBytesMax = 16_384;

    /// <summary>How many field lines are shown.</summary>
    public const int FieldsMax = 200;

    private const int WebPort = 80;
    private const int OtherWebPort = 8080;
    private const int MethodBytesMax = 20;
    private const int CodeDigits = 3;

    private const string Chunked = "chunked";

    // "HTTP/1.1" (RFC 9112 section 2.3).
    private const int VersionBytes = 8;

    private static readonly SearchValues<byte> s_methodLetters =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZ-_"u8);

    /// <summary>Whether it is a request.</summary>
    public static readonly Field Request = new("http.request", "Request", FieldKind.Flag);

    /// <summary>Whether it is a response.</summary>
    public static readonly Field Response = new("http.response", "Response", FieldKind.Flag);

    /// <summary>What the request wants done.</summary>
    public static readonly Field Method = new("http.request.method", "Request Method", FieldKind.Text);

    /// <summary>With what.</summary>
    public static readonly Field Uri = new("http.request.uri", "Request URI", FieldKind.Text);

    /// <summary>The version of a request.</summary>
    public static readonly Field RequestVersion = new("http.request.version", "Request Version", FieldKind.Text);

    /// <summary>The version of a response.</summary>
    public static readonly Field ResponseVersion = new("http.response.version", "Response Version", FieldKind.Text);

    /// <summary>How the request ended.</summary>
    public static readonly Field Code = new("http.response.code", "Status Code", FieldKind.Number);

    /// <summary>How it ended, in words.</summary>
    public static readonly Field Phrase = new("http.response.phrase", "Response Phrase", FieldKind.Text);

    /// <summary>A field line of a request.</summary>
    public static readonly Field RequestLine = new("http.request.line", "Request header", FieldKind.Text);

    /// <summary>A field line of a response.</summary>
    public static readonly Field ResponseLine = new("http.response.line", "Response header", FieldKind.Text);

    /// <summary>The body, as far as it is there.</summary>
    public static readonly Field Body = new("http.file_data", "File Data", FieldKind.Bytes);

    private static readonly (string Name, Field Field)[] s_known =
    [
        Known("host", "http.host", "Host"),
        Known("user-agent", "http.user_agent", "User-Agent"),
        Known("accept", "http.accept", "Accept"),
        Known("accept-encoding", "http.accept_encoding", "Accept-Encoding"),
        Known("accept-language", "http.accept_language", "Accept-Language"),
        Known("authorization", "http.authorization", "Authorization"),
        Known("cache-control", "http.cache_control", "Cache-Control"),
        Known("connection", "http.connection", "Connection"),
        Known("content-encoding", "http.content_encoding", "Content-Encoding"),
        Known("content-length", "http.content_length_header", "Content-Length"),
        Known("content-type", "http.content_type", "Content-Type"),
        Known("cookie", "http.cookie", "Cookie"),
        Known("date", "http.date", "Date"),
        Known("last-modified", "http.last_modified", "Last-Modified"),
        Known("location", "http.location", "Location"),
        Known("referer", "http.referer", "Referer"),
        Known("server", "http.server", "Server"),
        Known("set-cookie", "http.set_cookie", "Set-Cookie"),
        Known("transfer-encoding", "http.transfer_encoding", "Transfer-Encoding"),
        Known("upgrade", "http.upgrade", "Upgrade"),
    ];

    /// <summary>The row of the table.</summary>
    public static readonly Protocol Row = new(
        "http", "HTTP", "Hypertext Transfer Protocol",
        [new(Selector.TcpPort, WebPort), new(Selector.TcpPort, OtherWebPort)],
        [
            Request, Response, Method, Uri, RequestVersion, ResponseVersion, Code, Phrase, RequestLine, ResponseLine,
            .. s_known.Select(row => row.Field), Body,
        ],
        Dissect)
    {
        Recognizes = static payload => TryReadStart(payload, out _, out _),
    };

    private static (string Name, Field Field) Known(string name, string field, string label) =>
        (name, new Field(field, label, FieldKind.Text));

    private static bool Dissect(in Layer layer)
    {
        if (!TryReadStart(layer.Bytes, out bool isRequest, out int end))
        {
            return false;
        }

        ReadOnlySpan<byte> line = Trimmed(layer.Bytes[..end]);
        layer.Begin(layer.Bytes.Length);
        if (layer.BeginInfo())
        {
            layer.Info.Append($"{line}");
        }

        if (!layer.WantsFields)
        {
            return true;
        }

        if (isRequest)
        {
            AddRequestLine(layer, line);
        }
        else
        {
            AddStatusLine(layer, line);
        }

        int at = AddFields(layer, end, isRequest ? RequestLine : ResponseLine, out bool isChunked);
        if (isChunked)
        {
            AddChunks(layer, layer.Bytes[at..]);
        }
        else if (at < layer.Bytes.Length)
        {
            layer.Add(Body, at, layer.Bytes.Length - at);
        }

        return true;
    }

    /// <summary>Whether bytes begin with a whole request line or status line, and where it ends.</summary>
    private static bool TryReadStart(ReadOnlySpan<byte> bytes, out bool isRequest, out int end)
    {
        isRequest = false;
        end = 0;

        // Most payloads are told by their first letter.
        if (bytes.IsEmpty || !s_methodLetters.Contains(bytes[0]))
        {
            return false;
        }

        end = bytes[..Math.Min(bytes.Length, LineBytesMax)].IndexOf((byte)'\n') + 1;
        ReadOnlySpan<byte> line = Trimmed(bytes[..end]);
        if (end == 0)
        {
            return false;
        }

        if (IsVersion(line))
        {
            ReadOnlySpan<byte> code = line[VersionBytes..];
            return code.Length > CodeDigits && code[0] == ' '
                && !code.Slice(1, CodeDigits).ContainsAnyExceptInRange((byte)'0', (byte)'9');
        }

        isRequest = true;
        int space = line.IndexOf((byte)' ');
        return space is > 0 and <= MethodBytesMax && line.LastIndexOf((byte)' ') is var last && last > space
            && !line[..space].ContainsAnyExcept(s_methodLetters)
            && line.Length - last - 1 == VersionBytes && IsVersion(line[(last + 1)..]);
    }

    private static bool IsVersion(ReadOnlySpan<byte> text) =>
        text.Length >= VersionBytes && text.StartsWith("HTTP/1."u8)
            && text[VersionBytes - 1] is >= (byte)'0' and <= (byte)'9';

    private static ReadOnlySpan<byte> Trimmed(ReadOnlySpan<byte> line) => line.TrimEnd("\r\n"u8);

    private static void AddRequestLine(in Layer layer, ReadOnlySpan<byte> line)
    {
        int first = line.IndexOf((byte)' ');
        int last = line.LastIndexOf((byte)' ');
        layer.Add(Request, 0, line.Length, true);
        layer.AddText(Method, 0, first);
        layer.AddText(Uri, first + 1, last - first - 1);
        layer.AddText(RequestVersion, last + 1, line.Length - last - 1);
    }

    private static void AddStatusLine(in Layer layer, ReadOnlySpan<byte> line)
    {
        int at = VersionBytes + 1;
        ulong code = 0;
        foreach (byte digit in line.Slice(at, CodeDigits))
        {
            code = (code * 10) + (ulong)(digit - '0');
        }

        layer.Add(Response, 0, line.Length, true);
        layer.AddText(ResponseVersion, 0, VersionBytes);
        layer.Add(Code, at, CodeDigits, code);
        int phraseAt = at + CodeDigits + 1;
        if (phraseAt < line.Length)
        {
            layer.AddText(Phrase, phraseAt, line.Length - phraseAt);
        }
    }

    private static int AddFields(in Layer layer, int at, Field lineField, out bool isChunked)
    {
        ReadOnlySpan<byte> bytes = layer.Bytes;
        isChunked = false;
        for (int i = 0; i < FieldsMax; i++)
        {
            int length = bytes.Slice(at, Math.Min(bytes.Length - at, LineBytesMax)).IndexOf((byte)'\n') + 1;
            ReadOnlySpan<byte> line = Trimmed(bytes.Slice(at, length));
            int colon = line.IndexOf((byte)':');
            if (colon <= 0)
            {
                return at + length;
            }

            // "If a Transfer-Encoding is present and the chunked transfer coding is the final encoding" (RFC 9112
            // section 6.3).
            isChunked |= Ascii.EqualsIgnoreCase(line[..colon], "transfer-encoding")
                && line.Length - colon > Chunked.Length
                && Ascii.EqualsIgnoreCase(line.TrimEnd(" \t"u8)[^Chunked.Length..], Chunked);
            layer.AddText(lineField, at, line.Length);
            AddKnown(layer, line, colon, at);
            at += length;
        }

        return at;
    }

    /// <summary>
    /// Adds a body without the lines between its chunks, as far as it is there (RFC 9112 section 7.1).
    /// </summary>
    private static void AddChunks(in Layer layer, ReadOnlySpan<byte> rest)
    {
        if (!layer.Wants(Body))
        {
            return;
        }

        int start = layer.JoinedEnd;
        while (TryReadChunkSize(ref rest, out int size))
        {
            ReadOnlySpan<byte> chunk = rest[..Math.Min(size, rest.Length)];
            chunk.CopyTo(layer.Join(chunk.Length));
            rest = rest[chunk.Length..];
            rest = rest[(rest.IndexOf((byte)'\n') + 1)..];
        }

        if (layer.JoinedEnd > start)
        {
            layer.AddJoined(Body, start, layer.JoinedEnd - start, 0);
        }
    }

    /// <summary>Reads the line before a chunk; false when none follows.</summary>
    private static bool TryReadChunkSize(ref ReadOnlySpan<byte> rest, out int size)
    {
        int end = rest[..Math.Min(rest.Length, LineBytesMax)].IndexOf((byte)'\n') + 1;
        bool isSize = Utf8Parser.TryParse(rest[..end], out size, out _, 'x') && size > 0;
        rest = rest[end..];
        return isSize;
    }

    private static void AddKnown(in Layer layer, ReadOnlySpan<byte> line, int colon, int at)
    {
        foreach ((string name, Field field) in s_known)
        {
            if (Ascii.EqualsIgnoreCase(line[..colon], name))
            {
                int start = colon + 1;
                while (start < line.Length && line[start] is (byte)' ' or (byte)'\t')
                {
                    start++;
                }

                layer.AddText(field, at + start, line.Length - start);
                return;
            }
        }
    }
}
