using System.Net;
using System.Net.Sockets;
using Sockeye.Capture;
using Sockeye.Wire;
using Sockeye.Wire.Link;

namespace Sockeye.Tests.Capture.Live;

/// <summary>A frame that is kept.</summary>
internal sealed record Seen(
    long Number, Timestamp Time, LinkType Link, long LengthOnWire, byte[] Bytes, byte[] Options)
{
    /// <summary>Stops a capture and reads all that it saw.</summary>
    public static List<Seen> All(LiveCapture capture)
    {
        capture.Stop();
        var frames = new List<Seen>();
        while (capture.Wait(Timeout.InfiniteTimeSpan) != CaptureWait.Ended)
        {
            while (capture.TryRead(out CapturedFrame frame))
            {
                frames.Add(new Seen(
                    frame.Number, frame.Time!.Value, frame.LinkType, frame.LengthOnWire, frame.Bytes.ToArray(),
                    frame.Options.ToArray()));
            }
        }

        return frames;
    }
}

/// <summary>A socket of UDP on loopback, and one that sends to it: traffic that nobody else has.</summary>
internal sealed class Datagrams : IDisposable
{
    private readonly UdpClient _receiver = new(new IPEndPoint(IPAddress.Loopback, 0));
    private readonly UdpClient _sender = new();

    public Datagrams() => _sender.Connect((IPEndPoint)_receiver.Client.LocalEndPoint!);

    public int Port => ((IPEndPoint)_receiver.Client.LocalEndPoint!).Port;

    public string Filter => $"udp port {Port}";

    /// <summary>Sends so many; nobody has to receive them.</summary>
    public void Send(int count, int bytes = 100)
    {
        byte[] payload = new byte[bytes];
        for (int i = 0; i < count; i++)
        {
            _sender.Send(payload);
        }
    }

    public void Dispose()
    {
        _sender.Dispose();
        _receiver.Dispose();
    }
}
