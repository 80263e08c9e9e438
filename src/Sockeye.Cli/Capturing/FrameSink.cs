using Sockeye.Wire;

namespace Sockeye.Cli.Capturing;

/// <summary>Where the frames of a capture go: a file, or a listing.</summary>
internal abstract class FrameSink : IDisposable
{
    /// <summary>What a frame waits in before it is written, in bytes.</summary>
    protected const int BufferBytes = 64 * 1024;

    /// <summary>Takes a frame, which is valid during this call.</summary>
    public abstract void Take(in CapturedFrame frame);

    /// <summary>Sends on what waits: no more frames are there at the moment.</summary>
    public abstract void Flush();

    /// <summary>The capture is over: writes what comes last.</summary>
    public abstract void End();

    public abstract void Dispose();
}
