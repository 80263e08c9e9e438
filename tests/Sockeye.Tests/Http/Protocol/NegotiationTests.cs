using Sockeye.Http.Protocol;

namespace Sockeye.Tests.Http.Protocol;

public sealed class NegotiationTests
{
    [Theory]
    [InlineData("text/plain;format=flowed", 1000)]  // RFC 9110 section 12.5.1: the table, with its footnotes.
    [InlineData("text/plain", 700)]
    [InlineData("text/html", 300)]
    [InlineData("image/jpeg", 500)]
    [InlineData("text/plain;format=fixed", 400)]
    [InlineData("text/html;level=3", 300)]
    public void MostSpecificRangeGivesTheWeight(string offer, int quality)
    {
        byte[] accept = FieldText.Of(
            "text/*;q=0.3, text/plain;q=0.7, text/plain;format=flowed, text/plain;format=fixed;q=0.4, */*;q=0.5");
        Assert.Equal(new Negotiated(0, quality, false), Negotiation.MediaType(accept, offer));
    }

    [Theory]
    [InlineData("audio/*; q=0.2, audio/basic", "audio/mpeg", "audio/basic", 1)]
    [InlineData("text/plain; q=0.5, text/html, text/x-dvi; q=0.8, text/x-c", "text/x-dvi", "text/x-c", 1)]
    [InlineData("", "b/b", "a/a", 0)]
    [InlineData("*/*", "b/b", "a/a", 0)]
    [InlineData("a/a;q=0, */*", "a/a", "b/b", 1)]
    [InlineData("a/a;q=0", "a/a", "b/b", -1)]
    [InlineData("a/*;q=0, a/b", "a/a", "a/b", 1)]
    [InlineData("a/a;q=nonsense, b/b;q=0.1", "a/a", "b/b", 1)]
    [InlineData("complete nonsense", "a/a", "b/b", -1)]
    [InlineData("b/b;q=0.9;ext=1, a/a;q=0.8", "a/a", "b/b", 0)]
    public void BestMediaTypeIsChosen(string accept, string first, string second, int index)
    {
        Negotiated chosen = Negotiation.MediaType(FieldText.Of(accept), first, second);
        Assert.Equal(index, chosen.Index);
        Assert.True(chosen.Varies);
    }

    [Theory]
    [InlineData("compress, gzip", "gzip", 0)]                     // RFC 9110 section 12.5.3: the examples.
    [InlineData("", "gzip", 1)]
    [InlineData("*", "gzip", 0)]
    [InlineData("compress;q=0.5, gzip;q=1.0", "gzip", 0)]
    [InlineData("gzip;q=1.0, identity; q=0.5, *;q=0", "br", 1)]
    [InlineData("gzip;q=1.0, identity; q=0.5, *;q=0", "gzip", 0)]
    [InlineData("gzip;q=0.1", "gzip", 0)]                          // Listed is better than not excluded.
    [InlineData("identity, gzip;q=0.1", "gzip", 1)]
    [InlineData("x-gzip", "gzip", 0)]
    [InlineData("GZIP", "gzip", 0)]
    [InlineData("gzip;q=0", "gzip", 1)]
    [InlineData("gzip;q=0, identity;q=0", "gzip", -1)]
    [InlineData("*;q=0", "gzip", -1)]
    [InlineData("*;q=0, identity;q=0.1", "gzip", 1)]
    [InlineData("deflate, br", "gzip", 1)]
    public void BestCodingIsChosenAndIdentityLast(string field, string coding, int index) =>
        Assert.Equal(index, Negotiation.ContentCoding(FieldText.Of(field), coding, "identity").Index);

    [Fact]
    public void IdentityThatIsExcludedIsRefused()
    {
        Negotiated refused = Negotiation.ContentCoding("identity;q=0"u8, "identity");
        Assert.False(refused.IsAcceptable);
        Assert.True(refused.Varies);
        Assert.False(Negotiation.ContentCoding("gzip"u8, "identity").Varies);
    }

    [Theory]
    [InlineData("da, en-gb;q=0.8, en;q=0.7", 1)]  // RFC 9110 section 12.5.4: the example.
    [InlineData("en-gb", 1)]
    [InlineData("en", 1)]
    [InlineData("de-AT", 2)]                       // Looked up: RFC 4647 section 3.4.
    [InlineData("de-AT, fr;q=0.1", 0)]             // Filtered first: French is there as asked.
    [InlineData("fr-CA;q=0.2, en-US-x;q=0.3", 0)]
    [InlineData("*", 0)]
    [InlineData("", 0)]
    [InlineData("*, fr;q=0", 1)]
    [InlineData("sv", -1)]
    [InlineData("fr-CA, fr;q=0", -1)]
    [InlineData("e", -1)]
    public void BestLanguageIsChosen(string field, int index) =>
        Assert.Equal(index, Negotiation.Language(FieldText.Of(field), "fr", "en-GB", "de").Index);

    [Theory]
    [InlineData("iso-8859-5, unicode-1-1;q=0.8", -1)]  // RFC 9110 section 12.5.2: the example.
    [InlineData("UTF-8;q=0.5, *;q=0.1", 0)]
    [InlineData("*", 0)]
    [InlineData("", 0)]
    [InlineData("utf-8;q=0, *", -1)]
    public void CharsetIsChosenByName(string field, int index) =>
        Assert.Equal(index, Negotiation.Charset(FieldText.Of(field), "utf-8").Index);

    [Fact]
    public void NegotiationAllocatesNothing()
    {
        byte[] accept = FieldText.Of("text/html, application/xhtml+xml;q=0.9, */*;q=0.8");
        Allocations.AssertNone(() =>
        {
            Negotiation.MediaType(accept, "application/json", "text/html");
            Negotiation.ContentCoding("gzip, deflate, br"u8, "br", "gzip", "identity");
            Negotiation.Language("da, en-gb;q=0.8"u8, "en", "de");
        });
    }

    [Fact]
    public void OffersThatAreNoneAreTheServersMistake()
    {
        Assert.Throws<ArgumentException>(() => Negotiation.MediaType("*/*"u8, "html"));
        Assert.Throws<ArgumentException>(() => Negotiation.ContentCoding("*"u8, new string('a', 300)));
    }
}
