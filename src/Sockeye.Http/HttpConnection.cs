using System.Diagnostics;
using System.Text;
using Sockeye.Http.Protocol;

namespace Sockeye.Http;

/// <summary>
/// The requests of one connection, answered one after the other and in order. All replies to what one read brought
/// leave with one send. Between requests it holds no exchange, so that an idle connection costs little.
/// </summary>
internal sealed class HttpConnection
{
    private readonly HttpServing _serving;
    private readonly Connection _connection;
    private HttpExchange? _exchange;    // While a request has begun to arrive or is being answered.
    private int _requestsLeft;
    private long _headBegan;            // When the head that is arriving began, or the connection; 0 between requests.

    public HttpConnection(HttpServing serving, Connection connection)
    {
        _serving = serving;
        _connection = connection;
        _requestsLeft = serving.Options.RequestsPerConnectionMax;
        _headBegan = connection.Network.Time.GetTimestamp();
        connection.ReadTimeout = serving.Options.HeadTimeout;
    }

    private HttpServerOptions Options => _serving.Options;

    private bool IsPeerThere => _connection.Ended is End.None or End.Finished;

    /// <summary>Serves until the connection is to be closed, which is the caller's.</summary>
    public async ValueTask ServeAsync()
    {
        bool goesOn = true;
        while (goesOn)
        {
            if (_exchange is null && _serving.IsStopping)
            {
                break; // A handler that read from the connection itself may have been told of the stop in our place.
            }

            Received received = await _connection.ReadAsync();
            if (received.IsEmpty)
            {
                if (received.End != End.Shutdown || _exchange is null)
                {
                    goesOn = false;
                    Leave(received.End);
                }

                continue;
            }

            // Awaited here and not in methods of their own: what this one keeps while it waits is there for as long as
            // the connection is, so a handler that waits allocates nothing, however many wait at once.
            while (goesOn && TryParse(out goesOn))
            {
                // The exchange is no local variable: it would be one of the state machine, and each store into that
                // marks it for the collector.
                try
                {
                    await _serving.Handler(_exchange!.Request, _exchange.Response);
                    Complete(_exchange.Response);
                }
                catch (Exception exception)
                {
                    goesOn = false;
                    Refuse(_exchange!, exception);
                }

                if (!goesOn)
                {
                    break;
                }

                _exchange!.Log(HttpRule.None);
                if (IsFinished)
                {
                    GoToNext();
                    ValueTask<End> flushing = _connection.FlushAsync();
                    goesOn = (flushing.IsCompletedSuccessfully ? flushing.Result : await flushing) == End.None;
                }
                else
                {
                    goesOn = await FinishSlowlyAsync(_exchange);
                }
            }
        }

        _exchange?.Return();
    }

    /// <summary>Whether a request has arrived whole, which begins with it.</summary>
    /// <param name="goesOn">False when the connection is to be closed.</param>
    private bool TryParse(out bool goesOn)
    {
        HttpExchange exchange = _exchange ??= HttpExchange.Rent(_serving, _connection);
        ReadOnlyMemory<byte> input = _connection.Unconsumed;
        ParseStatus status = input.IsEmpty ? ParseStatus.NeedMore : exchange.Parser.Parse(input);
        goesOn = status != ParseStatus.Rejected;
        switch (status)
        {
            case ParseStatus.NeedMore:
                WaitForMore(exchange);
                return false;
            case ParseStatus.Rejected:
                Reject(exchange, exchange.Parser.Rule, exchange.Parser.Rule.Meaning().Status);
                return false;
            default:
                exchange.Begin(_requestsLeft);
                _headBegan = 0;
                return true;
        }
    }

    /// <summary>There is no whole request: says how long the rest of it, or the next one, may take.</summary>
    private void WaitForMore(HttpExchange exchange)
    {
        if (!exchange.Parser.HasBegun)
        {
            exchange.Return();
            _exchange = null;
            if (_headBegan == 0)
            {
                _connection.ReadTimeout = Options.KeepAliveTimeout;
            }

            return;
        }

        TimeProvider time = _connection.Network.Time;
        if (_headBegan == 0)
        {
            _headBegan = time.GetTimestamp();
        }

        TimeSpan left = Options.HeadTimeout - time.GetElapsedTime(_headBegan);
        _connection.ReadTimeout = Options.HeadTimeout == Timeout.InfiniteTimeSpan ? Timeout.InfiniteTimeSpan
            : left > TimeSpan.FromMilliseconds(1) ? left : TimeSpan.FromMilliseconds(1);
    }

