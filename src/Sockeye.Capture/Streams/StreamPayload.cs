using Sockeye.Wire.Dissection;
using Sockeye.Wire.Transport;

namespace Sockeye.Capture.Streams;

/// <summary>What packets carry for those who use the stream.</summary>
public static class StreamPayload
{
    /// <summary>The bytes that a packet of a stream carries, as far as they were captured.</summary>
    public static ReadOnlySpan<byte> Of(in DissectedFrame frame, in StreamPacket packet)
    {
        Protocol row = packet.IsTcp ? Tcp.Row : Udp.Row;
        if (packet.Stream is null || !TcpSegment.TryFindLayers(frame, row, out _, out LayerRecord layer))
        {
            return default;
        }

        ReadOnlySpan<byte> bytes = frame.BytesOf(layer);
        return packet.IsTcp
            ? TcpView.TryParse(bytes, frame.Frame.IsCutShort, out TcpView segment) ? segment.Payload : default
            : UdpView.TryParse(bytes, out UdpView datagram) ? datagram.Payload : default;
    }
}
