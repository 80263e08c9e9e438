using System.Diagnostics;
using Sockeye.Http.Protocol;

namespace Sockeye.Http;

/// <summary>A request and its response, with everything that parsing and answering needs. A connection has one only
/// while a request is under way; the rest of the time others use it.</summary>
internal sealed class HttpExchange
{
    /// <summary>Exchanges that a thread keeps for later.</summary>
    private const int KeptMax = 64;

    [ThreadStatic]
    private static HttpExchange? s_kept;    // The top of those that the thread keeps.

    private HttpExchange? _below;           // The next of them, while it is kept,
    private int _depth;                     // and how many there are down to the last.
    private int _requestsLeft;
    private long _began;        // When the head was complete, if there is a log.

    private HttpExchange(HttpServing serving)
    {
        Serving = serving;
        Parser = new RequestParser(serving.HeadLimits, serving.Options.Profile);
        Head = Parser.Head;
        Request = new HttpRequest(this);
        Response = new HttpResponse(this);
        Response.Reset();
        Opening = new ResponseOpening(serving.ServerLine);
    }

    /// <summary>The server's part of it.</summary>
    public HttpServing Serving { get; }

    /// <summary>What most responses begin with.</summary>
    public ResponseOpening Opening { get; }

    public RequestParser Parser { get; }

    public HttpRequest Request { get; }

    public HttpResponse Response { get; }

    /// <summary>The connection that it serves now.</summary>
    public Connection Connection { get; private set; } = null!;

    public RequestHead Head { get; }

    public HttpServerOptions Options => Serving.Options;

    public ReadOnlySpan<byte> ServerLine => Serving.ServerLine;

    public bool IsServerStopping => Serving.IsStopping;

    /// <summary>Whether the connection goes on after this response; decided when its head leaves.</summary>
    public bool KeepsAlive { get; private set; }

    /// <summary>The request is answered with an error of the server's own, and the connection closed.</summary>
    public bool Rejected { get; set; }

    public static HttpExchange Rent(HttpServing serving, Connection connection)
    {
        ref HttpExchange? kept = ref s_kept;
        while (kept is { } top)
        {
            kept = top._below;
            top._below = null;
            if (top.Serving == serving) // Not of another server in this process, whose options it has.
            {
                top.Connection = connection;
                return top;
            }
        }

        return new HttpExchange(serving) { Connection = connection };
    }

    public void Return()
    {
        if (!Parser.IsNew)
        {
            Clear();
        }

        Connection = null!;
        ref HttpExchange? kept = ref s_kept;
        int depth = kept is null ? 0 : kept._depth;
        if (depth < KeptMax)
        {
            _depth = depth + 1;
            _below = kept;
            kept = this;
        }
    }

    /// <summary>A request's head is complete.</summary>
    /// <param name="requestsLeft">Requests that may still come on this connection, this one included.</param>
    public void Begin(int requestsLeft)
    {
        _requestsLeft = requestsLeft;
        _began = Options.AccessLog is null ? 0 : Connection.Network.Time.GetTimestamp();
        Request.Reset();
    }

    /// <summary>The request is answered: the next one begins behind it.</summary>
    public void Next()
    {
        Request.ReleaseInput();
        Clear();
    }

    /// <summary>Decides, as the response's head leaves, whether it says that the connection goes on.</summary>
    public bool DecideKeepAlive(bool mustClose, bool isHandlerDone) => KeepsAlive = !mustClose
        && !Rejected
        && Head.KeepAlive
        && _requestsLeft > 1
        && !IsServerStopping
        && Request.IsRestSkippable(isHandlerDone);

    /// <summary>Tells the access log of the request, if there is one.</summary>
    public void Log(HttpRule rule)
    {
        if (Options.AccessLog is { } log)
        {
            Log(log, rule);
        }
    }

    private void Log(AccessLog log, HttpRule rule)
    {
        TimeProvider time = Connection.Network.Time;
        TimeSpan duration = _began == 0 ? TimeSpan.Zero : time.GetElapsedTime(_began);
        var entry = new AccessEntry
        {
            Connection = Connection,
            Head = Head,
            Began = time.GetUtcNow() - duration,
            Duration = duration,
            Status = Response.StatusSent,
            ContentBytes = Response.ContentBytesSent,
            Rule = rule,
        };
        try
        {
            log(entry);
        }
        catch (Exception exception) // It must not, and the clients have their replies all the same.
        {
            Trace.TraceError($"HttpServerOptions.AccessLog threw: {exception}");
        }
    }

    /// <summary>The parser last: that it is as new says that all is.</summary>
    private void Clear()
    {
        Response.Reset();
        Rejected = false;
        KeepsAlive = false;
        _began = 0;
        Parser.Reset();
    }
}
