using System.Text;
using Sockeye.Http.Protocol;

namespace Sockeye.Http.Client;

/// <summary>What a download came to.</summary>
/// <param name="Path">The file.</param>
/// <param name="Bytes">Bytes of the file.</param>
/// <param name="ResumedFrom">Bytes that were there from an earlier run.</param>
/// <param name="Attempts">Requests that it took.</param>
/// <param name="Last">The last response; its body was read.</param>
public sealed record FetchDownload(string Path, long Bytes, long ResumedFrom, int Attempts, FetchResponse Last);

/// <summary>
/// A download to a file that can go on where it, or an earlier run, was cut off. Until it is whole it is in
/// <c>file.part</c>, and <c>file.part.from</c> says of what: the URI and the validator that tells whether the server
/// still has the same (RFC 9110 section 13.1.5).
/// </summary>
internal sealed class FileDownload(HttpFetcher fetcher, FetchRequest request, string path)
{
    /// <summary>How often it goes on after it was cut off.</summary>
    private const int ResumesMax = 5;

    private readonly string _part = path + ".part";
    private readonly string _from = path + ".part.from";
    private string _path = path;

    /// <summary>Told of how far it is, what was there before included.</summary>
    public Action<FetchProgress>? Progress { get; init; }

    /// <summary>Chooses another path once a head is there.</summary>
    public Func<FetchResponse, string>? SaveAs { get; init; }

    /// <exception cref="FetchException">It failed; what has come is kept.</exception>
    /// <exception cref="IOException">It was cut off and could not go on, or a file could not be written.</exception>
    public async Task<FetchDownload> RunAsync(CancellationToken cancellationToken)
    {
        long resumedFrom = -1;
        for (int attempt = 1; ; attempt++)
        {
            (string? validator, long have) = ReadState();
            resumedFrom = resumedFrom < 0 ? have : resumedFrom;
            long before = have;
            try
            {
                FetchResponse response = await fetcher.SendAsync(Continued(have, validator), cancellationToken);
                bool isWhole = await TakeAsync(response, have, cancellationToken);
                if (isWhole)
                {
                    long bytes = new FileInfo(_part).Length;
                    File.Move(_part, _path, overwrite: true);
                    File.Delete(_from);
                    return new FetchDownload(_path, bytes, Math.Min(resumedFrom, bytes), attempt, response);
                }

                resumedFrom = 0; // The server has something else now.
            }
            catch (HttpIOException) when (attempt <= ResumesMax && HasGrown(before))
            {
                // Cut off, after some of it came: goes on from there.
            }
            catch (FetchException exception) when (
                attempt is > 1 and <= ResumesMax && exception.IsBeforeResponse && ReadState().Validator is not null)
            {
                // The server that cut us off is not back yet, or did so again at once.
            }

            if (attempt > ResumesMax)
            {
                throw new FetchException(FetchPhase.Body, HttpRequestError.ResponseEnded,
                    $"{FetchException.Shown(request.Uri)} was not had whole in {attempt} attempts.");
            }
        }
    }

    /// <summary>Whether going on would gain anything.</summary>
    private bool HasGrown(long before) => ReadState() is { Validator: not null } state && state.Bytes > before;

    private FetchRequest Continued(long have, string? validator)
    {
        FetchFields fields = request.Fields.Copy();
        fields["Accept-Encoding"] = "identity"; // A range is one of what is sent, so it must be the same each time.
        if (validator is not null && have > 0)
        {
            fields["Range"] = $"bytes={have}-";
            fields["If-Range"] = validator;
        }

        return new FetchRequest("GET", request.Uri)
        {
            Fields = fields,
            FollowsRedirects = request.FollowsRedirects,
            Interim = request.Interim,
            Transcript = request.Transcript,
        };
    }

