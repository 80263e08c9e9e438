using System.Text;
using Sockeye.Capture.Streams;

namespace Sockeye.Capture.Ladder;

/// <summary>Writes a ladder as a sequence diagram of Mermaid, which many pages of notes draw by themselves.</summary>
public static class LadderMermaid
{
    /// <summary>Writes the diagram.</summary>
    public static string Write(LadderDiagram diagram)
    {
        ArgumentNullException.ThrowIfNull(diagram);
        var text = new StringBuilder("sequenceDiagram\n");
        if (diagram.Title.Length > 0)
        {
            text.Append($"    title {Escaped(diagram.Title)}\n");
        }

        for (int i = 0; i < diagram.Columns.Count; i++)
        {
            LadderColumn column = diagram.Columns[i];
            string role = column.Role.Length > 0 ? $"<br/>{Escaped(column.Role)}" : "";
            text.Append($"    participant h{i} as {Escaped(column.Name)}{role}\n");
        }

        foreach (LadderRow row in diagram.Rows)
        {
            Write(text, row, diagram.Columns.Count);
        }

        return text.ToString();
    }

    private static void Write(StringBuilder text, LadderRow row, int columns)
    {
        if (row.Kind == LadderKind.Remark)
        {
            string over = columns > 1 ? $"h0,h{columns - 1}" : "h0";
            text.Append(columns == 0 ? "" : $"    Note over {over}: {Escaped(row.Label)}\n");
            return;
        }

        string arrow = row.Kind switch
        {
            LadderKind.Trouble => "-x",
            LadderKind.Folded or LadderKind.Acknowledge => "-->>",
            _ => "->>",
        };
        string time = row.TimeText.Length > 0 ? $"{row.TimeText} " : "";
        text.Append($"    h{row.From}{arrow}h{row.To}: {time}#35;{row.FrameText} {Escaped(row.Label)}\n");
        if (row.Words.Length > 0)
        {
            int left = Math.Min(row.From, row.To);
            int right = Math.Max(row.From, row.To);
            text.Append($"    Note over h{left},h{right}: {Escaped(row.Words)}\n");
        }

        WriteState(text, row.From, row.FromState);
        WriteState(text, row.To, row.ToState);
    }

    private static void WriteState(StringBuilder text, int column, TcpState? state)
    {
        if (state is { } one)
        {
            text.Append($"    Note over h{column}: {TcpStates.NameOf(one)}\n");
        }
    }

    // "#" begins an entity and ";" ends a statement; what a packet says must stay text.
    private static string Escaped(string text)
    {
        var escaped = new StringBuilder(text.Length);
        foreach (char one in text)
        {
            escaped.Append(one switch
            {
                '#' => "#35;",
                ';' => "#59;",
                '<' => "#lt;",
                '>' => "#gt;",
                '"' => "#quot;",
                ':' => "#58;",
                '%' => "#37;",
                _ when char.IsControl(one) => " ",
                _ => one.ToString(),
            });
        }

        return escaped.ToString();
    }
}
