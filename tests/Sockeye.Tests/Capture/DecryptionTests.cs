using System.Runtime.Versioning;
using System.Text;
using Sockeye.Capture.Ladder;
using Sockeye.Capture.Streams;
using Sockeye.Tests.Cli;
using Sockeye.Tests.Conformance;
using Sockeye.Tests.Wire;
using Sockeye.Wire;
using Sockeye.Wire.Application;
using Sockeye.Wire.Decryption;
using Sockeye.Wire.Dissection;
using Sockeye.Wire.Files;
using Sockeye.Wire.Transport;
using WireHttp = Sockeye.Wire.Application.Http;
using WireTls = Sockeye.Wire.Application.Tls;

namespace Sockeye.Tests.Capture;

/// <summary>What is said over TLS is read where its keys are known.</summary>
[SupportedOSPlatform("linux")]
public sealed class DecryptionTests
{
    private const int SegmentBytes = 1_400;
    private const int DamagedCapturesCount = 200;

    private static readonly (string Options, string Command)[] s_kinds =
    [
        ("-tls1_3 -ciphersuites TLS_AES_128_GCM_SHA256", ""),
        ("-tls1_3 -ciphersuites TLS_AES_256_GCM_SHA384", TlsTalk.UpdateKeys),
        ("-tls1_3 -ciphersuites TLS_CHACHA20_POLY1305_SHA256", ""),
        ("-tls1_2 -cipher ECDHE-RSA-AES128-GCM-SHA256", ""),
        ("-tls1_2 -cipher ECDHE-RSA-AES256-GCM-SHA384", ""),
        ("-tls1_2 -cipher ECDHE-RSA-CHACHA20-POLY1305", ""),
    ];

    private static readonly Lazy<Task<TlsTalk[]>> s_talks = new(
        () => Task.WhenAll(s_kinds.Select(kind => TlsTalk.RecordAsync(kind.Options, kind.Command))));

    [OpensslFact]
    public async Task WhatIsSaidWithinTlsIsReadHoweverItIsCut()
    {
        foreach (TlsTalk talk in await s_talks.Value)
        {
            foreach (int bytes in (int[])[7, 100, SegmentBytes, 65_000])
            {
                Assert.Equal(("/short /long", "200 200"), Messages(Capture(talk, bytes)));
            }
        }
    }

    [OpensslFact]
    public async Task MessagesOfTheHandshakeAndAlertsHaveTheirNames()
    {
        TlsTalk[] talks = await s_talks.Value;
        string newer = string.Join('\n', Followed.All(Capture(talks[0], 65_000)).Packets.Select(one => one.Info));
        Assert.Contains(
            "Encrypted Extensions, Certificate, Certificate Verify, Finished", newer, StringComparison.Ordinal);
        Assert.Contains("New Session Ticket", newer, StringComparison.Ordinal);
        Assert.Contains("Alert: Close Notify", newer, StringComparison.Ordinal);
        string updated = string.Join('\n', Followed.All(Capture(talks[1], 65_000)).Packets.Select(one => one.Info));
        Assert.Contains("Key Update", updated, StringComparison.Ordinal);
        string older = string.Join('\n', Followed.All(Capture(talks[3], 65_000)).Packets.Select(one => one.Info));
        Assert.Contains("Change Cipher Spec, Finished", older, StringComparison.Ordinal);
        Assert.Contains("Alert: Close Notify", older, StringComparison.Ordinal);
    }

    [OpensslFact]
    public async Task WhatCannotBeDecryptedStaysAsItIsAndSaysWhy()
    {
        TlsTalk[] talks = await s_talks.Value;
        AssertClosed(talks[0] with { Keys = "" }, "the keys of this connection are not known");
        AssertClosed(talks[3] with { Keys = talks[4].Keys }, "the keys of this connection are not known");
        IEnumerable<(Side, byte[])> rest = talks[0].Said.Skip(talks[0].Said.ToList().FindIndex(
            one => one.From == Side.Server) + 1);
        AssertClosed(talks[0] with { Said = [.. rest] }, "the handshake was not captured");
        IEnumerable<string> wrong = talks[0].Keys.TrimEnd('\n').Split('\n')
            .Select(line => line[..^1] + (line[^1] == '0' ? '1' : '0'));
        AssertClosed(
            talks[0] with { Keys = string.Join('\n', wrong) }, "the keys do not fit, or bytes before it are missing");
    }

