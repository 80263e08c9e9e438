using System.Buffers.Binary;
using System.Net;
using Sockeye.Diagnostics.Names;
using Sockeye.Tests.Conformance;
using Sockeye.Wire.Application;

namespace Sockeye.Tests.Diagnostics;

/// <summary>The resolver against servers that answer as they should, and as they should not.</summary>
public sealed class StubResolverTests
{
    private const string Web = "web.example.test";

    [Fact]
    public async Task BothKindsOfAddressesAreAskedForAtOnceByNumbersOfTheirOwn()
    {
        await using NameServer server = await NameServer.StartAsync(question => [Good(question).Emit()]);
        NameResolution found = await server.ResolveAsync(Web);
        Assert.Equal(["fd00::1", "10.0.0.1"], found.Addresses.Select(one => one.ToString()));
        Assert.Equal(NameSource.Dns, found.Source);
        Assert.Equal([DnsType.A, DnsType.Aaaa], found.Queries.Select(one => one.Type).Order());
        Assert.All(found.Queries, one => Assert.Equal(QueryOutcome.Answered, one.Outcome));
        Assert.All(found.Queries, one => Assert.Equal(60u, one.TimeToLiveSeconds));
        Assert.Equal(2, server.Asked.Count);
        Assert.All(server.Asked, one => Assert.Equal(DnsFlags.RecursionDesired, one.Flags));
        Assert.All(server.Asked, one => Assert.Equal(DnsType.Opt, Assert.Single(one.Additionals.ToArray()).Type));
    }

    [Theory]
    [Models]
    public async Task EveryModelCanAsk(string model)
    {
        await using NameServer server = await NameServer.StartAsync(question => [Good(question).Emit()]);
        await using Network network = Network.Open(IoModel.Parse(model), new NetworkOptions { Loops = 1 });
        var resolver = new StubResolver(network, server.Configuration, HostsFile.Empty);
        NameResolution found = await resolver.ResolveAsync(Web).WaitAsync(TimeSpan.FromSeconds(60));
        Assert.Equal(2, found.Addresses.Count);
    }

    [Fact]
    public async Task WhatDoesNotAnswerTheQuestionIsNotBelieved()
    {
        await using NameServer server = await NameServer.StartAsync(question =>
        [
            [], [1, 2, 3], // No messages.
            question.Emit(), // A question, and no answer.
            (Forged(question) with { Identifier = (ushort)(question.Identifier + 1) }).Emit(),
            (Forged(question) with { Questions = [] }).Emit(),
            (Forged(question) with { Opcode = DnsOpcode.Notify }).Emit(),
            (Forged(question) with
            {
                Questions = [new DnsQuestion(DnsName.Parse("other.test"), question.Questions[0].Type)],
            }).Emit(),
            (Forged(question) with { Questions = [question.Questions[0] with { Type = DnsType.Mx }] }).Emit(),
            (Forged(question) with { Questions = [question.Questions[0] with { Class = 3 }] }).Emit(),
            (Forged(question) with { Questions = [question.Questions[0], question.Questions[0]] }).Emit(),
            Good(question).Emit(),
            Forged(question).Emit(), // Too late.
        ]);
        NameResolution found = await server.ResolveAsync(Web);
        Assert.Equal(["fd00::1", "10.0.0.1"], found.Addresses.Select(one => one.ToString()));
    }

    [Fact]
    public async Task AServerThatOnlySendsNonsenseIsGivenUp()
    {
        await using NameServer server = await NameServer.StartAsync(
            question => Enumerable.Repeat(new byte[] { 1, 2, 3 }, 200));
        NameResolution found = await server.ResolveAsync(Web, server.Configuration with
        {
            Timeout = TimeSpan.FromSeconds(20), // What ends it is the number of strays.
        });
        Assert.Empty(found.Addresses);
        Assert.All(found.Queries, one => Assert.Equal(QueryOutcome.TimedOut, one.Outcome));
    }

    [Fact]
    public async Task RecordsOfOtherNamesAreNotTaken()
    {
        await using NameServer server = await NameServer.StartAsync(question =>
            [NameServer.Answer(question, NameServer.Address("bank.test", "10.6.6.6")).Emit()]);
        NameResolution found = await server.ResolveAsync(Web);
        Assert.Empty(found.Addresses);
        Assert.All(found.Queries, one => Assert.Equal(QueryOutcome.NoData, one.Outcome));
    }

