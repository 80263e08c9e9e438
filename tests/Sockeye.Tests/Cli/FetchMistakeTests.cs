using Sockeye.Cli;
using Sockeye.Tests.Http.Client;

namespace Sockeye.Tests.Cli;

/// <summary>What is wrong with a request, or with what is at the other end: one sentence and its exit code.</summary>
public sealed class FetchMistakeTests
{
    [Theory]
    [InlineData("fetch", ExitCode.Usage, "'sockeye fetch' needs <request>; for example: sockeye fetch :8080/plaintext")]
    [InlineData("fetch ftp://h/", ExitCode.Usage, "'ftp://h/' cannot be fetched: 'ftp' is neither http nor https")]
    [InlineData("fetch http://", ExitCode.Usage, "'http://' is not a URL; write for example http://example.com/path")]
    [InlineData("fetch :1 word", ExitCode.Usage, "'word' is no item of a request: write name=text, ")]
    [InlineData("fetch :1 n:=x", ExitCode.Usage, "'n' is not JSON: ")]
    [InlineData("fetch :1 a=1 a=2", ExitCode.Usage, "'a' is there twice, and an object of JSON has a name once; ")]
    [InlineData("fetch :1 a=1 @file", ExitCode.Usage, "'file' is the whole body, and there are other parts; ")]
    [InlineData("fetch :1 @/no/such", ExitCode.Usage, "'/no/such' cannot be read: there is no such folder; ")]
    [InlineData("fetch :1 a@/no-such", ExitCode.Usage, "'/no-such' cannot be read: there is no such file; ")]
    [InlineData("fetch :1 Content-Length:5", ExitCode.Usage, "'Content-Length' comes from the body")]
    [InlineData("fetch :1 Host:", ExitCode.Usage, "the Host field cannot be left out of HTTP/1.1; ")]
    [InlineData("fetch :1 b(d:x", ExitCode.Usage, "the header field 'b(d' cannot be sent: ")]
    [InlineData("fetch :1 --print hx", ExitCode.Usage, "'hx' has other letters than H and B")]
    [InlineData("fetch :1 --raw --as-curl", ExitCode.Usage, "--raw and --as-curl exclude each other")]
    [InlineData("fetch :1 --continue", ExitCode.Usage, "--continue and --force are for --download; add it")]
    [InlineData("fetch :1 a=1 --download", ExitCode.Usage, "--download is for GET, and this is POST; ")]
    [InlineData("fetch :1 -o /tmp", ExitCode.Usage, "'/tmp' is a directory; -o takes a file")]
    [InlineData("fetch :1 -o /no/such", ExitCode.Usage, "the directory of '/no/such' does not exist")]
    [InlineData("fetch URL -o /proc/x", ExitCode.Usage, "'/proc/x' may not be written there; ")]
    [InlineData("fetch :1 --session a/b", ExitCode.Usage, "'a/b' is no name for a session; ")]
    [InlineData("fetch :1 --proxy ftp://h:1", ExitCode.Usage, "'ftp://h:1' is no proxy; write http://host:port")]
    [InlineData("fetch :1 --key k.pem", ExitCode.Usage, "--key is the key of a certificate; name that with --cert")]
    [InlineData("fetch :1 --cacert /tmp", ExitCode.Usage, "'/tmp' cannot be read: it is a folder; ")]
    [InlineData("fetch :1 --timeout 0", ExitCode.Usage, "--timeout must be longer than 0")]
    [InlineData("fetch :1 --max-redirects 0 -L", ExitCode.Usage, "--max-redirects ")]
    [InlineData("fetch :1 --max-redirects 3", ExitCode.Usage, "--max-redirects is for --follow; add it")]
    [InlineData("fetch :1 --compressed", ExitCode.Usage, "there is no option '--compressed' here; leave it out: ")]
    [InlineData("fetch -XPOST :1", ExitCode.Usage, "there is no option '-XPOST' here; write the method before")]
    [InlineData("fetch -H a:b :1", ExitCode.Usage, "there is no option '-H' here; write Name:value after the URL")]
    [InlineData("fetch :1 --hedaers", ExitCode.Usage, "there is no option '--hedaers' here; did you mean '--headers'?")]
    [InlineData("fetch 127.0.0.1:1", ExitCode.Network, "cannot connect to tcp://127.0.0.1:1: nobody listens there")]
    [InlineData("fetch x --unix /tmp/no/such", ExitCode.Network, "cannot connect to unix:/tmp/no/such: ")]
    [InlineData("fetch no-such-name.invalid", ExitCode.Negative, "the name 'no-such-name.invalid' has no address")]
    public async Task MistakeIsOneSentenceWithItsExitCode(string line, int code, string sentence)
    {
        await using var server = new ScriptedServer("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx");
        var result = await CapturedOutput.OfAsync(line.Replace("URL", server.Root, StringComparison.Ordinal));
        Assert.Equal((code, ""), (result.ExitCode, result.Out));
        Assert.StartsWith("sockeye: " + sentence, result.Error);
        Assert.Equal(1, result.Error.Count(letter => letter == '\n'));
    }

