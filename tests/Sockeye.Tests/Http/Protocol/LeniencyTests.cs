using System.Text;
using Sockeye.Http.Protocol;

namespace Sockeye.Tests.Http.Protocol;

/// <summary>What the compatible profile lets pass, how it reads it, and that it counts.</summary>
public sealed class LeniencyTests
{
    private const string Get = "GET / HTTP/1.1\r\nHost: h\r\n";
    private const string Chunks = "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n";

    [Theory]
    [InlineData(Leniencies.BareLineFeed, "\nGET / HTTP/1.1\nHost: h\nX: y\n\n", "X=y", 5)]
    [InlineData(Leniencies.ObsoleteFold, $"{Get}X: a\r\n  b\r\n\tc\r\nY: z\r\n\r\n", "X=a b c", 2)]
    [InlineData(Leniencies.ObsoleteFold, $"{Get}X:\r\n b\r\n\r\n", "X= b", 1)]
    [InlineData(Leniencies.RepeatedContentLength, $"{Get}Content-Length: 1, 1\r\n\r\nb", "= b", 1)]
    [InlineData(Leniencies.RepeatedContentLength, $"{Get}Content-Length: 1\r\nContent-Length: 01\r\n\r\nb", "= b", 1)]
    [InlineData(Leniencies.ControlCharacters, $"{Get}X: a\ab\x7f\r\n\r\n", "X=a\ab\x7f", 1)]
    [InlineData(Leniencies.TargetCharacters, "GET /\"<>?\"<> HTTP/1.1\r\nHost: h\r\n\r\n", "path=/\"<> query=\"<> ", 1)]
    [InlineData(Leniencies.TargetCharacters, "GET http://h/\"?\" HTTP/1.1\r\nHost: h\r\n\r\n", "path=/\" query=\" ", 1)]
    [InlineData(Leniencies.HostMismatch, "GET http://t/ HTTP/1.1\r\nHost: h\r\n\r\n", "host=t", 1)]
    [InlineData(Leniencies.ForbiddenTrailers, $"{Chunks}0\r\nHost: t\r\nX: y\r\n\r\n", "= \n  X=y", 1)]
    public void EachLeniencyIsReadAndCounted(Leniencies leniency, string text, string expected, int count)
    {
        byte[] input = Encoding.Latin1.GetBytes(text);
        Assert.NotEqual(HttpRule.None, Conversation.Read([input]).Rule);
        foreach (List<ReadOnlyMemory<byte>> pieces in Pieces.Of(input))
        {
            var profile = new HttpProfile(leniency);
            Conversation conversation = Conversation.Read(pieces, profile);
            Assert.Contains(expected, conversation.Log, StringComparison.Ordinal);
            Assert.Equal(1, conversation.Requests);
            Assert.Equal(count, profile.CountOf(leniency));
            Assert.NotEqual(HttpRule.None, Conversation.Read(pieces, new HttpProfile(~leniency & All)).Rule);
        }
    }

    private static Leniencies All => HttpProfile.Compatible().Accepts;

    [Theory]
    [InlineData("36")]
    [InlineData("37")]
    [InlineData("38a")]
    [InlineData("39a")]
    [InlineData("21a")]
    [InlineData("22a")]
    [InlineData("23b")]
    [InlineData("24b")]
    [InlineData("26")]
    [InlineData("27")]
    [InlineData("33")]
    [InlineData("45a")]
    [InlineData("46c")]
    [InlineData("47a")]
    [InlineData("47c")]
    [InlineData("48xa")]
    [InlineData("49")]
    [InlineData("50")]
    [InlineData("51b")]
    [InlineData("54a")]
    [InlineData("54b")]
    [InlineData("54c")]
    [InlineData("55a")]
    [InlineData("56b")]
    [InlineData("58f")]
    [InlineData("60c")]
    [InlineData("61a")]
    [InlineData("62x")]
    public void WhatSmugglesIsNeverLetPass(string label) => Assert.NotEqual(
        HttpRule.None, Conversation.Read([BadInputs.Find(label).Bytes], HttpProfile.Compatible()).Rule);

    [Fact]
    public void GoodRequestsCountAsNothing()
    {
        HttpProfile profile = HttpProfile.Compatible();
        Conversation.Read([Encoding.ASCII.GetBytes($"{Get}X: y\r\n\r\n{Chunks}0\r\nX: y\r\n\r\n")], profile);
        Assert.All(
            Enum.GetValues<Leniencies>().Where(one => one != Leniencies.None),
            one => Assert.Equal(0, profile.CountOf(one)));
    }

    [Fact]
    public void CompatibleIsEveryLeniency()
    {
        Assert.Equal(
            Enum.GetValues<Leniencies>().Aggregate((one, other) => one | other), HttpProfile.Compatible().Accepts);
        Assert.Equal(Leniencies.None, HttpProfile.Strict.Accepts);
        Assert.Throws<ArgumentOutOfRangeException>(() => new HttpProfile((Leniencies)(1 << 9)));
        Assert.Throws<ArgumentOutOfRangeException>(() => HttpProfile.Strict.CountOf(Leniencies.None));
    }
}
