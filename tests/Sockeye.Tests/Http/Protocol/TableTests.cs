using System.Text;
using Sockeye.Http.Protocol;

namespace Sockeye.Tests.Http.Protocol;

/// <summary>The tables have a row for everything, in order, and their rows agree with the RFCs' own lists.</summary>
public sealed class TableTests
{
    [Fact]
    public void EveryRuleHasARow()
    {
        foreach (HttpRule rule in Enum.GetValues<HttpRule>())
        {
            HttpRuleMeaning meaning = rule.Meaning();
            Assert.Equal(rule, meaning.Rule);
            Assert.EndsWith(".", meaning.Sentence, StringComparison.Ordinal);
            Assert.DoesNotContain("HttpLimits", meaning.Sentence, StringComparison.Ordinal); // A peer reads it.
            Assert.True(rule == HttpRule.None || meaning.Section.StartsWith("RFC ", StringComparison.Ordinal));
            Assert.NotEqual("", StatusCodes.Meaning(meaning.Status).Reason);
        }

        Assert.Equal(Enum.GetValues<HttpRule>().Length, HttpRules.All.Count);
    }

    [Fact]
    public void EveryMethodHasARowAndIsFoundByItsNameOnly()
    {
        foreach (Method method in Enum.GetValues<Method>())
        {
            MethodMeaning meaning = method.Meaning();
            Assert.Equal(method, meaning.Method);
            Assert.Equal(meaning.Name, Encoding.ASCII.GetString(method.NameBytes()));
            Assert.Equal(method, Methods.Parse(meaning.Name));
            Assert.Equal(method, Methods.Parse(method.NameBytes()));
            Assert.Equal(Method.Other, Methods.Parse(meaning.Name.ToLowerInvariant()));
            Assert.Equal(Method.Other, Methods.Parse(Encoding.ASCII.GetBytes(meaning.Name + "X")));
            Assert.False(meaning.IsSafe && !meaning.IsIdempotent, "RFC 9110 section 9.2.2: safe ones are idempotent.");
        }

        Assert.Equal(Enum.GetValues<Method>().Length, Methods.All.Count);
    }

    // RFC 9110 section 9.2: the safe ones, the idempotent ones, and the cacheable ones with PATCH of RFC 5789 and
    // QUERY of RFC 10008.
    [Theory]
    [InlineData(Method.Get, true, true, true)]
    [InlineData(Method.Head, true, true, true)]
    [InlineData(Method.Options, true, true, false)]
    [InlineData(Method.Trace, true, true, false)]
    [InlineData(Method.Put, false, true, false)]
    [InlineData(Method.Delete, false, true, false)]
    [InlineData(Method.Post, false, false, true)]
    [InlineData(Method.Patch, false, false, true)]
    [InlineData(Method.Connect, false, false, false)]
    [InlineData(Method.Query, true, true, true)]
    [InlineData(Method.Other, false, false, false)]
    public void MethodsMeanWhatTheRfcSays(Method method, bool isSafe, bool isIdempotent, bool isCacheable)
    {
        MethodMeaning meaning = method.Meaning();
        Assert.Equal((isSafe, isIdempotent, isCacheable), (meaning.IsSafe, meaning.IsIdempotent, meaning.IsCacheable));
    }

