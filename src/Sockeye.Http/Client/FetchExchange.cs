using System.Diagnostics;
using System.Text;
using Sockeye.Http.Protocol;

namespace Sockeye.Http.Client;

/// <summary>
/// One request and its response on one connection. Everything here happens on the connection's owner, unless it says
/// otherwise. A body that is not sent at once is sent by a second activity, so that an answer that comes early is seen.
/// </summary>
internal sealed partial class FetchExchange
{
    /// <summary>Bytes of a body in memory that leave together with the head.</summary>
    private const int SentAtOnceBytesMax = 32_768;

    private readonly ConnectionPool _pool;
    private readonly PooledConnection _pooled;
    private readonly HttpFetcherOptions _options;
    private readonly FetchRequest _request;
    private readonly FetchHop _hop;
    private readonly FetchTimings _timings;
    private ITimer? _headTimer;
    private Waiting _waiting;

    public FetchExchange(
        ConnectionPool pool, PooledConnection pooled, HttpFetcherOptions options, FetchRequest request, FetchHop hop,
        FetchTimings timings)
    {
        _pool = pool;
        _pooled = pooled;
        _options = options;
        _request = request;
        _hop = hop;
        _timings = timings;
    }

    /// <summary>Whether the head of the response is waited for.</summary>
    private enum Waiting : byte
    {
        /// <summary>It is not, or without a limit.</summary>
        No = 0,

        /// <summary>Until the timer fires.</summary>
        Limited,

        /// <summary>The timer has fired.</summary>
        TooLong,
    }

    public Connection Connection => _pooled.Connection;

    private ClientConnection Http => _pooled.Http;

    /// <summary>Sends the request and waits for the head of the response.</summary>
    /// <exception cref="FetchException">It failed.</exception>
    /// <exception cref="OperationCanceledException">The token fired; the connection is reset.</exception>
    public async Task<FetchResponse> RunAsync(CancellationToken cancellationToken)
    {
        try
        {
            using (cancellationToken.UnsafeRegister(static state => ((Connection)state!).Abort(), Connection))
            {
                Send();
                await Http.FlushAsync(); // That the connection has ended the reader learns too, after what it brought.
                await ReadHeadsAsync();
            }

            return Respond();
        }
        catch (Exception exception)
        {
            Close(reset: true);
            cancellationToken.ThrowIfCancellationRequested();
            if (_uploadFailure is not null)
            {
                throw FailureOf(_uploadFailure);
            }

            if (exception is BadResponseException bad)
            {
                throw FailureOf(bad);
            }

            throw;
        }
        finally
        {
            _headTimer?.Dispose();
        }
    }

    private static Exception FailureOf(Exception upload) => upload is InvalidOperationException or IOException
        ? new HttpRequestException($"The content could not be sent: {upload.Message}", upload)
        : upload;

    private FetchException FailureOf(BadResponseException bad)
    {
        if (_waiting == Waiting.TooLong)
        {
            return FetchException.Timeout(
                FetchPhase.Exchange, $"The response of {FetchException.Shown(_hop.Uri)}", _options.HeadTimeout);
        }

        return FetchException.Of(FetchPhase.Exchange, _hop.Uri, bad, isBeforeResponse:
            bad.End is End.Finished or End.Reset && !Http.HasReceived);
    }

    private void Send()
    {
        FetchContent? content = _hop.Content;
        BodyKind kind = content is null ? BodyKind.None : content.Length is null ? BodyKind.Chunked : BodyKind.Length;
        Http.Transcript = _request.Transcript;
        Connection.ReadTimeout = Timeout.InfiniteTimeSpan; // The timer limits the head.
        Http.Begin(
            Methods.Parse(_hop.Method), kind, content?.Length ?? 0, maySwitch: _hop.Fields.Contains("Upgrade"));
        bool expects = kind != BodyKind.None && !Http.IsRequestWritten && _hop.ExpectsContinue(_options, _request);
        WriteHead(kind, content?.Length ?? 0, expects);
        ReadOnlyMemory<byte>? inMemory = content?.InMemory;
        if (!expects && inMemory?.Length <= SentAtOnceBytesMax)
        {
            Http.WriteBody(inMemory.Value.Span);
            Uploaded(inMemory.Value.Length);
        }

        if (Http.IsRequestWritten)
        {
            RequestSent();
        }
        else
        {
            BeginUpload(content!, expects);
        }
    }

