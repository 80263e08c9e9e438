using System.Text.Json;
using Sockeye.Cli;
using Sockeye.Cli.Loading.Results;
using Sockeye.Tests.Http.Client;
using Sockeye.Tests.Http.Server;

namespace Sockeye.Tests.Cli.Loading;

/// <summary><c>sockeye load</c> as people type it.</summary>
public sealed class LoadCommandTests
{
    private const string NginxPath = "/usr/sbin/nginx";

    [Theory]
    [InlineData("load", "'sockeye load' needs <target>; for example: sockeye load http://127.0.0.1:8080/")]
    [InlineData("load :1 :2", "':2' was not expected here; ")]
    [InlineData("load ftp://h/", "unknown scheme 'ftp': use one of ")]
    [InlineData("load -", "load cannot ask -; use http, https, ws, wss, tcp, tls, unix or udp")]
    [InlineData("load unixgram:/tmp/s", "load cannot ask unixgram:/tmp/s; use http, ")]
    [InlineData(
        "load tcp://127.0.0.1:0",
        "tcp://127.0.0.1:0 has no port; write one, such as tcp://127.0.0.1:7007, or http://127.0.0.1 for HTTP")]
    [InlineData("load http://h/ --expect 200 --expect 201", "an answer is expected by one --expect, or for HTTP by ")]
    [InlineData("load :1 --expect a --expect b", "an answer is expected by one --expect, or for HTTP by ")]
    [InlineData("load :1 -c 0", "--connections must be 1 to 100000, not ")]
    [InlineData("load :1 -c 100001", "--connections must be 1 to 100000, not ")]
    [InlineData("load :1 -z 0", "--duration must be longer than 0")]
    [InlineData("load :1 -z ten", "'ten' is not a duration; ")]
    [InlineData("load :1 -n 0", "-n takes a whole number of at least 1, such as 100000 or 100k, not '0'")]
    [InlineData("load :1 -n 1.5", "-n takes a whole number of at least 1, such as 100000 or 100k, not '1.5'")]
    [InlineData("load :1 --rate 0", "--rate takes requests per second, such as 20000 or 20k, from 0.001 to ")]
    [InlineData("load :1 --rate 0.0000000001", "--rate takes requests per second, such as 20000 or 20k, from 0.001 ")]
    [InlineData("load :1 --fail-if p99>NaNms", "'NaNms' is no duration; ")]
    [InlineData("load model", "'model' is no server; did you mean 'load models'?")]
    [InlineData("load :1 --rate fast", "--rate takes requests per second, ")]
    [InlineData("load :1 --pipeline 0", "--pipeline must be 1 to 1024, not 0")]
    [InlineData("load :1 --close --pipeline 2", "--close makes a connection for each request, and --pipeline several ")]
    [InlineData("load :1 --timeout 0", "--timeout must be longer than 0")]
    [InlineData("load :1 --timeout off", "--timeout needs an end; write a duration such as 5s")]
    [InlineData("load :1 --warm-up off", "--warm-up needs an end; write a duration such as 5s")]
    [InlineData("load :1 -X POST", "--method is for http, https, not for tcp://127.0.0.1:1; leave it out")]
    [InlineData("load :1 -H a:b", "--header is for http, https, ws, wss, not for tcp://127.0.0.1:1; leave it out")]
    [InlineData("load :1/ -H ab", "'ab' is not a header field; write it as \"Name: value\", in ASCII")]
    [InlineData("load :1/ -H content-length:5", "leave 'content-length' out: it follows from the message, which ")]
    [InlineData("load :1/ -X GE/T", "'GE/T' is not a method that can be asked with; ")]
    [InlineData("load :1/ --insecure", "--insecure is for https, wss, tls, not for http://127.0.0.1:1/; leave it out")]
    [InlineData("load :1/ --reply-bytes 3", "--reply-bytes is for tcp, tls, unix, not for http://127.0.0.1:1/; ")]
    [InlineData("load :1 --reply-bytes 3 --expect yes", "--expect says how long an answer is, so --reply-bytes ")]
    [InlineData("load udp://:1 --pipeline 2", "--pipeline is for http, https, ws, wss, tcp, tls, unix, not for udp://")]
    [InlineData("load :1 --unix /tmp/s", "--unix is for http, not for tcp://127.0.0.1:1; leave it out")]
    [InlineData("load udp://:1 --close", "--close is for http, https, ws, wss, tcp, tls, unix, not for udp://")]
    [InlineData("load :1 --data a --message b", "--data and --message both give the message; leave one of them out")]
    [InlineData("load :1 --message /no/such", "the message '/no/such' cannot be read: there is no such ")]
    [InlineData("load :1 --message /dev/null", "the message is empty, and nothing would be answered; ")]
    [InlineData("load :1 --fail-if p99", "'p99' ")]
    [InlineData("load :1 --save run.txt", "'run.txt' ")]
    [InlineData("load :1 --io epol", "there is no I/O model 'epol'; did you mean 'epoll'? ")]
    public async Task AMistakeIsOneSentence(string line, string sentence)
    {
        var result = await CapturedOutput.OfAsync(line);
        Assert.Equal((ExitCode.Usage, ""), (result.ExitCode, result.Out));
        Assert.StartsWith("sockeye: " + sentence, result.Error);
        Assert.Equal(1, result.Error.Count(letter => letter == '\n'));
    }

