using System.Net;
using System.Net.Security;
using System.Text;
using Sockeye.Capture.Journeys;
using Sockeye.Cli;
using Sockeye.Cli.Tracing;
using Sockeye.Diagnostics.Names;
using Sockeye.Http.Client;
using Sockeye.Http.Protocol;

namespace Sockeye.Tests.Cli.Tracing;

/// <summary>Each way in which a journey ends early has a sentence, whatever the clock says.</summary>
public sealed class TraceFailureTests
{
    private const string Began = "HTTP/1.";
    private const string Body = "Content-Length: 100";

    private static readonly TimeSpan s_timeout = TimeSpan.FromSeconds(1.5);

    [Theory]
    [InlineData(End.ReadTimeout, "", "no answer within 1.5 s; --timeout waits longer")]
    [InlineData(End.WriteTimeout, "", "no answer within 1.5 s; --timeout waits longer")]
    [InlineData(End.ReadTimeout, Began, "7 bytes of the head of an answer came, and nothing more within 1.5 s")]
    [InlineData(End.ReadTimeout, Body, "3 of 100 bytes of the body came, and nothing more within 1.5 s")]
    [InlineData(End.ReadTimeout, "Welcome!", "says is no HTTP: “Welcome!”; try tcp://peer.test:80")]
    [InlineData(End.Finished, "", "the server closed the connection without an answer")]
    [InlineData(End.Finished, Began, "7 bytes of the head of an answer came, and then the server closed")]
    [InlineData(End.Finished, Body, "3 of 100 bytes of the body came, and then the server closed")]
    [InlineData(End.Reset, "", "reset")]
    [InlineData(End.Reset, Body, "3 of 100 bytes of the body came")]
    public void AnAnswerThatEndsEarlyIsSaidWithWhatCame(End end, string came, string sentence)
    {
        var http = new JourneyHttp { RequestHead = "GET / HTTP/1.1\r\n\r\n" };
        http = came == Body
            ? http with { Status = 200, BodyBytes = 3, Fields = [new("Content-Length", "100")] }
            : http with { Unread = Encoding.ASCII.GetBytes(came) };
        Exception? told = Told(Journey("http://peer.test") with
        {
            Http = http,
            Failure = new JourneyFailure(JourneyPhaseKind.Wait, new BadResponseException(end)),
        });
        Assert.Equal(ExitCode.Network, Assert.IsType<ToolException>(told).ExitCode);
        Assert.Contains(sentence, told.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void AResponseThatBreaksARuleIsSaidByItsRule()
    {
        var broken = new BadResponseException(HttpRule.BareLineFeed);
        Exception? told = Told(Journey("http://peer.test") with
        {
            Http = new JourneyHttp { RequestHead = "", Unread = "HTTP/9"u8.ToArray() },
            Failure = new JourneyFailure(JourneyPhaseKind.Wait, broken),
        });
        Assert.Equal(broken.Message.TrimEnd('.'), told!.Message);
    }

    [Theory]
    [InlineData(SslPolicyErrors.RemoteCertificateNameMismatch)]
    [InlineData(SslPolicyErrors.RemoteCertificateChainErrors)]
    [InlineData(SslPolicyErrors.RemoteCertificateNotAvailable)]
    public void ACertificateIsWrongInItsOwnWay(SslPolicyErrors errors)
    {
        Exception? told = Told(Journey("https://peer.test") with
        {
            Tls = new JourneyTls { Errors = errors },
            Failure = Failure(JourneyPhaseKind.Tls, NetworkError.Other),
        });
        Assert.Contains(TraceFailure.WrongWith(errors), told!.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void WhatIsNoTlsMayBeAskedWithoutIt() => Assert.Contains(
        "try http://peer.test:443/a",
        Told(Journey("https://peer.test/a") with { Failure = Failure(JourneyPhaseKind.Tls, NetworkError.NotTls) })!
            .Message, StringComparison.Ordinal);

    [Theory]
    [InlineData(NetworkError.TimedOut, true)]
    [InlineData(NetworkError.NameLookupTimedOut, true)]
    [InlineData(NetworkError.Refused, false)]
    public void OtherFailuresAreToldAsTheyAre(NetworkError error, bool isLate)
    {
        JourneyFailure failure = Failure(JourneyPhaseKind.Connect, error);
        Assert.Same(failure.Exception, Told(Journey("tcp://peer.test:9") with { Failure = failure }));
        Assert.Equal(isLate, failure.IsLate);
    }

    [Theory]
    [InlineData(End.ReadTimeout, "no answer within 1.5 s")]
    [InlineData(End.Finished, "peer.test:9")]
    public void ALineWithoutAnAnswerIsANo(End end, string sentence)
    {
        Exception? told = Told(Journey("tcp://peer.test:9") with
        {
            Talk = new JourneyTalk(default, "hi", default) { End = end },
        });
        Assert.Equal(ExitCode.Negative, Assert.IsType<ToolException>(told).ExitCode);
        Assert.Contains(sentence, told.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void WhereNobodyWasReachedNoLastPacketsAreWaitedFor()
    {
        Assert.Equal(TimeSpan.Zero, TraceWatching.PatienceFor(Journey("tcp://peer.test:9")));
        Journey reached = Journey("tcp://peer.test:9") with { Remote = new IPEndPoint(IPAddress.Loopback, 9) };
        Assert.True(TraceWatching.PatienceFor(reached) > TimeSpan.Zero);
    }

    [Fact]
    public void AJourneyThatIsWholeHasNoFailure() => Assert.Null(Told(Journey("http://peer.test")));

    private static Journey Journey(string target) =>
        new() { Target = Endpoint.Parse(target), BeganAt = DateTimeOffset.UnixEpoch };

    private static JourneyFailure Failure(JourneyPhaseKind phase, NetworkError error) =>
        new(phase, new NetworkException(NetworkOperation.Connect, null, error, "It did not work."));

    private static Exception? Told(Journey journey)
    {
        var way = new TraceWay(null!, new ResolverConfiguration(), static _ => { });
        return TraceFailure.Of(new TraceResult(journey, way), s_timeout);
    }
}
