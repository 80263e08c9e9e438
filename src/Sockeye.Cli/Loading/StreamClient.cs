using Sockeye.Cli.Loading.Protocols;
using Sockeye.Cli.Loading.Results;

namespace Sockeye.Cli.Loading;

/// <summary>A client over a byte stream: it connects, writes what is due, reads replies, and connects again when the
/// connection ended. Nothing is allocated for a request on a connection that stays.</summary>
internal sealed class StreamClient : LoadClient
{
    private readonly StreamProtocol _protocol;
    private readonly ReplyReader _replies;
    private Connection? _connection;
    private State _state;

    public StreamClient(StreamProtocol protocol, Lane lane, int index)
        : base(lane, index)
    {
        _protocol = protocol;
        _replies = protocol.CreateReader(lane);
    }

    private enum State : byte
    {
        /// <summary>It has no connection, and does not make one now.</summary>
        Apart,

        /// <summary>It connects.</summary>
        Connecting,

        /// <summary>It has a connection.</summary>
        Talking,

        /// <summary>An answer took too long, and its connection is given up.</summary>
        Late,
    }

    /// <summary>How a conversation ended.</summary>
    private enum Ending : byte
    {
        /// <summary>As it should: what is still under way may be asked again on the next connection.</summary>
        Orderly,

        /// <summary>By a failure, which has been counted.</summary>
        Failure,
    }

    public override bool IsWaiting => _state == State.Talking && UnderWay > 0;

    public override async Task OpenAsync()
    {
        long began = LoadClock.Now;
        _connection = await _protocol.ConnectAsync(Lane, CancellationToken.None);
        Lane.Found(_connection.RemoteEndpoint);
        if (Lane.Plan.Close)
        {
            await _connection.DisposeAsync();
            _connection = null;
            return;
        }

        Lane.Counts.ConnectLatency.Record(LoadClock.Now - began);
    }

    public override async Task RunAsync()
    {
        while (Lane.IsSending || (UnderWay > 0 && !Lane.IsOver))
        {
            if (Lane.Plan.Close && UnderWay == 0 && !await TakeTurnAsync())
            {
                break;
            }

            if (_connection is null && !await ConnectAsync())
            {
                if (HasGivenUp)
                {
                    break;
                }

                continue;
            }

            await TalkAsync(_connection!);
        }

        GiveUpAll(LoadErrorKind.ReplyTimeout);
        if (_connection is { } unused)
        {
            await unused.DisposeAsync();
        }
    }

    public override void OnDue()
    {
        if (_state == State.Talking)
        {
            SendDue(_connection!, LoadClock.Now);
        }

        base.OnDue();
    }

    public override void OnDrain()
    {
        base.OnDrain();
        if (_state == State.Talking && UnderWay == 0)
        {
            _ = _connection!.DisposeAsync().AsTask(); // Which ends the read that waits.
        }
    }

    public override void OnGiveUp()
    {
        if (_state == State.Talking)
        {
            _state = State.Late;
            _connection!.Abort();
        }
    }

    private async Task<bool> ConnectAsync()
    {
        long began = LoadClock.Now;
        _state = State.Connecting;
        try
        {
            _connection = await _protocol.ConnectAsync(Lane, Lane.Over);
            Lane.Counts.ConnectLatency.Record(LoadClock.Now - began);
            return true;
        }
        catch (NetworkException exception)
        {
            LoadErrorKind kind = KindOf(exception.Error);
            Lane.Counts.PortsMissing +=
                exception.Error is NetworkError.AddressNotAvailable or NetworkError.LimitReached ? 1 : 0;
            if (UnderWay > 0)
            {
                AllFailed(kind);
            }
            else
            {
                Lane.Counts.Fail(kind);
            }
        }
        catch (OperationCanceledException)
        {
            return false;
        }

        _state = State.Apart;
        await PauseAsync();
        return false;
    }

    /// <summary>A connection from its first request to its end.</summary>
    private async Task TalkAsync(Connection connection)
    {
        _state = State.Talking;
        _replies.Reset();
        long began = connection.BytesReceived;
        long now = LoadClock.Now;
        Write(connection, UnderWay, now); // What was due before there was one, or was not answered on the last.
        SendDue(connection, now);
        Ending ending = Ending.Orderly;
        while (UnderWay > 0 || Lane.IsSending)
        {
            Received received = await connection.ReadAsync();
            now = LoadClock.Now;
            if (received.IsEmpty)
            {
                ending = Ended(received.End, now);
                break;
            }

            if (!TakeReplies(connection, received, now, ref ending))
            {
                break;
            }

            SendDue(connection, now);
        }

        _connection = null;
        _state = State.Apart;
        if (ending == Ending.Orderly)
        {
            await connection.DisposeAsync();
        }
        else
        {
            connection.Abort();
        }

        Attempts = 0;
        if (connection.BytesReceived == began && ending == Ending.Orderly)
        {
            // Nothing was asked and nothing came: the next one would probably end in the same way, and at once.
            await PauseAsync();
        }
    }

