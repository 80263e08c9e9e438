using Microsoft.Win32.SafeHandles;
using Sockeye.Http.Protocol;

namespace Sockeye.Http;

// Parts of files as content.
public sealed partial class HttpResponse
{
    /// <summary>Sends what was written so far, the head first, and then a part of a file as content; see
    /// <see cref="Connection.SendFileAsync"/>. Its value is <see cref="End.None"/>, or why nothing can be sent any
    /// more.</summary>
    /// <exception cref="IOException">The file ends before, or cannot be read: let it pass, and the client sees that the
    /// content is not whole.</exception>
    /// <exception cref="InvalidOperationException">It is more than <see cref="ContentLength"/>.</exception>
    /// <exception cref="OperationCanceledException">The token fired.</exception>
    public async ValueTask<End> SendFileAsync(
        SafeFileHandle file, long offset, long count, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(file);
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        if (_stage == Stage.Held)
        {
            Start(isWhole: false);
        }

        SendHeld();
        switch (_stage)
        {
            case Stage.Sized:
            case Stage.UntilClose:
                CountContent(count);
                return await SendPartAsync(file, offset, count, cancellationToken);
            case Stage.Chunked when count > 0:
                CountContent(count);
                ChunkWriter.WriteSize(Connection, count);
                End end = await SendPartAsync(file, offset, count, cancellationToken);
                ChunkWriter.WriteEnd(Connection);
                return end;
            case Stage.Chunked:
            case Stage.Empty:
                return await Connection.FlushAsync(cancellationToken);
            default:
                throw new InvalidOperationException("The response is complete: nothing more can be sent.");
        }
    }

    /// <summary>Whether or not the handler lets an exception pass, the response cannot be completed after it.</summary>
    private async ValueTask<End> SendPartAsync(
        SafeFileHandle file, long offset, long count, CancellationToken cancellationToken)
    {
        Stage before = _stage;
        _stage = Stage.InFile;
        long begin = Connection.BytesSent + Connection.OutputBytesWaiting;
        bool isWhole = false;
        try
        {
            End end = await Connection.SendFileAsync(file, offset, count, cancellationToken);
            isWhole = end == End.None;
            _stage = before;
            return end;
        }
        finally
        {
            if (!isWhole)
            {
                long sent = Connection.BytesSent + Connection.OutputBytesWaiting - begin;
                _written -= count - Math.Clamp(sent, 0, count);
            }
        }
    }
}
