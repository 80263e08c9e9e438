using System.Buffers;

namespace Sockeye.Http.Protocol;

/// <summary>Writes frames. A client gives a fresh random mask for each (RFC 6455 section 5.3), a server none.</summary>
public static class WebSocketWriter
{
    /// <summary>Writes a frame.</summary>
    /// <param name="output">Where to.</param>
    /// <param name="opcode">What it is.</param>
    /// <param name="payload">Its payload; text in UTF-8.</param>
    /// <param name="mask">The masking key; null for none.</param>
    /// <param name="isFinal">Whether a message ends with it.</param>
    /// <param name="isCompressed">Whether it begins a message that <see cref="WebSocketDeflater"/> compressed.</param>
    /// <exception cref="ArgumentException">There is no such frame: nothing was written.</exception>
    public static void WriteFrame(
        IBufferWriter<byte> output, WebSocketOpcode opcode, ReadOnlySpan<byte> payload, uint? mask = null,
        bool isFinal = true, bool isCompressed = false)
    {
        ArgumentNullException.ThrowIfNull(output);
        var header = new WebSocketFrameHeader(opcode, payload.Length, isFinal, isCompressed, mask);
        output.Advance(header.Write(output.GetSpan(WebSocketFrameHeader.BytesMax)));
        if (mask is not { } key)
        {
            output.Write(payload);
            return;
        }

        int at = 0;
        while (at < payload.Length)
        {
            Span<byte> space = output.GetSpan();
            int count = Math.Min(space.Length, payload.Length - at);
            WebSocketMask.Apply(payload.Slice(at, count), space, key, at);
            output.Advance(count);
            at += count;
        }
    }

    /// <summary>Writes a close.</summary>
    /// <param name="output">Where to.</param>
    /// <param name="code">The code; <see cref="WebSocketCloseCode.None"/> for none.</param>
    /// <param name="reason">The reason; cut when it is longer than <see cref="WebSocketClose.ReasonBytesMax"/>.</param>
    /// <param name="mask">The masking key; null for none.</param>
    /// <exception cref="ArgumentOutOfRangeException">No close may carry the code.</exception>
    public static void WriteClose(
        IBufferWriter<byte> output, WebSocketCloseCode code, ReadOnlySpan<char> reason = default, uint? mask = null)
    {
        Span<byte> payload = stackalloc byte[WebSocketFrameHeader.ControlBytesMax];
        WriteFrame(output, WebSocketOpcode.Close, payload[..WebSocketClose.Write(payload, code, reason)], mask);
    }
}
