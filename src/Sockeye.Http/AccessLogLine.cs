using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Sockeye.Http.Protocol;

namespace Sockeye.Http;

/// <summary>The form of a line of an access log.</summary>
public enum AccessLogFormat
{
    /// <summary>NCSA's common format: host, time, request line, status, bytes.</summary>
    Common = 0,

    /// <summary>The same, with Referer and User-Agent.</summary>
    Combined,

    /// <summary>A line of JSON, with units in its keys.</summary>
    Json,
}

/// <summary>
/// Writes the line of a request for an <see cref="AccessLog"/>. What comes from the client is escaped, so that it
/// cannot make lines of its own. A rejected request has the rule that it broke at the end.
/// </summary>
public static class AccessLogLine
{
    private const string HexDigits = "0123456789abcdef";

    private static readonly JsonWriterOptions s_json = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Writes the line with its end.</summary>
    public static void Write(IBufferWriter<byte> output, AccessLogFormat format, in AccessEntry entry)
    {
        ArgumentNullException.ThrowIfNull(output);
        if (format == AccessLogFormat.Json)
        {
            WriteJson(output, entry);
        }
        else
        {
            WriteText(output, format, entry);
        }

        output.Write("\n"u8);
    }

    private static void WriteText(IBufferWriter<byte> output, AccessLogFormat format, in AccessEntry entry)
    {
        // [10/Oct/2000:13:55:36 +0000], and two fields that nobody fills in: identity by RFC 1413, and user.
        string time = entry.Began.UtcDateTime.ToString("dd/MMM/yyyy:HH:mm:ss", CultureInfo.InvariantCulture);
        Text(output, $"{HostOf(entry.Connection)} - - [{time} +0000] \"");
        if (RequestOf(entry) is { } head)
        {
            Escaped(output, head.MethodBytes);
            Text(output, " ");
            Escaped(output, head.Target);
            Text(output, head.Version == ProtocolVersion.Http10 ? " HTTP/1.0" : " HTTP/1.1");
        }
        else
        {
            Text(output, "-");
        }

        string status = entry.Status == 0 ? "-" : Number(entry.Status);
        Text(output, $"\" {status} {(entry.ContentBytes == 0 ? "-" : Number(entry.ContentBytes))}");
        if (format == AccessLogFormat.Combined)
        {
            Quoted(output, FieldOf(entry, KnownField.Referer));
            Quoted(output, FieldOf(entry, KnownField.UserAgent));
        }

        if (entry.Rule != HttpRule.None)
        {
            Text(output, $" rule={entry.Rule}");
            if (entry.Rule.Meaning().Limit is { Length: > 0 } limit)
            {
                Text(output, $" limit=\"{limit}\"");
            }
        }
    }

    private static void WriteJson(IBufferWriter<byte> output, in AccessEntry entry)
    {
        using var json = new Utf8JsonWriter(output, s_json);
        json.WriteStartObject();
        json.WriteNumber("schema_version", 1);
        json.WriteString("type", "request");
        json.WriteString("time", entry.Began.UtcDateTime);
        json.WriteString("peer", entry.Connection.RemoteEndpoint.ToString());
        json.WriteNumber("connection", entry.Connection.Id);
        if (RequestOf(entry) is { } head)
        {
            json.WriteString("method", Encoding.Latin1.GetString(head.MethodBytes));
            json.WriteString("target", Encoding.Latin1.GetString(head.Target));
            json.WriteString("version", head.Version == ProtocolVersion.Http10 ? "1.0" : "1.1");
        }

        json.WriteNumber("status", entry.Status);
        json.WriteNumber("content_bytes", entry.ContentBytes);
        json.WriteNumber("duration_ms", Math.Round(entry.Duration.TotalMilliseconds, 3));
        Optional(json, "host", FieldOf(entry, KnownField.Host));
        Optional(json, "referer", FieldOf(entry, KnownField.Referer));
        Optional(json, "user_agent", FieldOf(entry, KnownField.UserAgent));
        if (entry.Rule != HttpRule.None)
        {
            json.WriteString("rule", entry.Rule.ToString());
            json.WriteString("rule_sentence", entry.Rule.Meaning().Explanation);
        }

        json.WriteEndObject();
    }

    private static void Optional(Utf8JsonWriter json, string name, ReadOnlySpan<byte> value)
    {
        if (!value.IsEmpty)
        {
            json.WriteString(name, Encoding.Latin1.GetString(value));
        }
    }

    /// <summary>The head, as far as it was read; null when not even its first line was.</summary>
    private static RequestHead? RequestOf(in AccessEntry entry) =>
        entry.Head is { Bytes.IsEmpty: false, MethodBytes.IsEmpty: false, Target.IsEmpty: false } head ? head : null;

    private static ReadOnlySpan<byte> FieldOf(in AccessEntry entry, KnownField field) =>
        entry.Head is { Bytes.IsEmpty: false } head ? head.Fields.Get(field) : default;

    private static string HostOf(Connection connection) => connection.RemoteEndpoint switch
    {
        { Scheme: EndpointScheme.Unix } => "unix:",
        { Address: { } address } => address.ToString(),
        Endpoint other => other.Host,
    };

    private static void Quoted(IBufferWriter<byte> output, ReadOnlySpan<byte> value)
    {
        Text(output, " \"");
        if (value.IsEmpty)
        {
            Text(output, "-");
        }

        Escaped(output, value);
        Text(output, "\"");
    }

    /// <summary>Quotes, backslashes and whatever is not printable ASCII as <c>\xHH</c>, as nginx does.</summary>
    private static void Escaped(IBufferWriter<byte> output, ReadOnlySpan<byte> value)
    {
        Span<byte> room = output.GetSpan(4 * Math.Max(value.Length, 1));
        int count = 0;
        foreach (byte octet in value)
        {
            if (octet is >= 0x20 and < 0x7F and not ((byte)'"' or (byte)'\\'))
            {
                room[count++] = octet;
                continue;
            }

            room[count++] = (byte)'\\';
            room[count++] = (byte)'x';
            room[count++] = (byte)HexDigits[octet >> 4];
            room[count++] = (byte)HexDigits[octet & 15];
        }

        output.Advance(count);
    }

    private static string Number(long value) => value.ToString(CultureInfo.InvariantCulture);

    private static void Text(IBufferWriter<byte> output, string text) => Encoding.ASCII.GetBytes(text, output);
}
