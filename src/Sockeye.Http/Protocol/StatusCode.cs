namespace Sockeye.Http.Protocol;

/// <summary>The registered status codes by name. <see cref="StatusCodes"/> has what each means.</summary>
public static class StatusCode
{
    /// <summary>Continue (RFC 9110 section 15.2.1).</summary>
    public const int Continue = 100;

    /// <summary>Switching Protocols (RFC 9110 section 15.2.2).</summary>
    public const int SwitchingProtocols = 101;

    /// <summary>Processing (RFC 2518 section 10.1).</summary>
    public const int Processing = 102;

    /// <summary>Early Hints (RFC 8297 section 2).</summary>
    public const int EarlyHints = 103;

    /// <summary>Upload Resumption Supported (draft-ietf-httpbis-resumable-upload section 5).</summary>
    public const int UploadResumptionSupported = 104;

    /// <summary>OK (RFC 9110 section 15.3.1).</summary>
    public const int Ok = 200;

    /// <summary>Created (RFC 9110 section 15.3.2).</summary>
    public const int Created = 201;

    /// <summary>Accepted (RFC 9110 section 15.3.3).</summary>
    public const int Accepted = 202;

    /// <summary>Non-Authoritative Information (RFC 9110 section 15.3.4).</summary>
    public const int NonAuthoritativeInformation = 203;

    /// <summary>No Content (RFC 9110 section 15.3.5).</summary>
    public const int NoContent = 204;

    /// <summary>Reset Content (RFC 9110 section 15.3.6).</summary>
    public const int ResetContent = 205;

    /// <summary>Partial Content (RFC 9110 section 15.3.7).</summary>
    public const int PartialContent = 206;

    /// <summary>Multi-Status (RFC 4918 section 11.1).</summary>
    public const int MultiStatus = 207;

    /// <summary>Already Reported (RFC 5842 section 7.1).</summary>
    public const int AlreadyReported = 208;

    /// <summary>IM Used (RFC 3229 section 10.4.1).</summary>
    public const int ImUsed = 226;

    /// <summary>Multiple Choices (RFC 9110 section 15.4.1).</summary>
    public const int MultipleChoices = 300;

    /// <summary>Moved Permanently (RFC 9110 section 15.4.2).</summary>
    public const int MovedPermanently = 301;

    /// <summary>Found (RFC 9110 section 15.4.3).</summary>
    public const int Found = 302;

    /// <summary>See Other (RFC 9110 section 15.4.4).</summary>
    public const int SeeOther = 303;

    /// <summary>Not Modified (RFC 9110 section 15.4.5).</summary>
    public const int NotModified = 304;

    /// <summary>Use Proxy (RFC 9110 section 15.4.6).</summary>
    public const int UseProxy = 305;

    /// <summary>Temporary Redirect (RFC 9110 section 15.4.8).</summary>
    public const int TemporaryRedirect = 307;

    /// <summary>Permanent Redirect (RFC 9110 section 15.4.9).</summary>
    public const int PermanentRedirect = 308;

    /// <summary>Bad Request (RFC 9110 section 15.5.1).</summary>
    public const int BadRequest = 400;

    /// <summary>Unauthorized (RFC 9110 section 15.5.2).</summary>
    public const int Unauthorized = 401;

    /// <summary>Payment Required (RFC 9110 section 15.5.3).</summary>
    public const int PaymentRequired = 402;

    /// <summary>Forbidden (RFC 9110 section 15.5.4).</summary>
    public const int Forbidden = 403;

    /// <summary>Not Found (RFC 9110 section 15.5.5).</summary>
    public const int NotFound = 404;

    /// <summary>Method Not Allowed (RFC 9110 section 15.5.6).</summary>
    public const int MethodNotAllowed = 405;

    /// <summary>Not Acceptable (RFC 9110 section 15.5.7).</summary>
    public const int NotAcceptable = 406;

    /// <summary>Proxy Authentication Required (RFC 9110 section 15.5.8).</summary>
    public const int ProxyAuthenticationRequired = 407;

