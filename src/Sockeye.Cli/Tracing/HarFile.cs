using System.Buffers;
using System.Text;
using System.Text.Json;
using System.Web;
using Sockeye.Capture.Journeys;
using Sockeye.Cli.Fetching;

namespace Sockeye.Cli.Tracing;

/// <summary>A trace of a request as an archive of HTTP (HAR 1.2): one entry. Cookies and credentials are left
/// out.</summary>
internal static class HarFile
{
    private const string Redacted = "(left out)";

    // What lets somebody act in another's name; an archive is made to be shown.
    private static readonly string[] s_secret = ["Authorization", "Proxy-Authorization", "Cookie", "Set-Cookie"];

    /// <summary>The archive, as JSON.</summary>
    public static ReadOnlyMemory<byte> Of(TraceResult result)
    {
        var written = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(written, new JsonWriterOptions { Indented = true }))
        {
            json.WriteStartObject();
            json.WriteStartObject("log");
            json.WriteString("version", "1.2");
            json.WriteStartObject("creator");
            json.WriteString("name", "sockeye");
            json.WriteString("version", typeof(HarFile).Assembly.GetName().Version?.ToString(3));
            json.WriteEndObject();
            json.WriteStartArray("entries");
            WriteEntry(json, result);
            json.WriteEndArray();
            json.WriteEndObject();
            json.WriteEndObject();
        }

