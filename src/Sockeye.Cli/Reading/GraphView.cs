using System.CommandLine.Parsing;
using System.Globalization;
using Sockeye.Capture.Streams;
using Sockeye.Cli.Fetching;
using Sockeye.Cli.Loading.Results;
using Sockeye.Cli.Resources;
using Sockeye.Wire;
using Sockeye.Wire.Dissection;

namespace Sockeye.Cli.Reading;

/// <summary>What a graph shows over time.</summary>
internal enum GraphKind : byte
{
    /// <summary>How long acknowledgements took.</summary>
    Rtt = 0,

    /// <summary>How much was on its way, and how much the receiver could take.</summary>
    Window,

    /// <summary>How much was sent.</summary>
    Rate,
}

/// <summary>A graph that was asked for: <c>rtt:3</c>, <c>window:3</c>, <c>rate</c>.</summary>
internal sealed record GraphChoice(GraphKind Kind, StreamChoice Stream)
{
    public static GraphChoice? Read(ArgumentResult result)
    {
        string text = result.Tokens[^1].Value;
        string[] parts = text.Split(':', 2);
        GraphKind? kind = parts[0] switch
        {
            "rtt" => GraphKind.Rtt,
            "window" => GraphKind.Window,
            "rate" => GraphKind.Rate,
            _ => null,
        };
        StreamChoice? stream = parts.Length == 1 ? StreamChoice.All : StreamChoice.Parse(parts[1]);
        if (kind is { } known && stream is not null)
        {
            return new GraphChoice(known, stream);
        }

        result.AddError(ReadText.NoGraph.With(text));
        return null;
    }
}

/// <summary>A graph of a stream, or of the whole capture, in braille.</summary>
internal sealed class GraphView(Output output, GraphChoice choice) : ReadView
{
    private const int Height = 12;
    private const double NanosecondsPerSecond = 1e9;
    private const double BitsPerByte = 8;
    private const double SecondsMin = 1e-6; // A capture of one moment has no rate.
    private const string ClientColor = Screen.Red;
    private const string ServerColor = Screen.Blue;

    private readonly Samples[] _first = [new(), new()];
    private readonly Samples[] _second = [new(), new()];
    private readonly TimeSums[] _sums = [new(), new()];
    private Timestamp? _start;
    private double _seconds;
    private bool _isEmpty = true;

    public override void Take(in DissectedFrame frame, in StreamPacket packet)
    {
        if (!choice.Stream.Has(packet) || frame.Frame.Time is not { } time)
        {
            return;
        }

        _isEmpty = false;
        _start ??= time;
        double seconds = Math.Max(0, (time.Nanoseconds - _start.Value.Nanoseconds) / NanosecondsPerSecond);
        _seconds = Math.Max(_seconds, seconds);
        int side = (int)packet.From;
        TcpPacket tcp = packet.Tcp;
        switch (choice.Kind)
        {
            case GraphKind.Rate:
                _sums[side].Add(seconds, frame.Frame.LengthOnWire * BitsPerByte);
                break;
            case GraphKind.Rtt when tcp.AcknowledgedFrame > 0:
                // The acknowledgement measures the way of what the other end has sent.
                _first[1 - side].Add(seconds, tcp.AckNanoseconds / NanosecondsPerSecond);
                break;
            case GraphKind.Window when packet.IsTcp:
                _second[1 - side].Add(seconds, tcp.Window);
                if (tcp.BytesInFlight > 0)
                {
                    _first[side].Add(seconds, tcp.BytesInFlight);
                }

                break;
        }
    }

    public override int Finish(StreamTable streams)
    {
        if (_isEmpty)
        {
            throw choice.Stream.Number is null
                ? new ToolException(ExitCode.Negative, ReadText.GraphEmpty)
                : choice.Stream.Missing(streams);
        }

        if (output.Json)
        {
            WriteJson();
            return ExitCode.Done;
        }

        (double yMax, Func<double, string> unit, Series[] all) = choice.Kind switch
        {
            GraphKind.Rate => Rate(),
            GraphKind.Rtt => RoundTrips(),
            _ => Windows(),
        };

        // Only colours tell what is drawn into one plot; without them each series has one of its own.
        foreach (Series[] together in output.OutHasColor ? [all] : all.Select(one => (Series[])[one]))
        {
            Draw(together, yMax, unit);
        }

        return ExitCode.Done;
    }

    private void Draw(Series[] together, double yMax, Func<double, string> unit)
    {
        var plot = new BraillePlot(output.Width, Height, _seconds, yMax);
        foreach (Series one in together)
        {
            one.Draw(plot);
            output.Line(output.OutHasColor ? BraillePlot.Legend(one.Color, one.Words) : one.Words);
        }

        foreach (string line in plot.Lines(unit, Seconds, output.OutHasColor))
        {
            output.Line(line);
        }
    }

    private static double MaxOf(params IEnumerable<Samples> all) =>
        all.SelectMany(samples => samples.Values).Select(point => point.Value).DefaultIfEmpty(0).Max();

    private static string Seconds(double seconds) =>
        seconds == 0 ? "0 s" : Quantity.Duration(seconds * NanosecondsPerSecond);

