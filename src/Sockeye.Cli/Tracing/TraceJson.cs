using System.Net;
using System.Text;
using System.Text.Json;
using Sockeye.Capture.Journeys;
using Sockeye.Diagnostics.Names;
using Sockeye.Diagnostics.Routes;
using Sockeye.Wire.Application;

namespace Sockeye.Cli.Tracing;

/// <summary>A trace as one line of JSON.</summary>
internal static class TraceJson
{
    public static void Write(Utf8JsonWriter json, (TraceResult Result, string? Saved) one)
    {
        (TraceResult result, string? saved) = one;
        Journey journey = result.Journey;
        json.WriteString("target", $"{journey.Target}");
        json.WriteString("began_at", journey.BeganAt);
        json.WriteNumber("total_ms", TraceResult.Milliseconds(journey.Total));
        Each(json, "phases", result.Phases, phase =>
        {
            json.WriteString("name", phase.Key);
            json.WriteNumber("start_ms", phase.StartMilliseconds);
            json.WriteNumber("duration_ms", phase.Milliseconds);
        });
        WriteNames(json, result.Names);
        Each(json, "routes", result.Way.Hops, hop => WriteHop(json, hop));
        Each(json, "attempts", journey.Attempts, attempt =>
        {
            json.WriteString("address", TextOf(attempt.Address));
            json.WriteString("outcome", Word(attempt.Outcome));
            WriteTime(json, attempt.Began, attempt.Took);
            json.WriteString("error", attempt.Failure?.Message);
        });
        json.WriteString("local", TextOf(journey.Local));
        json.WriteString("remote", TextOf(journey.Remote));
        WriteKernel(json, journey.Kernel);
        WriteTls(json, journey.Tls);
        WriteHttp(json, journey.Http);
        WriteTalk(json, journey.Talk);
        json.WriteString("close", Word(journey.Close));
        json.WriteString("time_wait_at", TextOf(result.TimeWaitAt));
        WriteFrames(json, result, saved);
        json.WriteString("why_no_capture", result.WhyNoFrames?.Message);
        json.WriteString("failed_phase", journey.Failure is { } failure ? TraceResult.KeyOf(failure.Phase) : null);
    }

    private static void WriteNames(Utf8JsonWriter json, NameResolution? names)
    {
        if (names is null)
        {
            json.WriteNull("name");
            return;
        }

        json.WriteStartObject("name");
        json.WriteString("host", names.Host);
        json.WriteString("source", Word(names.Source));
        Strings(json, "addresses", names.Addresses);
        Each(json, "queries", names.Queries, query =>
        {
            json.WriteString("name", query.Name);
            json.WriteString("type", DnsType.NameOf(query.Type));
            json.WriteString("server", $"{query.Server}");
            json.WriteNumber("id", query.Identifier);
            json.WriteString("outcome", Word(query.Outcome));
            json.WriteString("code", query.Code is { } code ? Word(code) : null);
            Strings(json, "aliases", query.Aliases);
            Strings(json, "addresses", query.Addresses);
            json.WriteNumber("ttl_s", query.TimeToLiveSeconds);
            WriteTime(json, query.Began, query.Took);
        });
        json.WriteEndObject();
    }

    /// <summary>Rounded so that start and duration add up to the rounded end.</summary>
    private static void WriteTime(Utf8JsonWriter json, TimeSpan began, TimeSpan took)
    {
        decimal start = TraceResult.Milliseconds(began);
        json.WriteNumber("start_ms", start);
        json.WriteNumber("duration_ms", TraceResult.Milliseconds(began + took) - start);
    }

    private static void WriteHop(Utf8JsonWriter json, TraceHop hop)
    {
        json.WriteString("to", TextOf(hop.Address));
        json.WriteString("role", Word(hop.Role));
        json.WriteString("kind", hop.Route is { } route ? Word(route.Kind) : null);
        json.WriteString("interface", hop.Route?.Interface.Name);
        json.WriteString("source", TextOf(hop.Route?.Source));
        json.WriteString("gateway", TextOf(hop.Route?.Gateway));
        json.WriteString("neighbor", TextOf(hop.Route?.NextHop));
        json.WriteString("neighbor_hardware", hop.After?.Hardware?.ToString());
        json.WriteString("neighbor_state", hop.After is { } after ? Word(after.State) : null);
        json.WriteBoolean("neighbor_was_known", hop.Before is { Hardware: not null });
    }

