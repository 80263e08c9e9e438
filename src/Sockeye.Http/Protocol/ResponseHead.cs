using System.Text;

namespace Sockeye.Http.Protocol;

/// <summary>
/// The head of a response. It belongs to its <see cref="ResponseParser"/> and is used again for the next one. Its
/// spans lie in the connection's bytes, valid until the next read, unless it was kept.
/// </summary>
public sealed class ResponseHead : MessageHead
{
    internal ResponseHead()
    {
    }

    /// <summary>The status code, from 100 to 599.</summary>
    public int Status { get; internal set; }

    /// <summary>The reason phrase, of no meaning: "A client SHOULD ignore" it (RFC 9112 section 4).</summary>
    public ReadOnlySpan<byte> Reason => Bytes.Slice(ReasonStart, ReasonLength);

    /// <summary>The reason phrase as a string.</summary>
    public string ReasonText => Encoding.Latin1.GetString(Reason);

    /// <summary>Whether another response to the same request follows (RFC 9110 section 15.2): a 1xx other than
    /// 101.</summary>
    public bool IsInterim => Status is >= 100 and < 200 and not StatusCode.SwitchingProtocols;

    internal int ReasonStart { get; set; }

    internal int ReasonLength { get; set; }

    internal void Clear()
    {
        ClearShared();
        Status = 0;
        ReasonStart = 0;
        ReasonLength = 0;
    }
}
