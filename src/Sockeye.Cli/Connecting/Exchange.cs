namespace Sockeye.Cli.Connecting;

/// <summary>
/// Our side of a conversation: what is sent comes from its input, what is received goes to its transcripts. Each of the
/// two has a thread of its own, because reading a terminal or writing to a pipe may wait for ever and a connection's
/// owner must not. One chunk at a time is under way in each direction, so that a peer that takes nothing stops the
/// input, and a reader that takes nothing stops the peer.
/// </summary>
internal sealed class Exchange : IDisposable
{
    // What a pipe holds, and no more than what a datagram may hold.
    private const int ChunkBytes = DatagramSocket.DataBytesMax;

    private readonly FileThread _inputThread = new("connect input");
    private readonly FileThread _outputThread = new("connect output");
    private readonly Stream _input;
    private readonly Transcript[] _transcripts;
    private readonly bool _wantsSent;
    private readonly byte[] _chunk = new byte[ChunkBytes];

    /// <summary>Makes one that owns the input and the transcripts.</summary>
    public Exchange(Stream input, Transcript[] transcripts)
    {
        _input = input;
        _transcripts = transcripts;
        _wantsSent = transcripts.Any(one => one.WantsSent);
    }

    /// <summary>How many bytes were to be sent so far.</summary>
    public long SentBytes { get; private set; }

    /// <summary>How many bytes were received so far.</summary>
    public long ReceivedBytes { get; private set; }

    /// <summary>The next bytes to send; empty at the end of the input. Valid until the next call.</summary>
    public async Task<ReadOnlyMemory<byte>> ReadAsync()
    {
        int count = await _inputThread.RunAsync(() => _input.Read(_chunk));
        return _chunk.AsMemory(0, count);
    }

    /// <summary>Shows what is about to be sent, if anything shows that.</summary>
    public Task SentAsync(ReadOnlyMemory<byte> bytes)
    {
        long offset = SentBytes;
        SentBytes += bytes.Length;
        return _wantsSent ? WriteAsync(Direction.Sent, offset, bytes) : Task.CompletedTask;
    }

    /// <summary>Writes what was received; complete when all of it is written.</summary>
    public Task ReceivedAsync(ReadOnlyMemory<byte> bytes)
    {
        long offset = ReceivedBytes;
        ReceivedBytes += bytes.Length;
        return WriteAsync(Direction.Received, offset, bytes);
    }

    public void Dispose()
    {
        _inputThread.Dispose();
        _outputThread.Dispose();
        foreach (Transcript transcript in _transcripts)
        {
            transcript.Dispose();
        }
    }

    private Task WriteAsync(Direction direction, long offset, ReadOnlyMemory<byte> bytes) =>
        _outputThread.RunAsync(() =>
        {
            foreach (Transcript transcript in _transcripts)
            {
                transcript.Write(direction, offset, bytes.Span);
            }

            return true;
        });
}
