using Sockeye.Capture.Streams;
using Sockeye.Wire;
using Sockeye.Wire.Decryption;

namespace Sockeye.Cli.Capturing;

/// <summary>Shows frames as they come, and what is in their TLS where these keys open it.</summary>
internal sealed class ListingSink(Stream stream, FrameView view, TlsKeyLog keys) : FrameSink
{
    private readonly StreamDissector _dissector = new(view.Fields) { Keys = keys };

    /// <summary>How many connections of TLS the keys opened.</summary>
    public TlsCounts TlsConnections => _dissector.TlsConnections;

    public override void Take(in CapturedFrame frame) => view.Write(_dissector.Dissect(frame, out _), stream);

    public override void Flush() => view.Send(stream);

    public override void End() => Flush();

    public override void Dispose()
    {
        // Standard output is not ours to close, and what is left after a failure nobody can have.
    }
}
