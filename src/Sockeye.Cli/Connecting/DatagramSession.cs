using Sockeye.Cli.Resources;

namespace Sockeye.Cli.Connecting;

/// <summary>
/// A conversation in datagrams. Each line of the input is one, its line end included; or with <c>--whole</c> each chunk
/// that one read gives. What other peers send is left out. Datagrams have no end: once the input has ended, the session
/// waits for more until <c>--wait</c> is over, or Ctrl-C.
/// </summary>
internal sealed class DatagramSession
{
    private readonly DatagramSocket _socket;
    private readonly PeerAddress _peer;
    private readonly bool _fromAnyone;
    private readonly Exchange _exchange;
    private readonly SessionOptions _options;
    private readonly CancellationTokenSource _patience;
    private readonly List<byte> _line = [];
    private Phase _phase;
    private Ending _whyImpatient = Ending.WaitOver; // What it means when patience is over.
    private Exception? _failure;

    /// <summary>A session; the socket is its own from now on.</summary>
    /// <param name="socket">The socket.</param>
    /// <param name="peer">Whom to send to.</param>
    /// <param name="fromAnyone">The peer is a group or everybody, so that answers come from other addresses.</param>
    /// <param name="exchange">Our side.</param>
    /// <param name="options">What to do at the end.</param>
    public DatagramSession(
        DatagramSocket socket, PeerAddress peer, bool fromAnyone, Exchange exchange, SessionOptions options)
    {
        _socket = socket;
        _peer = peer;
        _fromAnyone = fromAnyone;
        _exchange = exchange;
        _options = options;
        _patience = new CancellationTokenSource(Timeout.InfiniteTimeSpan, socket.Network.Time);
    }

    /// <summary>How far the session has come.</summary>
    private enum Phase
    {
        /// <summary>The input is read and sent.</summary>
        Sending,

        /// <summary>All is sent: answers may come until none came for <c>--wait</c>.</summary>
        Waiting,

        /// <summary>Nothing more is sent or waited for.</summary>
        Over,
    }

    /// <summary>Talks until the end, and closes the socket. On the socket's owner.</summary>
    public async Task<Ending> RunAsync(CancellationToken stop)
    {
        await using CancellationTokenRegistration stopping = stop.UnsafeRegister(
            static state => ((DatagramSession)state!).StopFromElsewhere(), this);
        try
        {
            _ = SendAsync();
            Ending ending = await ReceiveAsync();
            return _failure is null ? ending : throw _failure;
        }
        finally
        {
            _phase = Phase.Over;
            await _socket.DisposeAsync();
        }
    }

    private async Task SendAsync()
    {
        try
        {
            ReadOnlyMemory<byte> bytes;
            while (!(bytes = await _exchange.ReadAsync()).IsEmpty && _phase == Phase.Sending)
            {
                if (_options.Whole)
                {
                    await SendOneAsync(bytes);
                    continue;
                }

                while (bytes.Span.IndexOf((byte)'\n') is >= 0 and int end)
                {
                    _line.AddRange(bytes.Span[..(end + 1)]);
                    bytes = bytes[(end + 1)..];
                    await SendLineAsync();
                }

                _line.AddRange(bytes.Span);
                CheckLength();
            }

            if (_line.Count > 0)
            {
                await SendLineAsync();
            }

            if (_phase == Phase.Sending)
            {
                _phase = Phase.Waiting;
                RenewPatience();
            }
        }
        catch (IOException exception) when (StandardStreams.IsClosedPipe(exception))
        {
            GiveUp(Ending.OutputClosed);
        }
        catch (Exception exception) when (_phase == Phase.Sending)
        {
            _failure = exception;
            GiveUp(Ending.Lost);
        }
    }

    private async Task SendLineAsync()
    {
        if (_options.Crlf && _line is [.., (byte)'\n'] and not [.., (byte)'\r', (byte)'\n'])
        {
            _line.Insert(_line.Count - 1, (byte)'\r');
        }

        CheckLength();
        byte[] line = [.. _line];
        _line.Clear();
        await SendOneAsync(line);
    }

    private async Task SendOneAsync(ReadOnlyMemory<byte> data)
    {
        await _exchange.SentAsync(data);
        if (_phase == Phase.Sending)
        {
            _socket.Send(data.Span, _peer);
            await _socket.FlushAsync();
        }
    }

    private void CheckLength()
    {
        if (_line.Count > DatagramSocket.DataBytesMax)
        {
            throw new ToolException(ExitCode.Usage, ConnectText.LineTooLong.With(DatagramSocket.DataBytesMax));
        }
    }

    private async Task<Ending> ReceiveAsync()
    {
        try
        {
            DatagramBatch batch;
            while (!(batch = await _socket.ReceiveAsync(_patience.Token)).IsEmpty)
            {
                for (int i = 0; i < batch.Count; i++)
                {
                    if (_fromAnyone || batch[i].Peer == _peer)
                    {
                        await _exchange.ReceivedAsync(batch[i].Data.ToArray());
                    }
                }

                RenewPatience();
            }

            return batch.End == End.Reset ? Ending.Refused : Ending.Lost;
        }
        catch (OperationCanceledException) when (_patience.IsCancellationRequested)
        {
            return _whyImpatient;
        }
        catch (IOException exception) when (StandardStreams.IsClosedPipe(exception))
        {
            return Ending.OutputClosed;
        }
    }

    private void RenewPatience()
    {
        if (_phase == Phase.Waiting)
        {
            _patience.CancelAfter(_options.Wait);
        }
    }

    private void GiveUp(Ending why)
    {
        if (_phase != Phase.Over)
        {
            _phase = Phase.Over;
            _whyImpatient = why;
            _patience.Cancel();
        }
    }

    private void StopFromElsewhere() => _socket.Owner.Post(
        static state =>
        {
            var session = (DatagramSession)state!;
            session.GiveUp(Ending.Stopped);
        },
        this);
}
