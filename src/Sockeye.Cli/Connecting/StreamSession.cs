using Sockeye.Cli.Resources;

namespace Sockeye.Cli.Connecting;

/// <summary>Why a session is over.</summary>
internal enum Ending
{
    /// <summary>Both sides have finished; or the peer has, and a person sits at our end.</summary>
    Finished,

    /// <summary>Our input ended, and nothing came for as long as <c>--wait</c> says.</summary>
    WaitOver,

    /// <summary>Ctrl-C.</summary>
    Stopped,

    /// <summary>Nobody reads our output any more.</summary>
    OutputClosed,

    /// <summary>The peer reset the connection, or the network lost it.</summary>
    Lost,

    /// <summary>Datagrams went to a port where nobody listens.</summary>
    Refused,
}

/// <summary>What a session does when its ends end.</summary>
/// <param name="Wait">How long to wait for more from the peer once all has been sent.</param>
/// <param name="Crlf">Send each line feed as carriage return and line feed.</param>
/// <param name="Interactive">The input is a terminal, at which a person would wait for nothing.</param>
/// <param name="Whole">Send each chunk of the input as one datagram, not each line.</param>
/// <param name="Note">Writes a line to standard error.</param>
internal sealed record SessionOptions(TimeSpan Wait, bool Crlf, bool Interactive, bool Whole, Action<string> Note);

/// <summary>
/// A conversation over a byte stream. Two activities share the connection's owner: one sends the input, one receives.
/// Everything received before the end is written out. How each of the eight ends is met:
/// <list type="table">
/// <listheader><term>what ends first</term><description>what follows</description></listheader>
/// <item><term>1. our input; the peer still answers</term>
/// <description>our FIN is sent, receiving goes on until the peer's FIN; exit 0</description></item>
/// <item><term>2. our input; the peer never closes</term>
/// <description>receiving goes on, for ever or until nothing came for <c>--wait</c>; exit 0</description></item>
/// <item><term>3. the peer half-closes, our input is open</term>
/// <description>a pipe or file is sent to its end, then our FIN; exit 0. At a terminal, which nobody would think of
/// ending, we say that the peer finished and end ourselves; exit 0</description></item>
/// <item><term>4. both half-close at once</term>
/// <description>what either sent before its FIN arrives; exit 0</description></item>
/// <item><term>5. the peer resets while we wait for input</term>
/// <description>we leave at once, without waiting for the input; exit 3</description></item>
/// <item><term>6. the peer resets while we send</term>
/// <description>the same; what came before is written out; exit 3</description></item>
/// <item><term>7. nobody reads our output (<c>| head -1</c>)</term>
/// <description>we close quietly at the first write that fails: the reader has what it wanted; exit 0</description>
/// </item>
/// <item><term>8. Ctrl-C</term>
/// <description>our FIN is sent, and the peer has <see cref="CloseGrace"/> to send the rest and its own; exit 0, or 3
/// when the peer had not taken all that was to be sent. A second Ctrl-C ends the process at once</description></item>
/// </list>
/// </summary>
internal sealed class StreamSession
{
    /// <summary>How long a close that nobody waits for may take, before what is left is given up.</summary>
    public static readonly TimeSpan CloseGrace = TimeSpan.FromSeconds(1);

    private readonly Connection _connection;
    private readonly Exchange _exchange;
    private readonly SessionOptions _options;
    private readonly CancellationTokenSource _patience; // Cancelled when receiving is to be given up.
    private readonly TaskCompletionSource _sent = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Sending _sending;
    private Ending _whyImpatient = Ending.WaitOver; // What it means when patience is over.
    private Exception? _failure;
    private bool _isAfterReturn; // The last byte sent was a carriage return.

    /// <summary>A session; the connection is its own from now on.</summary>
    public StreamSession(Connection connection, Exchange exchange, SessionOptions options)
    {
        _connection = connection;
        _exchange = exchange;
        _options = options;
        _patience = new CancellationTokenSource(Timeout.InfiniteTimeSpan, connection.Network.Time);
    }

    /// <summary>How far our side has come. It only goes down this list.</summary>
    private enum Sending
    {
        /// <summary>The input is read and sent.</summary>
        Input,

        /// <summary>Our FIN is on its way, and nothing more is written.</summary>
        Finishing,

        /// <summary>The kernel has taken all that was read, and our FIN after it.</summary>
        AllSent,

        /// <summary>The session was over before the input was: nothing more is written.</summary>
        CutShort,
    }

    /// <summary>Whether all of the input that was read has been taken by the kernel, and our FIN after it.</summary>
    public bool IsAllSent => _sending == Sending.AllSent;

