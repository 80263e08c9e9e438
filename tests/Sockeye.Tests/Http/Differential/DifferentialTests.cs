using System.Text;
using Sockeye.Http;
using Sockeye.Http.Protocol;
using Sockeye.Tests.Http.Server;
using Xunit.Abstractions;

namespace Sockeye.Tests.Http.Differential;

/// <summary>
/// Good and bad requests are sent to us and to servers that others wrote. What all of those accept we accept with as
/// many replies, what all reject we reject; where they differ the page says who does what. Only our answers are
/// approved: those of the others change with their versions, which is printed.
/// </summary>
public sealed class DifferentialTests(ITestOutputHelper output)
{
    private const string File = "docs/http-differences.md";
    private const string Filter = "Differential";
    private const int AtOnce = 8;
    private static readonly bool s_isUpdate = Environment.GetEnvironmentVariable("GOLDEN_UPDATE") == "1";
    private static readonly string[] s_columns = ["us, strict", "us, compatible", .. Peers.Names];

    private const string Port = "no port is beyond 65,535";
    private const string Encoded = "the character has to be encoded (RFC 3986 section 3.3); `compatible` takes it";
    private const string Trailer = "the field may not be a trailer (RFC 9110 section 6.5.1); `compatible` drops it";

    /// <summary>What all others accept and we do not, and why.</summary>
    private static readonly (string Label, string Why)[] s_stricter =
    [
        ("32e", Port),
        ("32s", Port),
        ("32j", "this is no IPv6 address (RFC 3986 section 3.2.2)"),
        ("35c", "there are more empty lines than `HttpLimits.EmptyLinesMax`"),
        ("35d", "LF alone ends no line in the strict profile (RFC 9112 section 2.2)"),
        ("56c", "an extension has a name (RFC 9112 section 7.1.1)"),
        ("56p", "an extension has a name (RFC 9112 section 7.1.1)"),
        ("56e", "an equals sign has a value behind it (RFC 9112 section 7.1.1)"),
        ("57b", "there are more bytes than `HttpLimits.ChunkExtensionTotalBytesMax`"),
        ("82d", Encoded),
        ("82e", Encoded),
        ("84k", "this is no IPv6 address (RFC 3986 section 3.2.2)"),
        ("86p", "another expectation may be answered with 417 (RFC 9110 section 10.1.1)"),
        .. Enumerable.Range('a', 14).Select(letter => ($"62{(char)letter}", Trailer)),
    ];

    private static readonly (string Label, string Note, byte[] Bytes)[] s_requests =
    [
        .. GoodRequests.All.Select(one => (one.Label, one.Note, Encoding.Latin1.GetBytes(one.Text))),
        .. BadInputs.All.Select(one => (one.Label, NoteOf(one), one.Bytes.ToArray())),
    ];

    [Fact]
    public async Task WeAgreeWithWhatAllOthersAgreeOn()
    {
        await using Site strict = await Site.StartAsync(Site.CountBody);
        await using Site compatible = await Site.StartAsync(
            Site.CountBody, new HttpServerOptions { Profile = HttpProfile.Compatible() });
        await using Peers peers = await Peers.StartAsync();
        peers.Missing.ForEach(reason => Print($"not compared: {reason}"));
        Dictionary<string, string[]> recorded = Recorded();
        IEnumerable<int> theirs = Peers.Names.Select(name => peers.Ports.GetValueOrDefault(name));
        int[] ports = [strict.Port, compatible.Port, .. theirs];
        string[][] columns = await Task.WhenAll(ports.Select((port, column) => AskAllAsync(port, column, recorded)));
        string[][] rows = [.. s_requests.Select((_, row) => columns.Select(column => column[row]).ToArray())];

        List<string> wrong = [];
        for (int i = 0; i < rows.Length; i++)
        {
            // Against the approved answers of the others: what a new version of theirs does is for a person to judge.
            string label = s_requests[i].Label;
            string[] approved = s_isUpdate ? rows[i] : recorded.GetValueOrDefault(label, rows[i]);
            IEnumerable<string> row = rows[i].Take(2).Concat(approved.Skip(2));
            wrong.AddRange(Complaints(label, [.. row.Select(text => new Answer(text))]));
        }

        Compare(rows, recorded);
        Assert.True(wrong.Count == 0, string.Join('\n', wrong));
    }