    [Theory]
    [InlineData("load :1 -n 1", "cannot connect to tcp://127.0.0.1:1: nobody listens there")]
    [InlineData("load :1/path -n 1", "cannot connect to ")]
    [InlineData("load udp://127.0.0.1:1 -n 1", "nobody answers at udp://127.0.0.1:1: is the server running?")]
    [InlineData("load unix:/tmp/no/such -n 1", "cannot connect to unix:/tmp/no/such: ")]
    public async Task NoServerIsAFailureOfTheNetwork(string line, string sentence)
    {
        var result = await CapturedOutput.OfAsync(line);
        Assert.Equal((ExitCode.Network, ""), (result.ExitCode, result.Out));
        Assert.StartsWith("sockeye: " + sentence, result.Error);
    }

    [Fact]
    public async Task TheSummaryIsDataAndNothingElseIsWritten()
    {
        await using Site site = await Site.StartAsync(Site.CountBody);
        var result = await CapturedOutput.OfAsync($"load {site.Url}/ -n 200 -c 4");
        Assert.Equal((ExitCode.Done, ""), (result.ExitCode, result.Error));
        Assert.Contains($"{site.Url}/", result.Out);
        Assert.Contains("200", result.Out);
        Assert.Contains("99.99 %", result.Out);
    }

    [Fact]
    public async Task JsonIsOneDocumentThatCanBeReadBack()
    {
        await using Site site = await Site.StartAsync(Site.CountBody);
        var result = await CapturedOutput.OfAsync($"load {site.Url} -n 200 -c 4 --pipeline 2 --json");
        Assert.Equal((ExitCode.Done, ""), (result.ExitCode, result.Error));
        LoadResult read = LoadResultJson.Read(System.Text.Encoding.UTF8.GetBytes(result.Out));
        Assert.Equal(200, read.Requests);
        Assert.Equal((4, 2, "epoll"), (read.Settings.Connections, read.Settings.Pipeline, read.Settings.IoModel));
        using JsonDocument json = JsonDocument.Parse(result.Out);
        Assert.Equal(1, json.RootElement.GetProperty("schema_version").GetInt32());
    }

    [Fact]
    public async Task AThresholdThatIsBrokenIsAnExitCodeOfItsOwn()
    {
        await using Site site = await Site.StartAsync(Site.CountBody);
        var good = await CapturedOutput.OfAsync($"load {site.Url} -n 50 -c 2 --fail-if p99>1000s --fail-if errors>0");
        Assert.Equal((ExitCode.Done, ""), (good.ExitCode, good.Error));
        var broken = await CapturedOutput.OfAsync($"load {site.Url} -n 50 -c 2 --fail-if p50>1ns --fail-if errors>0");
        Assert.Equal(ExitCode.Threshold, broken.ExitCode);
        Assert.Contains("p50>1ns", broken.Error);
    }