    /// <summary>Talks until the end, and closes the connection. On the connection's owner.</summary>
    /// <param name="stop">Ctrl-C.</param>
    public async Task<Ending> RunAsync(CancellationToken stop)
    {
        await using CancellationTokenRegistration losing = _connection.Lost.UnsafeRegister(
            static state => ((StreamSession)state!)._sent.TrySetResult(), this);
        await using CancellationTokenRegistration stopping = stop.UnsafeRegister(
            static state => ((StreamSession)state!).StopFromElsewhere(), this);
        try
        {
            _ = SendAsync();
            Ending ending = await ReceiveAsync();
            if (_failure is not null)
            {
                throw _failure;
            }

            return ending;
        }
        finally
        {
            Advance(Sending.CutShort);
            await CloseAsync();
        }
    }

    private async Task SendAsync()
    {
        try
        {
            ReadOnlyMemory<byte> bytes;
            while (!(bytes = await _exchange.ReadAsync()).IsEmpty && _sending == Sending.Input)
            {
                bytes = _options.Crlf ? WithCarriageReturns(bytes.Span) : bytes;
                await _exchange.SentAsync(bytes);
                if (_sending != Sending.Input)
                {
                    return;
                }

                _connection.Write(bytes.Span);
                if (await _connection.FlushAsync() != End.None || _sending != Sending.Input)
                {
                    return;
                }
            }

            await FinishAsync();
        }
        catch (IOException exception) when (StandardStreams.IsClosedPipe(exception))
        {
            GiveUp(Ending.OutputClosed);
        }
        catch (Exception exception) when (_sending == Sending.Input)
        {
            _failure = exception;
            _connection.Abort();
        }
    }

    private async Task<Ending> ReceiveAsync()
    {
        try
        {
            Received received;
            while (!(received = await _connection.ReadAsync(_patience.Token)).IsEmpty)
            {
                await _exchange.ReceivedAsync(received.Memory);
                _connection.Consume(received.Length);
                RenewPatience();
            }

            if (received.End == End.Finished)
            {
                await FinishOursAsync();
            }
        }
        catch (OperationCanceledException) when (_patience.IsCancellationRequested)
        {
            return _whyImpatient;
        }
        catch (IOException exception) when (StandardStreams.IsClosedPipe(exception))
        {
            return Ending.OutputClosed;
        }

        return _connection.Ended != End.Finished ? Ending.Lost
            : _whyImpatient == Ending.Stopped ? Ending.Stopped
            : Ending.Finished;
    }

    /// <summary>The peer has finished.</summary>
    private async Task FinishOursAsync()
    {
        if (_options.Interactive && _sending == Sending.Input)
        {
            _options.Note(ConnectText.PeerFinished);
            _patience.CancelAfter(CloseGrace);
            _ = FinishAsync();
        }

        await _sent.Task.WaitAsync(_patience.Token);
    }

    /// <summary>Sends our FIN after what was written.</summary>
    private async Task FinishAsync()
    {
        if (Advance(Sending.Finishing))
        {
            if (await _connection.ShutdownAsync() == End.None)
            {
                Advance(Sending.AllSent);
            }

            _sent.TrySetResult();
            RenewPatience();
        }
    }

    /// <summary>The one place where our side moves on; false where it cannot, because it is further already.</summary>
    private bool Advance(Sending next)
    {
        bool moves = (_sending, next) switch
        {
            // The input ended, the peer finished at a terminal, or Ctrl-C.
            (Sending.Input, Sending.Finishing) => true,

            // Our FIN has left.
            (Sending.Finishing, Sending.AllSent) => true,

            // The session is over and the input is not.
            (Sending.Input, Sending.CutShort) => true,

            // A FIN on its way at the end of the session stays so: it may still leave while the connection closes.
            _ => false,
        };
        _sending = moves ? next : _sending;
        return moves;
    }

    private void RenewPatience()
    {
        if (_sending == Sending.AllSent && _whyImpatient == Ending.WaitOver && !_patience.IsCancellationRequested)
        {
            _patience.CancelAfter(_options.Wait);
        }
    }

    private void GiveUp(Ending why)
    {
        _whyImpatient = why;
        _patience.Cancel();
    }

    private void StopFromElsewhere() => _connection.Post(
        static state =>
        {
            var session = (StreamSession)state!;
            if (session._whyImpatient == Ending.WaitOver)
            {
                session._whyImpatient = Ending.Stopped;
                session._patience.CancelAfter(CloseGrace);
                _ = session.FinishAsync();
            }
        },
        this);

    private async Task CloseAsync()
    {
        // Armed first: on a blocking engine the call below waits by itself.
        using var limit = new CancellationTokenSource(CloseGrace, _connection.Network.Time);
        await using CancellationTokenRegistration aborting = limit.Token.UnsafeRegister(
            static state => ((Connection)state!).Abort(), _connection);
        await _connection.DisposeAsync();
    }

    private byte[] WithCarriageReturns(ReadOnlySpan<byte> bytes)
    {
        var converted = new List<byte>(bytes.Length + 16);
        foreach (byte one in bytes)
        {
            if (one == '\n' && !_isAfterReturn)
            {
                converted.Add((byte)'\r');
            }

            converted.Add(one);
            _isAfterReturn = one == '\r';
        }

        return [.. converted];
    }
}
