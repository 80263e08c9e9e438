using System.Text;
using Sockeye.Http.Protocol;

namespace Sockeye.Tests.Http.Protocol;

/// <summary>What the parsers make of every bad input, alone and beside good ones, however it arrives.</summary>
public sealed class BadInputTests
{
    private static readonly byte[] s_good = Encoding.ASCII.GetBytes("GET /good HTTP/1.1\r\nHost: good\r\n\r\n");

    public static TheoryData<string> Labels => BadInputs.Labels;

    [Theory]
    [MemberData(nameof(Labels))]
    public void EveryBadInputBreaksItsRule(string label)
    {
        BadInput input = BadInputs.Find(label);
        Conversation whole = Conversation.Read([input.Bytes]);
        Assert.Equal(input.Rule, whole.Rule);
        int replies = whole.Requests + (whole.Rule == HttpRule.None ? 0 : 1);
        Assert.Equal(input.Replies.Count, replies);
        if (input.Rule != HttpRule.None)
        {
            Assert.Contains(input.Rule.Meaning().Status, input.Replies[^1]);
        }
        else
        {
            Assert.All(input.Replies, statuses => Assert.Contains(200, statuses));
        }
    }

    [Theory]
    [MemberData(nameof(Labels))]
    public void TheAnswerIsTheSameHoweverTheBytesArrive(string label)
    {
        BadInput input = BadInputs.Find(label);
        string whole = Conversation.Read([input.Bytes]).Log;
        foreach (List<ReadOnlyMemory<byte>> pieces in Pieces.Of(input.Bytes))
        {
            Assert.Equal(whole, Conversation.Read(pieces).Log);
        }
    }

    [Theory]
    [MemberData(nameof(Labels))]
    public void APrefixNeedsMoreOrHasTheSameAnswer(string label)
    {
        BadInput input = BadInputs.Find(label);
        string whole = Conversation.Read([input.Bytes]).Log;
        foreach (ReadOnlyMemory<byte> prefix in Pieces.Prefixes(input.Bytes))
        {
            Assert.StartsWith(Conversation.Read([prefix]).Log, whole, StringComparison.Ordinal);
        }
    }

    [Theory]
    [MemberData(nameof(Labels))]
    public void ItMattersNotThatAGoodRequestCameBefore(string label)
    {
        BadInput input = BadInputs.Find(label);
        string good = Conversation.Read([s_good]).Log;
        string alone = Conversation.Read([input.Bytes]).Log;
        Assert.Equal(good + alone, Conversation.Read([(byte[])[.. s_good, .. input.Bytes.Span]]).Log);
        Assert.Equal(good + alone, Conversation.Read([s_good, input.Bytes]).Log);
    }

    [Theory]
    [MemberData(nameof(Labels))]
    public void NothingIsReadAfterARejection(string label)
    {
        BadInput input = BadInputs.Find(label);
        Conversation alone = Conversation.Read([input.Bytes]);
        if (alone.Rule != HttpRule.None)
        {
            Assert.Equal(alone.Log, Conversation.Read([input.Bytes, s_good]).Log);
        }
    }

    [Theory]
    [MemberData(nameof(Labels))]
    public void TheCompatibleProfileIsTheSameHoweverTheBytesArrive(string label)
    {
        BadInput input = BadInputs.Find(label);
        string whole = Conversation.Read([input.Bytes], HttpProfile.Compatible()).Log;
        foreach (List<ReadOnlyMemory<byte>> pieces in Pieces.Of(input.Bytes))
        {
            Assert.Equal(whole, Conversation.Read(pieces, HttpProfile.Compatible()).Log);
        }
    }

    [Fact]
    public void EveryRuleOfRequestsHasAnExample()
    {
        HttpRule[] elsewhere =
        [
            HttpRule.None, HttpRule.BadStatusLine, HttpRule.StatusLineTooLong, HttpRule.BadPath,
            HttpRule.TooManyInterimResponses, HttpRule.UnaskedSwitch, HttpRule.ResponseBeforeRequest,
        ];
        Assert.Empty(Enum.GetValues<HttpRule>().Except(elsewhere).Except(BadInputs.All.Select(one => one.Rule)));
    }
}
