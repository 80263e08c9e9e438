using System.Text;
using Sockeye.Cli;
using Sockeye.Cli.Fetching;

namespace Sockeye.Tests.Cli;

/// <summary>The words of a request: items, bodies and URLs.</summary>
public sealed class FetchItemTests
{
    [Theory]
    [InlineData("name=Ada", "Text", "name", "Ada")]
    [InlineData("name=", "Text", "name", "")]
    [InlineData("name=a=b:c@d", "Text", "name", "a=b:c@d")]
    [InlineData("name=@file.txt", "TextFile", "name", "file.txt")]
    [InlineData("n:=1", "Json", "n", "1")]
    [InlineData("n:={\"a\":[1,2]}", "Json", "n", "{\"a\":[1,2]}")]
    [InlineData("n:=@data.json", "JsonFile", "n", "data.json")]
    [InlineData("q==1", "Query", "q", "1")]
    [InlineData("q==", "Query", "q", "")]
    [InlineData("Header:value", "Header", "Header", "value")]
    [InlineData("Time:12:30", "Header", "Time", "12:30")]
    [InlineData("Header:", "NoHeader", "Header", "")]
    [InlineData("Header;", "EmptyHeader", "Header", "")]
    [InlineData("photo@cat.png", "File", "photo", "cat.png")]
    [InlineData("@body.bin", "Body", "", "body.bin")]
    [InlineData("@-", "Body", "", "-")]
    [InlineData("-", "Body", "", "-")]
    [InlineData(@"a\=b=c", "Text", "a=b", "c")]
    [InlineData(@"a\:b=c", "Text", "a:b", "c")]
    [InlineData(@"a\@b:c", "Header", "a@b", "c")]
    [InlineData(@"a\\=c", "Text", @"a\", "c")]
    [InlineData(@"path=C:\new\folder", "Text", "path", @"C:\new\folder")]
    [InlineData(@"a=\@b", "Text", "a", "@b")]
    [InlineData("名=值", "Text", "名", "值")]
    public void ItemIsANameASeparatorAndAValue(string word, string kind, string name, string value)
    {
        RequestItem item = RequestItem.Parse(word);
        Assert.Equal((kind, name, value), (item.Kind.ToString(), item.Name, item.Value));
    }

    [Theory]
    [InlineData("word")]
    [InlineData("")]
    [InlineData("=x")]
    [InlineData(":x")]
    [InlineData("==x")]
    [InlineData("name@")]
    [InlineData("name=@")]
    [InlineData("@")]
    [InlineData(";")]
    public void WhatIsNoItemIsSaidToBeNone(string word)
    {
        ToolException wrong = Assert.Throws<ToolException>(() => RequestItem.Parse(word));
        Assert.Equal(ExitCode.Usage, wrong.ExitCode);
        Assert.StartsWith($"'{word}' is no item", wrong.Message);
    }

    [Theory]
    [InlineData(false, "application/json", """{"a":"1","b":2,"c":"é"}""", "a=1", "b:=2", "c=é")]
    [InlineData(false, "application/json", """{"a":{"x":[1.50]}}""", """a:={"x":[1.50]}""")]
    [InlineData(true, "application/x-www-form-urlencoded", "a=1+%26&a=%C3%A9&b=2", "a=1 &", "a=é", "b:=2")]
    public void PartsMakeAnObjectOrAForm(bool isForm, string type, string text, params string[] words)
    {
        RequestBody body = RequestBody.Of([.. words.Select(RequestItem.Parse)], isForm, NoInput)!;
        Assert.Equal((type, text), (body.ContentType, Encoding.UTF8.GetString(body.Shown!.Value.Span)));
        Assert.Equal(body.Shown.Value.Length, body.Content.Length);
    }

    [Theory]
    [InlineData("""{"a":{"b":{"c":"1"},"d":2}}""", "a[b][c]=1", "a[d]:=2")]
    [InlineData("""{"a":["x","y"],"b":[1]}""", "a[]=x", "b[]:=1", "a[]=y")]
    [InlineData("""{"a":[null,{"n":"x"},"z"]}""", "a[2]=z", "a[1][n]=x")]
    [InlineData("""{"a":[["x"],["y"]]}""", "a[][]=x", "a[][]=y")]
    [InlineData("""["x",{"n":1}]""", "[]=x", "[][n]:=1")]
    [InlineData("""{"n":"x"}""", "[n]=x")]
    [InlineData("""{"a[b]":"x"}""", @"a\[b\]=x")]
    [InlineData("""{"a":{"0":"x"}}""", @"a[\0]=x")]
    [InlineData("""{"名":{"值":"x"}}""", "名[值]=x")]
    public void BracketsAreObjectsAndArrays(string text, params string[] words)
    {
        RequestBody body = RequestBody.Of([.. words.Select(RequestItem.Parse)], false, NoInput)!;
        Assert.Equal(text, Encoding.UTF8.GetString(body.Shown!.Value.Span));
    }

    [Theory]
    [InlineData("the name 'a[b' has brackets that do not fit; ", "a[b=1")]
    [InlineData("the name 'a]' has brackets that do not fit; ", "a]=1")]
    [InlineData("the name 'a[b]c' has brackets that do not fit; ", "a[b]c=1")]
    [InlineData("the name 'a[b[c]]' has brackets that do not fit; ", "a[b[c]]=1")]
    [InlineData("'a[b]' does not fit to what was said of it before: ", "a=1", "a[b]=1")]
    [InlineData("'a[]' does not fit to what was said of it before: ", "a[b]=1", "a[]=1")]
    [InlineData("'a' does not fit to what was said of it before: ", "a[b]=1", "a=1")]
    [InlineData("'a[0]' is there twice, ", "a[0]=1", "a[0]=2")]
    [InlineData("'a[10000]' goes beyond the 10000 places of an array, or the 60 levels, ", "a[10000]=1")]
    [InlineData("'a[99999999999]' goes beyond ", "a[99999999999]=1")]
    public void BracketsThatMakeNoSenseAreSaidToMakeNone(string sentence, params string[] words)
    {
        ToolException wrong = Assert.Throws<ToolException>(
            () => RequestBody.Of([.. words.Select(RequestItem.Parse)], false, NoInput));
        Assert.Equal(ExitCode.Usage, wrong.ExitCode);
        Assert.StartsWith(sentence, wrong.Message);
    }

    [Fact]
    public void NameHasSoManyLevelsAndNoMore()
    {
        string deepest = "a" + string.Concat(Enumerable.Repeat("[b]", JsonItems.LevelsMax - 1));
        RequestItem[] fits = [RequestItem.Parse(deepest + "=1")];
        Assert.NotNull(RequestBody.Of(fits, false, NoInput));
        RequestItem[] tooDeep = [RequestItem.Parse(deepest + "[b]=1")];
        Assert.Throws<ToolException>(() => RequestBody.Of(tooDeep, false, NoInput));
    }

    [Fact]
    public void HeadersAndQueriesMakeNoBody() =>
        Assert.Null(RequestBody.Of([RequestItem.Parse("a:b"), RequestItem.Parse("q==1")], false, NoInput));

    [Fact]
    public void InputIsTheBodyAsItIs()
    {
        byte[] bytes = [0, 1, 255, (byte)'\n'];
        RequestBody body = RequestBody.Of([RequestItem.Parse("-")], false, () => new MemoryStream(bytes))!;
        Assert.Equal(bytes, body.Shown!.Value.ToArray());
    }

    [Theory]
    [InlineData(":8080/path", "http://localhost:8080/path", null)]
    [InlineData(":/path", "http://localhost/path", null)]
    [InlineData(":8080", "http://localhost:8080/", null)]
    [InlineData("example.com", "http://example.com/", null)]
    [InlineData("localhost:81/a?b=c", "http://localhost:81/a?b=c&q=x%20y&r=%26", null)]
    [InlineData("https://[::1]:8443/a%2Fb", "https://[::1]:8443/a%2Fb", null)]
    [InlineData("http+unix://%2Frun%2Fapp.sock/v1/x?y", "http://localhost/v1/x?y", "unix:/run/app.sock")]
    public void UrlMayBeShort(string text, string url, string? socket)
    {
        string[] words = text.Contains("b=c", StringComparison.Ordinal) ? ["q==x y", "r==&"] : [];
        FetchTarget target = FetchTarget.Parse(text, null, words.Select(RequestItem.Parse));
        Assert.Equal((url, socket), (target.Url.AbsoluteUri, target.Socket?.ToString()));
    }

    [Fact]
    public void UserAndPasswordLeaveTheUrl()
    {
        FetchTarget target = FetchTarget.Parse("http://a%40b:p%3Aw@h/x", "@name", []);
        Assert.Equal(("http://h/x", "a@b:p:w", "unix:@name"), ($"{target.Url}", target.User, $"{target.Socket}"));
    }

    private static Stream NoInput() => throw new InvalidOperationException("Nobody asked for standard input.");
}
