using System.Buffers;

namespace Sockeye.Cli.Serving;

/// <summary>Writes the answer to a datagram. Called on any of the server's owners.</summary>
internal delegate void DatagramAnswer(ReadOnlySpan<byte> received, IBufferWriter<byte> answer, TimeProvider time);

/// <summary>
/// Serves one datagram socket: counts what comes, answers it, at once or after a delay, and counts the answers. It
/// belongs to the socket's owner.
/// </summary>
internal sealed class DatagramAnswers
{
    /// <summary>Delayed answers that wait at most; further ones are lost, as on a full network.</summary>
    private const int AnswersWaitingMax = 4_096;

    private readonly DatagramSocket _socket;
    private readonly DatagramAnswer? _answer;
    private readonly DatagramCounts _counts;
    private readonly TimeSpan _delay;
    private readonly ArrayBufferWriter<byte> _written = new();
    private readonly Queue<(byte[] Answer, PeerAddress Peer, long Due)> _waiting = [];
    private PeerAddress _peer;              // Whose datagrams were counted last,
    private DatagramCounts.Tally _counted;  // and those that have not been told: a train costs no more than one.
    private long _dropped;

    private DatagramAnswers(DatagramSocket socket, DatagramAnswer? answer, DatagramCounts counts, TimeSpan delay)
    {
        _socket = socket;
        _answer = answer;
        _counts = counts;
        _delay = delay;
    }

    /// <summary>Makes the handler of a protocol that answers each datagram by itself.</summary>
    /// <param name="settings">What was asked for.</param>
    /// <param name="answer">Writes the answer; null when there is none.</param>
    /// <param name="delay">How long each answer waits.</param>
    public static DatagramHandler Handler(ServeSettings settings, DatagramAnswer? answer, TimeSpan delay = default) =>
        socket => new DatagramAnswers(socket, answer, settings.Datagrams, delay).RunAsync();

    private async ValueTask RunAsync()
    {
        Task sending = Task.CompletedTask;
        try
        {
            while (await _socket.ReceiveAsync() is { IsEmpty: false } batch)
            {
                for (int i = 0; i < batch.Count; i++)
                {
                    Answer(batch[i]);
                }

                TellCounts();
                if (_delay == TimeSpan.Zero)
                {
                    await _socket.FlushAsync();
                }
                else if (sending.IsCompleted)
                {
                    sending = SendDueAsync();
                }
            }

            await sending;
        }
        finally
        {
            _counts.Lost(_dropped + _waiting.Count + _socket.DatagramsFailed);
        }
    }

    private void Answer(Datagram datagram)
    {
        Count(datagram.Peer, new DatagramCounts.Tally(1, datagram.Data.Length, 0, 0));
        if (_answer is null)
        {
            return;
        }

        TimeProvider time = _socket.Network.Time;
        _written.ResetWrittenCount();
        _answer(datagram.Data, _written, time);
        if (_delay == TimeSpan.Zero)
        {
            Send(_written.WrittenSpan, datagram.Peer);
        }
        else if (_waiting.Count == AnswersWaitingMax)
        {
            _dropped++;
        }
        else
        {
            long due = time.GetTimestamp() + (long)(_delay.TotalSeconds * time.TimestampFrequency);
            _waiting.Enqueue((_written.WrittenSpan.ToArray(), datagram.Peer, due));
        }
    }

    /// <summary>One sender for all, beside the receiving, so that one peer's delay does not hold up the next: they come
    /// due in the order in which they came.</summary>
    private async Task SendDueAsync()
    {
        TimeProvider time = _socket.Network.Time;
        while (_waiting.TryPeek(out (byte[] Answer, PeerAddress Peer, long Due) next))
        {
            TimeSpan left = time.GetElapsedTime(time.GetTimestamp(), next.Due);
            if (left > TimeSpan.Zero)
            {
                await Task.Delay(left, time);
            }

            _waiting.Dequeue();
            Send(next.Answer, next.Peer);
            TellCounts();
            if (await _socket.FlushAsync() != End.None)
            {
                return;
            }
        }
    }

    private void Send(ReadOnlySpan<byte> answer, in PeerAddress peer)
    {
        if (_socket.Send(answer, peer))
        {
            Count(peer, new DatagramCounts.Tally(0, 0, 1, answer.Length));
        }
    }

    private void Count(in PeerAddress peer, DatagramCounts.Tally more)
    {
        if (_peer != peer)
        {
            TellCounts();
            _peer = peer;
        }

        _counted += more;
    }

    private void TellCounts()
    {
        if (_counted != default)
        {
            _counts.Add(_peer, _counted, _socket);
            _counted = default;
        }
    }
}
