using Sockeye.Capture.Streams;
using Sockeye.Wire;
using Sockeye.Wire.Dissection;
using Sockeye.Wire.Filters;

namespace Sockeye.Capture.Journeys;

/// <summary>Follows the frames of a journey to the end of its connections.</summary>
internal sealed class JourneyEnding(DisplayFilter filter)
{
    private readonly Dissector _chooser = new(new FieldSet(filter.Fields));
    private readonly StreamDissector _dissector = new(FieldSet.None);

    /// <summary>Whether there are connections, and all are over in both directions.</summary>
    public bool IsOver
    {
        get
        {
            TcpStream[] streams = [.. _dissector.Streams.Known.OfType<TcpStream>()];
            return streams.Length > 0
                && streams.All(one => one.Ending is TcpEnding.Closed or TcpEnding.Reset or TcpEnding.Refused
                    or TcpEnding.Unanswered);
        }
    }

    /// <summary>Takes the next frame, which may be somebody else's.</summary>
    public void Take(in CapturedFrame frame)
    {
        if (filter.Matches(_chooser.Dissect(frame)))
        {
            _dissector.Dissect(frame, out _);
        }
    }
}
