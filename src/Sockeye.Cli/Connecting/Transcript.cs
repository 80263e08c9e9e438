namespace Sockeye.Cli.Connecting;

/// <summary>Which way bytes went.</summary>
internal enum Direction
{
    /// <summary>To the peer.</summary>
    Sent,

    /// <summary>From the peer.</summary>
    Received,
}

/// <summary>Where what is sent and received is written. Its members are called from one thread at a time.</summary>
internal abstract class Transcript : IDisposable
{
    /// <summary>Whether it shows what is sent, too.</summary>
    public virtual bool WantsSent => false;

    /// <summary>Writes some bytes, at once; returns when they are written.</summary>
    /// <param name="direction">Which way they went.</param>
    /// <param name="offset">How many went that way before them.</param>
    /// <param name="bytes">One or more.</param>
    public abstract void Write(Direction direction, long offset, ReadOnlySpan<byte> bytes);

    public virtual void Dispose()
    {
    }
}

/// <summary>What was received, byte for byte.</summary>
/// <param name="stream">Takes it.</param>
/// <param name="endLines">Ends each piece with a line feed if it has none: datagrams on a terminal.</param>
internal sealed class RawTranscript(Stream stream, bool endLines) : Transcript
{
    public override void Write(Direction direction, long offset, ReadOnlySpan<byte> bytes)
    {
        if (direction == Direction.Received)
        {
            stream.Write(bytes);
            if (endLines && bytes is not [.., (byte)'\n'])
            {
                stream.Write("\n"u8);
            }

            stream.Flush();
        }
    }

    public override void Dispose() => stream.Dispose();
}

/// <summary>Both directions as JSON Lines, the bytes in base64. The output is its own.</summary>
internal sealed class JsonTranscript(Output output) : Transcript
{
    public override bool WantsSent => true;

    public override void Write(Direction direction, long offset, ReadOnlySpan<byte> bytes)
    {
        string data = Convert.ToBase64String(bytes);
        string type = direction == Direction.Sent ? "sent" : "received";
        output.JsonLine(type, (offset, bytes.Length, data), static (json, one) =>
        {
            json.WriteNumber("offset_bytes", one.offset);
            json.WriteNumber("length_bytes", one.Length);
            json.WriteString("data_base64", one.data);
        });
    }

    public override void Dispose() => output.Dispose();
}
