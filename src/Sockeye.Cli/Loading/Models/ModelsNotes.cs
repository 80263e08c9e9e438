using Sockeye.Cli.Loading.Results;
using Sockeye.Cli.Resources;

namespace Sockeye.Cli.Loading.Models;

/// <summary>What to know in order to read the figures of models: a sentence each.</summary>
internal static class ModelsNotes
{
    /// <summary>Rounds that are further apart in CPU time, in the middle of all loads, were not on a quiet machine.
    /// </summary>
    private const double ShareMax = 0.15;

    /// <summary>How they were measured, which holds whatever they are.</summary>
    public static string HowMeasured(ModelsPlan plan) => string.Join(' ', (string[])
        [
            plan is { ServerProcessor: { } server, GeneratorProcessor: { } generator }
                ? ModelsText.Pinned.With(server, generator)
                : ModelsText.Unpinned,
            ModelsText.Measured.With(
                TextFormat.Count(plan.Rounds, Text.CountRound, Text.CountRounds), plan.Duration.TotalSeconds),
            .. plan.Styles.Contains(ConnectionStyle.KeepAlive) ? [ModelsText.IdleMeans] : Array.Empty<string>(),
        ]);

    /// <summary>How quiet the machine was, and what follows for the figures.</summary>
    public static IEnumerable<string> Quiet(IReadOnlyList<ModelResult> results, MachineNoise noise)
    {
        if (MachineNoise.LoadAverage is { } load && noise.StolenShare is { } stolen)
        {
            yield return ModelsText.Noise.With(Quantity.Number(load), Quantity.Percent(stolen));
        }

        ModelSpread? apart = ModelSpread.Of(
            results.Select(ModelFigure.Cpu.Of).OfType<ModelSpread>().Where(one => one.Rounds > 1)
                .Select(one => one.Share));
        if (apart is { Median: > ShareMax } much)
        {
            yield return ModelsText.NotQuiet.With(Quantity.Percent(much.Median));
        }
    }

    /// <summary>What is particular in these.</summary>
    public static IEnumerable<string> Of(IReadOnlyList<ModelCell> cells)
    {
        foreach (ModelCell cell in cells)
        {
            if (ModelsPlan.WhyNot(cell.Model, cell.Connections, cell.Style) is { } reason)
            {
                yield return ModelsText.NotMeasured.With(cell.Model.Name, LoadOf(cell), reason);
            }
            else if (cell is { IsMeasured: true, IsAnswered: false, ErrorShare: 0 })
            {
                yield return ModelsText.Unanswered.With(cell.Model.Name, LoadOf(cell));
            }
            else if (cell.ErrorShare > 0)
            {
                yield return ModelsText.Errors.With(
                    cell.Model.Name, LoadOf(cell), Quantity.Percent(cell.ErrorShare),
                    LoadWords.Label(cell.Errors.MaxBy(one => one.Value).Key));
            }
        }

        foreach (var load in cells.Where(cell => cell.IsGeneratorBound).GroupBy(LoadOf))
        {
            yield return ModelsText.GeneratorBound.With(load.Key, string.Join(", ", load.Select(cell => cell.Model)));
        }
    }

    /// <summary>A load in words.</summary>
    public static string LoadOf(ModelCell cell) => ModelsReport.Heading(cell.Connections, ModelCell.WordOf(cell.Style));
}
