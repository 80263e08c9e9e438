using Sockeye.Http.Protocol;

namespace Sockeye.Tests.Http.Protocol;

public sealed class PreconditionsTests
{
    private const string Before = "Fri, 30 Oct 2026 10:00:00 GMT";
    private const string Then = "Sat, 31 Oct 2026 10:00:00 GMT";
    private const string After = "Sun, 01 Nov 2026 10:00:00 GMT";

    private static readonly DateTimeOffset s_modified = new(2026, 10, 31, 10, 0, 0, 400, TimeSpan.Zero);

    [Theory]
    [InlineData("W/\"1\"", "W/\"1\"", false, true)]  // RFC 9110 section 8.8.3.2: the table.
    [InlineData("W/\"1\"", "W/\"2\"", false, false)]
    [InlineData("W/\"1\"", "\"1\"", false, true)]
    [InlineData("\"1\"", "\"1\"", true, true)]
    public void TagsAreComparedBothWays(string one, string other, bool strong, bool weak)
    {
        Assert.True(EntityTag.TryParse(FieldText.Of(one), out EntityTag left));
        Assert.True(EntityTag.TryParse(FieldText.Of(other), out EntityTag right));
        Assert.Equal(strong, left.StrongEquals(right));
        Assert.Equal(weak, left.WeakEquals(right));
        byte[] written = FieldText.Of(one);
        Assert.True(EntityTag.TryParse(written, out EntityTag again));
        var output = new System.Buffers.ArrayBufferWriter<byte>();
        again.Write(output);
        Assert.Equal(one, FieldText.Text(output.WrittenSpan));
    }

    [Theory]
    [InlineData("\"xyzzy\"", true)]  // RFC 9110 section 8.8.3: the examples.
    [InlineData("W/\"xyzzy\"", true)]
    [InlineData("\"\"", true)]
    [InlineData("\"a,b\\\"", true)]
    [InlineData("\"\xE9\"", true)]
    [InlineData("w/\"xyzzy\"", false)]
    [InlineData("xyzzy", false)]
    [InlineData("\"a b\"", false)]
    [InlineData("\"a\"b", false)]
    [InlineData("W/", false)]
    [InlineData("\"", false)]
    [InlineData("*", false)]
    [InlineData("\"\x7F\"", false)]
    public void TagsAreQuotedWithoutEscapes(string text, bool isTag) =>
        Assert.Equal(isTag, EntityTag.TryParse(FieldText.Of(text), out _));

    [Theory]
    [InlineData("\"xyzzy\", W/\"r2d2xxxx\", \"c3piozzzz\"", "xyzzy|r2d2xxxx|c3piozzzz", false)]
    [InlineData("\"a\\\", \"b\"", "a\\|b", false)]
    [InlineData(" , \"a\" ,, \"b,c\" ,", "a|b,c", false)]
    [InlineData("\"a\" \"b\"", "", true)]
    [InlineData("\"a\", b", "a", true)]
    [InlineData("", "", false)]
    public void ListsOfTagsAreRead(string text, string tags, bool isMalformed)
    {
        List<string> read = [];
        EntityTagList list = new(FieldText.Of(text));
        while (list.MoveNext())
        {
            read.Add(FieldText.Text(list.Current.Opaque));
        }

        Assert.Equal(tags, string.Join('|', read));
        Assert.Equal(isMalformed, list.IsMalformed);
    }

    [Fact]
    public void TagsThatWouldBreakTheFieldAreNotMade()
    {
        Assert.Throws<ArgumentException>(() => new EntityTag("a\"b"u8).Exists);
        Assert.Throws<ArgumentException>(() => new EntityTag("a\r\nb"u8).Exists);
        Assert.Throws<InvalidOperationException>(() => FieldText.Written(o => default(EntityTag).Write(o)));
    }

