using System.Globalization;
using System.Text;
using Sockeye.Http.Protocol;

namespace Sockeye.Tests.Http.Protocol;

/// <summary>
/// Fuzzing: inputs made of the corpus by random changes. Nothing throws; one piece and many give the same; a prefix
/// needs more or has the same answer. A failure names the seed of its input.
/// <c>HTTP_MUTATIONS=1000000 ./test MutationTests</c> runs longer, from another seed each time, and
/// <c>HTTP_SEED=…</c> repeats from one.
/// </summary>
public sealed class MutationTests
{
    private const int MutationsByDefault = 4_000;
    private const int SeedByDefault = 20_260_901;
    private const int CorpusBytesMax = 2_000;

    // Octets that mean something somewhere.
    private static readonly byte[] s_octets =
        Encoding.Latin1.GetBytes("\r\n\r\n \t:;,=\"\\/?#%*@[]\0\u007f\u0080\u00ff09afAF+-");

    private static readonly byte[][] s_corpus = [.. Corpus()];

    [Fact]
    public void RequestsAreTheSameHoweverTheyAreCut() => Run((input, random) =>
    {
        foreach (bool isStrict in (bool[])[true, false])
        {
            string whole = Read([input], isStrict);
            IsSame(whole, pieces => Read(pieces, isStrict), RandomPieces(input, random));
            string prefix = Read([input.AsMemory(0, random.Next(input.Length + 1))], isStrict);
            Assert.StartsWith(prefix, whole, StringComparison.Ordinal);
        }
    });

    [Fact]
    public void WhatIsStrictlyAcceptedIsReadTheSameCompatibly() => Run((input, _) =>
    {
        Conversation strict = Conversation.Read([input]);
        if (strict.Rule == HttpRule.None)
        {
            Assert.Equal(strict.Log, Read([input], isStrict: false));
        }
    });

    [Fact]
    public void ResponsesAreTheSameHoweverTheyAreCut() => Run((input, random) =>
    {
        Method method = (Method)random.Next(1, 7);
        byte[] response = [.. Encoding.ASCII.GetBytes($"HTTP/1.1 {random.Next(90, 610)} x"), .. AfterFirstLine(input)];
        HttpProfile profile = random.Next(2) == 0 ? HttpProfile.Strict : HttpProfile.Compatible();
        var parser = new ResponseParser(null, profile);
        string whole = Read(parser, method, [response]);
        IsSame(whole, pieces => Read(parser, method, pieces), RandomPieces(response, random));
    });

    [Fact]
    public void PathsNeverThrowOrEscape() => Run((input, random) =>
    {
        string? path = TargetPath.Decode([(byte)'/', .. input]);
        Assert.DoesNotContain("/../", $"{path}/", StringComparison.Ordinal);
        Authority.TryParse(input, out ReadOnlySpan<byte> host, out int port);
        Assert.True(host.Length <= input.Length && port is >= -1);
        HttpDate.TryParse(input, DateTimeOffset.UnixEpoch.AddDays(random.Next(40_000)), out _);
    });

    /// <summary>
    /// What is wrong in a line without an end is seen at once when the line is looked at for the first time, and when
    /// it came before, with its end: so the end comes last.
    /// </summary>
    private static void IsSame(
        string whole, Func<IEnumerable<ReadOnlyMemory<byte>>, string> read, List<ReadOnlyMemory<byte>> pieces)
    {
        string cut = read(pieces);
        if (cut != whole && whole.Contains('!', StringComparison.Ordinal))
        {
            cut = read([.. pieces, "\n"u8.ToArray()]);
        }

        Assert.Equal(whole, cut);
    }

    private static void Run(Action<byte[], Random> check)
    {
        string? asked = Environment.GetEnvironmentVariable("HTTP_MUTATIONS");
        int count = asked is null ? MutationsByDefault : int.Parse(asked, CultureInfo.InvariantCulture);
        string? from = Environment.GetEnvironmentVariable("HTTP_SEED");
        int first = from is not null ? int.Parse(from, CultureInfo.InvariantCulture)
            : asked is not null ? Environment.TickCount & 0x3FFF_FFFF
            : SeedByDefault;
        for (int i = 0; i < count; i++)
        {
            int seed = first + i;
            var random = new Random(seed);
            byte[] input = Mutate(random);
            try
            {
                check(input, random);
            }
            catch (Exception exception)
            {
                Assert.Fail(
                    $"HTTP_MUTATIONS=1 HTTP_SEED={seed} ./test MutationTests repeats this, with the input "
                    + $"{Convert.ToHexString(input)}:\n{exception}");
            }
        }
    }

