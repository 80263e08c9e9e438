using System.Text.Json;
using System.Text.Json.Serialization;

namespace Sockeye.Cli.Loading.Results;

/// <summary>A result as JSON: what <c>--json</c> writes, what a file holds, and what a comparison reads back.</summary>
internal static class LoadResultJson
{
    /// <summary>What the document says it is.</summary>
    public const string Type = "load";

    /// <summary>Writes the properties of a result into an object that is open: <see cref="Output.JsonLine"/>'s.
    /// </summary>
    public static void Write(Utf8JsonWriter json, LoadResult result)
    {
        JsonElement element = JsonSerializer.SerializeToElement(result, LoadResultContext.Default.LoadResult);
        foreach (JsonProperty property in element.EnumerateObject())
        {
            property.WriteTo(json);
        }
    }

    /// <summary>Writes a whole document, the same that <c>--json</c> prints.</summary>
    public static void Write(Stream stream, LoadResult result)
    {
        using (var json = new Utf8JsonWriter(stream))
        {
            json.WriteStartObject();
            json.WriteNumber("schema_version", Output.SchemaVersion);
            json.WriteString("type", Type);
            Write(json, result);
            json.WriteEndObject();
        }

        stream.WriteByte((byte)'\n');
    }

    /// <summary>Reads a document.</summary>
    /// <exception cref="JsonException">It is none, or not one of a load, or not one of this version.</exception>
    public static LoadResult Read(ReadOnlySpan<byte> document)
    {
        LoadResult? result = JsonSerializer.Deserialize(document, LoadResultContext.Default.LoadResult);
        return result is not null && IsPossible(result) ? result : throw new JsonException();
    }

    /// <summary>The version and the type that a document says it has; nulls when it does not say.</summary>
    public static (int? Version, string? Type) Kind(ReadOnlySpan<byte> document)
    {
        LoadDocumentKind? kind = JsonSerializer.Deserialize(document, LoadResultContext.Default.LoadDocumentKind);
        return (kind?.SchemaVersion, kind?.Type);
    }

    /// <summary>Everything that was run, name by name: what two runs must have in common to be compared.</summary>
    public static IEnumerable<(string Name, string Value)> Conditions(LoadResult result)
    {
        var settings = JsonSerializer.SerializeToElement(result.Settings, LoadResultContext.Default.LoadSettings);
        var machine = JsonSerializer.SerializeToElement(result.Machine, LoadResultContext.Default.LoadMachine);
        return settings.EnumerateObject().Concat(machine.EnumerateObject())
            .Select(property => (property.Name, property.Value.ToString()));
    }

    private static bool IsPossible(LoadResult result) =>
        result.Elapsed > TimeSpan.Zero
        && result is { Requests: >= 0, AnsweredInTime: >= 0, Unanswered: >= 0, BytesIn: >= 0, BytesOut: >= 0 }
        && result.Settings is { Connections: > 0, RatePerSecond: null or > 0 }
        && result.Seconds.All(second => second is not null
            && second is { Requests: >= 0, Errors: >= 0, P50Nanoseconds: >= 0, P99Nanoseconds: >= 0 })
        && result.Errors.Values.All(count => count >= 0)
        && result.StatusCodes.Values.All(count => count >= 0);
}

/// <summary>What a document says of itself.</summary>
internal sealed record LoadDocumentKind(int? SchemaVersion = null, string? Type = null);

/// <summary>The serializers, made when the tool is built: nothing is looked up while it runs.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true,
    Converters =
    [
        typeof(SecondsConverter), typeof(UtcConverter), typeof(HistogramConverter),
        typeof(ErrorKindConverter), typeof(LimitConverter), typeof(EndingConverter),
    ])]
[JsonSerializable(typeof(LoadResult))]
[JsonSerializable(typeof(LoadDocumentKind))]
internal sealed partial class LoadResultContext : JsonSerializerContext;

/// <summary>Kinds of failure in lower case: <c>connect_refused</c>.</summary>
internal sealed class ErrorKindConverter()
    : JsonStringEnumConverter<LoadErrorKind>(JsonNamingPolicy.SnakeCaseLower, allowIntegerValues: false);

/// <summary>The generator's limits in lower case: <c>late_sends</c>.</summary>
internal sealed class LimitConverter()
    : JsonStringEnumConverter<GeneratorLimit>(JsonNamingPolicy.SnakeCaseLower, allowIntegerValues: false);

/// <summary>What ended a load in lower case: <c>peer_gone</c>.</summary>
internal sealed class EndingConverter()
    : JsonStringEnumConverter<LoadEnding>(JsonNamingPolicy.SnakeCaseLower, allowIntegerValues: false);

/// <summary>A span of time as a number of seconds.</summary>
internal sealed class SecondsConverter : JsonConverter<TimeSpan>
{
    public override TimeSpan Read(ref Utf8JsonReader reader, Type type, JsonSerializerOptions options) =>
        reader.GetDouble() is var seconds && Math.Abs(seconds) < TimeSpan.MaxValue.TotalSeconds / 2
            ? TimeSpan.FromSeconds(seconds)
            : throw new JsonException();

    public override void Write(Utf8JsonWriter writer, TimeSpan value, JsonSerializerOptions options) =>
        writer.WriteNumberValue(value.TotalSeconds);
}

/// <summary>A moment in UTC, with a Z.</summary>
internal sealed class UtcConverter : JsonConverter<DateTimeOffset>
{
    public override DateTimeOffset Read(ref Utf8JsonReader reader, Type type, JsonSerializerOptions options) =>
        reader.GetDateTimeOffset().ToUniversalTime();

    public override void Write(Utf8JsonWriter writer, DateTimeOffset value, JsonSerializerOptions options) =>
        writer.WriteStringValue(value.UtcDateTime);
}
