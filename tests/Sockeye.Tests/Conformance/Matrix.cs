using System.Collections.Concurrent;
using System.Text;

namespace Sockeye.Tests.Conformance;

/// <summary>The outcomes of the suite as a table: behaviours down, models across.</summary>
internal static class Matrix
{
    private static readonly ConcurrentDictionary<(string Behaviour, string Model), string?> s_outcomes = new();
    private static readonly Lock s_writing = new();

    /// <summary>Notes an outcome: null for a pass. One failure of a cell's runs is what stays.</summary>
    public static void Record(Cell cell, string? failure)
    {
        (string, string) key = (cell.Behaviour.Area + "." + cell.Behaviour.Name, cell.Model.Name);
        s_outcomes.AddOrUpdate(key, failure, (_, earlier) => earlier ?? failure);
    }

    /// <summary>Writes what is known so far to TestResults/conformance.md.</summary>
    public static void Write()
    {
        lock (s_writing)
        {
            string directory = Repository.PathOf("TestResults");
            Directory.CreateDirectory(directory);
            File.WriteAllText(Path.Combine(directory, "conformance.md"), Table(OutcomeOf));
        }
    }

    /// <summary>The table that a run without a failure gives, whatever this machine can run.</summary>
    public static string Expected() => Table((_, _) => ("✓", null));

    /// <summary>The same by area: how many behaviours are checked on each model.</summary>
    public static string Summary()
    {
        var text = new StringBuilder();
        string models = string.Join(" | ", IoModel.All.Select(model => model.Name));
        text.Append($"| behaviours | {models} |\n|---|{string.Concat(IoModel.All.Select(_ => "--:|"))}\n");
        foreach (IGrouping<string, Behaviour> area in Behaviour.All.GroupBy(behaviour => behaviour.Area))
        {
            IEnumerable<int> counts = IoModel.All.Select(model => area.Count(one => one.WhyNot(model) is null));
            text.Append($"| {area.Key} ({area.Count()}) | {string.Join(" | ", counts)} |\n");
        }

        return text.ToString();
    }

    private static (string Mark, string? Note) OutcomeOf(Behaviour behaviour, IoModel model)
    {
        if (model.WhyUnavailable() is { } reason)
        {
            return ("–", $"{model.Name} cannot run here: {reason}");
        }

        return s_outcomes.TryGetValue((behaviour.Area + "." + behaviour.Name, model.Name), out string? failure)
            ? (failure is null ? "✓" : "✗", null)
            : (" ", null);
    }

    private static string Table(Func<Behaviour, IoModel, (string Mark, string? Note)> outcome)
    {
        var text = new StringBuilder();
        List<string> notes = [];
        string models = string.Join(" | ", IoModel.All.Select(model => model.Name));
        text.Append($"| behaviour | {models} |\n|---|{string.Concat(IoModel.All.Select(_ => ":-:|"))}\n");
        string area = "";
        foreach (Behaviour behaviour in Behaviour.All)
        {
            if (behaviour.Area != area)
            {
                area = behaviour.Area;
                text.Append($"| **{area}** |{string.Concat(IoModel.All.Select(_ => " |"))}\n");
            }

            text.Append($"| {behaviour.Sentence} |");
            foreach (IoModel model in IoModel.All)
            {
                (string mark, string? note) = behaviour.WhyNot(model) is { } reason
                    ? ("–", reason)
                    : outcome(behaviour, model);
                if (note is not null && !notes.Contains(note))
                {
                    notes.Add(note);
                }

                text.Append($" {mark}{(note is null ? "" : $" ({notes.IndexOf(note) + 1})")} |");
            }

            text.Append('\n');
        }

        for (int i = 0; i < notes.Count; i++)
        {
            text.Append($"{(i == 0 ? "\n" : "")}({i + 1}) {notes[i]}{(i == notes.Count - 1 ? "" : "  ")}\n");
        }

        return text.ToString();
    }
}

/// <summary>Writes the matrix when an area is done.</summary>
public sealed class MatrixPage : IDisposable
{
    public void Dispose() => Matrix.Write();
}
