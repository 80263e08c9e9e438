using System.Text.Json;
using Sockeye.Cli.Resources;

namespace Sockeye.Cli.Loading.Results;

/// <summary>Results in files: what they hold follows from how their names end.</summary>
internal static class LoadFiles
{
    /// <summary>The largest file that is read; an hour with every bucket in use is a thirtieth of it.</summary>
    public const int FileBytesMax = 64 * 1024 * 1024;

    private const int PieceBytes = 81_920;

    private const string Endings = ".json, .hgrm, .html";

    /// <summary>Ends the command when a result could not be saved there. Ask before the load, not after it.</summary>
    public static void RequireSavable(string path)
    {
        if (WriterFor(path) is null)
        {
            throw NoEnding(path);
        }

        RequireWritable(path);
    }

    /// <summary>Saves a result: all of it (.json), its percentiles (.hgrm), or a page with plots (.html).</summary>
    public static void Save(string path, LoadResult result)
    {
        Action<Stream, LoadResult> write = WriterFor(path) ?? throw NoEnding(path);
        Write(path, FileMode.Create, file => write(file, result));
    }

    /// <summary>Saves a text.</summary>
    public static void SaveText(string path, string text) =>
        Write(path, FileMode.Create, file => WriteText(file, text));

    /// <summary>Ends the command when a file could not be written. Ask before the work, not after it.</summary>
    public static void RequireWritable(string path) => Write(path, FileMode.Append, static _ => { });

    /// <summary>Reads back what was saved as JSON, or what <c>--json</c> printed.</summary>
    public static LoadResult Read(string path)
    {
        byte[] document = Bytes(path);
        try
        {
            (int? version, string? type) = LoadResultJson.Kind(document);
            if (type != LoadResultJson.Type)
            {
                throw new ToolException(ExitCode.Usage, ResultText.FileForeign.With(path));
            }

            if (version != Output.SchemaVersion)
            {
                throw new ToolException(
                    ExitCode.Usage, ResultText.FileVersion.With(path, version, Output.SchemaVersion));
            }

            return LoadResultJson.Read(document);
        }
        catch (JsonException)
        {
            throw new ToolException(ExitCode.Usage, ResultText.FileForeign.With(path));
        }
    }

    private static void Write(string path, FileMode mode, Action<Stream> write)
    {
        try
        {
            using var file = new FileStream(path, mode, FileAccess.Write);
            write(file);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new ToolException(
                ExitCode.Files, ResultText.FileNotWritten.With(path, FileFault.Of(path, exception)));
        }
    }

    private static byte[] Bytes(string path)
    {
        try
        {
            // A pipe has no length, so it is read until it ends, or has had too much.
            using FileStream file = File.OpenRead(path);
            using var bytes = new MemoryStream();
            byte[] piece = new byte[PieceBytes];
            while (file.Read(piece) is > 0 and var count)
            {
                bytes.Write(piece, 0, count);
                if (bytes.Length > FileBytesMax)
                {
                    throw new ToolException(ExitCode.Usage, ResultText.FileForeign.With(path));
                }
            }

            return bytes.ToArray();
        }
        catch (Exception exception) when (
            exception is FileNotFoundException or DirectoryNotFoundException || Directory.Exists(path))
        {
            throw new ToolException(ExitCode.Usage, ResultText.FileMissing.With(path));
        }
        catch (UnauthorizedAccessException exception)
        {
            throw new ToolException(
                ExitCode.Permission, ResultText.FileNotRead.With(path, FileFault.Of(path, exception)));
        }
        catch (IOException exception)
        {
            throw new ToolException(ExitCode.Usage, ResultText.FileNotRead.With(path, FileFault.Of(path, exception)));
        }
    }

    private static Action<Stream, LoadResult>? WriterFor(string path) => Path.GetExtension(path) switch
    {
        ".json" => LoadResultJson.Write,
        ".hgrm" => static (stream, result) => WriteText(stream, PercentileText.Of(result.Latency)),
        ".html" => static (stream, result) => WriteText(stream, LoadReport.Of(result)),
        _ => null,
    };

    private static ToolException NoEnding(string path) =>
        new(ExitCode.Usage, ResultText.FileEnding.With(path, Endings));

    private static void WriteText(Stream stream, string text) => stream.Write(System.Text.Encoding.UTF8.GetBytes(text));
}
