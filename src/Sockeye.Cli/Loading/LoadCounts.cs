using Sockeye.Cli.Loading.Results;

namespace Sockeye.Cli.Loading;

/// <summary>What was counted in a stretch of time. One thread at a time has it.</summary>
internal sealed class LoadCounts
{
    private const int StatusCodesMax = 600;

    private readonly long[] _errors = new long[Enum.GetValues<LoadErrorKind>().Length];
    private readonly long[] _statusCodes = new long[StatusCodesMax];

    /// <summary>The time to each good answer.</summary>
    public LatencyHistogram Latency { get; } = new();

    /// <summary>The time that each connection took.</summary>
    public LatencyHistogram ConnectLatency { get; } = new();

    public long BytesIn { get; set; }

    public long BytesOut { get; set; }

    /// <summary>Good answers that came while requests were made, also those to requests that warmed up.</summary>
    public long AnsweredInTime { get; set; }

    /// <summary>Requests that were under way when the wait for answers ended, before their time was over.</summary>
    public long Unanswered { get; set; }

    /// <summary>Requests that left later than they were due although nothing else was under way.</summary>
    public long LateSends { get; set; }

    /// <summary>The longest of those delays.</summary>
    public long LateNanosecondsMost { get; set; }

    /// <summary>Connections for which this machine had no port or descriptor left.</summary>
    public long PortsMissing { get; set; }

    /// <summary>Failures of all kinds.</summary>
    public long ErrorCount => _errors.Sum();

    public void Fail(LoadErrorKind kind, int count = 1) => _errors[(int)kind] += count;

    public void CountStatus(int status) => _statusCodes[status]++;

    /// <summary>Adds another stretch.</summary>
    public void Add(LoadCounts other)
    {
        Latency.Add(other.Latency);
        ConnectLatency.Add(other.ConnectLatency);
        BytesIn += other.BytesIn;
        BytesOut += other.BytesOut;
        AnsweredInTime += other.AnsweredInTime;
        Unanswered += other.Unanswered;
        LateNanosecondsMost = Math.Max(LateNanosecondsMost, other.LateNanosecondsMost);
        LateSends += other.LateSends;
        PortsMissing += other.PortsMissing;
        Add(_errors, other._errors);
        Add(_statusCodes, other._statusCodes);
    }

    /// <summary>Forgets everything.</summary>
    public void Clear()
    {
        Latency.Clear();
        ConnectLatency.Clear();
        BytesIn = BytesOut = AnsweredInTime = Unanswered = LateSends = LateNanosecondsMost = PortsMissing = 0;
        Array.Clear(_errors);
        Array.Clear(_statusCodes);
    }

    /// <summary>The failures that there were, by kind.</summary>
    public Dictionary<LoadErrorKind, long> Errors() => Enum.GetValues<LoadErrorKind>()
        .Where(kind => _errors[(int)kind] > 0)
        .ToDictionary(kind => kind, kind => _errors[(int)kind]);

    /// <summary>The status codes that there were.</summary>
    public Dictionary<int, long> StatusCodes() => Enumerable.Range(0, StatusCodesMax)
        .Where(status => _statusCodes[status] > 0)
        .ToDictionary(status => status, status => _statusCodes[status]);

    private static void Add(long[] sums, long[] more)
    {
        for (int i = 0; i < sums.Length; i++)
        {
            sums[i] += more[i];
        }
    }
}
