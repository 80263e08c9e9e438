using System.Diagnostics;
using System.Text;
using Sockeye.Cli.Loading.Results;
using Sockeye.Cli.Resources;
using Sockeye.Http.Client;
using Sockeye.Http.Protocol;
using Spectre.Console;

namespace Sockeye.Cli.Fetching;

/// <summary>Downloads to a file, and says on standard error how far it is.</summary>
/// <param name="output">Where it is said.</param>
/// <param name="path">The file; null takes its name from the server, or from the URL.</param>
/// <param name="force">Replaces the file that is there.</param>
/// <param name="goesOn">Goes on where an earlier run was cut off.</param>
internal sealed class FileSaver(Output output, string? path, bool force, bool goesOn)
{
    private const string NameWithoutName = "index.html";

    /// <summary>Downloads; the last response, whose body is in the file.</summary>
    /// <exception cref="ToolException">It cannot be saved there.</exception>
    public async Task<FetchResponse> RunAsync(
        HttpFetcher fetcher, FetchPlan plan, FetchRequest request, CancellationToken stop)
    {
        string file = FileOf(plan);
        Check(plan, file);
        if (!goesOn)
        {
            File.Delete(file + ".part");
            File.Delete(file + ".part.from");
        }

        long began = Stopwatch.GetTimestamp();
        try
        {
            FetchDownload done = await DownloadAsync(fetcher, request, file, stop);
            Report(done, Stopwatch.GetElapsedTime(began));
            return done.Last;
        }
        catch (Exception exception) when (
            exception is UnauthorizedAccessException or FileNotFoundException or DirectoryNotFoundException)
        {
            int code = exception is UnauthorizedAccessException ? ExitCode.Permission : ExitCode.Usage;
            throw new ToolException(code, FetchText.OutputUnwritable.With(file));
        }
        catch (Exception) when (new FileInfo(file + ".part") is { Exists: true, Length: > 0 } part)
        {
            if (!output.Json)
            {
                output.Note(FetchText.DownloadKept.With(part.Length, part.Name));
            }

            throw;
        }
    }

    private Task<FetchDownload> DownloadAsync(
        HttpFetcher fetcher, FetchRequest request, string file, CancellationToken stop)
    {
        if (!output.ErrorIsTerminal || output.Json)
        {
            return fetcher.DownloadAsync(request, file, progress: null, NameOf(file), stop);
        }

        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Out = new AnsiConsoleOutput(Console.Error),
            ColorSystem = output.ErrorHasColor ? ColorSystemSupport.Standard : ColorSystemSupport.NoColors,
        });
        return console.Progress()
            .Columns(
                new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn(), new DownloadedColumn(),
                new TransferSpeedColumn(), new RemainingTimeColumn())
            .StartAsync(context =>
            {
                ProgressTask bar = context.AddTask(Markup.Escape(Path.GetFileName(file)));
                bar.IsIndeterminate = true;
                return fetcher.DownloadAsync(
                    request, file, progress => Show(bar, progress), NameOf(file), stop);
            });
    }

    private static void Show(ProgressTask bar, FetchProgress progress)
    {
        if (progress.Length is { } length)
        {
            bar.IsIndeterminate = false;
            bar.MaxValue = length;
        }

        bar.Value = progress.Bytes;
    }

    private string FileOf(FetchPlan plan)
    {
        string name = Uri.UnescapeDataString(plan.Url.Segments[^1]);
        return path ?? ContentDisposition.SafeFileName(name) ?? NameWithoutName;
    }

    /// <summary>The file as the server names it; null where the name was chosen on the command line.</summary>
    private Func<FetchResponse, string>? NameOf(string file) => path is not null ? null : response =>
    {
        byte[] field = Encoding.Latin1.GetBytes(response.Fields["Content-Disposition"] ?? "");
        string? named = ContentDisposition.TryParse(field, out ContentDisposition disposition)
            ? ContentDisposition.SafeFileName(disposition.FileName)
            : null;
        if (named is null || named == file)
        {
            return file;
        }

        CheckFree(named);
        return named;
    };

    private void Check(FetchPlan plan, string file)
    {
        if (plan.Method != "GET" || plan.Body is not null)
        {
            throw new ToolException(ExitCode.Usage, FetchText.DownloadOnlyGet.With(plan.Method));
        }

        CheckFree(file);
        if (!Directory.Exists(Path.GetDirectoryName(Path.GetFullPath(file))))
        {
            throw new ToolException(ExitCode.Usage, FetchText.OutputNoDirectory.With(file));
        }
    }

    private void CheckFree(string file)
    {
        if (Directory.Exists(file))
        {
            throw new ToolException(ExitCode.Usage, FetchText.OutputDirectory.With(file));
        }

        if (!force && File.Exists(file))
        {
            throw new ToolException(ExitCode.Usage, FetchText.OutputExists.With(file));
        }
    }

    private void Report(FetchDownload done, TimeSpan took)
    {
        double seconds = Math.Max(took.TotalSeconds, 0.001);
        if (output.Json)
        {
            output.JsonLine("download", (done, seconds), static (json, one) =>
            {
                json.WriteString("file", one.done.Path);
                json.WriteNumber("status", one.done.Last.Status);
                json.WriteNumber("length_bytes", one.done.Bytes);
                json.WriteNumber("resumed_from_bytes", one.done.ResumedFrom);
                json.WriteNumber("attempts", one.done.Attempts);
                json.WriteNumber("duration_s", Math.Round(one.seconds, 3));
            });
            return;
        }

        string speed = Quantity.Bytes((done.Bytes - done.ResumedFrom) / seconds);
        string rest = done.ResumedFrom > 0 ? FetchText.DownloadResumed.With(done.ResumedFrom) : "";
        output.Note(FetchText.DownloadDone.With(done.Path, done.Bytes, rest, Quantity.Duration(seconds * 1e9), speed));
    }
}
