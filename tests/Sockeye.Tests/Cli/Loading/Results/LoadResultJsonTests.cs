using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using FsCheck;
using FsCheck.Fluent;
using Sockeye.Cli;
using Sockeye.Cli.Loading.Results;

namespace Sockeye.Tests.Cli.Loading.Results;

public sealed class LoadResultJsonTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("load").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void WhatIsWrittenIsReadBack() =>
        Check.QuickThrowOnFailure(Prop.ForAll(Gen.Choose(0, int.MaxValue).ToArbitrary(), seed =>
        {
            LoadResult result = SampleResult.Of(0.5 + (seed % 10 / 10.0), seed, 1 + (seed % 7));
            result = result with { Settings = result.Settings with { RatePerSecond = seed % 2 == 0 ? null : seed } };
            byte[] document = DocumentOf(result);
            LoadResult read = LoadResultJson.Read(document);
            return document.SequenceEqual(DocumentOf(read))
                && read.Latency.Buckets.SequenceEqual(result.Latency.Buckets)
                && (read.Settings, read.Machine, read.Elapsed, read.BeganAt, read.Generator)
                    == (result.Settings, result.Machine, result.Elapsed, result.BeganAt, result.Generator)
                && read.Seconds.SequenceEqual(result.Seconds)
                && read.Errors.OrderBy(one => one.Key).SequenceEqual(result.Errors.OrderBy(one => one.Key));
        }));

    [Fact]
    public void KeysCarryTheirUnits()
    {
        JsonElement root = JsonDocument.Parse(DocumentOf(SampleResult.Of(2))).RootElement;
        Assert.Equal(["schema_version", "type"], root.EnumerateObject().Take(2).Select(one => one.Name));
        Assert.Equal("2026-11-21T12:34:56Z", root.GetProperty("began_at_utc").GetString());
        Assert.Equal(2, root.GetProperty("elapsed_seconds").GetDouble());
        Assert.Equal(10, root.GetProperty("errors").GetProperty("reply_timeout").GetInt64());
        Assert.Equal(0, root.GetProperty("status_codes").GetProperty("503").GetInt64());
        Assert.Equal("none", root.GetProperty("generator").GetProperty("limit").GetString());
        Assert.True(root.GetProperty("latency").GetProperty("p99_9_ns").GetInt64() > 300_000);
        Assert.Equal(JsonValueKind.Number, root.GetProperty("requests_per_second").ValueKind);
    }

    [Fact]
    public void SavedFileIsReadBackWhatItsNameSays()
    {
        LoadResult result = SampleResult.Of();
        string json = PathOf("run.json");
        LoadFiles.Save(json, result);
        Assert.Equal(DocumentOf(result), DocumentOf(LoadFiles.Read(json)));
        LoadFiles.Save(PathOf("run.hgrm"), result);
        Assert.Equal(PercentileText.Of(result.Latency), File.ReadAllText(PathOf("run.hgrm")));
        LoadFiles.Save(PathOf("run.html"), result);
        Assert.Equal(LoadReport.Of(result), File.ReadAllText(PathOf("run.html")));
    }

    [Fact]
    public void NameThatSaysNothingIsRefused()
    {
        LoadFiles.RequireSavable(PathOf("run.html"));
        var failure = Assert.Throws<ToolException>(() => LoadFiles.RequireSavable(PathOf("run.txt")));
        Assert.Equal(
            $"'{PathOf("run.txt")}' does not say what to save; end it in one of .json, .hgrm, .html", failure.Message);
    }

    [Fact]
    public async Task PipeIsReadLikeAFile()
    {
        byte[] document = DocumentOf(SampleResult.Of());
        using var server = new System.IO.Pipes.AnonymousPipeServerStream();
        Task writing = Task.Run(() =>
        {
            server.Write(document);
            server.Dispose();
        });
        string end = $"/proc/self/fd/{server.ClientSafePipeHandle.DangerousGetHandle()}";
        using FileStream open = File.OpenRead(end);
        server.DisposeLocalCopyOfClientHandle();
        Assert.Equal(document, DocumentOf(LoadFiles.Read($"/proc/self/fd/{open.SafeFileHandle.DangerousGetHandle()}")));
        await writing;
    }

    [Fact]
    public void PlaceThatCannotBeWrittenIsASentence()
    {
        var failure = Assert.Throws<ToolException>(
            () => LoadFiles.Save(PathOf("no/such/folder/run.json"), SampleResult.Of(1)));
        Assert.Equal(ExitCode.Files, failure.ExitCode);
    }

    [Theory]
    [InlineData("")]
    [InlineData("no JSON")]
    [InlineData("[]")]
    [InlineData("null")]
    [InlineData("{}")]
    [InlineData("""{"schema_version":1,"type":"version"}""")]
    [InlineData("""{"schema_version":"1","type":"load"}""")]
    [InlineData("""{"schema_version":1,"type":"load"}""")]
    public void OtherFilesAreNoResults(string text)
    {
        File.WriteAllText(PathOf("other.json"), text);
        AssertForeign("is not a whole result of load; name a file that load saved as JSON");
    }

    [Theory]
    [InlineData("latency", "null")]
    [InlineData("latency", """{"lowest_ns_and_count":[[2049,1]],"min_ns":2049,"max_ns":2049}""")]
    [InlineData("latency", """{"lowest_ns_and_count":[[2048]]}""")]
    [InlineData("latency", """{"lowest_ns_and_count":[["1",1]]}""")]
    [InlineData("seconds", "[null]")]
    [InlineData("seconds", """[{"requests":-1,"errors":0,"p50_ns":0,"p99_ns":0}]""")]
    [InlineData("seconds", """[{"requests":1}]""")]
    [InlineData("errors", """{"bad_luck":1}""")]
    [InlineData("elapsed_seconds", "0")]
    [InlineData("elapsed_seconds", "1e300")]
    [InlineData("requests", "-1")]
    [InlineData("settings", "{}")]
    [InlineData("generator", """{"cpu_share":0,"late_sends":0,"late_most_ns":0,"limit":7}""")]
    public void ResultWithAnImpossiblePartIsNone(string key, string value)
    {
        JsonNode document = JsonNode.Parse(DocumentOf(SampleResult.Of(1)))!;
        document[key] = JsonNode.Parse(value);
        File.WriteAllText(PathOf("other.json"), document.ToJsonString());
        AssertForeign("is not a whole result of load; name a file that load saved as JSON");
    }

    [Fact]
    public void EveryBeginningOfAResultIsNone()
    {
        byte[] document = DocumentOf(SampleResult.Of(1));
        for (int length = 0; length < document.Length - 1; length += 1 + (length / 50))
        {
            Assert.ThrowsAny<JsonException>(() => LoadResultJson.Read(document.AsSpan(0, length)));
        }
    }

    [Fact]
    public void LaterVersionIsNamed()
    {
        string text = Encoding.UTF8.GetString(DocumentOf(SampleResult.Of(1)));
        File.WriteAllText(PathOf("other.json"), text.Replace("\"schema_version\":1", "\"schema_version\":2"));
        AssertForeign("has schema version 2, and this is sockeye for version 1; save it again with this one");
    }

    [Fact]
    public void MissingFileIsASentence()
    {
        var failure = Assert.Throws<ToolException>(() => LoadFiles.Read(PathOf("none.json")));
        Assert.Equal(ExitCode.Usage, failure.ExitCode);
        Assert.EndsWith("; name a file that load saved as JSON", failure.Message);
    }

    private static byte[] DocumentOf(LoadResult result)
    {
        using var stream = new MemoryStream();
        LoadResultJson.Write(stream, result);
        return stream.ToArray();
    }

    private void AssertForeign(string sentence)
    {
        var failure = Assert.Throws<ToolException>(() => LoadFiles.Read(PathOf("other.json")));
        Assert.Equal((ExitCode.Usage, $"'{PathOf("other.json")}' {sentence}"), (failure.ExitCode, failure.Message));
    }

    private string PathOf(string name) => Path.Combine(_folder, name);
}
