using System.Net;
using System.Net.Sockets;
using System.Runtime.Versioning;
using System.Text;
using Sockeye.Capture.Journeys;
using Sockeye.Tests.Capture.Live;
using Sockeye.Wire.Application;
using Sockeye.Wire.Files;
using Sockeye.Wire.Filters;
using WireTls = Sockeye.Wire.Application.Tls;

namespace Sockeye.Tests.Capture.Journeys;

/// <summary>What gets into the file of a journey.</summary>
[SupportedOSPlatform("linux")]
public sealed class JourneyCaptureTests
{
    [CaptureFact]
    public async Task OfALogOfKeysThoseOfItsOwnConnectionsAreInTheFile()
    {
        byte[] hello = Wire.Samples.LayerOf("client hello", WireTls.Row);
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var server = (IPEndPoint)listener.LocalEndpoint;
        using var capture = new JourneyCapture($"tcp port {server.Port}", TimeProvider.System);
        capture.Watch("lo");
        using (var client = new TcpClient())
        {
            await client.ConnectAsync(server);
            await client.GetStream().WriteAsync(hello);
            using Socket peer = await listener.AcceptSocketAsync();
            Assert.True(await peer.ReceiveAsync(new byte[hello.Length]) > 0);
        }

        string random = Convert.ToHexStringLower(hello.AsSpan(TlsRecordView.HeaderBytes + 6, 32));
        string own = $"CLIENT_TRAFFIC_SECRET_0 {random} {new string('b', 64)}\n";
        string other = $"CLIENT_TRAFFIC_SECRET_0 {new string('a', 64)} {new string('c', 64)}\n";
        var filter = DisplayFilter.Parse($"tcp.port == {server.Port}");
        JourneyFrames frames = capture.Finish(filter, $"# keys\n{other}{own}{other}", []);
        Assert.Equal(own, KeysIn(frames));
        Assert.True(frames.HasSecrets);
        frames = capture.Finish(filter, other, []);
        Assert.Equal("", KeysIn(frames));
        Assert.False(frames.HasSecrets);
    }

    private static string KeysIn(JourneyFrames frames)
    {
        string keys = "";
        var reader = (PcapngReader)CaptureReader.Open(frames.OpenFile());
        reader.OtherBlock += (in PcapngBlock block) =>
            keys += PcapngSecrets.Parse(block) is { } secrets ? Encoding.ASCII.GetString(secrets.Data.Span) : "";
        while (reader.TryRead(out _))
        {
        }

        return keys;
    }
}
