using Sockeye.Wire.Transport;

namespace Sockeye.Tests.Capture;

/// <summary>
/// A sender and a receiver with a network between them that loses, delays and repeats, and a capture at either end:
/// what comes out are connections such as happen, repeatable by their seed.
/// </summary>
internal sealed class TcpSimulation
{
    private const int SegmentBytes = 100;
    private const int SegmentCount = 40;
    private const int InFlightMax = 8;
    private const int DuplicateAcks = 3;
    private const long TimeoutMicroseconds = 200_000;
    private const long HorizonMicroseconds = 60_000_000;

    private readonly TcpScript _script;
    private readonly Random _random;
    private readonly bool _isAtSender;
    private readonly PriorityQueue<Action, long> _events = new();
    private readonly HashSet<uint> _received = [];
    private long _now;
    private long _written;
    private uint _acknowledged = 1;
    private uint _next = 1;
    private uint _expected = 1;
    private int _duplicates;
    private long _timer;

    private TcpSimulation(TcpScript script, Random random)
    {
        _script = script;
        _random = random;
        _isAtSender = random.Next(2) == 0;
    }

    private static uint End => 1 + (SegmentBytes * SegmentCount);

    /// <summary>Adds connections to a script.</summary>
    public static TcpScript Run(int seed, int connections)
    {
        var random = new Random(seed);
        var script = new TcpScript();
        for (int i = 0; i < connections; i++)
        {
            script.NextConnection().Handshake(scale: 4);
            new TcpSimulation(script, random).Run();
        }

        return script;
    }

    private void Run()
    {
        Send();
        while (_events.TryDequeue(out Action? happens, out long at) && at < HorizonMicroseconds && _acknowledged < End)
        {
            _now = Math.Max(_now, at);
            happens();
        }

        _script.Client(End, 1, flags: TcpFlags.Fin | TcpFlags.Ack).After(500)
            .Server(1, End + 1, flags: TcpFlags.Fin | TcpFlags.Ack).After(500).Client(End + 1, 2);
    }

    private void Send()
    {
        while (_next < End && _next - _acknowledged < InFlightMax * SegmentBytes)
        {
            Transmit(_next);
            _next += SegmentBytes;
        }

        long timer = ++_timer;
        At(TimeoutMicroseconds, () =>
        {
            if (timer == _timer && _acknowledged < End)
            {
                Transmit(_acknowledged);
                Send();
            }
        });
    }

    private void Transmit(uint sequence)
    {
        if (_isAtSender)
        {
            Capture(() => _script.Client(sequence, 1, SegmentBytes));
        }

        int copies = _random.Next(20) switch { 0 => 2, 1 or 2 => 0, _ => 1 };
        for (int i = 0; i < copies; i++)
        {
            At(Delay(), () => Arrive(sequence));
        }
    }

    private void Arrive(uint sequence)
    {
        if (!_isAtSender)
        {
            Capture(() => _script.Client(sequence, 1, SegmentBytes));
        }

        _ = _received.Add(sequence);
        while (_received.Contains(_expected))
        {
            _expected += SegmentBytes;
        }

        uint acknowledgment = _expected;
        if (!_isAtSender)
        {
            Capture(() => _script.Server(1, acknowledgment));
        }

        if (_random.Next(20) > 0)
        {
            At(Delay(), () => Acknowledge(acknowledgment));
        }
    }

    private void Acknowledge(uint acknowledgment)
    {
        if (_isAtSender)
        {
            Capture(() => _script.Server(1, acknowledgment));
        }

        if (acknowledgment > _acknowledged)
        {
            _acknowledged = acknowledgment;
            _duplicates = 0;
            Send();
        }
        else if (++_duplicates == DuplicateAcks)
        {
            Transmit(_acknowledged);
        }
    }

    private long Delay() => 5_000 + (_random.Next(8) == 0 ? _random.Next(12_000) : _random.Next(300));

    private void At(long delay, Action happens) => _events.Enqueue(happens, _now + delay + 1);

    private void Capture(Action write)
    {
        _script.After((int)Math.Max(0, _now - _written));
        _written = Math.Max(_written, _now);
        write();
    }
}