    [Fact]
    public async Task AliasesLeadToTheAddressAndACircleToNone()
    {
        await using NameServer server = await NameServer.StartAsync(question =>
        [
            NameServer.Answer(
                question,
                question.Questions[0].Name == DnsName.Parse("circle.test")
                    ? [NameServer.Alias("circle.test", "two.test"), NameServer.Alias("two.test", "circle.test")]
                    :
                    [
                        NameServer.Address("three.test", "10.0.0.3"), NameServer.Alias("two.test", "THREE.test"),
                        NameServer.Alias("one.test", "two.test") with { TimeToLive = 7 },
                    ]).Emit(),
        ]);
        NameResolution found = await server.ResolveAsync("one.test");
        Assert.Equal([IPAddress.Parse("10.0.0.3")], found.Addresses);
        Assert.Equal(
            ["two.test", "three.test"], found.Queries.First(one => one.Type == DnsType.A).Aliases,
            StringComparer.OrdinalIgnoreCase);
        Assert.All(found.Queries.Where(one => one.Addresses.Count > 0), one => Assert.Equal(7u, one.TimeToLiveSeconds));
        NameResolution circle = await server.ResolveAsync("circle.test");
        Assert.Empty(circle.Addresses);
        Assert.All(circle.Queries, one => Assert.InRange(one.Aliases.Count, 1, 16));
    }

    [Fact]
    public async Task AnAnswerThatDoesNotFitIsAskedForOverTcp()
    {
        await using NameServer server = await NameServer.StartAsync(
            question => [(NameServer.Answer(question) with { Flags = DnsFlags.Response | DnsFlags.Truncated }).Emit()],
            AnswerLongAsync);
        NameResolution found = await server.ResolveAsync(Web);
        Assert.Equal(64, found.Addresses.Count); // Of 1,000: see AddressesMax.
        Assert.Equal(2, found.Queries.Count(one => one.Outcome == QueryOutcome.Truncated));
        Assert.Equal(2, found.Queries.Count(one => one.Server.Scheme == EndpointScheme.Tcp));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(5)]
    [InlineData(30)]
    public async Task ATcpAnswerThatBreaksOffIsNone(int bytes)
    {
        await using NameServer server = await NameServer.StartAsync(
            question => [(NameServer.Answer(question) with { Flags = DnsFlags.Response | DnsFlags.Truncated }).Emit()],
            async connection =>
            {
                await connection.ReadAsync();
                byte[] part = new byte[bytes];
                part.AsSpan().Fill(1);
                connection.Write(part);
                await connection.FlushAsync();
            });
        NameResolution found = await server.ResolveAsync(Web);
        Assert.Empty(found.Addresses);
        Assert.All(
            found.Queries.Where(one => one.Server.Scheme == EndpointScheme.Tcp),
            one => Assert.Equal(QueryOutcome.Failed, one.Outcome));
    }

    [Fact]
    public async Task AnOldServerIsAskedAgainWithoutEdns()
    {
        await using NameServer server = await NameServer.StartAsync(question =>
        [
            question.Additionals.Count > 0
                ? (NameServer.Answer(question) with { Code = DnsResponseCode.FormatError }).Emit()
                : Good(question).Emit(),
        ]);
        NameResolution found = await server.ResolveAsync(Web);
        Assert.Equal(2, found.Addresses.Count);
        Assert.Equal(4, server.Asked.Count);
    }

    [Fact]
    public async Task TheNextServerIsAskedWhenOneFailsOrIsNotThere()
    {
        await using NameServer failing = await NameServer.StartAsync(
            question => [(NameServer.Answer(question) with { Code = DnsResponseCode.ServerFailure }).Emit()]);
        await using NameServer server = await NameServer.StartAsync(question => [Good(question).Emit()]);
        Endpoint nobody;
        await using (NameServer gone = await NameServer.StartAsync(_ => []))
        {
            nobody = gone.Configuration.Servers[0];
        }

        NameResolution found = await server.ResolveAsync(Web, server.Configuration with
        {
            Servers = [nobody, failing.Configuration.Servers[0], server.Configuration.Servers[0]],
        });
        Assert.Equal(2, found.Addresses.Count);
        Assert.Equal(
            [QueryOutcome.Unreachable, QueryOutcome.Unreachable, QueryOutcome.Failed, QueryOutcome.Failed,
                QueryOutcome.Answered, QueryOutcome.Answered],
            found.Queries.Select(one => one.Outcome));
    }