    private static string Bits(double bits) => bits switch
    {
        >= 1e9 => $"{(bits / 1e9).ToString("F1", CultureInfo.InvariantCulture)} Gbit/s",
        >= 1e6 => $"{(bits / 1e6).ToString("F1", CultureInfo.InvariantCulture)} Mbit/s",
        >= 1e3 => $"{(bits / 1e3).ToString("F1", CultureInfo.InvariantCulture)} kbit/s",
        _ => $"{bits.ToString("F0", CultureInfo.InvariantCulture)} bit/s",
    };

    private static string Bytes(double bytes) => bytes switch
    {
        >= 1 << 20 => $"{(bytes / (1 << 20)).ToString("F1", CultureInfo.InvariantCulture)} MiB",
        >= 1 << 10 => $"{(bytes / (1 << 10)).ToString("F1", CultureInfo.InvariantCulture)} KiB",
        _ => $"{bytes.ToString("F0", CultureInfo.InvariantCulture)} B",
    };

    private (double, Func<double, string>, Series[]) RoundTrips() => (
        MaxOf(_first), Seconds,
        [
            new Series(ClientColor, ReadText.GraphRttClient, plot => Draw(plot, _first[0], ClientColor)),
            new Series(ServerColor, ReadText.GraphRttServer, plot => Draw(plot, _first[1], ServerColor)),
        ]);

    // Of the direction in which more was on its way.
    private (double, Func<double, string>, Series[]) Windows()
    {
        int side = MaxOf(_first[0]) >= MaxOf(_first[1]) ? 0 : 1;
        string sender = StreamWords.SideOf((Side)side);
        string receiver = StreamWords.SideOf((Side)(1 - side));
        return (
            MaxOf(_first[side], _second[side]), Bytes,
            [
                new Series(
                    Screen.Green, ReadText.GraphWindow.With(receiver),
                    plot => Draw(plot, _second[side], Screen.Green)),
                new Series(
                    ClientColor, ReadText.GraphFlight.With(sender), plot => Draw(plot, _first[side], ClientColor)),
            ]);
    }

    // In one plot the servers' part stands on that of the clients, which covers the rest of the sum.
    private (double, Func<double, string>, Series[]) Rate()
    {
        int spans = new BraillePlot(output.Width, Height, 1, 1).DotColumns;
        double span = Math.Max(_seconds, SecondsMin) / spans;
        double[] client = [.. _sums[0].Over(_seconds, spans).Select(bits => bits / span)];
        double[] server = [.. _sums[1].Over(_seconds, spans).Select(bits => bits / span)];
        double[] both = [.. server.Zip(client, (one, other) => one + other)];
        return output.OutHasColor
            ? (both.Max(), Bits,
                [
                    new Series(ServerColor, ReadText.GraphRateOnTop, plot => Fill(plot, both, ServerColor)),
                    new Series(ClientColor, ReadText.GraphRateClient, plot => Fill(plot, client, ClientColor)),
                ])
            : (Math.Max(client.Max(), server.Max()), Bits,
                [
                    new Series(ClientColor, ReadText.GraphRateClient, plot => Fill(plot, client, ClientColor)),
                    new Series(ServerColor, ReadText.GraphRateServer, plot => Fill(plot, server, ServerColor)),
                ]);
    }

    private static void Fill(BraillePlot plot, double[] values, string color)
    {
        for (int i = 0; i < values.Length; i++)
        {
            plot.AddBar(i, values[i], color);
        }
    }

    private static void Draw(BraillePlot plot, Samples samples, string color)
    {
        foreach ((double seconds, double value) in samples.Values)
        {
            plot.Add(seconds, value, color);
        }
    }

    private void WriteJson()
    {
        string kind = choice.Kind.ToString().ToLowerInvariant();
        foreach (Side side in Enum.GetValues<Side>())
        {
            (string Name, IEnumerable<(double Seconds, double Value)> Values)[] series = choice.Kind switch
            {
                GraphKind.Rtt => [("rtt_s", _first[(int)side].Values)],
                GraphKind.Window =>
                    [
                        ("in_flight_bytes", _first[(int)side].Values),
                        ("receiver_window_bytes", _second[(int)side].Values),
                    ],
                _ => [("bits_per_second", RatesOf(_sums[(int)side]))],
            };
            foreach ((string name, IEnumerable<(double Seconds, double Value)> values) in series)
            {
                output.JsonLine("graph", (kind, side, name, values), static (json, one) =>
                {
                    json.WriteString("graph", one.kind);
                    json.WriteString("sender", StreamWords.WordOf(one.side));
                    json.WriteStartArray("points");
                    foreach ((double seconds, double value) in one.values)
                    {
                        json.WriteStartObject();
                        json.WriteNumber("time_s", seconds);
                        json.WriteNumber(one.name, value);
                        json.WriteEndObject();
                    }

                    json.WriteEndArray();
                });
            }
        }
    }

    private IEnumerable<(double Seconds, double Value)> RatesOf(TimeSums sums)
    {
        const int Spans = 1_000;
        double span = Math.Max(_seconds, SecondsMin) / Spans;
        return sums.Over(_seconds, Spans).Select((bits, i) => (Seconds: i * span, Value: bits / span))
            .Where(point => point.Value > 0);
    }

    /// <summary>One of the things that a graph shows.</summary>
    private sealed record Series(string Color, string Words, Action<BraillePlot> Draw);
}
