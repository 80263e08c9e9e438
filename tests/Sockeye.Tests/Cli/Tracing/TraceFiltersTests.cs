using System.Net;
using Sockeye.Capture.Journeys;
using Sockeye.Cli.Tracing;
using Sockeye.Diagnostics.Names;
using Sockeye.Wire.Filters;

namespace Sockeye.Tests.Cli.Tracing;

/// <summary>Which packets are a journey's fits into a filter, however many addresses it tried.</summary>
public sealed class TraceFiltersTests
{
    private const int Tried = 200;

    [Fact]
    public void OfTooManyAddressesThatWhichWasConnectedIsAmongThem()
    {
        JourneyAttempt[] attempts =
        [
            .. Enumerable.Range(1, Tried).Select(one => new JourneyAttempt(
                IPAddress.Parse($"2001:db8:1111:2222:3333:4444:5555:{one:x}"), TimeSpan.Zero,
                one == Tried ? AddressOutcome.Connected : AddressOutcome.GivenUp, TimeSpan.Zero, null)),
        ];
        var journey = new Journey
        {
            Target = Endpoint.Parse("http://peer.test"),
            BeganAt = DateTimeOffset.UnixEpoch,
            Attempts = attempts,
            Local = new IPEndPoint(IPAddress.IPv6Loopback, 40_000),
            Remote = new IPEndPoint(attempts[^1].Address, 80),
        };
        var way = new TraceWay(null!, new ResolverConfiguration(), static _ => { });
        DisplayFilter filter = TraceFilters.Of(journey, way)!;
        Assert.StartsWith(
            $"(ipv6.addr == {attempts[^1].Address} and tcp.port == 80 and tcp.port == 40000)", filter.Text);
        Assert.InRange(filter.Text.Length, DisplayFilter.CharactersMax / 2, DisplayFilter.CharactersMax);
    }

    [Theory]
    [InlineData(0, 4_096)]
    [InlineData(1, 0)]
    public void TermsFillAFilterToItsLastCharacter(int more, int length)
    {
        string term = "tcp.port == " + new string(' ', DisplayFilter.CharactersMax - 13 + more) + "9";
        Assert.Equal(length, TraceFilters.AnyOf([term, "udp"])?.Text.Length ?? 0);
    }
}