    // The representation has the strong tag "v1" and changed at the time Then.
    [Theory]
    [InlineData(Method.Get, "", PreconditionOutcome.Proceed)]
    [InlineData(Method.Put, "If-Match: \"v1\"", PreconditionOutcome.Proceed)]
    [InlineData(Method.Put, "If-Match: \"v0\", \"v1\"", PreconditionOutcome.Proceed)]
    [InlineData(Method.Put, "If-Match: W/\"v1\"", PreconditionOutcome.PreconditionFailed)]
    [InlineData(Method.Put, "If-Match: \"v0\"", PreconditionOutcome.PreconditionFailed)]
    [InlineData(Method.Put, "If-Match: *", PreconditionOutcome.Proceed)]
    [InlineData(Method.Put, "If-Match: ", PreconditionOutcome.PreconditionFailed)]
    [InlineData(Method.Put, "If-Match: v1", PreconditionOutcome.PreconditionFailed)]
    [InlineData(Method.Get, "If-Match: \"v0\"", PreconditionOutcome.PreconditionFailed)]
    [InlineData(Method.Options, "If-Match: \"v0\"", PreconditionOutcome.Proceed)]
    [InlineData(Method.Put, $"If-Unmodified-Since: {Then}", PreconditionOutcome.Proceed)]
    [InlineData(Method.Put, $"If-Unmodified-Since: {After}", PreconditionOutcome.Proceed)]
    [InlineData(Method.Put, $"If-Unmodified-Since: {Before}", PreconditionOutcome.PreconditionFailed)]
    [InlineData(Method.Put, "If-Unmodified-Since: yesterday", PreconditionOutcome.Proceed)]
    [InlineData(Method.Put, $"If-Match: \"v1\"\nIf-Unmodified-Since: {Before}", PreconditionOutcome.Proceed)]
    [InlineData(Method.Get, "If-None-Match: \"v1\"", PreconditionOutcome.NotModified)]
    [InlineData(Method.Head, "If-None-Match: W/\"v1\"", PreconditionOutcome.NotModified)]
    [InlineData(Method.Put, "If-None-Match: \"v1\"", PreconditionOutcome.PreconditionFailed)]
    [InlineData(Method.Put, "If-None-Match: *", PreconditionOutcome.PreconditionFailed)]
    [InlineData(Method.Get, "If-None-Match: *", PreconditionOutcome.NotModified)]
    [InlineData(Method.Get, "If-None-Match: \"v2\"", PreconditionOutcome.Proceed)]
    [InlineData(Method.Get, $"If-None-Match: \"v2\"\nIf-Modified-Since: {After}", PreconditionOutcome.Proceed)]
    [InlineData(Method.Get, $"If-Modified-Since: {Then}", PreconditionOutcome.NotModified)]
    [InlineData(Method.Get, $"If-Modified-Since: {After}", PreconditionOutcome.NotModified)]
    [InlineData(Method.Get, $"If-Modified-Since: {Before}", PreconditionOutcome.Proceed)]
    [InlineData(Method.Get, "If-Modified-Since: yesterday", PreconditionOutcome.Proceed)]
    [InlineData(Method.Post, $"If-Modified-Since: {After}", PreconditionOutcome.Proceed)]
    [InlineData(Method.Put, $"If-Match: \"v1\"\nIf-None-Match: \"v1\"", PreconditionOutcome.PreconditionFailed)]
    [InlineData(
        Method.Get, $"If-Unmodified-Since: {Before}\nIf-None-Match: \"v1\"", PreconditionOutcome.PreconditionFailed)]
    [InlineData(Method.Get, "If-Range: \"v1\"", PreconditionOutcome.Proceed)]
    [InlineData(Method.Get, "If-Range: W/\"v1\"", PreconditionOutcome.ProceedWithoutRange)]
    [InlineData(Method.Get, "If-Range: \"v0\"", PreconditionOutcome.ProceedWithoutRange)]
    [InlineData(Method.Get, "If-Range: nonsense", PreconditionOutcome.ProceedWithoutRange)]
    [InlineData(Method.Get, $"If-Range: {Then}", PreconditionOutcome.Proceed)]
    [InlineData(Method.Get, $"If-Range: {After}", PreconditionOutcome.ProceedWithoutRange)]
    [InlineData(Method.Get, $"If-Range: {Before}", PreconditionOutcome.ProceedWithoutRange)]
    [InlineData(Method.Head, "If-Range: \"v0\"", PreconditionOutcome.Proceed)]
    [InlineData(Method.Get, "If-None-Match: \"v1\"\nIf-Range: \"v0\"", PreconditionOutcome.NotModified)]
    public void ConditionsHaveTheirPrecedence(Method method, string fields, PreconditionOutcome outcome)
    {
        // RFC 9110 section 13.2.2.
        var tag = new EntityTag("v1"u8);
        var current = new CurrentRepresentation { Exists = true, Tag = tag, LastModified = s_modified };
        Assert.Equal(outcome, Read(fields).Evaluate(method, current, s_modified.AddDays(7)));
    }

