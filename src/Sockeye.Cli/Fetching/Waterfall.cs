using System.Globalization;
using Sockeye.Cli.Resources;
using Sockeye.Http.Client;

namespace Sockeye.Cli.Fetching;

/// <summary>A part of the time that a fetch took.</summary>
/// <param name="Key">What it is in JSON.</param>
/// <param name="Label">What people call it.</param>
/// <param name="StartMilliseconds">When it began, from the beginning of the first request.</param>
/// <param name="Milliseconds">How long it took, rounded so that all of them add up to the total.</param>
internal sealed record TimedPhase(string Key, string Label, decimal StartMilliseconds, decimal Milliseconds);

/// <summary>Where the time went: the phases of a fetch, one after the other, without a gap between them.</summary>
internal sealed class Waterfall
{
    /// <summary>The key of what this program took itself, in pieces between the others.</summary>
    public const string OwnKey = "own";

    private const int LabelColumns = 14;
    private const int NumberColumns = 14;
    private const int Decimals = 2;

    private readonly List<(string Request, TimedPhase[] Phases)> _requests = [];
    private decimal _end;

    /// <summary>The phases of a response and of the redirects that led to it; its body was read.</summary>
    public Waterfall(FetchResponse response)
    {
        DateTimeOffset began = response.Steps.Count > 0
            ? response.Steps[0].Timings.BeganAt
            : response.Timings.BeganAt;
        foreach (FetchStep step in response.Steps)
        {
            Add($"{step.Uri.GetLeftPart(UriPartial.Path)} → {step.Status}", step.Timings, began);
        }

        Add($"{response.Uri.GetLeftPart(UriPartial.Path)} → {response.Status}", response.Timings, began);
    }

    /// <summary>The phases of one request, one after the other.</summary>
    public Waterfall(string request, TimedPhase[] phases)
    {
        _requests.Add((request, phases));
        _end = phases.Length > 0 ? phases[^1].StartMilliseconds + phases[^1].Milliseconds : 0;
    }

    /// <summary>Everything together.</summary>
    public decimal TotalMilliseconds => _end;

    /// <summary>The phases of each request.</summary>
    public IReadOnlyList<(string Request, TimedPhase[] Phases)> Requests => _requests;

    /// <summary>Draws it on standard error.</summary>
    public void Write(Output output) => Write(output.Width, output.ErrorHasColor, output.Note);

    /// <summary>Draws it line by line.</summary>
    public void Write(int width, bool hasColor, Action<string> line)
    {
        int columns = Math.Max(10, width - LabelColumns - NumberColumns);
        foreach ((string request, TimedPhase[] phases) in _requests)
        {
            if (_requests.Count > 1)
            {
                line(Screen.Safe(request));
            }

            foreach (IGrouping<string, TimedPhase> row in Rows(phases))
            {
                decimal milliseconds = row.Sum(one => one.Milliseconds);
                line(Row(row.First().Label, Bar([.. row], columns, hasColor), columns, milliseconds));
            }
        }

        line(Row(FetchText.PhaseTotal, (0, ""), columns, _end));
    }

    /// <summary>What comes in pieces, between others, has one row, the last.</summary>
    public static IEnumerable<IGrouping<string, TimedPhase>> Rows(IEnumerable<TimedPhase> phases) =>
        phases.GroupBy(one => one.Key).OrderBy(row => row.Key == OwnKey);

    private static string Row(string label, (int Columns, string Bar) bar, int columns, decimal milliseconds)
    {
        string number = milliseconds.ToString("N2", CultureInfo.InvariantCulture) + " ms";
        return label.PadRight(LabelColumns) + bar.Bar + new string(' ', columns - bar.Columns)
            + number.PadLeft(NumberColumns);
    }

    /// <summary>A bar where each piece of a phase is, at least a thin one.</summary>
    private (int Columns, string Bar) Bar(TimedPhase[] pieces, int columns, bool hasColor)
    {
        char[] bar = new string(' ', columns).ToCharArray();
        decimal scale = _end == 0 ? 0 : columns / _end;
        foreach (TimedPhase piece in pieces)
        {
            int start = Math.Min((int)(piece.StartMilliseconds * scale), columns - 1);
            int end = (int)Math.Round((piece.StartMilliseconds + piece.Milliseconds) * scale);
            bar.AsSpan(start..Math.Clamp(end, start, columns)).Fill('█');
        }

        int first = Array.IndexOf(bar, '█');
        if (first < 0)
        {
            first = Math.Min((int)(pieces[0].StartMilliseconds * scale), columns - 1);
            bar[first] = '▏';
        }

        string drawn = new string(bar).TrimEnd();
        string color = pieces[0].Key switch
        {
            "wait" => Screen.Yellow,
            "transfer" => Screen.Green,
            OwnKey => Screen.Blue,
            _ => Screen.Cyan,
        };
        return (drawn.Length, drawn[..first] + Screen.In(color, drawn[first..], hasColor));
    }

    private void Add(string request, FetchTimings timings, DateTimeOffset began)
    {
        decimal offset = (decimal)(timings.BeganAt - began).TotalMilliseconds;
        List<TimedPhase> phases = [];
        Phase("queue", FetchText.PhaseQueue, timings.Queued);
        Phase("name_lookup", FetchText.PhaseNameLookup, timings.NameLookup);
        Phase("connect", FetchText.PhaseConnect, timings.Connect);
        Phase("proxy", FetchText.PhaseProxy, timings.Proxy);
        Phase("tls", FetchText.PhaseTls, timings.Tls);
        Phase("send", FetchText.PhaseSend, timings.RequestSent);
        Phase("wait", FetchText.PhaseWait, timings.FirstByte);
        Phase("transfer", FetchText.PhaseTransfer, timings.End);
        _requests.Add((request, [.. phases]));

        // A phase ends where the next begins; a request that is answered before it is sent has no more to send.
        void Phase(string key, string label, TimeSpan? mark)
        {
            if (mark is { } end)
            {
                decimal at = Math.Max(_end, Math.Round(offset + (decimal)end.TotalMilliseconds, Decimals));
                phases.Add(new TimedPhase(key, label, _end, at - _end));
                _end = at;
            }
        }
    }
}