        return written.WrittenMemory;
    }

    private static void WriteEntry(Utf8JsonWriter json, TraceResult result)
    {
        Journey journey = result.Journey;
        JourneyHttp http = journey.Http ?? new JourneyHttp { RequestHead = $"GET {journey.Target.Path} HTTP/1.1\r\n" };
        json.WriteStartObject();
        json.WriteString("startedDateTime", journey.BeganAt);
        json.WriteNumber("time", WithoutClosing(result).Sum(one => one.Milliseconds));
        WriteRequest(json, journey, http);
        WriteResponse(json, journey, http);
        json.WriteStartObject("cache");
        json.WriteEndObject();
        WriteTimings(json, result);
        if (journey.Remote is { } remote)
        {
            json.WriteString("serverIPAddress", $"{remote.Address}");
            json.WriteString("connection", $"{journey.Local?.Port}");
        }

        if (journey.Failure is { } failure)
        {
            json.WriteString("_error", failure.Exception.Message);
        }

        json.WriteEndObject();
    }

    private static void WriteRequest(Utf8JsonWriter json, Journey journey, JourneyHttp http)
    {
        json.WriteStartObject("request");
        json.WriteString("method", http.RequestHead.Split(' ')[0]);
        json.WriteString("url", $"{journey.Target}");
        json.WriteString("httpVersion", "HTTP/1.1");
        Empty(json, "cookies");
        IEnumerable<string[]> lines = http.RequestHead.Split("\r\n").Skip(1).Select(line => line.Split(": ", 2));
        Fields(json, lines.Where(line => line.Length == 2).Select(line => (line[0], line[1])));
        int query = journey.Target.Path.IndexOf('?', StringComparison.Ordinal);
        var parts = HttpUtility.ParseQueryString(query < 0 ? "" : journey.Target.Path[query..]);
        Pairs(json, "queryString", parts.AllKeys.SelectMany(name =>
            (parts.GetValues(name) ?? []).Select(value => (name ?? "", value))));
        json.WriteNumber("headersSize", Encoding.Latin1.GetByteCount(http.RequestHead));
        json.WriteNumber("bodySize", 0);
        json.WriteEndObject();
    }

    private static void WriteResponse(Utf8JsonWriter json, Journey journey, JourneyHttp http)
    {
        json.WriteStartObject("response");
        json.WriteNumber("status", http.Status);
        json.WriteString("statusText", http.Reason);
        json.WriteString("httpVersion", http.Version);
        Empty(json, "cookies");
        Fields(json, http.Fields.Select(field => (field.Key, field.Value)));
        json.WriteStartObject("content");
        json.WriteNumber("size", http.BodyBytes);
        string type = http.Find("Content-Type") ?? "";
        json.WriteString("mimeType", type);
        if (http.BodyBytes > 0 && http.Body.Length == http.BodyBytes)
        {
            bool isText = IsText(http.Body.Span);
            json.WriteString("text", isText
                ? Encoding.UTF8.GetString(http.Body.Span)
                : Convert.ToBase64String(http.Body.Span));
            if (!isText)
            {
                json.WriteString("encoding", "base64");
            }
        }

        json.WriteEndObject();
        json.WriteString("redirectURL", http.Find("Location") ?? "");
        json.WriteNumber("headersSize", http.HeadBytes);
        json.WriteNumber("bodySize", journey.Http is null ? -1 : http.BodyBytes);
        json.WriteEndObject();
    }

    private static void WriteTimings(Utf8JsonWriter json, TraceResult result)
    {
        // "If the time for ssl is included, it is included in the connect field too" (HAR 1.2, timings).
        decimal tls = Timing(result, JourneyPhaseKind.Tls);
        decimal connect = Timing(result, JourneyPhaseKind.Connect);
        json.WriteStartObject("timings");
        json.WriteNumber("blocked", Blocked(result));
        json.WriteNumber("dns", Timing(result, JourneyPhaseKind.NameLookup));
        json.WriteNumber("connect", connect < 0 ? -1 : connect + Math.Max(0, tls));
        json.WriteNumber("ssl", tls);
        json.WriteNumber("send", Math.Max(0, Timing(result, JourneyPhaseKind.Send)));
        json.WriteNumber("wait", Math.Max(0, Timing(result, JourneyPhaseKind.Wait)));
        json.WriteNumber("receive", Math.Max(0, Timing(result, JourneyPhaseKind.Transfer)));
        json.WriteNumber("_close", Timing(result, JourneyPhaseKind.Close));
        json.WriteEndObject();
    }

    private static IEnumerable<TimedPhase> WithoutClosing(TraceResult result) =>
        result.Phases.TakeWhile(one => one.Key != TraceResult.KeyOf(JourneyPhaseKind.Close));

    /// <summary>Looking at the way, and what this program took itself; -1 when there was neither.</summary>
    private static decimal Blocked(TraceResult result)
    {
        string[] keys = [TraceResult.KeyOf(JourneyPhaseKind.Route), TraceResult.KeyOf(JourneyPhaseKind.Own)];
        TimedPhase[] phases = [.. WithoutClosing(result).Where(one => keys.Contains(one.Key))];
        return phases.Length == 0 ? -1 : phases.Sum(one => one.Milliseconds);
    }

    /// <summary>How long a phase took; -1 when there was none, as the format has it.</summary>
    private static decimal Timing(TraceResult result, JourneyPhaseKind kind) =>
        result.Phases.FirstOrDefault(one => one.Key == TraceResult.KeyOf(kind))?.Milliseconds ?? -1;

    private static bool IsText(ReadOnlySpan<byte> bytes) =>
        System.Text.Unicode.Utf8.IsValid(bytes) && !bytes.Contains((byte)0);

    private static void Empty(Utf8JsonWriter json, string name)
    {
        json.WriteStartArray(name);
        json.WriteEndArray();
    }

    private static void Fields(Utf8JsonWriter json, IEnumerable<(string Name, string Value)> fields) =>
        Pairs(json, "headers", fields.Select(field => s_secret.Contains(field.Name, StringComparer.OrdinalIgnoreCase)
            ? (field.Name, Redacted)
            : field));

    private static void Pairs(Utf8JsonWriter json, string name, IEnumerable<(string Name, string Value)> pairs)
    {
        json.WriteStartArray(name);
        foreach ((string key, string value) in pairs)
        {
            json.WriteStartObject();
            json.WriteString("name", key);
            json.WriteString("value", value);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }
}
