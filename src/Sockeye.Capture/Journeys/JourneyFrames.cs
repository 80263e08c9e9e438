using Sockeye.Capture.Streams;
using Sockeye.Wire;
using Sockeye.Wire.Dissection;
using Sockeye.Wire.Files;

namespace Sockeye.Capture.Journeys;

/// <summary>A frame of a journey, in a line.</summary>
/// <param name="Number">Its number in the file, counted from one.</param>
/// <param name="Time">When it was seen.</param>
/// <param name="From">Who sent it.</param>
/// <param name="To">For whom it is.</param>
/// <param name="Protocol">The name of the highest protocol.</param>
/// <param name="Info">What it says.</param>
public sealed record JourneyFrame(
    long Number, Timestamp Time, string From, string To, string Protocol, string Info);

/// <summary>What was captured of a journey.</summary>
/// <param name="File">The frames as a pcapng file.</param>
/// <param name="Count">How many frames there are.</param>
/// <param name="Interfaces">The interfaces that were watched.</param>
public sealed record JourneyFrames(ReadOnlyMemory<byte> File, int Count, IReadOnlyList<string> Interfaces)
{
    /// <summary>Frames that passed and are missing, because there was no room for them.</summary>
    public long Dropped { get; init; }

    /// <summary>Whether the file holds the keys of TLS.</summary>
    public bool HasSecrets { get; init; }

    /// <summary>The file, to be read from its beginning.</summary>
    public Stream OpenFile() => new MemoryStream(File.ToArray(), writable: false);

    /// <summary>The frames in lines; <paramref name="onStream"/> is told of every connection there was.</summary>
    public IReadOnlyList<JourneyFrame> List(Action<TcpStream>? onStream = null)
    {
        var frames = new List<JourneyFrame>();
        CaptureReader reader = CaptureReader.Open(OpenFile());
        var dissector = new StreamDissector(FieldSet.None);
        var seen = new List<TcpStream>();
        while (reader.TryRead(out CapturedFrame captured))
        {
            DissectedFrame frame = dissector.Dissect(captured, out StreamPacket packet);
            frames.Add(new JourneyFrame(
                captured.Number, captured.Time ?? default, TextOf(frame.Source), TextOf(frame.Destination),
                frame.ShortName, System.Text.Encoding.UTF8.GetString(frame.Info)));
            if (packet.Stream is TcpStream stream && !seen.Contains(stream))
            {
                seen.Add(stream);
            }
        }

        seen.ForEach(one => onStream?.Invoke(one));
        return frames;
    }

    private static string TextOf(Station station)
    {
        Span<byte> text = stackalloc byte[InternetAddress.TextLengthMax];
        return station.TryFormat(text, out int length, default, null)
            ? System.Text.Encoding.UTF8.GetString(text[..length])
            : "";
    }
}
