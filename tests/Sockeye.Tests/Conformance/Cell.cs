using Xunit.Abstractions;

namespace Sockeye.Tests.Conformance;

/// <summary>One run of one behaviour: on a model, a transport and a number of loops.</summary>
public sealed class Cell : IXunitSerializable
{
    private string _area = "";
    private string _behaviour = "";
    private string _model = "";
    private int _transport;
    private int _loops;
    private bool _isRepeat;

    static Cell()
    {
        // Peers block. The runtime adds threads to its pool too slowly for a suite full of them.
        ThreadPool.GetMinThreads(out int workers, out int completions);
        ThreadPool.SetMinThreads(Math.Max(workers, 64), completions);
    }

    /// <summary>How the test framework makes one again from its serialized form.</summary>
    public Cell()
    {
    }

    private Cell(Behaviour behaviour, IoModel model, Transports transport, int loops, bool isRepeat)
    {
        _area = behaviour.Area;
        _behaviour = behaviour.Name;
        _model = model.Name;
        _transport = (int)transport;
        _loops = loops;
        _isRepeat = isRepeat;
    }

    internal IoModel Model => IoModel.Parse(_model);

    internal Transports Transport => (Transports)_transport;

    internal int Loops => _loops;

    internal Behaviour Behaviour => Behaviour.Find(_area, _behaviour);

    /// <summary>Why it cannot run; null when it can.</summary>
    internal string? SkipReason
    {
        get
        {
            if (Behaviour.WhyNot(Model) is { } reason)
            {
                return reason;
            }

            if (Model.WhyUnavailable() is { } unavailable)
            {
                return $"the model {_model} cannot run here: {unavailable}";
            }

            return Transport.WhyUnavailable;
        }
    }

    /// <summary>Every cell of an area.</summary>
    internal static IEnumerable<Cell> Of(Type area) => Behaviour.Of(area).SelectMany(behaviour => Of(behaviour));

    /// <summary>The core on one transport, for running it again under conditions.</summary>
    internal static IEnumerable<Cell> OfCore() =>
        from behaviour in Behaviour.All
        where behaviour.IsRepeated
        from model in IoModel.All
        select new Cell(behaviour, model, behaviour.FirstTransport, 2, isRepeat: true);

    /// <summary>Runs it, in bounded time.</summary>
    internal async Task RunAsync()
    {
        Behaviour behaviour = Behaviour;
        TimeSpan time = TimeSpan.FromSeconds(behaviour.Attribute.Seconds);
        var scene = new Scene(this, time);
        try
        {
            // Off the test framework's own context: a behaviour is a plain program.
            await Task.Run(() => behaviour.RunAsync(scene)).WaitAsync(time).ConfigureAwait(false);
            await scene.DisposeAsync().AsTask().WaitAsync(time).ConfigureAwait(false);
            Matrix.Record(this, null);
        }
        catch (Exception exception)
        {
            Matrix.Record(this, exception.Message);
            _ = scene.DisposeAsync().AsTask();
            string what = exception is TimeoutException or OperationCanceledException && scene.IsOver
                ? $"did not end within {time.TotalSeconds} s: {exception.Message}"
                : exception.Message;
            throw new Xunit.Sdk.XunitException($"{this}: {what}\n{scene.Report()}", exception);
        }
    }

    public void Serialize(IXunitSerializationInfo info)
    {
        info.AddValue("area", _area);
        info.AddValue("behaviour", _behaviour);
        info.AddValue("model", _model);
        info.AddValue("transport", _transport);
        info.AddValue("loops", _loops);
        info.AddValue("repeat", _isRepeat);
    }

    public void Deserialize(IXunitSerializationInfo info)
    {
        _area = info.GetValue<string>("area");
        _behaviour = info.GetValue<string>("behaviour");
        _model = info.GetValue<string>("model");
        _transport = info.GetValue<int>("transport");
        _loops = info.GetValue<int>("loops");
        _isRepeat = info.GetValue<bool>("repeat");
    }

    public override string ToString() =>
        $"{_area}.{_behaviour}({_model}, {Transport.Names}, {_loops} loop{(_loops == 1 ? "" : "s")}"
        + $"{(_isRepeat ? ", again" : "")})";

    private static IEnumerable<Cell> Of(Behaviour behaviour)
    {
        foreach (IoModel model in IoModel.All)
        {
            foreach (Transports transport in behaviour.Transports.Each)
            {
                yield return new Cell(behaviour, model, transport, 2, isRepeat: false);
            }

            // Models that block, and the runtime's, have no loops to count.
            if (behaviour.IsRepeated && (model.Family is "readiness" or "completion"))
            {
                yield return new Cell(behaviour, model, behaviour.FirstTransport, 1, isRepeat: false);
            }
        }
    }
}
