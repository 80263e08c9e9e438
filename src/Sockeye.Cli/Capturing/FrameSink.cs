using Sockeye.Wire;

namespace Sockeye.Cli.Capturing;

/// <summary>The files of a capture.</summary>
/// <param name="Count">How many were begun.</param>
/// <param name="Kept">Those that are still there, the oldest first.</param>
internal readonly record struct WrittenFiles(int Count, IReadOnlyList<string> Kept);

/// <summary>Where the frames of a capture go: a file, or a listing.</summary>
internal abstract class FrameSink : IDisposable
{
    /// <summary>What a frame waits in before it is written, in bytes.</summary>
    protected const int BufferBytes = 64 * 1024;

    /// <summary>The files that were written; none where it is no file.</summary>
    public virtual WrittenFiles Files => new(0, []);

    /// <summary>Takes a frame, which is valid during this call.</summary>
    public abstract void Take(in CapturedFrame frame);

    /// <summary>Sends on what waits: no more frames are there at the moment.</summary>
    public abstract void Flush();

    /// <summary>The capture is over: writes what comes last.</summary>
    public abstract void End();

    public abstract void Dispose();
}
