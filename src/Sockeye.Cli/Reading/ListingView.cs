using Sockeye.Capture.Streams;
using Sockeye.Cli.Capturing;
using Sockeye.Wire;
using Sockeye.Wire.Dissection;

namespace Sockeye.Cli.Reading;

/// <summary>A line for each packet, with its fields and bytes when they are asked for.</summary>
internal sealed class ListingView(Output output, FrameParts parts) : ReadView
{
    private readonly FrameView _view = new(parts, output.Json, output.OutHasColor);
    private readonly Stream _out = output.OpenBytes();

    public override FieldSet Fields => _view.Fields;

    public override void Begin(Timestamp? first) => _view.Begin(first);

    public override void Take(in DissectedFrame frame, in StreamPacket packet) => _view.Write(frame, _out);

    public override void Flush() => _view.Send(_out);

    public override int Finish(StreamTable streams)
    {
        Flush();
        return ExitCode.Done;
    }
}
