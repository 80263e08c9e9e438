using System.Buffers;

namespace Sockeye.Cli;

/// <summary>
/// A queue before a stream that may take for ever, such as a pipe whose reader has stopped or a disk. A thread of its
/// own writes it, so that no loop waits. What comes faster than it is taken is left out and counted; one write is all
/// in or all out. May be written from any thread.
/// </summary>
internal sealed class QueuedStream : Stream
{
    /// <summary>Bytes that wait to be written.</summary>
    public const int WaitingBytesMax = 4 * 1024 * 1024;

    /// <summary>How long the end waits for what is left to be taken.</summary>
    private static readonly TimeSpan s_closeMax = TimeSpan.FromSeconds(2);

    private readonly Stream _beneath;
    private readonly Action<IOException> _failed;
    private readonly Thread _thread;
    private readonly object _lock = new();
    private ArrayBufferWriter<byte> _waiting = new();   // Guarded by _lock.
    private long _leftOut;                              // Guarded by _lock.
    private bool _isClosing;                            // Guarded by _lock.

    /// <summary>Makes one; the stream beneath stays open in the end.</summary>
    /// <param name="beneath">Where it goes.</param>
    /// <param name="name">What it is, for a debugger.</param>
    /// <param name="failed">Told, on the thread, of each write that failed.</param>
    public QueuedStream(Stream beneath, string name, Action<IOException> failed)
    {
        _beneath = beneath;
        _failed = failed;
        _thread = new Thread(Run) { IsBackground = true, Name = name };
        _thread.Start();
    }

    /// <summary>Writes that found no room.</summary>
    public long LeftOut
    {
        get
        {
            lock (_lock)
            {
                return _leftOut;
            }
        }
    }

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        lock (_lock)
        {
            if (_waiting.WrittenCount + buffer.Length > WaitingBytesMax)
            {
                _leftOut++;
                return;
            }

            _waiting.Write(buffer);
            Monitor.Pulse(_lock);
        }
    }

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override void Flush()
    {
        // The thread does, after each write.
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        lock (_lock)
        {
            _isClosing = true;
            Monitor.Pulse(_lock);
        }

        _thread.Join(s_closeMax);
        base.Dispose(disposing);
    }

    private void Run()
    {
        var taken = new ArrayBufferWriter<byte>();
        while (true)
        {
            lock (_lock)
            {
                while (_waiting.WrittenCount == 0 && !_isClosing)
                {
                    Monitor.Wait(_lock);
                }

                if (_waiting.WrittenCount == 0)
                {
                    return;
                }

                (taken, _waiting) = (_waiting, taken);
            }

            try
            {
                _beneath.Write(taken.WrittenSpan);
                _beneath.Flush();
            }
            catch (IOException exception)
            {
                _failed(exception);
            }
            catch (UnauthorizedAccessException exception)
            {
                // EBADF: it is closed.
                _failed(new IOException(exception.Message, exception));
            }

            taken.ResetWrittenCount();
        }
    }
}
