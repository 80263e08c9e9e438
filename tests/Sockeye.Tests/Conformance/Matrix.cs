using System.Collections.Concurrent;
using System.Text;

namespace Sockeye.Tests.Conformance;

/// <summary>The outcomes of the suite as a table: behaviours down, models across, and which transports each was
/// checked on.</summary>
internal static class Matrix
{
    private static readonly ConcurrentDictionary<(string Behaviour, string Model, Transports), string?> s_outcomes =
        new();

    private static readonly Lock s_writing = new();

    /// <summary>Notes an outcome: null for a pass. One failure of a cell's runs is what stays.</summary>
    public static void Record(Cell cell, string? failure)
    {
        var key = (cell.Behaviour.Area + "." + cell.Behaviour.Name, cell.Model.Name, cell.Transport);
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

    /// <summary>The same by area: the transports, and how many behaviours are checked on each model.</summary>
    public static string Summary()
    {
        var text = new StringBuilder();
        AppendHead(text, "| behaviours | over |", "|---|---|", "--:|");
        foreach (IGrouping<string, Behaviour> area in Behaviour.All.GroupBy(behaviour => behaviour.Area))
        {
            Transports over = area.Aggregate(default(Transports), (all, one) => all | one.Transports);
            IEnumerable<int> counts = IoModel.All.Select(model => area.Count(one => one.WhyNot(model) is null));
            text.Append($"| {area.Key} ({area.Count()}) | {over.Names} | {string.Join(" | ", counts)} |\n");
        }

        return text.ToString();
    }

    private static (string Mark, string? Note) OutcomeOf(Behaviour behaviour, IoModel model)
    {
        if (model.WhyUnavailable() is { } reason)
        {
            return ("–", $"{model.Name} cannot run here: {reason}");
        }

        Transports passed = 0;
        Transports failed = 0;
        Transports missing = 0;
        foreach (Transports transport in behaviour.Transports.Each)
        {
            var key = (behaviour.Area + "." + behaviour.Name, model.Name, transport);
            if (!s_outcomes.TryGetValue(key, out string? failure))
            {
                missing |= transport;
            }
            else if (failure is null)
            {
                passed |= transport;
            }
            else
            {
                failed |= transport;
            }
        }

        string? note = missing.Each.Select(transport => transport.WhyUnavailable).FirstOrDefault(why => why != null);
        return (failed, passed, missing) switch
        {
            (not 0, _, _) => ($"✗ {failed.Names}", note),
            (_, 0, _) => (" ", note),
            (_, _, 0) => ("✓", null),
            _ => ($"✓ {passed.Names}", note),
        };
    }

    private static string Table(Func<Behaviour, IoModel, (string Mark, string? Note)> outcome)
    {
        var text = new StringBuilder();
        List<string> notes = [];
        AppendHead(text, "| behaviour | over |", "|---|---|", ":-:|");
        string area = "";
        foreach (Behaviour behaviour in Behaviour.All)
        {
            if (behaviour.Area != area)
            {
                area = behaviour.Area;
                text.Append($"| **{area}** |{Excepted(behaviour.AreaExceptTransports)} |");
                text.Append($"{string.Concat(IoModel.All.Select(_ => " |"))}\n");
            }

            text.Append($"| {behaviour.Sentence}{(behaviour.Attribute.IsCore ? " †" : "")} |");
            text.Append($" {behaviour.Transports.Names}{Excepted(behaviour.ExceptTransports)} |");
            foreach (IoModel model in IoModel.All)
            {
                (string mark, string? note) = behaviour.WhyNot(model) is { } reason
                    ? ("–", reason)
                    : outcome(behaviour, model);
                text.Append($" {mark}{Mark(note)} |");
            }

            text.Append('\n');
        }

        for (int i = 0; i < notes.Count; i++)
        {
            text.Append($"{(i == 0 ? "\n" : "")}({i + 1}) {notes[i]}{(i == notes.Count - 1 ? "" : "  ")}\n");
        }

        return text.ToString();

        string Excepted(IEnumerable<ExceptAttribute> exceptions) =>
            string.Concat(exceptions.Select(except => $" – {except.Transports.Names}{Mark(except.Reason)}"));

        // The number of a note, made when it is new.
        string Mark(string? note)
        {
            if (note is not null && !notes.Contains(note))
            {
                notes.Add(note);
            }

            return note is null ? "" : $" ({notes.IndexOf(note) + 1})";
        }
    }

    private static void AppendHead(StringBuilder text, string titles, string rule, string column)
    {
        text.Append($"{titles} {string.Join(" | ", IoModel.All.Select(model => model.Name))} |\n");
        text.Append($"{rule}{string.Concat(IoModel.All.Select(_ => column))}\n");
    }
}

/// <summary>Writes the matrix when an area is done.</summary>
public sealed class MatrixPage : IDisposable
{
    public void Dispose() => Matrix.Write();
}
