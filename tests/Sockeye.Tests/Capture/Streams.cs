using Sockeye.Capture.Streams;
using Sockeye.Wire;
using Sockeye.Wire.Dissection;
using Sockeye.Wire.Files;

namespace Sockeye.Tests.Capture;

/// <summary>What a test keeps of a frame: the dissection itself is gone with the next one.</summary>
internal sealed record SeenPacket(
    long Frame, StreamKind? Kind, int Number, Side From, TcpPacket Tcp, string Protocol, string Info);

/// <summary>Follows the streams of captures that tests make.</summary>
internal static class Followed
{
    /// <summary>Reads a capture to its end.</summary>
    public static (List<SeenPacket> Packets, StreamTable Streams) All(byte[] file, StreamLimits? limits = null)
    {
        var packets = new List<SeenPacket>();
        StreamTable streams = Each(file, FieldSet.None, limits, (frame, packet) => packets.Add(new SeenPacket(
            frame.Frame.Number, packet.Stream?.Kind, packet.Stream?.Number ?? -1, packet.From, packet.Tcp,
            frame.ShortName, System.Text.Encoding.UTF8.GetString(frame.Info))));
        return (packets, streams);
    }

    /// <summary>Reads a capture to its end, and hands each frame over.</summary>
    public static StreamTable Each(byte[] file, FieldSet fields, StreamLimits? limits, FrameHandler handler)
    {
        var dissector = new StreamDissector(fields, limits);
        CaptureReader reader = CaptureReader.Open(new MemoryStream(file));
        dissector.TakeKeysOf(reader);
        while (reader.TryRead(out CapturedFrame captured))
        {
            handler(dissector.Dissect(captured, out StreamPacket packet), packet);
        }

        return dissector.Streams;
    }

    /// <summary>The packets of a story.</summary>
    public static (List<SeenPacket> Packets, StreamTable Streams) Story(string name)
    {
        var script = new TcpScript();
        TcpStories.All.Single(story => story.Name == name).Write(script);
        return All(script.ToFile());
    }

    /// <summary>Receives a frame.</summary>
    public delegate void FrameHandler(DissectedFrame frame, StreamPacket packet);
}
