using System.Buffers.Binary;
using System.Text;
using System.Text.Unicode;

namespace Sockeye.Http.Protocol;

/// <summary>Why a connection is closed (RFC 6455 section 7.4.1, and IANA's table). Others are numbers.</summary>
public enum WebSocketCloseCode : ushort
{
    /// <summary>The purpose is fulfilled.</summary>
    Normal = 1000,

    /// <summary>A server goes down, or a browser leaves the page.</summary>
    GoingAway = 1001,

    /// <summary>The peer broke the protocol.</summary>
    ProtocolError = 1002,

    /// <summary>A kind of data that is not accepted.</summary>
    UnsupportedData = 1003,

    /// <summary>Never sent: the peer's close said nothing.</summary>
    None = 1005,

    /// <summary>Never sent: the connection ended without a close.</summary>
    Abnormal = 1006,

    /// <summary>Text that is no UTF-8, or data that cannot be decompressed.</summary>
    InvalidPayload = 1007,

    /// <summary>Whatever has no better code.</summary>
    PolicyViolation = 1008,

    /// <summary>A message that is too long.</summary>
    MessageTooBig = 1009,

    /// <summary>A client misses an extension.</summary>
    MissingExtension = 1010,

    /// <summary>A server failed.</summary>
    InternalError = 1011,

    /// <summary>A server restarts.</summary>
    ServiceRestart = 1012,

    /// <summary>A server has too much to do.</summary>
    TryAgainLater = 1013,

    /// <summary>A gateway got a bad answer.</summary>
    BadGateway = 1014,
}

/// <summary>The payload of a close (RFC 6455 section 5.5.1): nothing, or a code and perhaps a reason.</summary>
public static class WebSocketClose
{
    /// <summary>The longest reason, in bytes of UTF-8.</summary>
    public const int ReasonBytesMax = WebSocketFrameHeader.ControlBytesMax - 2;

    /// <summary>
    /// Whether a close may carry the code: those that section 7.4 and IANA's table name, save 1004, 1005, 1006 and
    /// 1015, and those of libraries and applications, 3000 to 4999.
    /// </summary>
    public static bool IsSendable(WebSocketCloseCode code) => (ushort)code is
        (>= 1000 and <= 1003) or (>= 1007 and <= 1014) or (>= 3000 and <= 4999);

    /// <summary>Reads the payload of a close.</summary>
    /// <param name="payload">The payload.</param>
    /// <param name="code">Its code, <see cref="WebSocketCloseCode.None"/> when it is empty; or else the one to answer
    /// a malformed payload with.</param>
    /// <param name="reason">Its reason; empty when it has none.</param>
    /// <returns>Whether the payload is one.</returns>
    public static bool TryRead(ReadOnlySpan<byte> payload, out WebSocketCloseCode code, out string reason)
    {
        reason = "";
        code = WebSocketCloseCode.None;
        if (payload.IsEmpty)
        {
            return true;
        }

        var read = payload.Length == 1
            ? WebSocketCloseCode.None
            : (WebSocketCloseCode)BinaryPrimitives.ReadUInt16BigEndian(payload);
        if (!IsSendable(read))
        {
            code = WebSocketCloseCode.ProtocolError;
            return false;
        }

        if (!Utf8.IsValid(payload[2..]))
        {
            code = WebSocketCloseCode.InvalidPayload;
            return false;
        }

        code = read;
        reason = Encoding.UTF8.GetString(payload[2..]);
        return true;
    }

    /// <summary>Writes the payload of a close and returns how many bytes it has.</summary>
    /// <param name="destination">Room for <see cref="WebSocketFrameHeader.ControlBytesMax"/> bytes.</param>
    /// <param name="code">The code; <see cref="WebSocketCloseCode.None"/> for an empty payload.</param>
    /// <param name="reason">The reason; cut between characters when it is too long.</param>
    /// <exception cref="ArgumentOutOfRangeException">No close may carry the code.</exception>
    public static int Write(Span<byte> destination, WebSocketCloseCode code, ReadOnlySpan<char> reason = default)
    {
        if (code == WebSocketCloseCode.None)
        {
            return 0;
        }

        if (!IsSendable(code))
        {
            throw new ArgumentOutOfRangeException(
                nameof(code), code, "No close carries this code: take a named one, or a number from 3000 to 4999.");
        }

        BinaryPrimitives.WriteUInt16BigEndian(destination, (ushort)code);
        Utf8.FromUtf16(reason, destination.Slice(2, ReasonBytesMax), out _, out int written);
        return 2 + written;
    }
}
