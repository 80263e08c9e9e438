using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.WebUtilities;
using Sockeye.Http.Protocol;

namespace Sockeye.AspNetCore.Requests;

// The response: what the application says of it until it starts, and what then becomes of it.
internal abstract partial class HostedExchange : IHttpResponseFeature, IHttpResponseTrailersFeature,
    IInterimResponseFeature
{
    private enum ResponseState : byte
    {
        /// <summary>Status and fields can change.</summary>
        Open,

        /// <summary>What was registered for the start runs, and may still change them.</summary>
        Starting,

        /// <summary>Status and fields are what they are.</summary>
        Started,

        /// <summary>The connection was handed over: what follows is not HTTP.</summary>
        Upgraded,

        /// <summary>Nothing more can be written.</summary>
        Completed,
    }

    private readonly List<(Func<object, Task> Callback, object State)> _onStarting = [];
    private readonly List<(Func<object, Task> Callback, object State)> _onCompleted = [];
    private ResponseState _response;
    private int _status;
    private string? _reason;
    private bool _closesAfter;
    private bool _headIsHandedOver;     // Owned by the owner.
    private BadHttpRequestException? _badRequest;

    public Fields ResponseHeaders { get; } = new();

    public Fields ResponseTrailers { get; } = new();

    public bool HasStarted => _response is not (ResponseState.Open or ResponseState.Starting);

    public bool HasCompleted => _response == ResponseState.Completed;

    int IHttpResponseFeature.StatusCode
    {
        get => _status;
        set
        {
            CheckNotStarted("StatusCode");
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 100);
            ArgumentOutOfRangeException.ThrowIfGreaterThan(value, 599);
            _status = value;
        }
    }

    string? IHttpResponseFeature.ReasonPhrase
    {
        get => _reason;
        set
        {
            CheckNotStarted("ReasonPhrase");
            _reason = value;
        }
    }

    IHeaderDictionary IHttpResponseFeature.Headers
    {
        get => ResponseHeaders;
        set
        {
            ResponseHeaders.Clear();
            foreach (var one in value)
            {
                ResponseHeaders[one.Key] = one.Value;
            }
        }
    }

    Stream IHttpResponseFeature.Body
    {
        get => ResponseBody.Stream;
        set => throw new NotSupportedException("Set HttpResponse.Body, or IHttpResponseBodyFeature.");
    }

    bool IHttpResponseFeature.HasStarted => HasStarted;

    IHeaderDictionary IHttpResponseTrailersFeature.Trailers
    {
        get => ResponseTrailers;
        set
        {
            ResponseTrailers.Reset();
            foreach (var one in value)
            {
                ResponseTrailers[one.Key] = one.Value;
            }
        }
    }

    /// <summary>Whether anybody waits for the end of the response.</summary>
    protected bool HasOnCompleted => _onCompleted.Count > 0;

    /// <summary>Whether this response has content.</summary>
    private bool HasContent => _status is not (204 or 205 or 304) && _status >= 200;

    private bool IsHead => Head.Method == Sockeye.Http.Protocol.Method.Head;

    void IHttpResponseFeature.OnStarting(Func<object, Task> callback, object state)
    {
        CheckNotStarted("OnStarting");
        _onStarting.Add((callback, state));
    }

    void IHttpResponseFeature.OnCompleted(Func<object, Task> callback, object state) =>
        _onCompleted.Add((callback, state));

    async Task IInterimResponseFeature.SendInterimAsync(int status, IHeaderDictionary fields)
    {
        CheckNotStarted("SendInterimAsync");
        ArgumentNullException.ThrowIfNull(fields);
        var own = new Fields();
        foreach (var one in fields)
        {
            own[one.Key] = one.Value;
        }

        await OnOwnerAsync(async () =>
        {
            own.WriteTo(Response, static (response, name, value) => response.Add(name, value));
            End end = await Response.SendInterimAsync(status);
            own.WriteTo(Response, static (response, name, _) => response.Remove(name));
            return end;
        });
    }

    /// <summary>What was registered for the end of the response, the last first.</summary>
    protected async ValueTask CallOnCompletedAsync()
    {
        while (_onCompleted.Count > 0)
        {
            (Func<object, Task> callback, object state) = _onCompleted[^1];
            _onCompleted.RemoveAt(_onCompleted.Count - 1);
            try
            {
                await callback(state);
            }
            catch (Exception exception)
            {
                Report(exception);
            }
        }
    }

    /// <summary>Makes status and fields final, after what was registered for that moment has run.</summary>
    public ValueTask StartAsync()
    {
        switch (_response)
        {
            case ResponseState.Open when _onStarting.Count > 0:
                return CallAndStartAsync();
            case ResponseState.Open:
                Start();
                return default;
            case ResponseState.Completed:
                throw new InvalidOperationException("The response is complete: nothing more can be written.");
            case ResponseState.Upgraded:
                throw new InvalidOperationException("The connection was upgraded: use the stream of the upgrade.");
            default:
                return default;
        }

        async ValueTask CallAndStartAsync()
        {
            await CallOnStartingAsync();
            Start();
        }
    }

    /// <summary>The last registered is called first.</summary>
    private async ValueTask CallOnStartingAsync()
    {
        _response = ResponseState.Starting;
        try
        {
            while (_onStarting.Count > 0)
            {
                (Func<object, Task> callback, object state) = _onStarting[^1];
                _onStarting.RemoveAt(_onStarting.Count - 1);
                await callback(state);
            }
        }
        finally
        {
            _response = ResponseState.Open;
        }
    }

    private void Start()
    {
        CheckMayHaveContent();
        ResponseHeaders.Freeze();
        _response = ResponseState.Started;
    }

    /// <summary>The application is done: is what it wrote what it said?</summary>
    private void CheckLength()
    {
        if (_response == ResponseState.Open)
        {
            CheckMayHaveContent();
        }

        if (_response is ResponseState.Open or ResponseState.Started && !IsHead && HasContent
            && ResponseHeaders.ContentLength is { } length && ResponseBody.Written < length)
        {
            throw new InvalidOperationException(
                $"Response Content-Length mismatch: too few bytes written ({ResponseBody.Written} of {length}).");
        }
    }

    private void CheckMayHaveContent()
    {
        if (!HasContent && ResponseBody.Written > 0)
        {
            throw new InvalidOperationException(
                $"Writing to the response body is invalid for responses with status code {_status}.");
        }
    }

    private void CheckNotStarted(string what)
    {
        if (HasStarted)
        {
            throw new InvalidOperationException($"{what} cannot be set because the response has already started.");
        }
    }

    /// <summary>Tells the connection's response what the application said; on the owner, before any content.</summary>
    private void HandHeadOver()
    {
        if (_headIsHandedOver)
        {
            return;
        }

        _headIsHandedOver = true;
        Response.Status = _status < 200 ? 200 : _status;
        Response.Reason = _reason ?? ReasonOfOthers(_status);
        Response.ContentLength = ResponseHeaders.ContentLength;
        if (_closesAfter)
        {
            Response.CloseAfter();
        }

        ResponseHeaders.WriteTo(Response, static (response, name, value) =>
        {
            if (KnownFields.Find(name) != KnownField.TransferEncoding)
            {
                response.Add(name, value); // How content is framed is the server's.
            }
        });
    }

    /// <summary>ASP.NET Core has a reason for a few codes that are not registered, such as 418.</summary>
    private static string? ReasonOfOthers(int status) =>
        Sockeye.Http.Protocol.StatusCodes.Meaning(status).Reason.Length == 0
        && ReasonPhrases.GetReasonPhrase(status) is { Length: > 0 } reason ? reason : null;

    /// <summary>Everything that was written leaves, and the end with it; on the owner.</summary>
    private void CompleteResponse()
    {
        if (_failure is not null || _response is ResponseState.Completed or ResponseState.Upgraded)
        {
            return;
        }

        bool startedBefore = _response == ResponseState.Started;
        _response = ResponseState.Completed;
        HandHeadOver();

        // A response that was begun, or has content, without a length goes out in chunks, as from other servers; one
        // that was not, and has none, says that it is empty.
        ResponseBody.SendAll(isLast: true, begins: startedBefore || ResponseTrailers.Count > 0);
    }

    private void ResetResponse()
    {
        _response = ResponseState.Open;
        _status = 200;
        _reason = null;
        _closesAfter = false;
        _headIsHandedOver = false;
        _hasContentBegun = false;
        _ending = Ending.NotYet;
        AllowSynchronousIO = Serving.Options.AllowSynchronousIO;
        _badRequest = null;
        _onStarting.Clear();
        _onCompleted.Clear();
        ResponseHeaders.Reset();
        ResponseTrailers.Reset();
        ResponseBody.Reset();
    }
}