    [OpensslFact]
    public async Task AnAnswerWithinTlsStandsInALadderWhereItBegins()
    {
        var ladder = new LadderBuilder();
        _ = Followed.Each(
            Capture((await s_talks.Value)[0], SegmentBytes), FieldSet.None, null,
            (frame, packet) => ladder.Add(frame, packet));
        string[] labels = [.. ladder.Build("").Rows.Select(row => row.Label)];
        Assert.Contains("HTTP/1.1 200 OK (begins)", labels);
        Assert.True(
            Array.IndexOf(labels, "HTTP/1.1 200 OK (begins)")
                < Array.FindLastIndex(labels, one => one.StartsWith("HTTP/1.1 200 OK", StringComparison.Ordinal)));
    }

    [OpensslFact]
    public async Task ConnectionsThatStayClosedAreCountedByReason()
    {
        TlsTalk[] talks = await s_talks.Value;
        TlsTalk older = await TlsTalk.RecordAsync("-tls1_2 -cipher ECDHE-RSA-AES128-SHA");
        var script = new TcpScript();
        foreach (TlsTalk talk in (TlsTalk[])[talks[0], talks[1], talks[3], older])
        {
            talk.Write(script, SegmentBytes);

            // A record that was under way when its receiver reset is no other connection.
            _ = script.Client(1 + SaidBy(talk, Side.Client), 0, flags: TcpFlags.Rst)
                .Say(fromClient: false, 1 + SaidBy(talk, Side.Server), 1, [23, 3, 3, 0, 20, .. new byte[20]])
                .NextConnection();
        }

        string file = Path.GetTempFileName();
        string keys = Path.GetTempFileName();
        try
        {
            await File.WriteAllBytesAsync(file, script.ToFile());
            await File.WriteAllTextAsync(keys, talks[0].Keys + older.Keys);
            Assert.Contains(
                "TLS stayed closed in 3 of 4 connections: no keys for 2, no supported version or cipher suite in 1",
                (await CapturedOutput.OfAsync($"read {file} --keys {keys}")).Error, StringComparison.Ordinal);
            await File.AppendAllTextAsync(keys, talks[1].Keys + talks[3].Keys);
            Assert.Contains(
                "in 1 of 4 connections: no supported",
                (await CapturedOutput.OfAsync($"read {file} --keys {keys}")).Error, StringComparison.Ordinal);
            Assert.Empty((await CapturedOutput.OfAsync($"read {file}")).Error);
        }
        finally
        {
            File.Delete(file);
            File.Delete(keys);
        }
    }

    [OpensslFact]
    public async Task WhatComesAfterALostRecordIsReadAgain()
    {
        foreach (TlsTalk talk in await s_talks.Value)
        {
            // The hellos tell which keys it are, and the last word of the server is its alert.
            List<Side> sides = [.. talk.Said.Select(one => one.From)];
            int hello = sides.IndexOf(Side.Server);
            int alert = sides.LastIndexOf(Side.Server);
            for (int lost = hello + 1; lost < alert; lost++)
            {
                var script = new TcpScript();
                talk.Write(script, 65_000, lost);
                var alerts = new List<Side>();
                _ = Followed.Each(script.ToFile(talk.Keys), FieldSet.None, null, (frame, _) =>
                {
                    foreach (TlsContent content in frame.TlsContents)
                    {
                        alerts.AddRange(IsOpenAlert(content) ? [(Side)content.End] : []);
                    }
                });
                Assert.True(alerts.Contains(Side.Server), $"not without part {lost} of {sides.Count}");
            }
        }

        static bool IsOpenAlert(TlsContent content) => content is { Seal: TlsSeal.Opened, Type: TlsContentType.Alert };
    }

    [OpensslFact]
    public async Task KeysMayComeAfterTheHandshake()
    {
        TlsTalk talk = (await s_talks.Value)[0];
        var script = new TcpScript();
        talk.Write(script, SegmentBytes);
        var dissector = new StreamDissector(FieldSet.None);
        bool isAsked = false;
        dissector.Keys.Missing = () =>
        {
            if (isAsked)
            {
                dissector.Keys.Add(Encoding.ASCII.GetBytes(talk.Keys));
            }

            isAsked = true;
        };
        var lines = new List<string>();
        CaptureReader reader = CaptureReader.Open(new MemoryStream(script.ToFile()));
        while (reader.TryRead(out CapturedFrame captured))
        {
            lines.Add(Encoding.UTF8.GetString(dissector.Dissect(captured, out _).Info));
        }

        Assert.Contains("GET /long HTTP/1.1", lines);
        Assert.Contains("HTTP/1.1 200 OK", lines);
    }

