using System.Text;

namespace Sockeye.Http.Protocol;

/// <summary>The four forms of a request target (RFC 9112 section 3.2).</summary>
public enum TargetForm : byte
{
    /// <summary><c>/path?query</c>.</summary>
    Origin = 0,

    /// <summary><c>http://host/path?query</c>, as proxies get it.</summary>
    Absolute,

    /// <summary><c>host:port</c>, with CONNECT.</summary>
    Authority,

    /// <summary><c>*</c>, with OPTIONS.</summary>
    Asterisk,
}

/// <summary>
/// The head of a request. It belongs to its <see cref="RequestParser"/> and is used again for the next one. Its spans
/// lie in the connection's bytes, valid until the next read, unless it was kept.
/// </summary>
public sealed class RequestHead : MessageHead
{
    internal RequestHead()
    {
    }

    /// <summary>The method; <see cref="Method.Other"/> is named by <see cref="MethodBytes"/>.</summary>
    public Method Method { get; internal set; }

    /// <summary>The form of the target.</summary>
    public TargetForm Form { get; internal set; }

    /// <summary>Whether the client waits for a 100 before it sends the body (RFC 9110 section 10.1.1).</summary>
    public bool ExpectsContinue { get; internal set; }

    /// <summary>Whether <c>Upgrade</c> names other protocols and <c>Connection</c> says so (RFC 9110 section 7.8).
    /// </summary>
    public bool UpgradeRequested { get; internal set; }

    /// <summary>Whether the request asks for a tunnel.</summary>
    public bool IsConnect => Method == Method.Connect;

    /// <summary>The method as it was written.</summary>
    public ReadOnlySpan<byte> MethodBytes => Slice(MethodStart, MethodLength);

    /// <summary>The method as a string.</summary>
    public string MethodText => Method == Method.Other
        ? Encoding.ASCII.GetString(MethodBytes)
        : Method.Meaning().Name;

    /// <summary>The whole target as it was written.</summary>
    public ReadOnlySpan<byte> Target => Slice(TargetStart, TargetLength);

    /// <summary>The scheme of an absolute target; else empty.</summary>
    public ReadOnlySpan<byte> Scheme => Slice(TargetStart, SchemeLength);

    /// <summary>The host and port of an absolute or authority target; else empty.</summary>
    public ReadOnlySpan<byte> Authority => Slice(AuthorityStart, AuthorityLength);

    /// <summary>The path, percent-encoded as it was written; see <see cref="TargetPath"/>. It begins with a slash, and
    /// is empty for the forms without a path.</summary>
    public ReadOnlySpan<byte> Path => PathLength == 0 && Form is TargetForm.Absolute
        ? "/"u8 // RFC 9110 section 4.2.3: "an empty path component is equivalent to an absolute path of "/""
        : Slice(PathStart, PathLength);

    /// <summary>The query without its question mark; empty also when there is none.</summary>
    public ReadOnlySpan<byte> Query => Slice(QueryStart, QueryLength);

    /// <summary>Whether the target has a question mark.</summary>
    public bool HasQuery => QueryStart != 0;

    /// <summary>The host and port that the request is for: the target's, else those of the Host field.</summary>
    public ReadOnlySpan<byte> Host => AuthorityLength > 0 ? Authority : Fields.Get(KnownField.Host);

    internal int MethodStart { get; set; }

    internal int MethodLength { get; set; }

    internal int TargetStart { get; set; }

    internal int TargetLength { get; set; }

    internal int SchemeLength { get; set; }

    internal int AuthorityStart { get; set; }

    internal int AuthorityLength { get; set; }

    internal int PathStart { get; set; }

    internal int PathLength { get; set; }

    internal int QueryStart { get; set; }

    internal int QueryLength { get; set; }

    internal void Clear()
    {
        ClearShared();
        Method = Method.Other;
        Form = TargetForm.Origin;
        ExpectsContinue = false;
        UpgradeRequested = false;
        MethodStart = 0;
        MethodLength = 0;
        TargetStart = 0;
        TargetLength = 0;
        SchemeLength = 0;
        AuthorityStart = 0;
        AuthorityLength = 0;
        PathStart = 0;
        PathLength = 0;
        QueryStart = 0;
        QueryLength = 0;
    }

    private ReadOnlySpan<byte> Slice(int start, int length) => Bytes.Slice(start, length);
}
