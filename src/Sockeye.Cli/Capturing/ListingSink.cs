using Sockeye.Wire;

namespace Sockeye.Cli.Capturing;

/// <summary>Shows frames as they come.</summary>
internal sealed class ListingSink(Stream stream, FrameView view) : FrameSink
{
    private readonly BufferedStream _buffered = new(stream, BufferBytes);

    public override void Take(in CapturedFrame frame) => view.Write(frame, _buffered);

    public override void Flush() => _buffered.Flush();

    public override void End() => _buffered.Flush();

    public override void Dispose()
    {
        // Standard output is not ours to close, and what is left after a failure nobody can have.
    }
}
