using System.Text;
using System.Text.Json;
using Sockeye.Cli.Resources;
using Sockeye.Http.Client;

namespace Sockeye.Cli.Fetching;

/// <summary>A response as one object of JSON.</summary>
internal static class ResponseJson
{
    private static readonly UTF8Encoding s_strict = new(false, throwOnInvalidBytes: true);

    public static async Task WriteAsync(Output output, FetchPlan plan, FetchResponse response, CancellationToken stop)
    {
        byte[] body = await ReadAsync(response, stop);
        output.JsonLine("response", (plan.Method, response, body), static (json, one) =>
        {
            FetchResponse response = one.response;
            json.WriteStartObject("request");
            json.WriteString("method", one.Method);
            json.WriteString("url", response.Uri.AbsoluteUri);
            json.WriteEndObject();
            json.WriteNumber("status", response.Status);
            json.WriteString("reason", response.Reason);
            json.WriteString("http_version", HeadView.VersionOf(response));
            WriteFields(json, "headers", response.Fields);
            WriteFields(json, "trailers", response.Trailers);
            WriteRedirects(json, response.Steps);
            WriteTimings(json, response);
            WriteBody(json, one.body);
        });
    }

    private static async Task<byte[]> ReadAsync(FetchResponse response, CancellationToken stop)
    {
        using var held = new MemoryStream();
        byte[] piece = new byte[65_536];
        while (response.Switched is null && await response.Body.ReadAsync(piece, stop) is > 0 and int count)
        {
            held.Write(piece, 0, count);
            if (held.Length > FetchResponse.BufferedBytesMax)
            {
                throw new ToolException(
                    ExitCode.NotSupported, FetchText.BodyTooLongForJson.With(FetchResponse.BufferedBytesMax));
            }
        }

        return held.ToArray();
    }

    private static void WriteFields(Utf8JsonWriter json, string key, FetchFields fields)
    {
        json.WriteStartArray(key);
        foreach ((string name, string value) in fields)
        {
            json.WriteStartObject();
            json.WriteString("name", name);
            json.WriteString("value", FieldText.Decode(value));
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void WriteRedirects(Utf8JsonWriter json, IReadOnlyList<FetchStep> steps)
    {
        json.WriteStartArray("redirects");
        foreach (FetchStep step in steps)
        {
            json.WriteStartObject();
            json.WriteString("url", step.Uri.AbsoluteUri);
            json.WriteNumber("status", step.Status);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    /// <summary>The phases of all requests together, so that they add up to the total.</summary>
    private static void WriteTimings(Utf8JsonWriter json, FetchResponse response)
    {
        var waterfall = new Waterfall(response);
        json.WriteStartObject("timings");
        foreach (IGrouping<string, TimedPhase> phase in waterfall.Requests
            .SelectMany(request => request.Phases).GroupBy(phase => phase.Key))
        {
            json.WriteNumber(phase.Key + "_ms", phase.Sum(one => one.Milliseconds));
        }

        json.WriteNumber("total_ms", waterfall.TotalMilliseconds);
        json.WriteEndObject();
    }

    private static void WriteBody(Utf8JsonWriter json, byte[] body)
    {
        json.WriteNumber("body_bytes", body.Length);
        try
        {
            json.WriteString("body", s_strict.GetString(body));
        }
        catch (DecoderFallbackException)
        {
            json.WriteString("body_base64", Convert.ToBase64String(body));
        }
    }
}