    private void SendDue(Connection connection, long now)
    {
        if (!Lane.Plan.Close && TakeDue(now) is > 0 and var count)
        {
            Write(connection, count, now);
        }
    }

    private void Write(Connection connection, int count, long now)
    {
        if (count == 0)
        {
            return;
        }

        if (UnderWay == count)
        {
            WaitingSince = now;
        }

        Lane.Counts.BytesOut += (long)count * _protocol.Request.Length;
        while (count > 0)
        {
            int some = Math.Min(count, _protocol.Copies);
            connection.Write(_protocol.Requests.Span[..(some * _protocol.Request.Length)]);
            count -= some;
        }

        // Not at the end of the turn, with those of all other connections: that would cost a twentieth less (2026-11,
        // against nginx), but a request would leave up to some hundred microseconds after its time was taken.
        connection.SendNow();
    }

    /// <summary>Takes the replies that were received; false when the connection is of no more use.</summary>
    private bool TakeReplies(Connection connection, in Received received, long now, ref Ending ending)
    {
        ReadOnlyMemory<byte> rest = received.Memory;
        bool goesOn = true;
        while (goesOn && !rest.IsEmpty)
        {
            bool isAsked = UnderWay > 0;
            bool isCounted = IsCounted;
            int consumed = 0;
            ReplyStatus status = isAsked || _replies.TakesUnasked
                ? _replies.Read(rest, out consumed)
                : ReplyStatus.Malformed;
            rest = rest[consumed..];
            bool isTooLong = UnderWay == 1 && status != ReplyStatus.NeedMore && !rest.IsEmpty
                && !_replies.TakesUnasked;
            if (isTooLong && status == ReplyStatus.Good)
            {
                // It goes on where nothing more was asked for: it is not the answer that it seemed to be.
                status = ReplyStatus.Malformed;
            }

            if (isTooLong || status >= ReplyStatus.Malformed)
            {
                consumed += rest.Length;
                rest = default;
            }

            Lane.Counts.BytesIn += isCounted ? consumed : 0;
            if (status == ReplyStatus.NeedMore)
            {
                break;
            }

            if (!isAsked)
            {
                Lane.Counts.Fail(LoadErrorKind.MalformedReply);
                ending = Ending.Failure;
                return false;
            }

            if (isCounted && _replies.Status is > 0 and var code)
            {
                Lane.Counts.CountStatus(code);
            }

            WaitingSince = now;
            goesOn = Judge(status, now) && _replies.KeepsConnection && !Lane.Plan.Close && !isTooLong;
            ending = isTooLong || status >= ReplyStatus.Malformed ? Ending.Failure : Ending.Orderly;
        }

        connection.Consume(received.Length - rest.Length);
        _replies.WriteOwed(connection);
        return goesOn;
    }

    /// <summary>Counts a reply; false when nothing that follows it can be understood.</summary>
    private bool Judge(ReplyStatus status, long now)
    {
        switch (status)
        {
            case ReplyStatus.Good:
                Answered(now);
                return true;
            case ReplyStatus.WrongStatus:
                Failed(LoadErrorKind.WrongStatus);
                return true;
            case ReplyStatus.WrongBody:
                Failed(LoadErrorKind.WrongBody);
                return true;
            case ReplyStatus.Http:
                AllFailed(LoadErrorKind.HttpReply);
                return false;
            default:
                AllFailed(LoadErrorKind.MalformedReply);
                return false;
        }
    }

    private Ending Ended(End end, long now)
    {
        if (UnderWay == 0)
        {
            return Ending.Orderly; // It was idle: nobody waits for anything.
        }

        if (_state == State.Late)
        {
            if (Lane.IsOver)
            {
                GiveUpAll(LoadErrorKind.ReplyTimeout);
            }

            AllFailed(LoadErrorKind.ReplyTimeout);
            return Ending.Failure;
        }

        if (end == End.Finished && _replies.End() is not ReplyStatus.NeedMore and var status)
        {
            return Judge(status, now) ? Ending.Orderly : Ending.Failure;
        }

        AllFailed(end switch
        {
            End.Finished => LoadErrorKind.ClosedEarly,
            End.WriteTimeout => LoadErrorKind.ReplyTimeout,
            _ => LoadErrorKind.Reset,
        });
        return Ending.Failure;
    }

    private static LoadErrorKind KindOf(NetworkError error) => error switch
    {
        NetworkError.Refused => LoadErrorKind.ConnectRefused,
        NetworkError.TimedOut => LoadErrorKind.ConnectTimeout,
        _ => LoadErrorKind.ConnectFailed,
    };
}
