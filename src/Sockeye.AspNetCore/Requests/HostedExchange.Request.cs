using System.IO.Pipelines;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;
using Sockeye.Http.Protocol;

namespace Sockeye.AspNetCore.Requests;

// The request. Middleware may replace each part of it.
internal abstract partial class HostedExchange : IHttpRequestFeature, IHttpRequestIdentifierFeature,
    IHttpRequestTrailersFeature, IRequestBodyPipeFeature, IHttpMaxRequestBodySizeFeature,
    IHttpRequestBodyDetectionFeature, IHttpMinRequestBodyDataRateFeature, IRouteValuesFeature, IEndpointFeature,
    IBadRequestExceptionFeature
{
    private readonly Fields _requestHeaders = new();
    private readonly Fields _requestTrailers = new();
    private readonly RouteValueDictionary _ownRouteValues = [];
    private IHeaderDictionary? _headersInstead;
    private Stream? _bodyInstead;
    private PipeReader? _readerInstead;
    private string? _rawTarget;
    private string? _lastPath;          // Of the request before: often the same again.
    private string? _lastQuery;
    private string? _traceIdentifier;
    private RouteValueDictionary? _routeValues;
    private Microsoft.AspNetCore.Http.Endpoint? _endpoint;

    public string Protocol { get; set; } = "";

    public string Scheme { get; set; } = "";

    public string Method { get; set; } = "";

    public string PathBase { get; set; } = "";

    public string Path { get; set; } = "";

    public string QueryString { get; set; } = "";

    public string RawTarget
    {
        get => _rawTarget ??= Encoding.ASCII.GetString(Head.Target);
        set => _rawTarget = value;
    }

    public IHeaderDictionary Headers
    {
        get => _headersInstead ?? _requestHeaders;
        set => _headersInstead = value;
    }

    public Stream Body
    {
        get => _bodyInstead ?? RequestBody.Stream;
        set
        {
            _bodyInstead = value;
            _readerInstead = null;
        }
    }

    public string TraceIdentifier
    {
        get => _traceIdentifier ??= Serving.NextTraceIdentifier(ConnectionId);
        set => _traceIdentifier = value;
    }

    Microsoft.AspNetCore.Http.Endpoint? IEndpointFeature.Endpoint
    {
        get => _endpoint;
        set => _endpoint = value;
    }

    public RouteValueDictionary RouteValues
    {
        get => _routeValues ??= _ownRouteValues;
        set => _routeValues = value;
    }

    PipeReader IRequestBodyPipeFeature.Reader
    {
        get
        {
            if (_bodyInstead is null || ReferenceEquals(_bodyInstead, RequestBody.Stream))
            {
                return RequestBody;
            }

            if (_readerInstead is null)
            {
                PipeReader reader = PipeReader.Create(_bodyInstead);
                _readerInstead = reader;
                _onCompleted.Add((static state => ((PipeReader)state).CompleteAsync().AsTask(), reader));
            }

            return _readerInstead;
        }
    }

    bool IHttpRequestTrailersFeature.Available => RequestBody.HasEnded;

    IHeaderDictionary IHttpRequestTrailersFeature.Trailers => RequestBody.HasEnded
        ? _requestTrailers
        : throw new InvalidOperationException("The trailers come after the body: read it to its end first.");

    bool IHttpRequestBodyDetectionFeature.CanHaveBody => RequestBody.CanHaveBody;

    bool IHttpMaxRequestBodySizeFeature.IsReadOnly => RequestBody.HasBegun || _response == ResponseState.Upgraded;

    long? IHttpMaxRequestBodySizeFeature.MaxRequestBodySize
    {
        get => Request.BodyBytesMax == long.MaxValue ? null : Request.BodyBytesMax;
        set
        {
            ArgumentOutOfRangeException.ThrowIfNegative(value ?? 0);
            if (((IHttpMaxRequestBodySizeFeature)this).IsReadOnly)
            {
                throw new InvalidOperationException(
                    "The maximum request body size cannot be modified after the app has already started reading.");
            }

            Request.BodyBytesMax = value ?? long.MaxValue;
        }
    }

    MinDataRate? IHttpMinRequestBodyDataRateFeature.MinDataRate
    {
        get => Request.BodyBytesPerSecondMin == 0
            ? null
            : new MinDataRate(Request.BodyBytesPerSecondMin, Request.BodyGracePeriod);
        set
        {
            Request.BodyBytesPerSecondMin = (int)Math.Ceiling(value?.BytesPerSecond ?? 0);
            Request.BodyGracePeriod = value?.GracePeriod ?? Request.BodyGracePeriod;
        }
    }

    Exception? IBadRequestExceptionFeature.Error => _badRequest;

    /// <summary>The path and the query as the application has them; false when the path cannot be decoded.</summary>
    protected bool TryReadTarget()
    {
        ReadOnlySpan<byte> path = Head.Path;
        if (_lastPath is null || !Ascii.Equals(path, _lastPath)
            || path.Contains((byte)'%') || path.IndexOf("/."u8) >= 0)
        {
            _lastPath = Head.Form is TargetForm.Origin or TargetForm.Absolute ? TargetPath.Decode(path) : "";
        }

        Path = _lastPath ?? "";
        ReadOnlySpan<byte> query = Head.Query;
        if (query.IsEmpty)
        {
            QueryString = "";
        }
        else if (_lastQuery is { } last && Ascii.Equals(query, last.AsSpan(1)))
        {
            QueryString = last;
        }
        else
        {
            QueryString = _lastQuery = string.Concat("?", Encoding.Latin1.GetString(query));
        }

        return _lastPath is not null;
    }

    private void ResetRequest()
    {
        // The same instance each time: applications compare it by reference.
        Protocol = Head.Version == ProtocolVersion.Http10 ? HttpProtocol.Http10 : HttpProtocol.Http11;
        Scheme = Request.IsSecure ? "https" : "http";
        Method = Head.MethodText;
        PathBase = "";
        Path = "";
        QueryString = "";
        _endpoint = null;
        _rawTarget = null;
        _traceIdentifier = null;
        _headersInstead = null;
        _bodyInstead = null;
        _readerInstead = null;
        if (_routeValues is { Count: > 0 })
        {
            _ownRouteValues.Clear();
        }

        _routeValues = null;
        _requestHeaders.Attach(Head);
        _requestTrailers.Reset();
        RequestBody.Reset();
    }
}
