using System.Text.Json;
using System.Text.Json.Serialization;

namespace Sockeye.Cli.Loading.Results;

/// <summary>
/// A histogram as JSON. The buckets that hold something are all there, so that what is read back is the same histogram;
/// the figures beside them are for people and other programs, and nobody reads them back.
/// </summary>
internal sealed class HistogramConverter : JsonConverter<LatencyHistogram>
{
    private static readonly (string Key, double Percent)[] s_percentiles =
        [("p50_ns", 50), ("p75_ns", 75), ("p90_ns", 90), ("p95_ns", 95), ("p99_ns", 99), ("p99_9_ns", 99.9),
         ("p99_99_ns", 99.99)];

    public override void Write(Utf8JsonWriter writer, LatencyHistogram value, JsonSerializerOptions options)
    {
        writer.WriteStartObject();
        writer.WriteNumber("count", value.Count);
        writer.WriteNumber("clamped_count", value.Clamped);
        writer.WriteNumber("min_ns", value.Min);
        writer.WriteNumber("max_ns", value.Max);
        writer.WriteNumber("mean_ns", Math.Round(value.Mean, 1));
        writer.WriteNumber("standard_deviation_ns", Math.Round(value.StandardDeviation, 1));
        foreach ((string key, double percent) in s_percentiles)
        {
            writer.WriteNumber(key, value.Percentile(percent));
        }

        writer.WriteStartArray("lowest_ns_and_count");
        foreach (HistogramBucket bucket in value.Buckets)
        {
            writer.WriteStartArray();
            writer.WriteNumberValue(bucket.Lowest);
            writer.WriteNumberValue(bucket.Count);
            writer.WriteEndArray();
        }

        writer.WriteEndArray();
        writer.WriteEndObject();
    }

    public override LatencyHistogram Read(ref Utf8JsonReader reader, Type type, JsonSerializerOptions options)
    {
        Expect(reader.TokenType == JsonTokenType.StartObject);
        List<(long Lowest, long Count)> buckets = [];
        long min = 0;
        long max = 0;
        long clamped = 0;
        while (Next(ref reader) == JsonTokenType.PropertyName)
        {
            string? key = reader.GetString();
            Next(ref reader);
            switch (key)
            {
                case "min_ns":
                    min = Number(ref reader);
                    break;
                case "max_ns":
                    max = Number(ref reader);
                    break;
                case "clamped_count":
                    clamped = Number(ref reader);
                    break;
                case "lowest_ns_and_count":
                    ReadBuckets(ref reader, buckets);
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }

        return LatencyHistogram.Restore(buckets, min, max, clamped) ?? throw new JsonException();
    }

    private static void ReadBuckets(ref Utf8JsonReader reader, List<(long Lowest, long Count)> buckets)
    {
        Expect(reader.TokenType == JsonTokenType.StartArray);
        while (Next(ref reader) == JsonTokenType.StartArray)
        {
            Next(ref reader);
            long lowest = Number(ref reader);
            Next(ref reader);
            buckets.Add((lowest, Number(ref reader)));
            Expect(Next(ref reader) == JsonTokenType.EndArray);
        }

        Expect(reader.TokenType == JsonTokenType.EndArray);
    }

    private static JsonTokenType Next(ref Utf8JsonReader reader)
    {
        Expect(reader.Read());
        return reader.TokenType;
    }

    private static long Number(ref Utf8JsonReader reader) =>
        reader.TokenType == JsonTokenType.Number && reader.TryGetInt64(out long number)
            ? number
            : throw new JsonException();

    private static void Expect(bool isSo)
    {
        if (!isSo)
        {
            throw new JsonException();
        }
    }
}
