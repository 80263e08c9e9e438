using Microsoft.AspNetCore.Http;
using Sockeye.Http;
using Sockeye.Http.Protocol;

namespace Sockeye.AspNetCore.Requests;

// The pieces of the request's body, wherever the application reads them.
internal abstract partial class HostedExchange
{
    private AwaitedPiece _piece;        // What somebody elsewhere waits for.
    private CancellationToken _pieceToken;
    private CancellationToken _readToken;   // Owned by the owner: of the read that goes on there.
    private bool _isBodyOver;           // Owned by the owner: nothing more of it comes.

    /// <summary>Where to wait for the next piece away from the owner, before it is asked for.</summary>
    public AwaitedPiece NextPiece => _piece;

    /// <summary>Asks the owner for the piece.</summary>
    public void AskToRead(CancellationToken cancellationToken)
    {
        _pieceToken = cancellationToken;
        Ask(Errands.Read);
    }

    /// <summary>The application gives a read up. Until the owner hears of it another may go on, or another request,
    /// perhaps on another owner: whether the one that goes on was given up is asked only there.</summary>
    public void StopReading() => Owner.Post(
        static state =>
        {
            var exchange = (HostedExchange)state!;
            if (exchange.Owner.IsCurrent && (exchange._activities & Activities.Reading) != 0
                && (exchange._readToken.IsCancellationRequested || exchange.RequestBody.IsCanceled))
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

    /// <summary>The next piece; empty at the end. It stays valid until the next one is asked for. On the
    /// owner.</summary>
    public async ValueTask<ReadOnlyMemory<byte>> ReadOnOwnerAsync(CancellationToken cancellationToken)
    {
        await StopWatchAsync();
        BeginActivity(Activities.Reading);
        _readToken = cancellationToken;
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
            _readToken = default;
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
            _piece = new AwaitedPiece(RequestBody); // The application before left that one alone.
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
