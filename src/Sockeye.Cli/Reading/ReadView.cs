using Sockeye.Capture.Streams;
using Sockeye.Wire;
using Sockeye.Wire.Dissection;

namespace Sockeye.Cli.Reading;

/// <summary>What a capture is shown as: a listing, a table of streams, a ladder.</summary>
internal abstract class ReadView
{
    /// <summary>The fields it looks at.</summary>
    public virtual FieldSet Fields => FieldSet.None;

    /// <summary>Says when the first frame of the capture was seen, whether it passes the filter or not.</summary>
    public virtual void Begin(Timestamp? first)
    {
    }

    /// <summary>Takes a frame that passes the filter.</summary>
    public abstract void Take(in DissectedFrame frame, in StreamPacket packet);

    /// <summary>Shows what was found so far, before it waits for more.</summary>
    public virtual void Flush()
    {
    }

    /// <summary>The capture is over.</summary>
    /// <param name="streams">The streams of all its frames, those that did not pass the filter too.</param>
    /// <returns>The exit code.</returns>
    public abstract int Finish(StreamTable streams);
}
