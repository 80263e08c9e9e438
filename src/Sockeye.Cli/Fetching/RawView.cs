using System.Text;
using Sockeye.Http.Client;

namespace Sockeye.Cli.Fetching;

/// <summary>
/// The exact bytes of an exchange, as lines that begin with <c>&gt;</c> for sent and <c>&lt;</c> for received. Whatever
/// is not a printable ASCII character is written as an escape, the backslash too, so that nothing is lost or hidden.
/// Called by one thread at a time.
/// </summary>
internal sealed class RawView(Output output)
{
    /// <summary>Bytes of a line; a longer one goes on in the next, as the missing <c>\n</c> at its end tells.</summary>
    private const int LineBytesMax = 1_024;

    private readonly StringBuilder _line = new();
    private TranscriptDirection _direction;
    private int _bytes;

    /// <summary>Takes some bytes.</summary>
    public void Write(TranscriptDirection direction, ReadOnlyMemory<byte> bytes)
    {
        if (direction != _direction)
        {
            EndLine();
            _direction = direction;
        }

        foreach (byte one in bytes.Span)
        {
            Append(one);
            if (one == '\n' || ++_bytes == LineBytesMax)
            {
                EndLine();
            }
        }
    }

    /// <summary>Writes what is held.</summary>
    public void EndLine()
    {
        if (_line.Length > 0)
        {
            bool isSent = _direction == TranscriptDirection.Sent;
            string line = $"{(isSent ? '>' : '<')} {_line}";
            output.Line(Screen.In(isSent ? Screen.Cyan : Screen.Green, line, output.OutHasColor));
            _line.Clear();
            _bytes = 0;
        }
    }

    private void Append(byte one) => _ = one switch
    {
        (byte)'\r' => _line.Append(@"\r"),
        (byte)'\n' => _line.Append(@"\n"),
        (byte)'\\' => _line.Append(@"\\"),
        >= 0x20 and < 0x7F => _line.Append((char)one),
        _ => _line.Append($@"\x{one:x2}"),
    };
}

/// <summary>Keeps the request that was sent last, to show it.</summary>
internal sealed class SentRequest
{
    /// <summary>Bytes that are kept; of a longer request the rest is not shown.</summary>
    private const int KeptBytesMax = 1024 * 1024;

    private readonly MemoryStream _bytes = new();
    private TranscriptDirection _direction;

    /// <summary>The head, with its empty line.</summary>
    public ReadOnlyMemory<byte> Head => _bytes.GetBuffer().AsMemory(0, HeadBytes);

    private int HeadBytes
    {
        get
        {
            ReadOnlySpan<byte> kept = _bytes.GetBuffer().AsSpan(0, (int)_bytes.Length);
            int end = kept.IndexOf("\r\n\r\n"u8);
            return end < 0 ? kept.Length : end + 4;
        }
    }

    /// <summary>Takes some bytes.</summary>
    public void Write(TranscriptDirection direction, ReadOnlyMemory<byte> bytes)
    {
        if (direction == TranscriptDirection.Sent)
        {
            if (_direction == TranscriptDirection.Received)
            {
                _bytes.SetLength(0);
            }

            _bytes.Write(bytes.Span[..(int)Math.Min(bytes.Length, KeptBytesMax - _bytes.Length)]);
        }

        _direction = direction;
    }
}
