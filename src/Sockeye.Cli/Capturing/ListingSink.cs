using Sockeye.Wire;

namespace Sockeye.Cli.Capturing;

/// <summary>Shows frames as they come.</summary>
internal sealed class ListingSink(Stream stream, FrameView view) : FrameSink
{
    public override void Take(in CapturedFrame frame) => view.Write(frame, stream);

    public override void Flush() => view.Send(stream);

    public override void End() => Flush();

    public override void Dispose()
    {
        // Standard output is not ours to close, and what is left after a failure nobody can have.
    }
}
