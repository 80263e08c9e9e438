using Sockeye.Capture.Streams;
using Sockeye.Wire;
using Sockeye.Wire.Dissection;
using Sockeye.Wire.Transport;

namespace Sockeye.Capture.Journeys;

/// <summary>
/// When things happened in a journey, by its packets. The clock of the program that took it counts what the program did
/// between them too: on a busy machine it may wait longer for a processor than for the network.
/// </summary>
/// <remarks>
/// What we send leaves within the phase that sends it, so the clock tells which phase it belongs to. What the peer
/// sends may have come long before the program got to look at it: what came before it on the wire tells its place.
/// </remarks>
internal sealed class JourneyTiming
{
    private readonly Journey _journey;
    private readonly Timestamp _began;
    private readonly List<Seen> _all = [];
    private readonly List<Seen> _own = []; // Of the connection that the journey went on with.
    private readonly Dictionary<TcpStream, List<Seen>> _tried = [];

    private JourneyTiming(Journey journey)
    {
        _journey = journey;
        _began = Timestamp.From(journey.BeganAt);
    }

    /// <summary>The journey with the times of its packets.</summary>
    public static Journey Of(Journey journey, JourneyFrames frames)
    {
        var timing = new JourneyTiming(journey);
        frames.Read(FieldSet.None, timing.Take);
        return journey with
        {
            Phases = timing.PhasesOf(),
            Attempts = [.. journey.Attempts.Select(timing.AttemptOf)],
        };
    }

    private void Take(in DissectedFrame frame, in StreamPacket packet)
    {
        if (frame.Frame.Time is not { } time)
        {
            return;
        }

        TcpPacket tcp = packet.Tcp;
        bool isError = packet.Stream is null && frame.Layers is [.., { IsQuoted: true }];
        var seen = new Seen(
            time - _began, packet.Stream, packet.From, tcp.Flags, tcp.PayloadLength, tcp.NextSequence,
            tcp.Acknowledgment, tcp.Progress, isError);
        _all.Add(seen);
        if (packet.Stream is not TcpStream stream || stream.Server.Port != _journey.Target.Port)
        {
            return;
        }

        if (!_tried.TryGetValue(stream, out List<Seen>? tried))
        {
            _tried[stream] = tried = [];
        }

        tried.Add(seen);
        if (stream.Client.Port == _journey.Local?.Port)
        {
            _own.Add(seen);
        }
    }

    /// <summary>The phases between their packets, and between those the program itself.</summary>
    private List<JourneyPhase> PhasesOf()
    {
        var phases = new List<JourneyPhase>();
        TimeSpan end = TimeSpan.Zero;
        foreach (JourneyPhase phase in _journey.Phases)
        {
            (TimeSpan from, TimeSpan to) = EdgesOf(phase, end) ?? (phase.Start, phase.End);
            Add(JourneyPhaseKind.Own, from);
            Add(phase.Kind, IsWaitedOut(phase) ? phase.End : to);
        }

        Add(JourneyPhaseKind.Own, _journey.Total);
        return phases;

        void Add(JourneyPhaseKind kind, TimeSpan until)
        {
            TimeSpan to = new(Math.Clamp(until.Ticks, end.Ticks, Math.Max(end.Ticks, _journey.Total.Ticks)));
            if (kind != JourneyPhaseKind.Own || to > end)
            {
                phases.Add(new JourneyPhase(kind, end, to - end));
            }

            end = to;
        }
    }

    /// <summary>Between which packets a phase lies; null where it has none.</summary>
    private (TimeSpan From, TimeSpan To)? EdgesOf(JourneyPhase phase, TimeSpan before)
    {
        switch (phase.Kind)
        {
            case JourneyPhaseKind.NameLookup:
                return Span(_all.FindAll(one => one.Time <= phase.End));
            case JourneyPhaseKind.Connect:
                // A server that speaks first may have done so before the program knows that it is connected.
                TimeSpan opened = _own.Find(IsOpening)?.Time ?? phase.End;
                return Span(_all.FindAll(one => one.Time >= phase.Start && one.Time <= opened));
            case JourneyPhaseKind.Tls:
                return Span(_own.FindAll(one =>
                    one.PayloadBytes > 0 && one.Time >= phase.Start && one.Time <= phase.End));
            case JourneyPhaseKind.Greeting when _journey.Talk is { Greeting.IsEmpty: false }:
            case JourneyPhaseKind.Transfer:
                return _own.FindLast(one => one.IsWord && one.Time >= before && one.Time <= phase.End) is { } word
                    ? (before, word.Time)
                    : null;
            case JourneyPhaseKind.Send:
                return Span(Request());
            case JourneyPhaseKind.Wait:
                return Request() is [.., { } asked] && AnswerTo(asked) is { } answer ? (asked.Time, answer.Time) : null;
            case JourneyPhaseKind.Close:
                return _own.Find(one => one.IsEnd || (one.IsOurs && one.PayloadBytes > 0 && one.Time >= phase.Start))
                    is { } first ? (first.Time, _own[^1].Time) : null;
            default:
                return null;
        }
    }

