using Microsoft.AspNetCore.Http;
using Sockeye.Http;
using Sockeye.Http.Protocol;

namespace Sockeye.AspNetCore.Requests;

// The pieces of the request's body, wherever the application reads them.
internal abstract partial class HostedExchange
{
    private TaskCompletionSource<ReadOnlyMemory<byte>>? _piece;     // What somebody elsewhere waits for.
    private CancellationToken _pieceToken;
    private bool _isBodyOver;           // Owned by the owner: nothing more of it comes.

    /// <summary>The next piece; empty at the end. It stays valid until the next one is asked for.</summary>
    public ValueTask<ReadOnlyMemory<byte>> ReadPieceAsync(CancellationToken cancellationToken)
    {
        if (Owner.IsCurrent)
        {
            return ReadOnOwnerAsync(cancellationToken);
        }

        _piece = new TaskCompletionSource<ReadOnlyMemory<byte>>(TaskCreationOptions.RunContinuationsAsynchronously);
        _pieceToken = cancellationToken;
        Task<ReadOnlyMemory<byte>> piece = _piece.Task;
        Ask(Errands.Read);
        return new ValueTask<ReadOnlyMemory<byte>>(piece);
    }

    /// <summary>The application gives a read up.</summary>
    public void StopReading() => Owner.Post(
        static state =>
        {
            var exchange = (HostedExchange)state!;
            if (exchange._activities.HasFlag(Activities.Reading))
            {
                exchange._stop.Cancel();
            }
        },
        this);

    private async Task ReadForElsewhereAsync()
    {
        TaskCompletionSource<ReadOnlyMemory<byte>> asked = _piece!;
        try
        {
            asked.SetResult(await ReadOnOwnerAsync(_pieceToken));
        }
        catch (OperationCanceledException canceled)
        {
            asked.SetCanceled(canceled.CancellationToken);
        }
        catch (Exception exception)
        {
            asked.SetException(exception);
        }
    }

    private async ValueTask<ReadOnlyMemory<byte>> ReadOnOwnerAsync(CancellationToken cancellationToken)
    {
        await StopWatchAsync();
        BeginActivity(Activities.Reading);
        CancellationTokenRegistration registration = cancellationToken.UnsafeRegister(
            static state => ((HostedExchange)state!).StopReading(), this);
        try
        {
            ReadOnlyMemory<byte> piece = await Request.ReadBodyAsync(_stop.Token);
            if (piece.IsEmpty)
            {
                EndRequestBody();
            }

            return piece;
        }
        catch (BadRequestException broken)
        {
            TellAbortedIfGone(broken);
            throw new BadHttpRequestException(broken.Message, broken.Status, broken);
        }
        catch (OperationCanceledException) when (_life == Life.Running)
        {
            RenewStop();
            throw new OperationCanceledException(cancellationToken);
        }
        finally
        {
            registration.Unregister();
            EndActivity(Activities.Reading);
        }
    }

    private void EndRequestBody()
    {
        _isBodyOver = true;
        if (Head.Body == BodyKind.Chunked)
        {
            _requestTrailers.Load(Request.Trailers);
        }

        if (_wantsWatch)
        {
            Ask(Errands.Watch);
        }
    }

    private void ResetReading()
    {
        _piece = null;
        _pieceToken = default;
        _isBodyOver = !Request.HasBody;
    }

    private void TellAbortedIfGone(BadRequestException broken)
    {
        if (broken.End is not (End.None or End.ReadTimeout))
        {
            TellAborted();
        }
    }
}
