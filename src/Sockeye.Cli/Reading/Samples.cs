namespace Sockeye.Cli.Reading;

/// <summary>
/// Values over time, thinned out evenly when there are more than can be shown: then every second one stays.
/// </summary>
internal sealed class Samples
{
    /// <summary>How many are kept.</summary>
    public const int CountMax = 65_536;

    private readonly List<(double Seconds, double Value)> _values = [];
    private long _step = 1;
    private long _seen;

    public IReadOnlyList<(double Seconds, double Value)> Values => _values;

    public void Add(double seconds, double value)
    {
        if (_seen++ % _step != 0)
        {
            return;
        }

        if (_values.Count == CountMax)
        {
            int kept = 0;
            for (int i = 0; i < CountMax; i += 2)
            {
                _values[kept++] = _values[i];
            }

            _values.RemoveRange(kept, CountMax - kept);
            _step *= 2;
        }

        _values.Add((seconds, value));
    }
}

/// <summary>Sums over spans of time, which become longer as the time does.</summary>
internal sealed class TimeSums
{
    private const int Count = 4_096;

    private readonly double[] _sums = new double[Count];

    /// <summary>How long a span is, in seconds.</summary>
    public double SpanSeconds { get; private set; } = 1e-6;

    public void Add(double seconds, double value)
    {
        while (seconds >= SpanSeconds * Count)
        {
            for (int i = 0; i < Count / 2; i++)
            {
                _sums[i] = _sums[2 * i] + _sums[(2 * i) + 1];
            }

            Array.Clear(_sums, Count / 2, Count / 2);
            SpanSeconds *= 2;
        }

        _sums[Math.Max(0, (int)(seconds / SpanSeconds))] += value;
    }

    /// <summary>The sums of so many spans that divide a time evenly.</summary>
    public double[] Over(double seconds, int spans)
    {
        var sums = new double[spans];
        for (int i = 0; i < Count; i++)
        {
            int at = (int)((i + 0.5) * SpanSeconds / Math.Max(seconds, 1e-9) * spans);
            if (_sums[i] > 0)
            {
                sums[Math.Min(at, spans - 1)] += _sums[i];
            }
        }

        return sums;
    }
}
