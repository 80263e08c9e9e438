using System.Net.Sockets;
using Sockeye.Cli;
using Sockeye.Engines;

namespace Sockeye.Tests.Engines;

public sealed class NameLookupTests
{
    [Theory]
    [InlineData(SocketError.TryAgain, NetworkError.NameLookupTimedOut, "did not answer in time for the name 'n'")]
    [InlineData(SocketError.HostNotFound, NetworkError.NameNotFound, "'n' has no address (there is no such name)")]
    [InlineData(SocketError.NoData, NetworkError.NameNotFound, "'n' has no address (there is no data)")]
    [InlineData(SocketError.NoRecovery, NetworkError.NameNotFound, "'n' has no address (as it says)")]
    public void ANameWithoutAnAddressIsNotOneThatNobodyKnows(SocketError socket, NetworkError error, string sentence)
    {
        NetworkException failure = NameLookup.Failure("n", socket, "as it says");
        Assert.Equal(error, failure.Error);
        Assert.Contains(sentence, failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void OnlyAnAnswerIsANegativeOne()
    {
        using var output = new Output(Stream.Null, Stream.Null, _ => null);
        NetworkException Of(SocketError error) => NameLookup.Failure("n", error, "");
        Assert.Equal(ExitCode.Network, Failure.Report(Of(SocketError.TryAgain), output));
        Assert.Equal(ExitCode.Negative, Failure.Report(Of(SocketError.HostNotFound), output));
    }
}
