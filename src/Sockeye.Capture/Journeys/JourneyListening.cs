using System.Buffers;

namespace Sockeye.Capture.Journeys;

/// <summary>Hears what a peer says, keeps the beginning of it, and ends it when it is too much.</summary>
internal sealed class JourneyListening(Connection connection)
{
    private readonly ArrayBufferWriter<byte> _heard = new();
    private long _bytes;

    /// <summary>What was heard since the last time.</summary>
    public byte[] TakeHeard()
    {
        byte[] heard = _heard.WrittenSpan.ToArray();
        _heard.ResetWrittenCount();
        return heard;
    }

    /// <summary>Hears one piece, or nothing before the token fires; <see cref="End.None"/> when more may
    /// come.</summary>
    public async Task<End> HearAsync(CancellationToken cancellationToken)
    {
        try
        {
            Received received = await connection.ReadAsync(cancellationToken);
            Take(received);
            return received.End;
        }
        catch (OperationCanceledException)
        {
            return End.None;
        }
    }

    /// <summary>Hears everything until the peer has finished, for at most as long as a read may take.</summary>
    public async Task<End> HearAllAsync()
    {
        while (true)
        {
            Received received = await connection.ReadAsync();
            if (received.IsEmpty)
            {
                return received.End;
            }

            Take(received);
            if (_bytes > JourneyPlan.ReceivedBytesMax)
            {
                connection.Abort();
                return End.Aborted;
            }
        }
    }

    private void Take(Received received)
    {
        int room = JourneyPlan.KeptBytesMax - _heard.WrittenCount;
        _heard.Write(received.Span[..Math.Min(room, received.Length)]);
        _bytes += received.Length;
        connection.Consume(received.Length);
    }
}
