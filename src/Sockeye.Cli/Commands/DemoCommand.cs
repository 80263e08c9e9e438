using System.CommandLine;
using System.Globalization;
using Sockeye.Cli.Demonstration;
using Sockeye.Cli.Resources;

namespace Sockeye.Cli.Commands;

/// <summary><c>sockeye demo</c>: the greeting server on every model that can run here, and a table of how it
/// did.</summary>
internal sealed class DemoCommand() : ToolCommand("demo", DemoText.Summary)
{
    private const string Format = "{0,-12} {1,-8} {2,-18} {3,13} {4,16}";

    public override IReadOnlyList<Example> Examples =>
    [
        new("sockeye demo", DemoText.ExamplePlain),
        new("sockeye demo --json", DemoText.ExampleJson),
    ];

    public override async Task<int> RunAsync(ParseResult arguments, Output output, CancellationToken stop)
    {
        await using Network network = Network.Open(IoModel.Auto, new NetworkOptions { Loops = 1 });
        if (!output.Json)
        {
            output.Line(DemoText.Introduction);
            output.Line();
            output.Line(Row(DemoText.Model, DemoText.Greeted, DemoText.Concurrent.With(ModelTrial.ConcurrentClients),
                DemoText.ProcessorTime, DemoText.Memory));
        }

        bool allGreen = true;
        foreach (IoModel model in IoModel.All)
        {
            var trial = new ModelTrial(model, network, stop);
            ModelResult result = await network.RunAsync(trial.RunAsync);
            allGreen &= result.Problem is null || result.IsUnavailable;
            if (output.Json)
            {
                output.JsonLine("model", result, WriteJson);
            }
            else
            {
                Show(output, result);
                output.Flush();
            }
        }

        if (!output.Json)
        {
            output.Line();
            output.Line(DemoText.Explanation.With(ModelTrial.ConcurrentClients, ModelTrial.Delay.TotalMilliseconds));
            output.Line(DemoText.Next);
        }

        return allGreen ? ExitCode.Done : ExitCode.Negative;
    }

    private static void Show(Output output, ModelResult result)
    {
        if (result.IsUnavailable)
        {
            output.Line($"{result.Model.Name,-12} {ModelsText.Reason.With(result.Problem)}");
            return;
        }

        output.Line(Row(
            result.Model.Name,
            result.Greeted ? ModelsText.Yes : ModelsText.No,
            result.Concurrent is { } took
                ? DemoText.Seconds.With((result.Problem is null ? "ok, " : "") + Number("0.00", took.TotalSeconds))
                : "-",
            result.MicrosecondsPerMessage is { } time ? DemoText.Microseconds.With(Number("0.0", time)) : "-",
            result.BytesPerConnection is { } bytes ? DemoText.Kilobytes.With(Number("0.0", bytes / 1024.0)) : "-"));
        if (result.Problem is not null)
        {
            output.Line($"{"",-12} {result.Problem}");
        }
    }

    private static void WriteJson(System.Text.Json.Utf8JsonWriter json, ModelResult result)
    {
        json.WriteString("name", result.Model.Name);
        json.WriteBoolean("available", !result.IsUnavailable);
        json.WriteString("problem", result.Problem);
        json.WriteBoolean("greeted", result.Greeted);
        if (result is { Concurrent: { } took, MicrosecondsPerMessage: { } time, BytesPerConnection: { } bytes })
        {
            json.WriteNumber("concurrent_clients", ModelTrial.ConcurrentClients);
            json.WriteNumber("concurrent_ms", Math.Round(took.TotalMilliseconds, 1));
            json.WriteNumber("cpu_us_per_message", Math.Round(time, 2));
            json.WriteNumber("memory_bytes_per_connection", bytes);
        }
    }

    private static string Row(params ReadOnlySpan<object?> cells) =>
        string.Format(CultureInfo.InvariantCulture, Format, cells).TrimEnd();

    private static string Number(string format, double value) => value.ToString(format, CultureInfo.InvariantCulture);
}
