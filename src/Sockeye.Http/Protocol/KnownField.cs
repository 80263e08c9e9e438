namespace Sockeye.Http.Protocol;

/// <summary>A field that is recognised while a head is parsed, so that it is found without a search.</summary>
public enum KnownField : byte
{
    /// <summary>Another than those here; it is found by its name.</summary>
    Other = 0,

    /// <summary>Accept.</summary>
    Accept,

    /// <summary>Accept-CH.</summary>
    AcceptCh,

    /// <summary>Accept-Charset.</summary>
    AcceptCharset,

    /// <summary>Accept-Encoding.</summary>
    AcceptEncoding,

    /// <summary>Accept-Language.</summary>
    AcceptLanguage,

    /// <summary>Accept-Ranges.</summary>
    AcceptRanges,

    /// <summary>Access-Control-Allow-Credentials.</summary>
    AccessControlAllowCredentials,

    /// <summary>Access-Control-Allow-Headers.</summary>
    AccessControlAllowHeaders,

    /// <summary>Access-Control-Allow-Methods.</summary>
    AccessControlAllowMethods,

    /// <summary>Access-Control-Allow-Origin.</summary>
    AccessControlAllowOrigin,

    /// <summary>Access-Control-Expose-Headers.</summary>
    AccessControlExposeHeaders,

    /// <summary>Access-Control-Max-Age.</summary>
    AccessControlMaxAge,

    /// <summary>Access-Control-Request-Headers.</summary>
    AccessControlRequestHeaders,

    /// <summary>Access-Control-Request-Method.</summary>
    AccessControlRequestMethod,

    /// <summary>Age.</summary>
    Age,

    /// <summary>Allow.</summary>
    Allow,

    /// <summary>Alt-Svc.</summary>
    AltSvc,

    /// <summary>Authentication-Info.</summary>
    AuthenticationInfo,

    /// <summary>Authorization.</summary>
    Authorization,

    /// <summary>Cache-Control.</summary>
    CacheControl,

    /// <summary>Connection.</summary>
    Connection,

    /// <summary>Content-Disposition.</summary>
    ContentDisposition,

    /// <summary>Content-Encoding.</summary>
    ContentEncoding,

    /// <summary>Content-Language.</summary>
    ContentLanguage,

    /// <summary>Content-Length.</summary>
    ContentLength,

    /// <summary>Content-Location.</summary>
    ContentLocation,

    /// <summary>Content-Range.</summary>
    ContentRange,

    /// <summary>Content-Security-Policy.</summary>
    ContentSecurityPolicy,

    /// <summary>Content-Type.</summary>
    ContentType,

    /// <summary>Cookie.</summary>
    Cookie,

    /// <summary>Date.</summary>
    Date,

    /// <summary>ETag.</summary>
    ETag,

    /// <summary>Expect.</summary>
    Expect,

    /// <summary>Expires.</summary>
    Expires,

    /// <summary>Forwarded.</summary>
    Forwarded,

    /// <summary>From.</summary>
    From,

    /// <summary>Host.</summary>
    Host,

    /// <summary>If-Match.</summary>
    IfMatch,

    /// <summary>If-Modified-Since.</summary>
    IfModifiedSince,

    /// <summary>If-None-Match.</summary>
    IfNoneMatch,

    /// <summary>If-Range.</summary>
    IfRange,

    /// <summary>If-Unmodified-Since.</summary>
    IfUnmodifiedSince,

    /// <summary>Keep-Alive.</summary>
    KeepAlive,

    /// <summary>Last-Modified.</summary>
    LastModified,

    /// <summary>Link.</summary>
    Link,

    /// <summary>Location.</summary>
    Location,

    /// <summary>Max-Forwards.</summary>
    MaxForwards,

    /// <summary>Origin.</summary>
    Origin,

    /// <summary>Pragma.</summary>
    Pragma,

    /// <summary>Proxy-Authenticate.</summary>
    ProxyAuthenticate,

    /// <summary>Proxy-Authentication-Info.</summary>
    ProxyAuthenticationInfo,

    /// <summary>Proxy-Authorization.</summary>
    ProxyAuthorization,

    /// <summary>Proxy-Connection.</summary>
    ProxyConnection,

    /// <summary>Range.</summary>
    Range,

    /// <summary>Referer.</summary>
    Referer,

    /// <summary>Retry-After.</summary>
    RetryAfter,

    /// <summary>Sec-WebSocket-Accept.</summary>
    SecWebSocketAccept,

    /// <summary>Sec-WebSocket-Extensions.</summary>
    SecWebSocketExtensions,

    /// <summary>Sec-WebSocket-Key.</summary>
    SecWebSocketKey,

    /// <summary>Sec-WebSocket-Protocol.</summary>
    SecWebSocketProtocol,

    /// <summary>Sec-WebSocket-Version.</summary>
    SecWebSocketVersion,

    /// <summary>Server.</summary>
    Server,

    /// <summary>Set-Cookie.</summary>
    SetCookie,

    /// <summary>Strict-Transport-Security.</summary>
    StrictTransportSecurity,

    /// <summary>TE.</summary>
    Te,

    /// <summary>traceparent.</summary>
    Traceparent,

    /// <summary>Trailer.</summary>
    Trailer,

    /// <summary>Transfer-Encoding.</summary>
    TransferEncoding,

    /// <summary>Upgrade.</summary>
    Upgrade,

    /// <summary>Upgrade-Insecure-Requests.</summary>
    UpgradeInsecureRequests,

    /// <summary>User-Agent.</summary>
    UserAgent,

    /// <summary>Vary.</summary>
    Vary,

    /// <summary>Via.</summary>
    Via,

    /// <summary>Warning.</summary>
    Warning,

    /// <summary>WWW-Authenticate.</summary>
    WwwAuthenticate,

    /// <summary>X-Content-Type-Options.</summary>
    XContentTypeOptions,

    /// <summary>X-Forwarded-For.</summary>
    XForwardedFor,

    /// <summary>X-Forwarded-Host.</summary>
    XForwardedHost,

    /// <summary>X-Forwarded-Proto.</summary>
    XForwardedProto,

    /// <summary>X-Frame-Options.</summary>
    XFrameOptions,

    /// <summary>X-Real-IP.</summary>
    XRealIp,

    /// <summary>X-Request-ID.</summary>
    XRequestId,
}