    private void RequestSent()
    {
        _timings.RequestSent = _timings.Now;
        if (_waiting == Waiting.No && _options.HeadTimeout != Timeout.InfiniteTimeSpan && !_hasHead)
        {
            _waiting = Waiting.Limited;
            _headTimer = Connection.Network.Time.CreateTimer(
                static state => ((FetchExchange)state!).OnTimer(), this, _options.HeadTimeout,
                Timeout.InfiniteTimeSpan);
        }
    }

    /// <summary>On any thread.</summary>
    private void OnTimer() => Connection.Post(
        static state =>
        {
            var exchange = (FetchExchange)state!;
            if (exchange._waiting == Waiting.Limited)
            {
                exchange._waiting = Waiting.TooLong;
                exchange.Connection.Abort();
            }
        },
        this);

    private void WriteHead(BodyKind kind, long length, bool expects)
    {
        var head = new HeadWriter(Http.Output);
        bool isForwarded = _pooled.Route.IsForwarded;
        head.RequestLine(Encoding.ASCII.GetBytes(_hop.Method), Encoding.ASCII.GetBytes(_hop.Target(isForwarded)));
        if (!_hop.Fields.Contains("Host"))
        {
            head.Field("Host", Route.AuthorityOf(_hop.Uri));
        }

        foreach (KeyValuePair<string, string> field in _hop.Fields)
        {
            if (!FetchHop.IsFraming(field.Key))
            {
                head.Field(field.Key, field.Value);
            }
        }

        if (isForwarded && _pooled.Route.Proxy!.Credentials is { } credentials)
        {
            head.Field("Proxy-Authorization", Dialer.Basic(credentials));
        }

        // RFC 9110 section 8.6: "A user agent SHOULD send Content-Length in a request when the method defines a meaning
        // for enclosed content and it is not sending Transfer-Encoding".
        if (kind == BodyKind.Chunked)
        {
            head.Field(KnownField.TransferEncoding, "chunked"u8);
        }
        else if (kind == BodyKind.Length || _hop.Method is "POST" or "PUT" or "PATCH")
        {
            head.Field(KnownField.ContentLength, length);
        }

        if (expects)
        {
            head.Field(KnownField.Expect, "100-continue"u8);
        }

        head.End();
    }

    private async Task ReadHeadsAsync()
    {
        while (true)
        {
            ResponseHead head = await Http.ReadHeadAsync();
            if (!head.IsInterim)
            {
                break;
            }

            if (head.Status == StatusCode.Continue)
            {
                _permission?.TrySetResult();
            }

            _request.Interim?.Invoke(head.Status, FieldsOf(head.Fields));
        }

        _hasHead = true;
        _waiting = Waiting.No;
        _timings.FirstByte = _timings.Now;
        Connection.ReadTimeout = _options.BodyTimeout;

        // RFC 9112 section 9.5: "If the client sees a response that indicates the server does not wish to receive the
        // message body and is closing the connection, the client SHOULD immediately cease transmitting the body". A
        // final answer instead of 100 is one to the head alone.
        if (Http.Head.Status >= 300 || _upload == Upload.WaitsForPermission)
        {
            GiveUpUpload();
        }
    }

    private FetchResponse Respond()
    {
        ResponseHead head = Http.Head;
        var response = new FetchResponse(_hop.Uri, head.Status, head.ReasonText, head.Version, _timings)
        {
            Fields = FieldsOf(head.Fields),
            Length = head.Body switch
            {
                BodyKind.Length => head.ContentLength,
                BodyKind.None => 0,
                _ => null,
            },
        };
        _response = response;
        if (Http.IsTunnel)
        {
            _pool.Forget(_pooled);
            response.Switched = Connection;
            response.Body = Connection.AsStream();
        }
        else if (Http.IsResponseOver)
        {
            Finish();
        }
        else
        {
            response.Body = new BodyStream(this);
        }

        return response;
    }

    private static FetchFields FieldsOf(HeaderFields read)
    {
        var fields = new FetchFields();
        foreach (HeaderField field in read)
        {
            fields.AddRead(field.NameText, field.ValueText);
        }

        return fields;
    }

    private void Close(bool reset)
    {
        Debug.Assert(Connection.Owner.IsCurrent, "on the owner");
        if (reset)
        {
            Connection.Abort();
        }
        else
        {
            _ = Connection.DisposeAsync().AsTask();
        }

        _pool.Forget(_pooled);
    }
}
