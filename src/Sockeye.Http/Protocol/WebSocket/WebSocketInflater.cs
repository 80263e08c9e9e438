using System.IO.Compression;

namespace Sockeye.Http.Protocol;

/// <summary>What decompressing a piece came to.</summary>
internal enum InflateOutcome : byte
{
    /// <summary>All of it is decompressed.</summary>
    Done = 0,

    /// <summary>The result passes the limit.</summary>
    TooBig,

    /// <summary>That is no compressed data.</summary>
    Malformed,
}

/// <summary>
/// Decompresses the messages of one peer (RFC 7692 section 7.2.2), piece by piece, and no further than a limit: what
/// a small message swells to is never held beyond it.
/// </summary>
/// <remarks>
/// The runtime decompresses streams only, so a stream that is nothing but memory feeds it. A block with the BFINAL
/// bit, which a sender may use to end a message (section 7.2.3.4), ends the decompressor's stream: what follows in
/// that message is not looked at, and the next message begins without context, whatever was agreed. An application
/// that sets the runtime's switch System.IO.Compression.UseStrictValidation cannot read compressed messages: with it,
/// a stream may not pause.
/// </remarks>
internal sealed class WebSocketInflater(bool keepsContext) : IDisposable
{
    private readonly Feed _feed = new();
    private DeflateStream? _inflate;

    // Section 7.2.2: "Append 4 octets of 0x00 0x00 0xff 0xff to the tail end of the payload of the message."
    private static ReadOnlySpan<byte> Tail => [0x00, 0x00, 0xFF, 0xFF];

    /// <summary>Decompresses a piece of a message behind what the output has.</summary>
    public InflateOutcome Append(ReadOnlySpan<byte> piece, PayloadBuffer output)
    {
        while (!piece.IsEmpty)
        {
            piece = piece[_feed.Fill(piece)..];
            InflateOutcome outcome = Drain(output);
            if (outcome != InflateOutcome.Done)
            {
                return outcome;
            }
        }

        return InflateOutcome.Done;
    }

    /// <summary>Ends a message.</summary>
    public InflateOutcome Finish(PayloadBuffer output)
    {
        InflateOutcome outcome = Append(Tail, output);
        if (!keepsContext || _feed.IsUnread)
        {
            Dispose();
        }

        return outcome;
    }

    public void Dispose()
    {
        _inflate?.Dispose();
        _inflate = null;
        _feed.Clear();
    }

    private InflateOutcome Drain(PayloadBuffer output)
    {
        _inflate ??= new DeflateStream(_feed, CompressionMode.Decompress, leaveOpen: true);
        Span<byte> beyond = stackalloc byte[1];
        try
        {
            while (true)
            {
                // Whether there is more than fits can only be seen by asking for it.
                Span<byte> space = output.Room > 0 ? output.GetSpan(1) : beyond;
                int read = _inflate.Read(space);
                if (read == 0)
                {
                    return InflateOutcome.Done;
                }

                if (output.Room == 0)
                {
                    return InflateOutcome.TooBig;
                }

                output.Advance(read);
            }
        }
        catch (InvalidDataException)
        {
            return InflateOutcome.Malformed;
        }
    }

    /// <summary>Memory in the form of a stream. That it is empty ends a read, not the stream.</summary>
    private sealed class Feed : Stream
    {
        private const int BytesMax = 4096;

        private readonly byte[] _bytes = new byte[BytesMax];
        private int _at;
        private int _end;

        /// <summary>Whether the decompressor left bytes, for its own stream is at its end.</summary>
        public bool IsUnread => _at < _end;

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        /// <summary>Takes the beginning of a piece and returns how much that was.</summary>
        public int Fill(ReadOnlySpan<byte> piece)
        {
            _at = 0;
            _end = Math.Min(piece.Length, BytesMax);
            piece[.._end].CopyTo(_bytes);
            return _end;
        }

        public void Clear() => _at = _end;

        public override int Read(Span<byte> buffer)
        {
            int count = Math.Min(buffer.Length, _end - _at);
            _bytes.AsSpan(_at, count).CopyTo(buffer);
            _at += count;
            return count;
        }

        public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
