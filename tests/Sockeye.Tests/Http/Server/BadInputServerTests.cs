using Sockeye.Http;

namespace Sockeye.Tests.Http.Server;

/// <summary>What must not fool a server, sent to one through real sockets: alone, behind a good request and before one,
/// whole, in random pieces and byte by byte.</summary>
public sealed class BadInputServerTests(BadInputServerTests.Shared shared) : IClassFixture<BadInputServerTests.Shared>
{
    private const string Good = "GET /good HTTP/1.1\r\nHost: h\r\n\r\n";
    private const int ByteByByteMax = 600;

    public static TheoryData<string> Labels => BadInputs.Labels;

    /// <summary>The same everywhere, with fewer cuts.</summary>
    [Theory]
    [Hosts]
    public async Task EveryBadInputIsAnsweredAsItMustBe(string on)
    {
        await using Site patient = await Site.StartAsync(on, Site.CountBody, Shared.Patient);
        await using Site impatient = await Site.StartAsync(on, Site.CountBody, Shared.Impatient);
        foreach (BadInput input in BadInputs.All)
        {
            byte[] before = [.. "GET /good HTTP/1.1\r\nHost: h\r\n\r\n"u8, .. input.Bytes.Span];
            Site site = IsIncomplete(input) ? impatient : patient;
            Check(site, input, Pieces(before, new Random(before.Length)), goodBefore: 1);
        }
    }

    [Theory]
    [MemberData(nameof(Labels))]
    public void IsAnsweredAsItMustBe(string label)
    {
        BadInput input = BadInputs.Find(label);
        Site site = IsIncomplete(input) ? shared.ImpatientSite : shared.Site;
        byte[] bytes = input.Bytes.ToArray();
        var random = new Random(bytes.Length + bytes[^1]);
        byte[] before = [.. "GET /good HTTP/1.1\r\nHost: h\r\n\r\n"u8, .. bytes];
        Check(site, input, [bytes], goodBefore: 0);
        Check(site, input, [before], goodBefore: 1);
        Check(site, input, Pieces(bytes, random), goodBefore: 0);
        Check(site, input, Pieces(before, random), goodBefore: 1);
        if (input.MustClose)
        {
            // A request behind it is never read: the bytes may be anything.
            Check(site, input, [[.. bytes, .. "GET /good HTTP/1.1\r\nHost: h\r\n\r\n"u8]], goodBefore: 0);
        }

        if (bytes.Length <= ByteByByteMax)
        {
            Check(site, input, [.. bytes.Select(one => new[] { one })], goodBefore: 0);
        }

        using RawClient sentinel = site.Connect();
        sentinel.Send(Good);
        Assert.Equal(200, sentinel.Read()?.Status);
    }

    private static bool IsIncomplete(BadInput input) => !input.MustClose && input.Replies.Count == 0;

    private static List<byte[]> Pieces(byte[] bytes, Random random)
    {
        List<byte[]> pieces = [];
        for (int start = 0; start < bytes.Length;)
        {
            int length = random.Next(1, Math.Max(2, bytes.Length / 3));
            pieces.Add(bytes[start..Math.Min(bytes.Length, start + length)]);
            start += length;
        }

        return pieces;
    }

    private static void Check(Site site, BadInput input, IReadOnlyList<byte[]> pieces, int goodBefore)
    {
        using RawClient client = site.Connect();
        foreach (byte[] piece in pieces)
        {
            client.TrySend(piece);
        }

        for (int i = 0; i < goodBefore; i++)
        {
            Assert.Equal(200, client.Read()?.Status);
        }

        foreach (int[] allowed in input.Replies)
        {
            Reply? reply = client.Read();
            Assert.True(reply is not null && allowed.Contains(reply.Status), $"{input}: {reply?.Head ?? "closed"}");
            if (input.MustClose && allowed == input.Replies[^1])
            {
                Assert.Equal("close", reply!.Field("Connection"));
            }
        }

        if (input.MustClose)
        {
            Assert.True(client.IsAtEnd(), $"{input}: the connection is closed");
        }
        else if (IsIncomplete(input))
        {
            // Its time ends, and with it the connection.
            Assert.Equal(408, client.Read()?.Status);
            Assert.True(client.IsAtEnd());
        }
    }

    /// <summary>One server for all of them: what one leaves behind the next would find. An incomplete request goes to
    /// one that soon gives up; for the others there is time, however busy the machine.</summary>
    public sealed class Shared : IAsyncLifetime
    {
        internal static HttpServerOptions Patient { get; } = new()
        {
            HeadTimeout = TimeSpan.FromSeconds(20),
            BodyGracePeriod = TimeSpan.FromSeconds(20),
        };

        internal static HttpServerOptions Impatient { get; } = Patient with
        {
            BodyGracePeriod = TimeSpan.FromMilliseconds(100),
            BodyBytesPerSecondMin = 1_000_000,
        };

        internal Site Site { get; private set; } = null!;

        internal Site ImpatientSite { get; private set; } = null!;

        public async Task InitializeAsync()
        {
            Site = await Site.StartAsync(Site.CountBody, Patient);
            ImpatientSite = await Site.StartAsync(Site.CountBody, Impatient);
        }

        public async Task DisposeAsync()
        {
            await Site.DisposeAsync();
            await ImpatientSite.DisposeAsync();
        }
    }
}