    [Fact]
    public async Task ThePortAloneIsThisMachine()
    {
        await using Site site = await Site.StartAsync(Site.CountBody);
        string port = $"{new Uri(site.Url).Port}/";
        var result = await CapturedOutput.OfAsync($"load {port} -n 10 -c 1 --quiet");
        Assert.Equal((ExitCode.Done, ""), (result.ExitCode, result.Error));
    }

    [Fact]
    public async Task NothingButFailuresIsANegativeAnswer()
    {
        await using Site site = await Site.StartAsync(Site.CountBody);
        var result = await CapturedOutput.OfAsync($"load {site.Url} -n 10 -c 2 --expect 404");
        Assert.Equal(ExitCode.Negative, result.ExitCode);
        Assert.Equal(
            "sockeye: no request was answered as it should be: wrong status; "
            + "--expect STATUS says which status is a good one\n",
            result.Error);
    }

    [Fact]
    public async Task ResultsAreSavedAsTheirNamesSay()
    {
        string folder = Directory.CreateTempSubdirectory("sockeye-load").FullName;
        try
        {
            await using Site site = await Site.StartAsync(Site.CountBody);
            var result = await CapturedOutput.OfAsync(
                $"load {site.Url} -n 50 -c 2 -q --save {folder}/a.json -o {folder}/a.hgrm -o {folder}/a.html");
            Assert.Equal((ExitCode.Done, ""), (result.ExitCode, result.Error));
            Assert.Equal(50, LoadFiles.Read($"{folder}/a.json").Requests);
            Assert.Contains("Percentile", File.ReadAllText($"{folder}/a.hgrm"));
            Assert.Contains("<svg", File.ReadAllText($"{folder}/a.html"));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public async Task APlaceThatCannotBeWrittenIsFoundBeforeAnythingRuns()
    {
        var result = await CapturedOutput.OfAsync("load :1 -n 1 --save /no/such/run.json"); // Nobody listens at :1.
        Assert.Equal(ExitCode.Files, result.ExitCode);
        Assert.StartsWith("sockeye: '/no/such/run.json' could not be written: ", result.Error);
    }

    [Fact]
    public async Task CtrlCPrintsWhatWasMeasuredUntilThen()
    {
        int served = 0;
        await using Site site = await Site.StartAsync((request, response) =>
        {
            Interlocked.Increment(ref served);
            return Site.CountBody(request, response);
        });
        await using ToolProcess tool = ToolProcess.Start("load", site.Url, "-z", "10m", "-c", "2");
        await Eventually.Async(() => Volatile.Read(ref served) > 100);
        await tool.InterruptAsync();
        (int code, string error) = await tool.ExitAsync();
        Assert.Equal((ExitCode.Done, ""), (code, error));
        string summary = System.Text.Encoding.UTF8.GetString(await tool.ReadToEndAsync());
        Assert.Contains("99.99 %", summary);
        Assert.Contains("it was stopped after ", summary);
    }

    [NeedsFact(NginxPath)]
    public async Task NginxIsUnderstood()
    {
        string folder = Directory.CreateTempSubdirectory("sockeye-load").FullName;
        string socket = Path.Combine(folder, "s");
        File.WriteAllText(Path.Combine(folder, "conf"), $$"""
            daemon off; master_process off; pid {{folder}}/pid; error_log stderr crit;
            events { }
            http {
              access_log off; keepalive_requests 100;
              client_body_temp_path {{folder}}; proxy_temp_path {{folder}}; fastcgi_temp_path {{folder}};
              uwsgi_temp_path {{folder}}; scgi_temp_path {{folder}};
              server { listen unix:{{socket}}; location / { return 200 "Hello, World!"; } }
            }
            """);
        await using (ToolProcess.StartOther([NginxPath, "-p", folder, "-c", Path.Combine(folder, "conf")]))
        {
            await Eventually.ListensAsync(socket);
            foreach (string more in (string[])["--pipeline 8", "--close", "-X HEAD", "--expect World"])
            {
                var result = await CapturedOutput.OfAsync(
                    $"load http://nginx.test/ --unix {socket} -n 3k -c 4 --fail-if errors>0 {more}");
                Assert.Equal((ExitCode.Done, ""), (result.ExitCode, result.Error));
                Assert.Contains("3,000", result.Out);
            }
        }

        Directory.Delete(folder, recursive: true);
    }
}
