using System.CommandLine;
using Sockeye.Cli.Resources;

namespace Sockeye.Cli.Commands;

/// <summary><c>sockeye models</c>: every I/O model, and whether it can run here.</summary>
internal sealed class ModelsCommand() : ToolCommand("models", ModelsText.Summary)
{
    public override IReadOnlyList<Example> Examples =>
    [
        new("sockeye models", ModelsText.ExamplePlain),
        new("sockeye models --json", ModelsText.ExampleJson),
    ];

    public override Task<int> RunAsync(ParseResult arguments, Output output, CancellationToken stop)
    {
        foreach (IoModel model in IoModel.All)
        {
            string? reason = model.WhyUnavailable();
            if (output.Json)
            {
                output.JsonLine("model", (model, reason), static (json, one) =>
                {
                    json.WriteString("name", one.model.Name);
                    json.WriteString("family", one.model.Family);
                    json.WriteString("description", one.model.Description);
                    json.WriteBoolean("available", one.reason is null);
                    json.WriteString("reason", one.reason);
                });
            }
            else
            {
                string runs = reason is null ? ModelsText.Yes : ModelsText.No;
                output.Line($"{model.Name,-12} {runs,-4} {model.Description}");
                if (reason is not null)
                {
                    output.Line($"{"",-17} {ModelsText.Reason.With(reason)}");
                }
            }
        }

        if (output.Json)
        {
            output.JsonLine("auto", IoModel.Chosen, static (json, chosen) =>
            {
                json.WriteString("chosen", chosen.Name);
                json.WriteString("why", IoModel.WhyChosen);
            });
        }
        else
        {
            output.Line();
            output.Line(ModelsText.Auto.With(IoModel.Chosen.Name, IoModel.WhyChosen));
        }

        return Task.FromResult(ExitCode.Done);
    }
}
