using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Sockeye.Http;
using Sockeye.Http.Protocol;
using HttpRequest = Sockeye.Http.HttpRequest;
using HttpResponse = Sockeye.Http.HttpResponse;

namespace Sockeye.AspNetCore.Requests;

/// <summary>
/// One request and its response as ASP.NET Core sees them: the collection of features, and most of the features. The
/// application uses it from whatever thread it likes, one at a time; what concerns the connection is done on the
/// connection's owner, as errands (see Errands). Used again for other requests.
/// </summary>
internal abstract partial class HostedExchange
{
    private Exception? _failure;        // What the HTTP server is told: it ends the connection.

    protected HostedExchange(HostedServing serving)
    {
        Serving = serving;
        _endOfRun = EndRun;
        RequestBody = new RequestBody(this);
        _piece = new AwaitedPiece(RequestBody);
        ResponseBody = new ResponseBody(this);
    }

    /// <summary>What all exchanges of a server share.</summary>
    public HostedServing Serving { get; }

    /// <summary>The connection's request. On the owner only, but for its head.</summary>
    public HttpRequest Request { get; private set; } = null!;

    /// <summary>The connection's response. On the owner only.</summary>
    public HttpResponse Response { get; private set; } = null!;

    public Connection Connection { get; private set; } = null!;

    public Owner Owner => Connection.Owner;

    public RequestBody RequestBody { get; }

    public ResponseBody ResponseBody { get; }

    protected ILogger Logger => Serving.Logger;

    private RequestHead Head => Request.Head;

    /// <summary>Runs the application, here or on the thread pool; on the owner. Completes there when all is
    /// over.</summary>
    public ValueTask HandleAsync(HttpRequest request, HttpResponse response)
    {
        Begin(request, response);
        if (Serving.RunsOnLoop)
        {
            RunFirstStretch();
        }
        else
        {
            Connection.HoldLess();
            Owner.Lend(this);
        }

        return AsTask();
    }

    void IThreadPoolWorkItem.Execute() => RunFirstStretch();

    /// <summary>Runs the application from its beginning to its end.</summary>
    protected abstract ValueTask RunAsync();

    /// <summary>Gives the exchange back, for another request.</summary>
    protected abstract void Recycle();

    /// <summary>The application is done without an exception: the response starts if it has not.</summary>
    protected ValueTask EndAsync()
    {
        if (_response == ResponseState.Open && _onStarting.Count > 0)
        {
            return StartAndCheckAsync();
        }

        CheckLength();
        return default;

        async ValueTask StartAndCheckAsync()
        {
            await CallOnStartingAsync();
            CheckLength();
        }
    }

    /// <summary>The application threw.</summary>
    protected void Fail(Exception exception)
    {
        Report(exception);
        _badRequest = exception as BadHttpRequestException;
        if (exception.InnerException is BadRequestException broken && _badRequest is not null)
        {
            _failure = broken; // The server answers, and logs which rule it was.
        }
        else if (HasStarted)
        {
            _failure = exception; // The client has half a response; only the end of the connection says so.
        }
        else
        {
            ResponseBody.Drop();
            ResponseHeaders.Reset();
            ResponseTrailers.Reset();
            _reason = null;
            _status = _badRequest?.StatusCode ?? 500;
            _closesAfter |= _badRequest is not null;
        }
    }

    /// <summary>The path cannot be decoded, so that no application can be asked.</summary>
    protected void Refuse() => _failure = new BadRequestException(HttpRule.BadPath);

    private void Report(Exception exception)
    {
        switch (exception)
        {
            case OperationCanceledException when IsAborted:
                break; // The client left, and the application noticed.
            case BadHttpRequestException bad:
                Logger.LogInformation(
                    bad,
                    "Connection {Connection}, request {Request}: {Reason}",
                    ConnectionId,
                    TraceIdentifier,
                    bad.Message);
                break;
            default:
                Logger.LogError(
                    exception,
                    "Connection {Connection}, request {Request}: an unhandled exception was thrown by the application.",
                    ConnectionId,
                    TraceIdentifier);
                break;
        }
    }

    private void Begin(HttpRequest request, HttpResponse response)
    {
        Request = request;
        Response = response;
        Connection = request.Connection;

        // The application may look at the head from any thread, while the owner reads on.
        request.Head.Keep();
        _failure = null;
        BeginErrands();
        ResetFeatures();
        ResetRequest();
        ResetReading();
        ResetResponse();
        ResetConnection();
        ResetLifetime();
    }
}