    [Fact]
    public async Task ANameThatDoesNotExistEndsTheSearchForItAndTheNextCandidateIsAsked()
    {
        await using NameServer server = await NameServer.StartAsync(question =>
        [
            question.Questions[0].Name == DnsName.Parse("web.b.test")
                ? NameServer.Answer(question, AddressFor(question, "web.b.test")).Emit()
                : (NameServer.Answer(question) with { Code = DnsResponseCode.NameError }).Emit(),
        ]);
        NameResolution found = await server.ResolveAsync("web", server.Configuration with
        {
            SearchDomains = ["a.test", "b.test"],
            Attempts = 3,
        });
        Assert.Equal(2, found.Addresses.Count);
        Assert.Equal(["web.a.test", "web.b.test"], found.Queries.Select(one => one.Name).Distinct());
        Assert.Equal(4, server.Asked.Count);
        NameResolution none = await server.ResolveAsync("nowhere.test");
        Assert.Empty(none.Addresses);
        Assert.All(none.Queries, one => Assert.Equal(QueryOutcome.NoSuchName, one.Outcome));
    }

    [Fact]
    public async Task SilenceIsWaitedForAsLongAsItSaysAndAsOften()
    {
        await using NameServer server = await NameServer.StartAsync(_ => []);
        NameResolution found = await server.ResolveAsync(Web, server.Configuration with
        {
            Timeout = TimeSpan.FromMilliseconds(50),
            Attempts = 3,
        });
        Assert.Equal(6, found.Queries.Count);
        Assert.All(found.Queries, one => Assert.Equal(QueryOutcome.TimedOut, one.Outcome));
        Assert.InRange(found.Took, TimeSpan.FromMilliseconds(140), TimeSpan.FromSeconds(60));
    }

    [Theory]
    [InlineData("10.0.0.1", NameSource.Literal)]
    [InlineData("::1", NameSource.Literal)]
    [InlineData("localhost", NameSource.Localhost)]
    [InlineData("app.localhost.", NameSource.Localhost)]
    [InlineData("here.test", NameSource.HostsFile)]
    public async Task SomeNamesNobodyIsAskedFor(string host, NameSource source)
    {
        await using Network network = Network.Open();
        var configuration = new ResolverConfiguration { Servers = [] };
        var resolver = new StubResolver(network, configuration, new HostsFile(["10.0.0.9 here.test"]));
        NameResolution found = await resolver.ResolveAsync(host);
        Assert.Equal(source, found.Source);
        Assert.NotEmpty(found.Addresses);
        Assert.Empty(found.Queries);
    }

    [Fact]
    public async Task WhatCannotBeANameIsSaidToBeNone()
    {
        await using NameServer server = await NameServer.StartAsync(_ => []);
        NetworkException error = await Assert.ThrowsAsync<NetworkException>(
            () => server.ResolveAsync($"{new string('a', 64)}.test"));
        Assert.Equal(NetworkError.NameNotFound, error.Error);
        Assert.Empty(server.Asked);
    }

    private static DnsMessage Good(DnsMessage question) => NameServer.Answer(question, AddressFor(question, Web));

    private static DnsMessage Forged(DnsMessage question) => NameServer.Answer(
        question, NameServer.Address(Web, question.Questions[0].Type == DnsType.A ? "10.6.6.6" : "fd66::6"));

    private static DnsRecord AddressFor(DnsMessage question, string name) =>
        NameServer.Address(name, question.Questions[0].Type == DnsType.A ? "10.0.0.1" : "fd00::1");

    /// <summary>Answers with more than a datagram holds.</summary>
    private static async ValueTask AnswerLongAsync(Connection connection)
    {
        while (await connection.ReadAsync() is { IsEmpty: false } received)
        {
            if (DnsMessage.Parse(received.Span[sizeof(ushort)..]) is not { } question)
            {
                continue;
            }

            connection.Consume(received.Length);
            bool isFour = question.Questions[0].Type == DnsType.A;
            DnsRecord[] records =
            [
                .. Enumerable.Range(1, isFour ? 1_000 : 0)
                    .Select(i => NameServer.Address(Web, $"10.0.{i >> 8}.{i & 255}")),
            ];
            byte[] answer = NameServer.Answer(question, records).Emit();
            byte[] length = new byte[sizeof(ushort)];
            BinaryPrimitives.WriteUInt16BigEndian(length, (ushort)answer.Length);
            connection.Write(length);
            connection.Write(answer);
            await connection.FlushAsync();
        }
    }
}