    [OpensslFact]
    public async Task FollowingShowsWhatWasSaidWithinTls()
    {
        foreach (TlsTalk talk in await s_talks.Value)
        {
            Assert.StartsWith("GET /short HTTP/1.1\r\nHost: x\r\n\r\nGET /long", Follow(talk, Side.Client));
            string server = Follow(talk, Side.Server);
            Assert.StartsWith("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n\0\0\0\0\0HTTP/1.1 200 OK", server);
            Assert.EndsWith(new string('\0', 40_000), server, StringComparison.Ordinal);
            byte[] raw = [.. talk.Said.Where(one => one.From == Side.Client).SelectMany(one => one.Bytes)];
            Assert.Equal(Encoding.Latin1.GetString(raw), Follow(talk with { Keys = "" }, Side.Client));
        }
    }

    [OpensslFact]
    public async Task DamagedRecordsAreNoReasonToFail()
    {
        TlsTalk[] talks = await s_talks.Value;
        for (int seed = 0; seed < DamagedCapturesCount; seed++)
        {
            var random = new Random(seed);
            TlsTalk talk = talks[seed % talks.Length];
            (Side From, byte[] Bytes)[] said = [.. talk.Said.Select(one => (one.From, one.Bytes.ToArray()))];
            for (int i = 0; i < 5; i++)
            {
                byte[] bytes = said[random.Next(said.Length)].Bytes;
                if (bytes.Length > 0)
                {
                    bytes[random.Next(Math.Min(bytes.Length, 400))] = (byte)random.Next(256);
                }
            }

            var script = new TcpScript();
            (talk with { Said = said }).Write(script, random.Next(50, 20_000));
            _ = Followed.Each(script.ToFile(talk.Keys), FieldSet.All, null, (_, _) => { });
        }
    }

    [OpensslFact(withTshark: true)]
    public async Task TsharkFindsTheSameInEveryRecord()
    {
        var script = new TcpScript();
        TlsTalk[] talks = await s_talks.Value;
        foreach (TlsTalk talk in talks)
        {
            talk.Write(script, SegmentBytes);
            _ = script.NextConnection();
        }

        byte[] file = script.ToFile(string.Concat(talks.Select(talk => talk.Keys)));
        Field[] fields =
        [
            WireTls.ContentType, WireTls.HandshakeType, WireTls.ExtensionType, WireTls.AlertDescription,
            WireHttp.Uri, WireHttp.Code,
        ];
        string[] theirs = Read(file, fields);
        var ours = new List<string>();
        _ = Followed.Each(file, FieldSet.All, null, (frame, _) => ours.Add(Values(frame, fields)));
        Assert.Equal(theirs, ours);
    }

    private static string[] Read(byte[] file, Field[] fields)
    {
        string path = Path.GetTempFileName();
        try
        {
            File.WriteAllBytes(path, file);
            return Tshark.Run(
            [
                "-n", "-r", path, "-T", "fields", "-E", "separator=;", "-E", "occurrence=a",
                .. fields.SelectMany(field => (string[])["-e", field.Name]),
            ]).TrimEnd('\n').Split('\n');
        }
        finally
        {
            File.Delete(path);
        }
    }

    private static string Values(in DissectedFrame frame, Field[] fields)
    {
        var columns = new List<string>();
        foreach (Field field in fields)
        {
            var values = new List<string>();
            foreach (FieldRecord record in frame.Fields)
            {
                if (record.Field == field)
                {
                    values.Add(field.Kind == FieldKind.Text
                        ? Encoding.UTF8.GetString(frame.TextOf(record))
                        : $"{record.Number}");
                }
            }

            columns.Add(string.Join(',', values));
        }

        return string.Join(';', columns);
    }

    private static byte[] Capture(TlsTalk talk, int segmentBytes)
    {
        var script = new TcpScript();
        talk.Write(script, segmentBytes);
        return script.ToFile(talk.Keys);
    }