    private static byte[] Mutate(Random random)
    {
        List<byte> input = [.. s_corpus[random.Next(s_corpus.Length)]];
        for (int changes = random.Next(1, 5); changes > 0; changes--)
        {
            int at = random.Next(input.Count + 1);
            int length = Math.Min(random.Next(1, 12), input.Count - at);
            switch (random.Next(6))
            {
                case 0 when at < input.Count:
                    input[at] = s_octets[random.Next(s_octets.Length)];
                    break;
                case 1 when at < input.Count:
                    input[at] ^= (byte)(1 << random.Next(8));
                    break;
                case 2:
                    input.Insert(at, s_octets[random.Next(s_octets.Length)]);
                    break;
                case 3:
                    input.RemoveRange(at, length);
                    break;
                case 4:
                    input.InsertRange(random.Next(input.Count + 1), input.GetRange(at, length));
                    break;
                default:
                    byte[] other = s_corpus[random.Next(s_corpus.Length)];
                    input.InsertRange(at, other[random.Next(other.Length)..]);
                    break;
            }
        }

        return [.. input];
    }

    private static IEnumerable<byte[]> Corpus()
    {
        foreach (BadInput input in BadInputs.All.Where(one => one.Bytes.Length <= CorpusBytesMax))
        {
            yield return input.Bytes.ToArray();
        }

        const string Chunked = "POST /c HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n";
        string[] good =
        [
            "GET /a?b HTTP/1.1\r\nHost: h\r\nAccept: */*\r\nCookie: a=b; c=d\r\n\r\n",
            "POST /a HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\nhello",
            $"{Chunked}5;a=\"b\\\"\" ; c\r\nhello\r\n1\r\n!\r\n0;x\r\nX-Sum: 1\r\nETag: \"2\"\r\n\r\n",
            "GET http://h:80/p?q HTTP/1.1\r\nhost: H\r\nConnection: close, Upgrade\r\nUpgrade: w\r\n\r\n",
            "CONNECT [::1]:443 HTTP/1.1\r\nHost: [::1]:443\r\n\r\n",
            "OPTIONS * HTTP/1.0\r\nConnection: keep-alive\r\nX: a\r\n\tb\r\n\r\n",
        ];
        foreach (string text in good)
        {
            yield return Encoding.ASCII.GetBytes(text);
            yield return Encoding.ASCII.GetBytes(text + text);
        }
    }

    private static ReadOnlySpan<byte> AfterFirstLine(byte[] input) =>
        input.AsSpan(Math.Max(0, input.AsSpan().IndexOf("\r\n"u8)));

    private static List<ReadOnlyMemory<byte>> RandomPieces(byte[] input, Random random)
    {
        List<ReadOnlyMemory<byte>> pieces = [];
        int most = random.Next(1, 40);
        for (int at = 0; at < input.Length;)
        {
            int length = Math.Min(random.Next(1, most + 1), input.Length - at);
            pieces.Add(input.AsMemory(at, length));
            at += length;
        }

        return pieces;
    }

    private static string Read(IEnumerable<ReadOnlyMemory<byte>> pieces, bool isStrict) =>
        Conversation.Read(pieces, isStrict ? null : HttpProfile.Compatible()).Log;

    private static string Read(ResponseParser parser, Method method, IEnumerable<ReadOnlyMemory<byte>> pieces)
    {
        parser.Reset(method);
        byte[] held = [];
        foreach (ReadOnlyMemory<byte> piece in pieces)
        {
            held = [.. held, .. piece.Span];
            ParseStatus status = parser.Parse(held);
            if (status == ParseStatus.NeedMore)
            {
                continue;
            }

            ResponseHead head = parser.Head;
            return status == ParseStatus.Rejected
                ? $"!{parser.Rule}"
                : $"{head.Status} {head.ReasonText} {head.Body} {head.ContentLength} {head.KeepAlive} "
                    + $"{parser.Consumed} {head.Fields.Count}";
        }

        return "?";
    }
}
