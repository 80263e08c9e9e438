using System.Runtime.InteropServices;
using Sockeye.Capture.Streams;
using Sockeye.Wire;
using Sockeye.Wire.Application;
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

/// <summary>Gets a frame that was taken apart, valid while this runs.</summary>
public delegate void JourneyFrameReader(in DissectedFrame frame, in StreamPacket packet);

/// <summary>What was captured of a journey.</summary>
/// <param name="File">The frames as a pcapng file.</param>
/// <param name="Count">How many frames there are.</param>
/// <param name="Interfaces">The interfaces that were watched.</param>
public sealed record JourneyFrames(ReadOnlyMemory<byte> File, int Count, IReadOnlyList<string> Interfaces)
{
    /// <summary>Frames that passed and are missing, because there was no room for them.</summary>
    public long Dropped { get; init; }

    /// <summary>Interfaces that the journey took and that were not watched, because they were too many.</summary>
    public IReadOnlyList<string> Unwatched { get; init; } = [];

    /// <summary>Whether the file holds the keys of TLS.</summary>
    public bool HasSecrets { get; init; }

    /// <summary>Ports of UDP at which servers of the DNS were asked.</summary>
    public IReadOnlyList<int> NamePorts { get; init; } = [];

    /// <summary>The file, to be read from its beginning; it is not copied.</summary>
    public Stream OpenFile()
    {
        ArraySegment<byte> bytes = MemoryMarshal.TryGetArray(File, out ArraySegment<byte> own) ? own : File.ToArray();
        return new MemoryStream(bytes.Array!, bytes.Offset, bytes.Count, writable: false);
    }

    /// <summary>Saves the file, in the place of one that is there. With keys in it, only its user may read
    /// it.</summary>
    /// <exception cref="IOException">It cannot be written.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be.</exception>
    public async Task SaveAsync(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        if (HasSecrets)
        {
            await SecretFile.WriteAsync(path, File);
        }
        else
        {
            await System.IO.File.WriteAllBytesAsync(path, File);
        }
    }

    /// <summary>Takes the frames apart, one after another.</summary>
    /// <param name="wanted">Which fields to find.</param>
    /// <param name="each">Gets each of them.</param>
    public void Read(FieldSet wanted, JourneyFrameReader each)
    {
        ArgumentNullException.ThrowIfNull(each);
        CaptureReader reader = CaptureReader.Open(OpenFile());
        var dissector = new StreamDissector(wanted, table: TableOf(NamePorts));
        dissector.TakeKeysOf(reader);
        while (reader.TryRead(out CapturedFrame captured))
        {
            DissectedFrame frame = dissector.Dissect(captured, out StreamPacket packet);
            each(frame, packet);
        }
    }

    /// <summary>The frames, a line each.</summary>
    public IReadOnlyList<JourneyFrame> List()
    {
        var frames = new List<JourneyFrame>();
        Read(FieldSet.None, (in DissectedFrame frame, in StreamPacket _) => frames.Add(new JourneyFrame(
            frame.Frame.Number, frame.Frame.Time ?? default, TextOf(frame.Source), TextOf(frame.Destination),
            frame.ShortName, System.Text.Encoding.UTF8.GetString(frame.Info))));
        return frames;
    }

    private static ProtocolTable TableOf(IReadOnlyList<int> namePorts) => namePorts.Aggregate(
        StreamFields.Table, static (table, port) => table.Find(Selector.UdpPort, port) == Dns.Row
            ? table
            : table.With(new Place(Selector.UdpPort, port), Dns.Row));

    private static string TextOf(Station station)
    {
        Span<byte> text = stackalloc byte[InternetAddress.TextLengthMax];
        return station.TryFormat(text, out int length, default, null)
            ? System.Text.Encoding.UTF8.GetString(text[..length])
            : "";
    }
}
