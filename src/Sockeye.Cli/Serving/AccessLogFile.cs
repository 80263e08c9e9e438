using System.Buffers;
using Sockeye.Cli.Connecting;
using Sockeye.Cli.Resources;
using Sockeye.Http;

namespace Sockeye.Cli.Serving;

/// <summary>
/// A file that the lines of an access log go to, or standard output. No loop waits for it: lines that come faster than
/// it takes them are left out and counted.
/// </summary>
internal sealed class AccessLogFile : IDisposable
{
    private readonly Stream _stream;
    private readonly AccessLogFormat _format;
    private readonly Action<string> _note;
    private readonly QueuedStream _queue;
    private readonly ArrayBufferWriter<byte> _line = new();     // Guarded by itself.

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
                exception is UnauthorizedAccessException && !Directory.Exists(name)
                    ? ExitCode.Permission
                    : ExitCode.Usage,
                ServeText.AccessLogUnwritable.With(name, FileFault.Of(name, exception)));
        }

        // The server goes on: a full disk is worse when it also ends the service.
        _queue = new QueuedStream(_stream, "access log", exception => note(
            ServeText.AccessLogFailed.With(exception.Message.TrimEnd('.'))));
    }

    /// <summary>Adds the line of a request. May be called from any thread.</summary>
    public void Add(in AccessEntry entry)
    {
        lock (_line)
        {
            _line.ResetWrittenCount();
            AccessLogLine.Write(_line, _format, entry);
            _queue.Write(_line.WrittenSpan);
        }
    }

    /// <summary>Writes what waits, and closes it.</summary>
    public void Dispose()
    {
        _queue.Dispose();
        _stream.Dispose();
        if (_queue.LeftOut > 0)
        {
            _note(ServeText.AccessLogLeftOut.With(_queue.LeftOut));
        }
    }
}
