using System.Net;
using System.Net.Sockets;
using Sockeye.Cli.Loading.Protocols;
using Sockeye.Cli.Loading.Results;
using Sockeye.Cli.Resources;

namespace Sockeye.Cli.Loading;

/// <summary>A client of datagrams: it sends one, and waits for one. After one that was lost it goes on from another
/// port, so that an answer that comes late is not taken for that to the next.</summary>
internal sealed class DatagramClient : LoadClient
{
    /// <summary>Room for an answer that is longer than expected, and so wrong.</summary>
    private const int AnswerBytesMin = 2_048;

    private static readonly TimeSpan s_probeMax = TimeSpan.FromSeconds(1);

    private readonly DatagramProtocol _protocol;
    private readonly ListenOptions _options;
    private readonly bool _isFirst;
    private DatagramSocket? _socket;
    private PeerAddress _peer;
    private State _state;

    public DatagramClient(DatagramProtocol protocol, Lane lane, int index)
        : base(lane, index)
    {
        _protocol = protocol;
        _isFirst = index == 0;
        _options = new ListenOptions { DatagramBytesMax = Math.Max(AnswerBytesMin, protocol.AnswerBytes + 1) };
    }

    private enum State : byte
    {
        /// <summary>Nothing is under way.</summary>
        Idle,

        /// <summary>An answer is waited for.</summary>
        Waiting,

        /// <summary>It took too long.</summary>
        Late,
    }

    public override bool IsWaiting => _state == State.Waiting;

    public override async Task OpenAsync()
    {
        if (Lane.Peer.Address is null)
        {
            IPAddress[] addresses = await Lane.Network.ResolveAsync(Lane.Peer.Host);
            Lane.Found(Endpoint.From(new IPEndPoint(addresses[0], Lane.Peer.Port), EndpointScheme.Udp));
        }

        await BindAsync();
        if (_isFirst)
        {
            await ProbeAsync();
        }
    }

    public override async Task RunAsync()
    {
        while (!HasGivenUp && await TakeTurnAsync())
        {
            if (await SocketAsync() is not { } socket)
            {
                continue;
            }

            WaitingSince = LoadClock.Now;
            _state = State.Waiting;
            socket.Send(_protocol.Message.Span, _peer);
            await socket.FlushAsync();
            Lane.Counts.BytesOut += _protocol.Message.Length;
            DatagramBatch batch = await socket.ReceiveAsync();
            if (batch.IsEmpty)
            {
                await FailAsync(batch.End);
                continue;
            }

            _state = State.Idle;
            Take(batch);
        }

        GiveUpAll(LoadErrorKind.DatagramLost);
        await CloseAsync();
    }

    public override void OnGiveUp()
    {
        if (_state == State.Waiting)
        {
            _state = State.Late;
            _ = CloseAsync();
        }
    }

    private void Take(DatagramBatch batch)
    {
        Attempts = 0;
        ReadOnlySpan<byte> data = batch[0].Data;
        Lane.Counts.BytesIn += IsCounted ? data.Length : 0;
        if (_protocol.Takes(data))
        {
            Answered(LoadClock.Now);
        }
        else
        {
            Failed(LoadErrorKind.WrongBody);
        }
    }

    private async ValueTask FailAsync(End end)
    {
        bool isLate = _state == State.Late;
        _state = State.Idle;
        if (Lane.IsOver)
        {
            GiveUpAll(LoadErrorKind.DatagramLost);
            return;
        }

        Failed(isLate ? LoadErrorKind.DatagramLost : LoadErrorKind.ConnectRefused);
        if (!isLate && end == End.Reset)
        {
            await PauseAsync();
        }
    }

    /// <summary>The socket, or another one after an answer that was lost; null when this machine has none, which the
    /// request pays for.</summary>
    private async ValueTask<DatagramSocket?> SocketAsync()
    {
        if (_socket is null)
        {
            try
            {
                await BindAsync();
            }
            catch (NetworkException exception)
            {
                Lane.Counts.PortsMissing +=
                    exception.Error is NetworkError.AddressNotAvailable or NetworkError.LimitReached ? 1 : 0;
                Failed(LoadErrorKind.ConnectFailed);
                await PauseAsync();
            }
        }

        return _socket;
    }

    private async Task BindAsync()
    {
        bool isVersion4 = Lane.Peer.Address!.AddressFamily == AddressFamily.InterNetwork;
        var any = new IPEndPoint(isVersion4 ? IPAddress.Any : IPAddress.IPv6Any, 0);
        _socket = await Lane.Network.BindAsync(Endpoint.From(any, EndpointScheme.Udp), _options);
        _socket.Connect(Lane.Peer);
        _peer = _socket.AddressOf(Lane.Peer);
    }

    /// <summary>Finds out whether the machine says that nobody is there; silence may be a message that was lost.
    /// </summary>
    private async Task ProbeAsync()
    {
        using var late = new CancellationTokenSource(
            Lane.Plan.Timeout < s_probeMax ? Lane.Plan.Timeout : s_probeMax, Lane.Network.Time);
        _socket!.Send(_protocol.Message.Span, _peer);
        await _socket.FlushAsync();
        try
        {
            if ((await _socket.ReceiveAsync(late.Token)).End == End.Reset)
            {
                throw new NetworkException(
                    NetworkOperation.Connect, Lane.Peer, NetworkError.Refused, LoadText.Nobody.With(Lane.Peer));
            }
        }
        catch (OperationCanceledException)
        {
            await CloseAsync(); // Its answer may still come.
        }
    }

    private async Task CloseAsync()
    {
        if (_socket is { } socket)
        {
            _socket = null;
            await socket.DisposeAsync();
        }
    }
}
