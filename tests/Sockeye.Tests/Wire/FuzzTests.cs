using System.Text.Json;
using Sockeye.Wire;
using Sockeye.Wire.Application;
using Sockeye.Wire.Dissection;
using Sockeye.Wire.Files;
using Sockeye.Wire.Filters;
using Sockeye.Wire.Internet;
using Sockeye.Wire.Link;
using Sockeye.Wire.Transport;

namespace Sockeye.Tests.Wire;

/// <summary>
/// Every parser on every prefix of the samples, on random bytes and on mutated samples: no exception, and no field
/// outside the frame. A failure names the seed of its input; <c>WIRE_MUTATIONS=1000000 ./test FuzzTests</c> runs
/// longer, from another seed each time, and <c>WIRE_SEED=…</c> repeats from one.
/// </summary>
public sealed class FuzzTests
{
    private const int MutationsByDefault = 6_000;
    private const int SeedByDefault = 20_261_121;
    private const int RandomBytesMax = 200;

    private static readonly LinkType[] s_linkTypes = Enum.GetValues<LinkType>();

    private readonly Dissector _all = new(FieldSet.All);
    private readonly Dissector _none = new(FieldSet.None);
    private readonly TextBuffer _text = new();
    private readonly DisplayFilter _filter = DisplayFilter.Parse(
        "!(ip.src == 10.0.0.0/8 && tcp.port in {80..90}) or dns.qry.name matches \"a.*b\" or frame contains 00:01 "
        + "or eth.src[0:3] == 02:00:5e or http.host contains \"x\" or ipv6.dst != ::1");

    [Fact]
    public void EveryPrefixOfEverySampleIsTakenApartWithoutHarm()
    {
        foreach (Sample sample in Samples.All)
        {
            for (int length = 0; length <= sample.Bytes.Length; length++)
            {
                Try(sample.LinkType, sample.Bytes.AsSpan(0, length), $"{sample.Name}, {length} bytes");
            }
        }
    }

    [Fact]
    public void MutatedSamplesAreTakenApartWithoutHarm() => Run((random, seed) =>
    {
        Sample sample = Samples.All[random.Next(Samples.All.Count)];
        Try(sample.LinkType, Mutate(sample.Bytes, random), seed);
    });

    [Fact]
    public void RandomBytesAreTakenApartWithoutHarm() => Run((random, seed) =>
    {
        byte[] bytes = new byte[random.Next(RandomBytesMax)];
        random.NextBytes(bytes);
        Try(s_linkTypes[random.Next(s_linkTypes.Length)], bytes, seed);
    });

    [Fact]
    public void DamagedFilesEndInOneKindOfException() => Run((random, seed) =>
    {
        byte[][] files = [.. CaptureFileTests.Examples()];
        byte[] file = Mutate(files[random.Next(files.Length)], random);
        try
        {
            CaptureReader reader = CaptureReader.Open(new MemoryStream(file));
            if (reader is PcapngReader pcapng)
            {
                pcapng.OtherBlock = static (in PcapngBlock block) =>
                {
                    _ = PcapngNames.ReadAll(block);
                    _ = PcapngSecrets.Parse(block);
                    _ = PcapngStatistics.Parse(block);
                };
            }

            while (reader.TryRead(out CapturedFrame frame))
            {
                _ = PcapngOption.ReadAll(frame.Options, frame.OptionsAreBigEndian);
                _ = _all.Dissect(frame);
            }
        }
        catch (CaptureFileException damage)
        {
            Assert.InRange(damage.Offset, 0, file.Length);
        }
        catch (Exception surprise)
        {
            Assert.Fail($"{seed}: {surprise}");
        }
    });

    [Fact]
    public void TextsOfRandomCharactersAreFiltersOrRefused() => Run((random, seed) =>
    {
        string[] pieces =
        [
            "tcp.port", "ip.src", "==", "!=", "in", "{", "}", "(", ")", "[", "]", "0:3", "80", "10.0.0.0/8", "&&", "or",
            "!", "not", "\"a\"", "matches", "contains", "..", ",", " ", "\"", "frame", "dns", "'(a{9}){9}'", "80..90",
            "&",
        ];
        string text = string.Join(' ', random.GetItems(pieces, random.Next(12)));
        try
        {
            bool isFilter = DisplayFilter.TryParse(text, out DisplayFilter? filter, out FilterError? error);
            Assert.NotEqual(filter is null, error is null);
            Assert.True(isFilter || error!.Column >= 1 && error.Column <= text.Length + 1, seed);
        }
        catch (Exception surprise) when (surprise is not Xunit.Sdk.XunitException)
        {
            Assert.Fail($"{seed}: {text}: {surprise}");
        }
    });