    [Fact]
    public void StatusCodesMeanWhatTheRfcSays()
    {
        // RFC 9110 section 15.1, and 451 of RFC 7725.
        int[] cacheable = [200, 203, 204, 206, 300, 301, 308, 404, 405, 410, 414, 451, 501];
        Assert.Equal(cacheable, StatusCodes.All.Where(one => one.IsHeuristicallyCacheable).Select(one => one.Code));

        // RFC 9110 sections 6.4.1, 15.3.6 and 15.4.5.
        Assert.Equal(
            [204, 205, 304],
            StatusCodes.All.Where(one => !one.MayHaveContent && one.Code >= 200).Select(one => one.Code));
        Assert.All(StatusCodes.All.Where(one => one.Code < 200), one => Assert.False(one.MayHaveContent));
        Assert.Equal(StatusCodes.All.Select(one => one.Code).Order(), StatusCodes.All.Select(one => one.Code));
        Assert.Equal("Not Found", StatusCodes.Meaning(StatusCode.NotFound).Reason);
        Assert.Equal("", StatusCodes.Meaning(599).Reason);
        Assert.False(StatusCodes.Meaning(299).IsHeuristicallyCacheable);
        Assert.Throws<ArgumentOutOfRangeException>(() => StatusCodes.Meaning(99));
        Assert.Throws<ArgumentOutOfRangeException>(() => StatusCodes.Meaning(600));
    }

    [Fact]
    public void EveryKnownFieldIsFoundInAnyCaseAndNothingElseIs()
    {
        foreach (KnownField field in Enum.GetValues<KnownField>().Where(one => one != KnownField.Other))
        {
            string name = field.Name();
            Assert.Equal(
                field.ToString(), name.Replace("-", "", StringComparison.Ordinal), ignoreCase: true);
            Assert.Equal(name, Encoding.ASCII.GetString(field.NameBytes()));
            Assert.Equal(field, KnownFields.Find(field.NameBytes()));
            Assert.Equal(field, KnownFields.Find(Encoding.ASCII.GetBytes(name.ToUpperInvariant())));
            Assert.Equal(field, KnownFields.Find(Encoding.ASCII.GetBytes(name.ToLowerInvariant())));
            Assert.Equal(KnownField.Other, KnownFields.Find(Encoding.ASCII.GetBytes(name + "x")));
            Assert.Equal(KnownField.Other, KnownFields.Find(Encoding.ASCII.GetBytes(name[1..])));
            Assert.Equal(
                KnownField.Other, KnownFields.Find(Encoding.ASCII.GetBytes(name.Replace('-', '_') + "_")));
        }

        Assert.Equal(KnownField.Other, KnownFields.Find(default));
        Assert.Equal(KnownField.Other, KnownFields.Find("Content_Length"u8));
        Assert.Equal(KnownField.Other, KnownFields.Find("Content\rLength"u8));
        Assert.Equal(Enum.GetValues<KnownField>().Length, KnownFields.Count);
    }

    [Fact]
    public void FramingAndRoutingFieldsAreNoTrailers()
    {
        KnownField[] forbidden =
        [
            KnownField.TransferEncoding, KnownField.ContentLength, KnownField.Host, KnownField.CacheControl,
            KnownField.Expect, KnownField.MaxForwards, KnownField.Pragma, KnownField.Range, KnownField.Te,
            KnownField.Authorization, KnownField.SetCookie, KnownField.Age, KnownField.Date, KnownField.Location,
            KnownField.RetryAfter, KnownField.Vary, KnownField.Warning, KnownField.ContentEncoding,
            KnownField.ContentType, KnownField.ContentRange, KnownField.Trailer, KnownField.Connection,
        ];
        Assert.All(forbidden, field => Assert.False(field.MayBeTrailer()));
        Assert.True(KnownField.ETag.MayBeTrailer());
        Assert.True(KnownField.Other.MayBeTrailer());
    }

    [Fact]
    public void LimitsHaveALeastAndAMost()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => new HttpLimits { FieldsMax = 0 });
        Assert.Throws<ArgumentOutOfRangeException>(() => new HttpLimits { FieldsMax = 10_001 });
        Assert.Throws<ArgumentOutOfRangeException>(() => new HttpLimits { RequestLineBytesMax = 10 });
        Assert.Throws<ArgumentOutOfRangeException>(() => new HttpLimits { BodyBytesMax = -1 });
        Assert.Equal(long.MaxValue, new HttpLimits { BodyBytesMax = long.MaxValue }.BodyBytesMax);
    }
}