    // Several messages may end in one frame.
    private static (string Requests, string Answers) Messages(byte[] file)
    {
        Field[][] fields = [[WireHttp.Uri], [WireHttp.Code]];
        var found = new List<string>[] { [], [] };
        _ = Followed.Each(file, FieldSet.All, null, (frame, _) =>
        {
            for (int i = 0; i < fields.Length; i++)
            {
                found[i].AddRange(Values(frame, fields[i]).Split(',', StringSplitOptions.RemoveEmptyEntries));
            }
        });
        return (string.Join(' ', found[0]), string.Join(' ', found[1]));
    }

    private static string Follow(TlsTalk talk, Side wanted)
    {
        var said = new StringBuilder();
        var follower = new StreamFollower((side, piece) =>
            said.Append(side == wanted ? Encoding.Latin1.GetString(piece.Bytes) : ""));
        _ = Followed.Each(
            Capture(talk, SegmentBytes), FieldSet.None, null, (frame, packet) => follower.Take(frame, packet));
        follower.Finish();
        return said.ToString();
    }

    private static void AssertClosed(TlsTalk talk, string why)
    {
        var reasons = new HashSet<string>();
        Followed.Each(Capture(talk, 65_000), FieldSet.All, null, (frame, packet) =>
        {
            Assert.False(frame.TryFindLayer(WireHttp.Row, out LayerRecord found), $"{packet.From}: {found.Protocol}");
            if (frame.TryFind(WireTls.Encrypted, out FieldRecord record))
            {
                _ = reasons.Add(Encoding.UTF8.GetString(frame.TextOf(record)));
            }
        });
        Assert.Equal([why], reasons);
    }

    private static uint SaidBy(TlsTalk talk, Side side) =>
        (uint)talk.Said.Where(one => one.From == side).Sum(one => one.Bytes.Length);
}

/// <summary>A test that needs openssl, to be the other end of TLS and to write its keys down; and tshark perhaps.
/// </summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class OpensslFactAttribute : FactAttribute
{
    public OpensslFactAttribute(bool withTshark = false) => Skip =
        Programs.Find("openssl") is null ? "openssl is not installed"
        : withTshark && !Tshark.Exists ? "tshark is not installed"
        : null;
}

/// <summary>The keys of TLS as programs write them down.</summary>
public sealed class TlsKeyLogTests
{
    private static readonly ByteString s_random = ByteString.FromHex(new string('a', 64));

    [Fact]
    public void LinesThatHoldNoSecretArePassedOver()
    {
        var keys = new TlsKeyLog();
        string secret = new('b', 64);
        foreach (string line in (string[])
            ["", "# SSL/TLS secrets log file", "CLIENT_TRAFFIC_SECRET_0", $"CLIENT_TRAFFIC_SECRET_0 {s_random}",
                $"CLIENT_TRAFFIC_SECRET_0 {s_random} {secret[1..]}",
                $"CLIENT_TRAFFIC_SECRET_0 {s_random} {secret[2..]}",
                $"CLIENT_TRAFFIC_SECRET_0 aa {secret}", $"CLIENT_RANDOM {s_random} {secret}",
                $"EXPORTER_SECRET {s_random} {secret}", new string('c', 10_000)])
        {
            keys.Add(Encoding.ASCII.GetBytes(line));
            Assert.Equal(0, keys.Count);
        }

        keys.Add(Encoding.ASCII.GetBytes($"\n  CLIENT_TRAFFIC_SECRET_0 {s_random} {secret} \r\n# end"));
        Assert.Equal(ByteString.FromHex(secret), keys.Find(TlsSecretKind.ClientTraffic, s_random));
        Assert.Null(keys.Find(TlsSecretKind.ServerTraffic, s_random));
    }

    [Fact]
    public void TheOldestSecretsAreForgotten()
    {
        var keys = new TlsKeyLog();
        string secret = new('b', 64);
        for (int i = 0; i <= TlsKeyLog.SecretsMax; i++)
        {
            keys.Add(Encoding.ASCII.GetBytes($"CLIENT_TRAFFIC_SECRET_0 {i:x64} {secret}"));
        }

        Assert.Equal(TlsKeyLog.SecretsMax, keys.Count);
        Assert.Null(keys.Find(TlsSecretKind.ClientTraffic, ByteString.FromHex($"{0:x64}")));
        Assert.NotNull(keys.Find(TlsSecretKind.ClientTraffic, ByteString.FromHex($"{1:x64}")));
    }
}