    private static (TimeSpan From, TimeSpan To)? Span(List<Seen> packets) =>
        packets is [{ } first, ..] ? (first.Time, packets[^1].Time) : null;

    private static bool IsOpening(Seen one) => (one.Progress & TcpProgress.Opened) != 0;

    /// <summary>What carried the request: what we sent since that phase, and before we closed.</summary>
    private List<Seen> Request()
    {
        TimeSpan from = StartOf(JourneyPhaseKind.Send);
        TimeSpan to = StartOf(JourneyPhaseKind.Close);
        return _own.FindAll(one => one.IsOurs && one.PayloadBytes > 0 && one.Time >= from && one.Time < to);
    }

    /// <summary>When the program began with a phase; never, if it did not.</summary>
    private TimeSpan StartOf(JourneyPhaseKind kind) => _journey.Phases.Where(one => one.Kind == kind)
        .Select(one => one.Start).DefaultIfEmpty(TimeSpan.MaxValue).First();

    /// <summary>The first word of the peer's once it had all of the request: before that TLS may send tickets for
    /// another time (RFC 8446 section 4.6.1).</summary>
    private Seen? AnswerTo(Seen asked) => _own.Find(one =>
        one.Time >= asked.Time && one.IsWord && (one.IsEnd || one.Acknowledgment >= asked.NextSequence));

    /// <summary>Whether a phase lasted until the program had enough of waiting, which no packet tells.</summary>
    private bool IsWaitedOut(JourneyPhase phase) => phase.Kind switch
    {
        _ when _journey.Failure is { } failure && failure.Phase == phase.Kind => failure.IsLate,
        JourneyPhaseKind.NameLookup => IsQuestionLeft(phase.End),
        JourneyPhaseKind.Close => _journey.Close == JourneyClose.Unanswered,
        _ => false,
    };

    /// <summary>Whether a question of a look-up has no answer.</summary>
    private bool IsQuestionLeft(TimeSpan end)
    {
        List<Seen> datagrams = _all.FindAll(one => one.Time <= end && (one.IsDatagram || one.IsError));
        return datagrams.Count(one => one.IsOurs) > datagrams.Count(one => !one.IsOurs);
    }

    private JourneyAttempt AttemptOf(JourneyAttempt attempt)
    {
        InternetAddress address = attempt.Address;
        if (_tried.FirstOrDefault(one => one.Key.Server.Address == address).Value is not { } seen)
        {
            return attempt;
        }

        TimeSpan began = seen[0].Time;
        Seen? end = attempt.Outcome switch
        {
            AddressOutcome.Connected => seen.Find(IsOpening),
            AddressOutcome.Failed => seen.Find(one => one.IsWord),
            _ => null,
        };
        TimeSpan until = end?.Time ?? attempt.Began + attempt.Took;
        return attempt with { Began = began, Took = until > began ? until - began : TimeSpan.Zero };
    }

    /// <summary>A packet, as far as times are concerned.</summary>
    private sealed record Seen(
        TimeSpan Time, Conversation? Stream, Side From, TcpFlags Flags, uint PayloadBytes, uint NextSequence,
        uint Acknowledgment, TcpProgress Progress, bool IsError)
    {
        public bool IsOurs => Stream is not null && From == Side.Client;

        public bool IsDatagram => Stream is { Kind: StreamKind.Udp };

        /// <summary>Whether one of the ends has no more to say.</summary>
        public bool IsEnd => (Flags & (TcpFlags.Fin | TcpFlags.Rst)) != 0;

        /// <summary>Whether the peer says something in it, and be it that it has no more to say.</summary>
        public bool IsWord => Stream is not null && !IsOurs && (PayloadBytes > 0 || IsEnd);
    }
}