    private static byte[] Mutate(byte[] sample, Random random)
    {
        byte[] bytes = [.. sample];
        for (int i = random.Next(1, 6); i > 0 && bytes.Length > 0; i--)
        {
            int at = random.Next(bytes.Length);
            switch (random.Next(5))
            {
                case 0:
                    bytes[at] = (byte)random.Next(256);
                    break;
                case 1:
                    bytes[at] ^= (byte)(1 << random.Next(8));
                    break;
                case 2:
                    bytes[at] = random.Next(2) == 0 ? (byte)0 : (byte)0xFF;
                    break;
                case 3:
                    bytes = [.. bytes[..at], .. bytes[random.Next(bytes.Length)..]];
                    break;
                default:
                    bytes = bytes[..at];
                    break;
            }
        }

        return bytes;
    }

    private static void Run(Action<Random, string> test)
    {
        bool isLong = int.TryParse(Environment.GetEnvironmentVariable("WIRE_MUTATIONS"), out int count);
        count = isLong ? count : MutationsByDefault;
        bool isChosen = int.TryParse(Environment.GetEnvironmentVariable("WIRE_SEED"), out int first);
        first = isChosen ? first : isLong ? Environment.ProcessId * 100_003 : SeedByDefault;
        for (int i = 0; i < count; i++)
        {
            test(new Random(first + i), $"WIRE_SEED={first + i}");
        }
    }

    private void Try(LinkType linkType, ReadOnlySpan<byte> bytes, string seed)
    {
        try
        {
            var frame = new CapturedFrame { Number = 1, LinkType = linkType, Bytes = bytes };
            Look(_all.Dissect(frame), bytes.Length);
            DissectedFrame quick = _none.Dissect(frame);
            Assert.Equal(0, quick.Fields.Length);
            ParseAll(bytes);
        }
        catch (Exception surprise)
        {
            Assert.Fail($"{seed}: {Convert.ToHexString(bytes)}: {surprise}");
        }
    }

    private void Look(in DissectedFrame frame, int length)
    {
        foreach (FieldRecord record in frame.Fields)
        {
            // Behind the frame stand bytes that were joined.
            bool isInside = record.Start >= 0 && record.Length >= 0 && frame.BytesOf(record).Length == record.Length;
            Assert.True(isInside, record.ToString());
        }

        foreach (LayerRecord layer in frame.Layers)
        {
            Assert.True(layer.Start >= 0 && layer.Start + layer.Length <= length, layer.ToString());
            Assert.InRange(layer.HeaderLength, 0, layer.Length);
        }

        _text.Clear();
        new PacketListing().Write(frame, _text);
        PacketTree.Write(frame, _text);
        PacketHex.Write(frame.Frame.Bytes, _text, 3, 5);
        Assert.DoesNotContain("\x1b", _text.ToString(), StringComparison.Ordinal);
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream))
        {
            PacketJson.Write(frame, json, _text);
        }

        using var document = JsonDocument.Parse(stream.ToArray());
        _ = _filter.Matches(frame);
    }

    private static void ParseAll(ReadOnlySpan<byte> bytes)
    {
        for (int start = 0; start < Math.Min(bytes.Length, 60); start += 2)
        {
            ReadOnlySpan<byte> part = bytes[start..];
            _ = EthernetHeader.TryParse(part, out _);
            _ = VlanTag.TryParse(part, out _);
            _ = LinuxCookedHeader.TryParse(part, out _);
            _ = LinuxCooked2Header.TryParse(part, out _);
            _ = LoopbackHeader.TryParse(part, out _);
            _ = ArpPacket.TryParse(part, out _);
            _ = Ipv4Header.TryParse(part, out _);
            _ = Ipv6Header.TryParse(part, out _);
            _ = Ipv6ExtensionHeader.TryParse(part, out _);
            _ = Ipv6FragmentHeader.TryParse(part, out _);
            _ = Icmpv4Header.TryParse(part, out _);
            _ = Icmpv6Header.TryParse(part, out _);
            _ = NeighborMessage.TryParse(part, out _);
            _ = IgmpMessage.TryParse(part, out _);
            _ = UdpHeader.TryParse(part, out _);
            _ = TcpHeader.TryParse(part, out _);
            _ = DnsMessage.Parse(part);
            _ = DhcpMessage.Parse(part);
            _ = TlsRecord.Parse(part);
            _ = TlsHello.Parse(part)?.ServerName;
        }
    }
}