    /// <summary>The handler threw, or the request broke while it read on.</summary>
    private void Refuse(HttpExchange exchange, Exception exception)
    {
        if (exception is not BadRequestException broken)
        {
            Fail(exchange, exception);
        }
        else if (broken.End == End.None || broken.IsTooSlow)
        {
            Reject(exchange, broken.Rule, broken.Status);
        }
        else
        {
            exchange.Log(broken.Rule); // Its client left, and nobody is there to be answered.
        }
    }

    /// <summary>The response is complete, and nothing of the request is left.</summary>
    private bool IsFinished => _exchange!.KeepsAlive && _exchange.Request.IsBodyOver;

    private void GoToNext()
    {
        _exchange!.Next();
        _requestsLeft--;
    }

    /// <summary>The response is complete, and the connection or the request is not over: goes on to the next request;
    /// false when the connection is to be closed.</summary>
    private async ValueTask<bool> FinishSlowlyAsync(HttpExchange exchange)
    {
        // Sent before anything is skipped: the client may be waiting for it. A body that broke while the response was
        // under way has no rest that could be skipped.
        if (await _connection.FlushAsync() != End.None || !exchange.KeepsAlive
            || !exchange.Request.IsRestSkippable(isHandlerDone: true))
        {
            if (!exchange.Head.KeepAlive && exchange.Request.IsBodyOver && !exchange.Response.IsSwitched)
            {
                // RFC 9112 section 9.6: "A client that sends a "close" connection option MUST NOT send further requests
                // on that connection". One of HTTP/1.0 that does not ask to go on sends none either.
                exchange.Request.ReleaseInput();
                _connection.ExpectNoMore();
            }

            return false;
        }

        try
        {
            long skipped = 0;
            while (await exchange.Request.ReadBodyAsync() is { IsEmpty: false } piece)
            {
                skipped += piece.Length;
                if (skipped > Options.SkippedBytesMax)
                {
                    return false;
                }
            }
        }
        catch (BadRequestException)
        {
            return false; // It has its answer.
        }

        GoToNext();
        return true;
    }

    /// <summary>Answers a request that broke a rule or came too slowly. The connection is closed afterwards.</summary>
    private void Reject(HttpExchange exchange, HttpRule rule, int status)
    {
        exchange.Rejected = true;
        HttpResponse response = exchange.Response;

        // Again when the hook fails: what it wrote is forgotten, unless it has left.
        if (response.TryStartOver(status) && !TryShape(exchange, rule) && response.TryStartOver(status))
        {
            response.Add("Content-Type"u8, "text/plain; charset=utf-8"u8);
            response.Write(rule == HttpRule.None ? StatusCodes.Meaning(status).Reason : rule.Meaning().Sentence);
            response.Write("\n"u8);
            response.Complete();
        }

        if (!response.IsComplete)
        {
            response.CutOff();
        }

        exchange.Log(rule);
    }

    /// <summary>Has the application's hook reply to what broke a rule; false when there is none or it failed.</summary>
    private bool TryShape(HttpExchange exchange, HttpRule rule)
    {
        if (Options.OnBadRequest is not { } shape || rule == HttpRule.None)
        {
            return false;
        }

        try
        {
            shape(rule, exchange.Response);
            Complete(exchange.Response);
            return true;
        }
        catch (Exception exception)
        {
            Report(exchange, exception, "HttpServerOptions.OnBadRequest");
            return false;
        }
    }

    private void Complete(HttpResponse response)
    {
        if (!response.Complete() && IsPeerThere)
        {
            throw new InvalidOperationException(
                $"The handler wrote {response.ContentBytes} bytes of content instead of HttpResponse.ContentLength "
                + $"({response.ContentLength}).");
        }
    }

    /// <summary>The handler threw.</summary>
    private void Fail(HttpExchange exchange, Exception exception)
    {
        Report(exchange, exception, "The handler");
        if (IsPeerThere)
        {
            Reject(exchange, HttpRule.None, 500);
        }
    }

    private void Report(HttpExchange exchange, Exception exception, string what)
    {
        if (Options.HandlerFailed is { } tell)
        {
            try
            {
                tell(exchange.Request, exception);
                return;
            }
            catch (Exception failed) // What came before has its replies all the same.
            {
                Trace.TraceError($"HttpServerOptions.HandlerFailed threw: {failed}");
            }
        }

        Trace.TraceError($"{what} of {Encoding.Latin1.GetString(exchange.Head.Target)} threw: {exception}");
    }

    /// <summary>Nothing more comes from the client.</summary>
    private void Leave(End end)
    {
        if (end is End.ReadTimeout or End.IdleTimeout && _exchange is { } exchange)
        {
            Reject(exchange, HttpRule.None, 408);
        }
    }
}