    [Fact]
    public async Task CertificateThatNobodyVouchesForIsRefusedUntilItIsTrusted()
    {
        await using FetchScene scene = await FetchScene.StartAsync(
            "epoll", FetchScene.ServeAsync, endpoint: "https://127.0.0.1:0",
            serverOptions: new() { Tls = FetchScene.Tls });
        string authority = scene.Root["https://".Length..];
        var refused = await CapturedOutput.OfAsync($"fetch {scene.Root}/hello");
        Assert.Equal(ExitCode.Network, refused.ExitCode);
        Assert.StartsWith($"sockeye: the certificate of {authority} does not lead to a root", refused.Error);
        Assert.EndsWith("--cacert names a file of certificates to trust, --insecure takes any\n", refused.Error);

        string file = Path.GetTempFileName();
        try
        {
            await File.WriteAllTextAsync(file, FetchScene.Tls.Certificate.Leaf.ExportCertificatePem());
            foreach (string option in (string[])["--insecure", $"--cacert {file}"])
            {
                var taken = await CapturedOutput.OfAsync($"fetch {scene.Root}/hello {option}");
                Assert.Equal((0, "Hello, World!"), (taken.ExitCode, taken.Out));
            }
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Theory]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf", "ended before the response was whole")]
    [InlineData("nonsense\r\n\r\n", "The response breaks RFC")]
    public async Task ResponseThatIsNotOneIsANetworkFailure(string answer, string sentence)
    {
        await using var server = new ScriptedServer(answer);
        var result = await CapturedOutput.OfAsync($"fetch {server.Root}");
        Assert.Equal(ExitCode.Network, result.ExitCode);
        Assert.Contains(sentence, result.Error);
    }

    [Fact]
    public async Task TlsWhereThereIsNoneIsSaidToBeTheMistake()
    {
        await using var server = new ScriptedServer(async (peer, _) =>
        {
            await peer.SendAsync("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
            await peer.ReadToEndAsync();
        });
        string authority = server.Root["http://".Length..];
        var result = await CapturedOutput.OfAsync($"fetch https://{authority}/x");
        Assert.Equal((ExitCode.Network, ""), (result.ExitCode, result.Out));
        Assert.Equal(
            $"sockeye: {authority} does not speak TLS; write http://{authority} to ask without it\n", result.Error);
    }

    [Fact]
    public async Task ServerThatClosesWithoutAWordMaySpeakTls()
    {
        await using var server = new ScriptedServer((peer, _) => peer.ReadHeadAsync());
        string authority = server.Root["http://".Length..];
        var result = await CapturedOutput.OfAsync($"fetch {server.Root}/x");
        Assert.Equal((ExitCode.Network, ""), (result.ExitCode, result.Out));
        Assert.Equal($"sockeye: {authority} ended the connection without an answer; "
            + $"if it speaks TLS, write https://{authority}\n", result.Error);
    }

    [Fact]
    public async Task NoTlsWhereThereIsSomeIsSaidToBeTheMistake()
    {
        // What OpenSSL answers: an alert, "unexpected_message".
        await using var server = new ScriptedServer(async (peer, _) =>
        {
            await peer.ReadHeadAsync();
            await peer.SendAsync([21, 3, 1, 0, 2, 2, 10]);
        });
        string authority = server.Root["http://".Length..];
        var result = await CapturedOutput.OfAsync($"fetch {server.Root}/x");
        Assert.Equal((ExitCode.Network, ""), (result.ExitCode, result.Out));
        Assert.Equal(
            $"sockeye: {authority} speaks TLS, and was asked without; write https://{authority}\n", result.Error);
    }

    [Fact]
    public async Task ServerThatSaysNothingIsGivenUp()
    {
        await using var server = new ScriptedServer(async (peer, _) => await peer.ReadToEndAsync());
        var result = await CapturedOutput.OfAsync($"fetch {server.Root} --timeout 300ms");
        Assert.Equal(ExitCode.Network, result.ExitCode);
        Assert.EndsWith(" took longer than 0.3 s; --timeout allows more\n", result.Error);
    }
}
