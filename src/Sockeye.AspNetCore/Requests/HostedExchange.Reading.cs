using Microsoft.AspNetCore.Http;
using Sockeye.Http;
using Sockeye.Http.Protocol;

namespace Sockeye.AspNetCore.Requests;

// The pieces of the request's body, wherever the application reads them.
internal abstract partial class HostedExchange
{
    private AwaitedPiece _piece = new();    // What somebody elsewhere waits for.
    private CancellationToken _pieceToken;
    private bool _isBodyOver;               // Owned by the owner: nothing more of it comes.

    /// <summary>The next piece; empty at the end. It stays valid until the next one is asked for.</summary>
    public ValueTask<ReadOnlyMemory<byte>> ReadPieceAsync(CancellationToken cancellationToken)
    {
        if (Owner.IsCurrent)
        {
            return ReadOnOwnerAsync(cancellationToken);
        }

        _pieceToken = cancellationToken;
        ValueTask<ReadOnlyMemory<byte>> piece = _piece.Begin();
        Ask(Errands.Read);
        return piece;
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
        // Of this request: an application that leaves a read alone may have ended before it does.
        AwaitedPiece asked = _piece;
        Owner owner = Owner;
        try
        {
            asked.End(owner, await ReadOnOwnerAsync(_pieceToken), null);
        }
        catch (Exception exception)
        {
            asked.End(owner, default, exception);
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
        if (_piece.IsUnderWay)
        {
            _piece = new AwaitedPiece(); // The application before left that one alone.
        }

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
