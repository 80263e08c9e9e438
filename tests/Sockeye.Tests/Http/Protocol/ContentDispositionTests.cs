using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Sockeye.Http.Protocol;

namespace Sockeye.Tests.Http.Protocol;

public sealed class ContentDispositionTests
{
    [Theory]
    [InlineData("Attachment; filename=example.html", true, "example.html")]  // RFC 6266 section 5: the examples.
    [InlineData("INLINE; FILENAME= \"an example.html\"", false, null)]       // Its space is bad whitespace: refused.
    [InlineData("INLINE; FILENAME=\"an example.html\"", false, "an example.html")]
    [InlineData("attachment; filename*= UTF-8''%e2%82%ac%20rates", true, null)]
    [InlineData("attachment; filename*=UTF-8''%e2%82%ac%20rates", true, "\u20AC rates")]
    [InlineData("attachment; filename=\"EURO rates\"; filename*=utf-8''%e2%82%ac%20rates", true, "\u20AC rates")]
    [InlineData("attachment; filename*=utf-8'en'a; filename=b", true, "a")]
    [InlineData("attachment; filename*=iso-8859-1'en'%A3%20rates", true, "\u00A3 rates")]  // RFC 8187 section 3.2.3.
    [InlineData("attachment; filename*=UTF-8''%c3%28; filename=b", true, "b")]
    [InlineData("attachment; filename*=UTF-8''%c; filename=b", true, "b")]
    [InlineData("attachment; filename*=UTF-16''ab; filename=b", true, "b")]
    [InlineData("attachment; filename*=b; filename=c", true, "c")]
    [InlineData("attachment; filename=\"a\\\"b\"", true, "a\"b")]
    [InlineData("attachment; filename=a; filename=b", true, "a")]
    [InlineData("attachment", true, null)]
    [InlineData("inline", false, null)]
    [InlineData("other", true, null)]
    public void NamesOfFilesAreRead(string field, bool isAttachment, string? name)
    {
        bool isRead = ContentDisposition.TryParse(FieldText.Of(field), out ContentDisposition read);
        Assert.Equal(!field.Contains("= ", StringComparison.Ordinal), isRead);
        Assert.Equal(isAttachment, read.IsAttachment);
        Assert.Equal(name, read.FileName);
    }

    [Theory]
    [InlineData("")]
    [InlineData("\"attachment\"")]
    [InlineData("attachment; filename")]
    [InlineData("attachment; filename=a b")]
    public void MalformedFieldsAreRefused(string field) =>
        Assert.False(ContentDisposition.TryParse(FieldText.Of(field), out _));

    [Theory]
    [InlineData("plain.txt", "attachment; filename=\"plain.txt\"")]
    [InlineData("\u20AC rates.txt", "attachment; filename=\"_ rates.txt\"; filename*=UTF-8''%E2%82%AC%20rates.txt")]
    [InlineData("a\"b\\c%41.txt", "attachment; filename=\"a_b_c_41.txt\"; filename*=UTF-8''a%22b%5Cc%2541.txt")]
    [InlineData("a\r\nX: y", "attachment; filename=\"a__X: y\"; filename*=UTF-8''a%0D%0AX%3A%20y")]
    public void NamesAreWrittenSoThatAllCanReadThem(string name, string field) =>
        Assert.Equal(field, FieldText.Written(output => ContentDisposition.WriteAttachment(output, name)));

    [Fact]
    public void WhatIsWrittenIsReadTheSame() => Prop.ForAll<NonEmptyString>(name =>
    {
        string text = Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(name.Get)); // Without halves of surrogates.
        byte[] field = FieldText.Of(FieldText.Written(output => ContentDisposition.WriteAttachment(output, text)));
        return ContentDisposition.TryParse(field, out ContentDisposition read) && read.FileName == text;
    }).QuickCheckThrowOnFailure();

    [Theory]
    [InlineData("a.txt", "a.txt")]
    [InlineData("../../etc/passwd", "passwd")]
    [InlineData("C:\\Windows\\win.ini", "win.ini")]
    [InlineData("/", null)]
    [InlineData("..", null)]
    [InlineData(".", null)]
    [InlineData("", null)]
    [InlineData(null, null)]
    [InlineData(".bashrc", "bashrc")]
    [InlineData("a\0b\n.txt", "a_b_.txt")]
    [InlineData("a:b|c?.txt", "a_b_c_.txt")]
    [InlineData("gpj\u202Efdp.exe", "gpj_fdp.exe")]
    [InlineData(" a. ", "a")]
    public void NamesToSaveUnderAreSafe(string? given, string? safe) =>
        Assert.Equal(safe, ContentDisposition.SafeFileName(given));

    [Fact]
    public void LongNamesAreCutBetweenCharacters()
    {
        string safe = ContentDisposition.SafeFileName(new string('\u20AC', 1000))!;
        Assert.Equal(new string('\u20AC', 85), safe);
    }

    [Theory]
    [InlineData("a b/c?d", PercentSet.Unreserved, "a%20b%2Fc%3Fd")]
    [InlineData("a b/c?d", PercentSet.Segment, "a%20b%2Fc%3Fd")]
    [InlineData("a b/c?d", PercentSet.Path, "a%20b/c%3Fd")]
    [InlineData("a b/c?d", PercentSet.Query, "a%20b/c?d")]
    [InlineData("a=b&c+%", PercentSet.Segment, "a=b&c+%25")]
    [InlineData("~-._!", PercentSet.Unreserved, "~-._%21")]
    [InlineData("\u20AC", PercentSet.Path, "%E2%82%AC")]
    [InlineData("[]#\"<>\\^`{|}\u007F\n", PercentSet.Query, "%5B%5D%23%22%3C%3E%5C%5E%60%7B%7C%7D%7F%0A")]
    [InlineData("", PercentSet.Unreserved, "")]
    public void TextIsEncodedForItsPlace(string text, PercentSet kept, string encoded)
    {
        Assert.Equal(encoded, PercentEncoding.Encode(text, kept));
        Assert.Equal(text, PercentEncoding.TryDecode(FieldText.Of(encoded)));
    }

    [Theory]
    [InlineData("%41%2f%2F", "A//")]
    [InlineData("%2541", "%41")]     // Once, never twice.
    [InlineData("a+b", "a+b")]
    [InlineData("%", null)]
    [InlineData("%4", null)]
    [InlineData("%4g", null)]
    [InlineData("%%41", null)]
    [InlineData("%C0%AF", null)]
    public void TextIsDecodedOnce(string encoded, string? text) =>
        Assert.Equal(text, PercentEncoding.TryDecode(FieldText.Of(encoded)));

    [Fact]
    public void DecodingWorksInPlace()
    {
        byte[] bytes = FieldText.Of("a%20b%41c");
        Assert.True(PercentEncoding.TryDecode(bytes, bytes, out int written));
        Assert.Equal("a bAc", FieldText.Text(bytes.AsSpan(0, written)));
    }

    [Fact]
    public void WhatIsEncodedIsDecodedToTheSame() => Prop.ForAll<byte[], byte>((bytes, set) =>
    {
        byte[] encoded = FieldText.Of(FieldText.Written(o => PercentEncoding.Write(o, bytes, (PercentSet)(set % 5))));
        byte[] decoded = new byte[encoded.Length];
        return encoded.All(one => one is > 32 and < 127) &&
            PercentEncoding.TryDecode(encoded, decoded, out int written) &&
            decoded.AsSpan(0, written).SequenceEqual(bytes);
    }).QuickCheckThrowOnFailure();
}