    /// <summary>What is wrong with our answers beside those of the others.</summary>
    private static IEnumerable<string> Complaints(string label, Answer[] answers)
    {
        Answer[] others = answers[2..];
        bool areKnown = others.All(one => one.Text != "?");
        foreach ((Answer ours, string who) in answers[..2].Zip(s_columns))
        {
            string seen = $"{label}: {who}: {ours.Text}; the others: {string.Join(", ", others.Select(o => o.Text))}";
            if (label[0] == 'g' && !ours.IsAccepted)
            {
                yield return $"a good request is rejected: {seen}";
            }

            if (areKnown && others.All(one => one.IsAccepted && one.Classes == others[0].Classes)
                && ours.Classes != others[0].Classes && s_stricter.All(one => one.Label != label))
            {
                yield return $"all others accept it: {seen}";
            }

            if (areKnown && others.All(one => one.IsRejected) && !ours.IsRejected)
            {
                yield return $"all others reject it: {seen}";
            }
        }
    }

    private static async Task<string[]> AskAllAsync(int port, int column, Dictionary<string, string[]> recorded)
    {
        string[] answers = new string[s_requests.Length];
        await Parallel.ForAsync(
            0,
            answers.Length,
            new ParallelOptions { MaxDegreeOfParallelism = AtOnce },
            async (i, _) => answers[i] = port == 0
                ? recorded.GetValueOrDefault(s_requests[i].Label)?[column] ?? "?"
                : (await Answer.AskAsync(port, s_requests[i].Bytes)).Text);
        return answers;
    }

    /// <summary>Our own answers must be the approved ones; others' that changed are printed.</summary>
    private void Compare(string[][] rows, Dictionary<string, string[]> recorded)
    {
        bool isOurs = rows.Length != recorded.Count;
        for (int i = 0; i < rows.Length; i++)
        {
            string[]? before = recorded.GetValueOrDefault(s_requests[i].Label);
            isOurs |= before is null || !before.Take(2).SequenceEqual(rows[i].Take(2));
            for (int column = 2; before is not null && column < s_columns.Length; column++)
            {
                if (before[column] != rows[i][column])
                {
                    string label = s_requests[i].Label;
                    Print($"{label}: {s_columns[column]} answers {rows[i][column]}, not {before[column]}");
                }
            }
        }

        if (isOurs || s_isUpdate)
        {
            Section.Verify(File, "differences", Filter, Tables(rows));
        }
    }

    private static string Tables(string[][] rows)
    {
        var text = new StringBuilder();
        foreach (bool differ in (bool[])[true, false])
        {
            int[] chosen = [.. Enumerable.Range(0, rows.Length).Where(i => DoDiffer(rows[i]) == differ)];
            text.Append($"## {(differ ? "Where servers differ" : "Where all agree")} ({chosen.Length})\n\n");
            text.Append($"| request | | {string.Join(" | ", s_columns)} |\n");
            text.Append($"|---|---|{string.Concat(s_columns.Select(_ => "---|"))}\n");
            foreach (int i in chosen)
            {
                text.Append($"| {s_requests[i].Label} | {s_requests[i].Note} | {string.Join(" | ", rows[i])} |\n");
            }

            text.Append('\n');
        }

        text.Append("## What may be accepted by all others and not by us\n\n");
        foreach (IGrouping<string, string> why in s_stricter.GroupBy(one => one.Why, one => one.Label))
        {
            text.Append($"- {string.Join(' ', why)}: {why.Key}.\n");
        }

        return text.ToString();
    }

    private static bool DoDiffer(string[] row) => row.Select(text => new Answer(text).Outcome).Distinct().Count() > 1;

    private static Dictionary<string, string[]> Recorded() => Section.Read(File, "differences", Filter)
        .Split('\n')
        .Select(line => line.Split(" | "))
        .Where(cells => cells.Length == s_columns.Length + 2 && cells[0] is not ("| request" or "|---|---|"))
        .ToDictionary(cells => cells[0][2..], cells => cells[2..].Select(cell => cell.TrimEnd(' ', '|')).ToArray());

    /// <summary>The beginning of what is special about it, so that nobody has to look it up.</summary>
    private static string NoteOf(BadInput input)
    {
        string rule = input.Rule == HttpRule.None ? "" : $"{input.Rule}: ";
        string text = Encoding.Latin1.GetString(input.Bytes.Span);
        foreach (string usual in (string[])["GET / HTTP/1.1\r\n", "POST / HTTP/1.1\r\n", "Host: h\r\n",
            "Transfer-Encoding: chunked\r\n\r\n"])
        {
            text = text.StartsWith(usual, StringComparison.Ordinal) ? text[usual.Length..] : text;
        }

        var shown = new StringBuilder();
        foreach (char one in text.Take(36))
        {
            shown.Append(one switch
            {
                '\r' => "\\r",
                '\n' => "\\n",
                '\t' => "\\t",
                '|' => "\\|",
                < ' ' or > '~' => $"\\x{(int)one:x2}",
                _ => one,
            });
        }

        return $"{rule}`{shown}{(text.Length > 36 ? "…" : "")}`";
    }

    private void Print(string line)
    {
        output.WriteLine(line);
        Console.WriteLine($"differential: {line}");
    }
}
