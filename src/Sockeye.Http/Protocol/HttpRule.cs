namespace Sockeye.Http.Protocol;

/// <summary>A rule that a message can break. <see cref="HttpRules"/> has its status, its source and a
/// sentence.</summary>
public enum HttpRule : byte
{
    /// <summary>Nothing is broken.</summary>
    None = 0,

    /// <summary>A line ends in LF without CR.</summary>
    BareLineFeed,

    /// <summary>A CR is followed by something other than LF.</summary>
    BareCarriageReturn,

    /// <summary>More empty lines before a request than are skipped.</summary>
    TooManyEmptyLines,

    /// <summary>The method is not a token.</summary>
    BadMethod,

    /// <summary>The method is longer than any that is known.</summary>
    MethodTooLong,

    /// <summary>The request line does not have three parts with one space between them.</summary>
    BadRequestLine,

    /// <summary>The target is of none of the four forms, or has a character that a target cannot have.</summary>
    BadTarget,

    /// <summary>The form of the target is not for this method.</summary>
    TargetFormForMethod,

    /// <summary>The request line is longer than the limit.</summary>
    RequestLineTooLong,

    /// <summary>The version is not written as HTTP/d.d.</summary>
    BadVersion,

    /// <summary>The version is not of the first major version.</summary>
    UnsupportedVersion,

    /// <summary>The status line is malformed, or its status is not three digits from 100 to 599.</summary>
    BadStatusLine,

    /// <summary>The status line is longer than the limit.</summary>
    StatusLineTooLong,

    /// <summary>A field line begins with a space: a folded line, or one before the first field.</summary>
    ObsoleteFold,

    /// <summary>There is whitespace between a field's name and its colon.</summary>
    SpaceBeforeColon,

    /// <summary>A field line has no colon.</summary>
    MissingColon,

    /// <summary>A field's name is empty or not a token.</summary>
    BadFieldName,

    /// <summary>A field's value has a control character.</summary>
    BadFieldValue,

    /// <summary>More fields than the limit.</summary>
    TooManyFields,

    /// <summary>Field lines that are longer together than the limit.</summary>
    FieldsTooLong,

    /// <summary>An HTTP/1.1 request without a Host.</summary>
    MissingHost,

    /// <summary>More than one Host.</summary>
    RepeatedHost,

    /// <summary>A Host that is not a host with an optional port.</summary>
    BadHost,

    /// <summary>A Host that is another than the target's.</summary>
    HostMismatch,

    /// <summary>Both Content-Length and Transfer-Encoding.</summary>
    ConflictingFraming,

    /// <summary>A Content-Length that is not a number.</summary>
    BadContentLength,

    /// <summary>More than one Content-Length.</summary>
    RepeatedContentLength,

    /// <summary>A Transfer-Encoding that is not a list of codings.</summary>
    BadTransferEncoding,

    /// <summary>A transfer coding that is not implemented.</summary>
    UnknownTransferCoding,

    /// <summary>Chunked is not the last transfer coding, or is there twice.</summary>
    ChunkedNotLast,

    /// <summary>Transfer-Encoding in an HTTP/1.0 message.</summary>
    TransferEncodingInOldVersion,

    /// <summary>A CONNECT or TRACE request with content.</summary>
    ContentForMethod,

    /// <summary>An expectation other than 100-continue.</summary>
    UnknownExpectation,

    /// <summary>The body is longer than the limit.</summary>
    BodyTooLong,

    /// <summary>A chunk's size is not a hexadecimal number, or is too large to be one.</summary>
    BadChunkSize,

    /// <summary>A chunk's extension is malformed.</summary>
    BadChunkExtension,

    /// <summary>Chunk extensions longer than the limit.</summary>
    ChunkExtensionsTooLong,

    /// <summary>A chunk's data is not followed by CRLF.</summary>
    BadChunkEnd,

    /// <summary>A trailer field that may not be one.</summary>
    ForbiddenTrailer,

    /// <summary>More trailer fields than the limit.</summary>
    TooManyTrailers,

    /// <summary>Trailer fields that are longer together than the limit.</summary>
    TrailersTooLong,

    /// <summary>The target's path is not percent-encoded UTF-8, or has a control character.</summary>
    BadPath,

    /// <summary>More interim responses than the limit.</summary>
    TooManyInterimResponses,

    /// <summary>A switch of protocols that nobody asked for.</summary>
    UnaskedSwitch,

    /// <summary>Bytes of a response before the request that it answers.</summary>
    ResponseBeforeRequest,

    /// <summary>A record of TLS where plain HTTP is spoken.</summary>
    TlsToPlainPort,
}