    [Theory]
    [InlineData("If-Match: *", PreconditionOutcome.PreconditionFailed)]
    [InlineData("If-Match: \"v1\"", PreconditionOutcome.PreconditionFailed)]
    [InlineData("If-None-Match: *", PreconditionOutcome.Proceed)]
    [InlineData("If-None-Match: \"v1\"", PreconditionOutcome.Proceed)]
    [InlineData($"If-Unmodified-Since: {Before}", PreconditionOutcome.Proceed)]
    public void WhatIsNotThereMatchesNothing(string fields, PreconditionOutcome outcome) => Assert.Equal(
        outcome, Read(fields).Evaluate(Method.Put, new CurrentRepresentation { Exists = false }, s_modified));

    [Fact]
    public void WhatHasNoTagAndNoDateIsSentWhole()
    {
        var current = new CurrentRepresentation { Exists = true };
        string[] all = ["If-None-Match: \"v1\"", $"If-Modified-Since: {After}", $"If-Unmodified-Since: {Before}"];
        Assert.All(all, fields => Assert.Equal(
            PreconditionOutcome.Proceed,
            Read(fields).Evaluate(Method.Get, new CurrentRepresentation { Exists = true }, s_modified)));
        Assert.Equal(
            PreconditionOutcome.ProceedWithoutRange,
            Read($"If-Range: {Then}").Evaluate(Method.Get, current, s_modified.AddDays(1)));
    }

    [Fact]
    public void DateOfThisSecondIsTooWeakForARange()
    {
        // RFC 9110 section 8.8.2.2: something may change once more within the second.
        var current = new CurrentRepresentation { Exists = true, LastModified = s_modified };
        Preconditions conditions = Read($"If-Range: {Then}");
        Assert.Equal(
            PreconditionOutcome.ProceedWithoutRange,
            conditions.Evaluate(Method.Get, current, s_modified.AddMilliseconds(300)));
        Assert.Equal(
            PreconditionOutcome.Proceed, conditions.Evaluate(Method.Get, current, s_modified.AddMilliseconds(700)));
    }

    private static Preconditions Read(string fields)
    {
        var conditions = default(Preconditions);
        foreach (string line in fields.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            byte[] value = FieldText.Of(line[(line.IndexOf(':') + 2)..]);
            switch (line[..line.IndexOf(':')])
            {
                case "If-Match":
                    conditions.IfMatch = value;
                    break;
                case "If-None-Match":
                    conditions.IfNoneMatch = value;
                    break;
                case "If-Modified-Since":
                    conditions.IfModifiedSince = value;
                    break;
                case "If-Unmodified-Since":
                    conditions.IfUnmodifiedSince = value;
                    break;
                case "If-Range":
                    conditions.IfRange = value;
                    break;
                default:
                    throw new ArgumentException(line);
            }
        }

        return conditions;
    }
}