    private static void WriteKernel(Utf8JsonWriter json, TcpInfo? known)
    {
        if (known is not { } kernel)
        {
            json.WriteNull("tcp_info");
            return;
        }

        json.WriteStartObject("tcp_info");
        json.WriteNumber("round_trip_ms", TraceResult.Milliseconds(kernel.RoundTripTime));
        json.WriteNumber("round_trip_variation_ms", TraceResult.Milliseconds(kernel.RoundTripVariation));
        json.WriteNumber("round_trip_least_ms", TraceResult.Milliseconds(kernel.RoundTripLeast));
        json.WriteNumber("retransmission_timeout_ms", TraceResult.Milliseconds(kernel.RetransmissionTimeout));
        json.WriteNumber("congestion_window_segments", kernel.CongestionWindowSegments);
        json.WriteNumber("send_segment_bytes", kernel.SendSegmentBytes);
        json.WriteNumber("path_bytes", kernel.PathBytes);
        json.WriteNumber("peer_window_bytes", kernel.PeerWindowBytes);
        json.WriteNumber("own_window_bytes", kernel.OwnWindowBytes);
        json.WriteNumber("retransmissions", kernel.Retransmissions);
        json.WriteNumber("lost", kernel.Lost);
        json.WriteNumber("segments_sent", kernel.SegmentsSent);
        json.WriteNumber("segments_received", kernel.SegmentsReceived);
        json.WriteEndObject();
    }

    private static void WriteTls(Utf8JsonWriter json, JourneyTls? known)
    {
        if (known is not { } tls)
        {
            json.WriteNull("tls");
            return;
        }

        json.WriteStartObject("tls");
        json.WriteString("version", tls.Protocol == 0 ? null : TextFormat.VersionOf(tls.Protocol));
        json.WriteString("cipher", tls.Protocol == 0 ? null : $"{tls.CipherSuite}");
        json.WriteString("alpn", tls.ApplicationProtocol);
        json.WriteString("server_name", tls.ServerName);
        json.WriteBoolean("is_trusted", tls.Errors == 0);
        Each(json, "certificates", tls.Certificates, one =>
        {
            json.WriteString("subject", one.Subject);
            json.WriteString("issuer", one.Issuer);
            json.WriteString("not_before", one.NotBefore);
            json.WriteString("not_after", one.NotAfter);
            json.WriteString("key", one.Key);
            json.WriteString("sha256", one.Fingerprint);
            Strings(json, "names", one.Names);
        });
        json.WriteEndObject();
    }

    private static void WriteHttp(Utf8JsonWriter json, JourneyHttp? known)
    {
        if (known is not { } http)
        {
            json.WriteNull("http");
            return;
        }

        json.WriteStartObject("http");
        json.WriteString("request", http.RequestHead.Split('\r')[0]);
        json.WriteNumber("status", http.Status);
        json.WriteString("reason", http.Reason);
        json.WriteString("version", http.Version);
        json.WriteStartArray("fields");
        foreach ((string name, string value) in http.Fields)
        {
            json.WriteStartArray();
            json.WriteStringValue(name);
            json.WriteStringValue(value);
            json.WriteEndArray();
        }

        json.WriteEndArray();
        json.WriteNumber("body_bytes", http.BodyBytes);
        json.WriteEndObject();
    }

    private static void WriteTalk(Utf8JsonWriter json, JourneyTalk? known)
    {
        if (known is not { } talk)
        {
            json.WriteNull("talk");
            return;
        }

        json.WriteStartObject("talk");
        json.WriteString("greeting", Encoding.UTF8.GetString(talk.Greeting.Span));
        json.WriteString("said", talk.Said);
        json.WriteString("answer", Encoding.UTF8.GetString(talk.Answer.Span));
        json.WriteEndObject();
    }

    private static void WriteFrames(Utf8JsonWriter json, TraceResult result, string? saved)
    {
        if (result.Frames is not { } frames)
        {
            json.WriteNull("capture");
            return;
        }

        json.WriteStartObject("capture");
        json.WriteString("file", saved);
        json.WriteBoolean("has_keys", saved is not null && frames.HasSecrets);
        json.WriteNumber("dropped", frames.Dropped);
        Strings(json, "interfaces", frames.Interfaces);
        Strings(json, "unwatched_interfaces", frames.Unwatched);
        Each(json, "frames", result.FrameList, frame =>
        {
            json.WriteNumber("number", frame.Number);
            json.WriteNumber(
                "time_ms", TraceResult.Milliseconds(frame.Time.ToDateTimeOffset() - result.Journey.BeganAt));
            json.WriteString("from", frame.From);
            json.WriteString("to", frame.To);
            json.WriteString("protocol", frame.Protocol);
            json.WriteString("info", frame.Info);
        });
        json.WriteEndObject();
    }

    private static string? TextOf(IPAddress? address) => address is null ? null : RouteTable.TextOf(address);

    private static string? TextOf(IPEndPoint? endPoint) => endPoint is null ? null : RouteTable.TextOf(endPoint);

    private static string Word<T>(T value)
        where T : struct, Enum => JsonNamingPolicy.SnakeCaseLower.ConvertName(value.ToString());

    private static void Strings<T>(Utf8JsonWriter json, string name, IEnumerable<T> values)
    {
        json.WriteStartArray(name);
        foreach (T value in values)
        {
            json.WriteStringValue($"{value}");
        }

        json.WriteEndArray();
    }

    private static void Each<T>(Utf8JsonWriter json, string name, IEnumerable<T> values, Action<T> write)
    {
        json.WriteStartArray(name);
        foreach (T value in values)
        {
            json.WriteStartObject();
            write(value);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }
}
