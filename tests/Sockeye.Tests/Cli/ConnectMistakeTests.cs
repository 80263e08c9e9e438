using Sockeye.Cli;

namespace Sockeye.Tests.Cli;

/// <summary>What is wrong with a command line, or with what is at the other end.</summary>
public sealed class ConnectMistakeTests
{
    [Theory]
    [InlineData("connect", ExitCode.Usage, "'sockeye connect' needs <endpoint>; for example: sockeye connect :9999")]
    [InlineData("connect 999.1.1.1:5", ExitCode.Usage, "'999.1.1.1' is not an IPv4 address")]
    [InlineData("connect :70000", ExitCode.Usage, "")]
    [InlineData("connect :1 :2", ExitCode.Usage, "':2' was not expected here")]
    [InlineData("connect tpc://h:1", ExitCode.Usage, "unknown scheme 'tpc': did you mean tcp?")]
    [InlineData("connect http://h/", ExitCode.Usage, "connect carries bytes, and http://h/ is more than that; ")]
    [InlineData("connect :1 --sni name", ExitCode.Usage, "--sni is for tls://, and tcp://127.0.0.1:1 is not")]
    [InlineData("connect udp://*:1", ExitCode.Usage, "cannot send to udp://*:1: '*' is for listening; name the host")]
    [InlineData("connect unixgram:/tmp/no/such", ExitCode.Network, "cannot send to unixgram:/tmp/no/such: ")]
    [InlineData("connect -", ExitCode.Usage, "'-' is standard input and output, which connect uses anyway; ")]
    [InlineData("connect *:1", ExitCode.Usage, "cannot connect to tcp://*:1: '*' is for listening; name the host")]
    [InlineData("connect :1 --io warp", ExitCode.Usage, "there is no I/O model 'warp'")]
    [InlineData("connect :1 --wait soon", ExitCode.Usage, "'soon' is not a duration")]
    [InlineData("connect :1 --timeout 0", ExitCode.Usage, "--timeout must be longer than 0")]
    [InlineData("connect :1 -4 -6", ExitCode.Usage, "-4 and -6 exclude each other")]
    [InlineData("connect 127.0.0.1:1 -6", ExitCode.Usage, "tcp://127.0.0.1:1 is not an IPv6 address")]
    [InlineData("connect :1 --send /nowhere", ExitCode.Usage, "there is no file '/nowhere' to send")]
    [InlineData("connect :1 --send /tmp", ExitCode.Usage, "'/tmp' is a directory; --send takes a file")]
    [InlineData("connect :1 --recv /tmp", ExitCode.Usage, "'/tmp' is a directory; --recv takes a file")]
    [InlineData("connect :1 --recv /nowhere/x", ExitCode.Usage, "the directory of '/nowhere/x' does not exist")]
    [InlineData("connect :1 --hx", ExitCode.Usage, "there is no option '--hx' here; did you mean '--hex'?")]
    [InlineData("connect :1 --from 203.0.113.9:0", ExitCode.Network, "")]
    [InlineData("connect :1", ExitCode.Network, "cannot connect to tcp://127.0.0.1:1: nobody listens there")]
    [InlineData("connect unix:/tmp/no/such", ExitCode.Network, "cannot connect to unix:/tmp/no/such: ")]
    [InlineData("connect tls://:1", ExitCode.Network, "cannot connect to tls://127.0.0.1:1: nobody listens there")]
    [InlineData("connect unix:/tmp", ExitCode.Network, "cannot connect to unix:/tmp: what is at that path is not a ")]
    [InlineData("connect unix:@sockeye-nobody", ExitCode.Network,
        "cannot connect to unix:@sockeye-nobody: nobody listens there (ECONNREFUSED); start the server, or check the ")]
    [InlineData("connect :1 --wait -1s", ExitCode.Usage, "'-1s' is negative")]
    [InlineData("connect :1 --wait 99999999999999d", ExitCode.Usage, "'99999999999999d' is too long")]
    [InlineData("connect no-such-name.invalid:1", ExitCode.Negative, "the name 'no-such-name.invalid' has no address")]
    public async Task MistakeIsOneSentenceWithItsExitCode(string line, int code, string sentence)
    {
        var result = await CapturedOutput.OfAsync(line);
        Assert.Equal((code, ""), (result.ExitCode, result.Out));
        Assert.StartsWith("sockeye: " + sentence, result.Error);
        Assert.Equal(1, result.Error.Count(letter => letter == '\n'));
    }
}
