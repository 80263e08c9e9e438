using System.Buffers;
using Sockeye.Cli.Connecting;
using Sockeye.Cli.Resources;
using Sockeye.Http;

namespace Sockeye.Cli.Serving;

/// <summary>
/// A file that the lines of an access log go to, or standard output. A thread of its own writes it, so that no loop
/// waits for a disk. Lines that come faster than it takes them are left out and counted.
/// </summary>
internal sealed class AccessLogFile : IDisposable
{
    /// <summary>Bytes of lines that wait to be written.</summary>
    private const int WaitingBytesMax = 4 * 1024 * 1024;

    private readonly Stream _stream;
    private readonly AccessLogFormat _format;
    private readonly Action<string> _note;
    private readonly Thread _thread;
    private readonly object _lock = new();
    private ArrayBufferWriter<byte> _waiting = new();   // Guarded by _lock.
    private long _leftOut;                              // Guarded by _lock.
    private bool _isClosing;                            // Guarded by _lock.

    /// <summary>Opens it; a file is added to.</summary>
    /// <param name="name">The file, or <c>-</c>.</param>
    /// <param name="format">The form of its lines.</param>
    /// <param name="note">Told when lines are lost.</param>
    /// <exception cref="ToolException">It cannot be opened.</exception>
    public AccessLogFile(string name, AccessLogFormat format, Action<string> note)
    {
        _format = format;
        _note = note;
        try
        {
            _stream = name == "-"
                ? StandardStreams.OpenOutput()
                : new FileStream(name, FileMode.Append, FileAccess.Write, FileShare.ReadWrite, bufferSize: 0);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new ToolException(
                ExitCode.Usage, Text.ServeAccessLogUnwritable.With(name, exception.Message.TrimEnd('.')));
        }

        _thread = new Thread(Write) { IsBackground = true, Name = "access log" };
        _thread.Start();
    }

    /// <summary>Adds the line of a request. May be called from any thread.</summary>
    public void Add(in AccessEntry entry)
    {
        lock (_lock)
        {
            if (_waiting.WrittenCount >= WaitingBytesMax)
            {
                _leftOut++;
                return;
            }

            AccessLogLine.Write(_waiting, _format, entry);
            Monitor.Pulse(_lock);
        }
    }

    /// <summary>Writes what waits, and closes it.</summary>
    public void Dispose()
    {
        lock (_lock)
        {
            _isClosing = true;
            Monitor.Pulse(_lock);
        }

        _thread.Join();
        _stream.Dispose();
        if (_leftOut > 0)
        {
            _note(Text.ServeAccessLogLeftOut.With(_leftOut));
        }
    }

    private void Write()
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
                _stream.Write(taken.WrittenSpan);
                _stream.Flush();
            }
            catch (IOException exception)
            {
                // The server goes on: a full disk is worse when it also ends the service.
                _note(Text.ServeAccessLogFailed.With(exception.Message.TrimEnd('.')));
            }

            taken.ResetWrittenCount();
        }
    }
}