    /// <summary>Writes what a response brings; false when the beginning that is here does not fit and was
    /// dropped.</summary>
    private async Task<bool> TakeAsync(FetchResponse response, long have, CancellationToken cancellationToken)
    {
        await using (response)
        {
            switch (response.Status)
            {
                case StatusCode.PartialContent when IsRestFrom(response, have, out long? whole):
                    _path = SaveAs?.Invoke(response) ?? _path;
                    await CopyAsync(response, FileMode.Append, have, whole, cancellationToken);
                    return true;
                case StatusCode.RangeNotSatisfiable when have > 0 && IsAllOf(response, have):
                    return true; // It was cut off after its last byte.
                case StatusCode.RangeNotSatisfiable or StatusCode.PartialContent when have > 0:
                    Forget();
                    return false;
                case StatusCode.Ok:
                    _path = SaveAs?.Invoke(response) ?? _path;
                    Forget();
                    WriteState(response);
                    await CopyAsync(response, FileMode.Create, 0, response.Length, cancellationToken);
                    return true;
                default:
                    throw new FetchException(FetchPhase.Exchange, HttpRequestError.InvalidResponse,
                        $"{FetchException.Shown(response.Uri)} answered {response.Status} {response.Reason}: "
                        + "there is nothing to download.");
            }
        }
    }

    private async Task CopyAsync(
        FetchResponse response, FileMode mode, long have, long? whole, CancellationToken cancellationToken)
    {
        await using var file = new FileStream(
            _part, mode, FileAccess.Write, FileShare.Read, bufferSize: 0, useAsync: true);
        byte[] buffer = new byte[65_536];
        while (await response.Body.ReadAsync(buffer, cancellationToken) is > 0 and int count)
        {
            await file.WriteAsync(buffer.AsMemory(0, count), cancellationToken);
            have += count;
            Progress?.Invoke(new FetchProgress(have, whole));
        }
    }

    private static bool IsRestFrom(FetchResponse response, long have, out long? whole)
    {
        bool isOne = TryRange(response, out ContentRange range);
        whole = range.CompleteLength;
        return isOne && have > 0 && range.Range is { } part && part.First == have
            && (whole is null || part.Last == whole - 1);
    }

    private static bool IsAllOf(FetchResponse response, long have) =>
        TryRange(response, out ContentRange range) && range.CompleteLength == have;

    private static bool TryRange(FetchResponse response, out ContentRange range)
    {
        range = default;
        return response.Fields["Content-Range"] is { } text
            && ContentRange.TryParse(Encoding.Latin1.GetBytes(text), out range);
    }

    private (string? Validator, long Bytes) ReadState()
    {
        string[] lines = File.Exists(_from) && File.Exists(_part) ? File.ReadAllLines(_from) : [];
        return lines.Length == 2 && lines[0] == FetchException.Shown(request.Uri) + request.Uri.Query
            ? (lines[1], new FileInfo(_part).Length)
            : (null, 0);
    }

    private void WriteState(FetchResponse response)
    {
        if (ValidatorOf(response) is { } validator)
        {
            File.WriteAllLines(_from, [FetchException.Shown(request.Uri) + request.Uri.Query, validator]);
        }
    }

    private void Forget()
    {
        File.Delete(_part);
        File.Delete(_from);
    }

    /// <summary>RFC 9110 section 13.1.5: a strong entity tag; or a date that is strong, which section 8.8.2.2 says it
    /// is when the response is at least a second younger.</summary>
    private static string? ValidatorOf(FetchResponse response)
    {
        if (response.Fields["ETag"] is { } tag)
        {
            return tag.StartsWith('"') ? tag : null;
        }

        return response.Fields["Last-Modified"] is { } changed
            && HttpDate.TryParse(Encoding.Latin1.GetBytes(changed), out DateTimeOffset changedAt)
            && response.Fields["Date"] is { } date
            && HttpDate.TryParse(Encoding.Latin1.GetBytes(date), out DateTimeOffset sentAt)
            && sentAt - changedAt >= TimeSpan.FromSeconds(1)
            ? changed
            : null;
    }
}