    /// <summary>Request Timeout (RFC 9110 section 15.5.9).</summary>
    public const int RequestTimeout = 408;

    /// <summary>Conflict (RFC 9110 section 15.5.10).</summary>
    public const int Conflict = 409;

    /// <summary>Gone (RFC 9110 section 15.5.11).</summary>
    public const int Gone = 410;

    /// <summary>Length Required (RFC 9110 section 15.5.12).</summary>
    public const int LengthRequired = 411;

    /// <summary>Precondition Failed (RFC 9110 section 15.5.13).</summary>
    public const int PreconditionFailed = 412;

    /// <summary>Content Too Large (RFC 9110 section 15.5.14).</summary>
    public const int ContentTooLarge = 413;

    /// <summary>URI Too Long (RFC 9110 section 15.5.15).</summary>
    public const int UriTooLong = 414;

    /// <summary>Unsupported Media Type (RFC 9110 section 15.5.16).</summary>
    public const int UnsupportedMediaType = 415;

    /// <summary>Range Not Satisfiable (RFC 9110 section 15.5.17).</summary>
    public const int RangeNotSatisfiable = 416;

    /// <summary>Expectation Failed (RFC 9110 section 15.5.18).</summary>
    public const int ExpectationFailed = 417;

    /// <summary>Misdirected Request (RFC 9110 section 15.5.20).</summary>
    public const int MisdirectedRequest = 421;

    /// <summary>Unprocessable Content (RFC 9110 section 15.5.21).</summary>
    public const int UnprocessableContent = 422;

    /// <summary>Locked (RFC 4918 section 11.3).</summary>
    public const int Locked = 423;

    /// <summary>Failed Dependency (RFC 4918 section 11.4).</summary>
    public const int FailedDependency = 424;

    /// <summary>Too Early (RFC 8470 section 5.2).</summary>
    public const int TooEarly = 425;

    /// <summary>Upgrade Required (RFC 9110 section 15.5.22).</summary>
    public const int UpgradeRequired = 426;

    /// <summary>Precondition Required (RFC 6585 section 3).</summary>
    public const int PreconditionRequired = 428;

    /// <summary>Too Many Requests (RFC 6585 section 4).</summary>
    public const int TooManyRequests = 429;

    /// <summary>Request Header Fields Too Large (RFC 6585 section 5).</summary>
    public const int RequestHeaderFieldsTooLarge = 431;

    /// <summary>Unavailable For Legal Reasons (RFC 7725 section 3).</summary>
    public const int UnavailableForLegalReasons = 451;

    /// <summary>Internal Server Error (RFC 9110 section 15.6.1).</summary>
    public const int InternalServerError = 500;

    /// <summary>Not Implemented (RFC 9110 section 15.6.2).</summary>
    public const int NotImplemented = 501;

    /// <summary>Bad Gateway (RFC 9110 section 15.6.3).</summary>
    public const int BadGateway = 502;

    /// <summary>Service Unavailable (RFC 9110 section 15.6.4).</summary>
    public const int ServiceUnavailable = 503;

    /// <summary>Gateway Timeout (RFC 9110 section 15.6.5).</summary>
    public const int GatewayTimeout = 504;

    /// <summary>HTTP Version Not Supported (RFC 9110 section 15.6.6).</summary>
    public const int HttpVersionNotSupported = 505;

    /// <summary>Variant Also Negotiates (RFC 2295 section 8.1).</summary>
    public const int VariantAlsoNegotiates = 506;

    /// <summary>Insufficient Storage (RFC 4918 section 11.5).</summary>
    public const int InsufficientStorage = 507;

    /// <summary>Loop Detected (RFC 5842 section 7.2).</summary>
    public const int LoopDetected = 508;

    /// <summary>Not Extended (RFC 2774 section 7).</summary>
    public const int NotExtended = 510;

    /// <summary>Network Authentication Required (RFC 6585 section 6).</summary>
    public const int NetworkAuthenticationRequired = 511;
}
