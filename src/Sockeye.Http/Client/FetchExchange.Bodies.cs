namespace Sockeye.Http.Client;

// The bodies: the request's on its way out, the response's on its way in, and what becomes of the connection then.
internal sealed partial class FetchExchange
{
    /// <summary>Bytes of a body that are written before they are flushed.</summary>
    private const int PieceBytesMax = 32_768;

    /// <summary>What the second activity does.</summary>
    private enum Upload : byte
    {
        /// <summary>There is none, or it is done.</summary>
        None = 0,

        /// <summary>It waits for 100 (Continue), for a limited time.</summary>
        WaitsForPermission,

        /// <summary>It sends.</summary>
        Sends,

        /// <summary>What is left of the body is not wanted any more.</summary>
        GivenUp,
    }

    /// <summary>Where the response's body is.</summary>
    private enum Download : byte
    {
        /// <summary>More of it is to be read.</summary>
        Open = 0,

        /// <summary>It is whole, though the last piece may not have been taken.</summary>
        Whole,

        /// <summary>It cannot be read to its end.</summary>
        Broken,
    }

    private Upload _upload;
    private Task _uploading = Task.CompletedTask;
    private TaskCompletionSource? _permission;
    private CancellationTokenSource? _uploadEnd;
    private Exception? _uploadFailure;
    private long _uploaded;
    private bool _hasHead;

    private FetchResponse? _response;
    private ReadOnlyMemory<byte> _piece;
    private long _downloaded;
    private Download _download;
    private Exception? _downloadFailure;
    private bool _isReading;

    /// <summary>Writes a part of the request's body.</summary>
    public async ValueTask WriteAsync(ReadOnlyMemory<byte> content)
    {
        while (!content.IsEmpty)
        {
            if (_upload == Upload.GivenUp)
            {
                throw new IOException("The server has answered, and does not want the rest of the content.");
            }

            CheckOwner();
            ReadOnlyMemory<byte> piece = content[..Math.Min(content.Length, PieceBytesMax)];
            content = content[piece.Length..];
            Http.WriteBody(piece.Span);
            if (await Http.FlushAsync() is not End.None and var end)
            {
                // The reader finds out too, after the answer that may have come before the end.
                _upload = Upload.GivenUp;
                throw new IOException($"The connection has ended: {end}.");
            }

            Uploaded(piece.Length);
        }
    }

    /// <summary>Reads a part of the response's body; 0 at its end.</summary>
    public async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        if (_piece.IsEmpty)
        {
            if (_downloadFailure is not null)
            {
                throw _downloadFailure; // Again: nobody takes half a body for a whole one.
            }

            if (_download == Download.Whole || buffer.IsEmpty)
            {
                return 0;
            }

            CheckOwner();
            await ReceiveAsync(cancellationToken);
        }

        int count = Math.Min(buffer.Length, _piece.Length);
        _piece.Span[..count].CopyTo(buffer.Span);
        _piece = _piece[count..];
        return count;
    }

    /// <summary>Nobody reads the rest of the response's body: keeps the connection if all of it has come.</summary>
    public void GiveUpBody()
    {
        if (_download != Download.Open)
        {
            return;
        }

        if (!Connection.Owner.IsCurrent)
        {
            _pool.Forget(_pooled);
            return;
        }

        try
        {
            int skipped = 0;
            while (!_isReading && skipped <= _options.SkippedBytesMax && Http.TryReadBody(out var piece))
            {
                skipped += piece.Length;
                if (piece.IsEmpty)
                {
                    Finish();
                    return;
                }
            }
        }
        catch (BadResponseException)
        {
            // Nobody wants to know.
        }

        GiveUpUpload();
        _download = Download.Broken;
        _downloadFailure ??= new ObjectDisposedException(nameof(FetchResponse));
        Close(reset: true);
    }

    /// <summary>After the network was disposed, or the thread of a connection that was lost has ended, what is posted
    /// to an owner runs elsewhere.</summary>
    private void CheckOwner()
    {
        if (!Connection.Owner.IsCurrent)
        {
            _pool.Forget(_pooled);
            throw new HttpIOException(HttpRequestError.ResponseEnded, "The connection has ended, and its owner too.");
        }
    }

    private void BeginUpload(FetchContent content, bool expects)
    {
        _uploadEnd = new CancellationTokenSource();
        _permission = expects ? new TaskCompletionSource() : null;
        _upload = expects ? Upload.WaitsForPermission : Upload.Sends;
        _uploading = UploadAsync(content);
    }

    private async Task UploadAsync(FetchContent content)
    {
        await Task.Yield(); // Reading begins beside it, on a blocking engine too.
        try
        {
            if (_permission is not null)
            {
                Task limit = Task.Delay(_options.ContinueTimeout, Connection.Network.Time, _uploadEnd!.Token);
                await Task.WhenAny(_permission.Task, limit);
            }

            if (_upload == Upload.GivenUp)
            {
                return;
            }

            _upload = Upload.Sends;
            await content.WriteToAsync(new UploadStream(this), _uploadEnd!.Token);
            Http.EndBody();
            await Http.FlushAsync();
            _upload = Upload.None;
            RequestSent();
        }
        catch (Exception exception)
        {
            if (_upload != Upload.GivenUp)
            {
                _uploadFailure = exception;
                Connection.Abort();
            }
        }
    }

    private void GiveUpUpload()
    {
        if (_upload is Upload.WaitsForPermission or Upload.Sends)
        {
            _upload = Upload.GivenUp;
            _uploadEnd!.Cancel();
        }
    }

    private void Uploaded(int count)
    {
        _uploaded += count;
        _request.Uploaded?.Invoke(new FetchProgress(_uploaded, _hop.Content!.Length));
    }

    private async ValueTask ReceiveAsync(CancellationToken cancellationToken)
    {
        _isReading = true;
        try
        {
            using (cancellationToken.UnsafeRegister(static state => ((Connection)state!).Abort(), Connection))
            {
                _piece = await Http.ReadBodyAsync();
            }
        }
        catch (BadResponseException bad)
        {
            _download = Download.Broken;
            _downloadFailure = BodyFailureOf(bad);
            GiveUpUpload();
            Close(reset: true);
            cancellationToken.ThrowIfCancellationRequested();
            throw _downloadFailure;
        }
        finally
        {
            _isReading = false;
        }

        if (_piece.IsEmpty)
        {
            Finish();
            return;
        }

        _downloaded += _piece.Length;
        _request.Downloaded?.Invoke(new FetchProgress(_downloaded, _response!.Length));
    }

    private HttpIOException BodyFailureOf(BadResponseException bad)
    {
        FetchException failure = bad.End is End.ReadTimeout or End.IdleTimeout
            ? FetchException.Timeout(
                FetchPhase.Body, $"The next part of {FetchException.Shown(_hop.Uri)}", _options.BodyTimeout)
            : _uploadFailure is null
                ? FetchException.Of(FetchPhase.Body, _hop.Uri, bad)
                : new FetchException(FetchPhase.Body, HttpRequestError.Unknown,
                    $"The content could not be sent: {_uploadFailure.Message}", _uploadFailure);
        return new HttpIOException(failure.HttpRequestError, failure.Message, failure);
    }

    /// <summary>The response is whole.</summary>
    private void Finish()
    {
        FetchResponse response = _response!;
        _download = Download.Whole;
        _timings.End = _timings.Now;
        if (Http.Trailers.Count > 0)
        {
            response.Trailers = FieldsOf(Http.Trailers);
        }

        response.TellEnd();
        if (_upload is Upload.WaitsForPermission or Upload.Sends)
        {
            _ = SettleLaterAsync();
        }
        else
        {
            Settle();
        }
    }

    /// <summary>How long the connection may be idle when the server has said how long it keeps it, in seconds: a second
    /// less, because what is sent just then is lost.</summary>
    internal static TimeSpan IdleTimeoutOf(string? keepAlive, TimeSpan ours)
    {
        string? stated = keepAlive?.Split(',').Select(one => one.Trim())
            .FirstOrDefault(one => one.StartsWith("timeout=", StringComparison.OrdinalIgnoreCase));
        if (stated is null || !ushort.TryParse(stated["timeout=".Length..], out ushort seconds))
        {
            return ours;
        }

        var theirs = TimeSpan.FromSeconds(Math.Max(seconds - 1, 0.5));
        return ours == Timeout.InfiniteTimeSpan || theirs < ours ? theirs : ours;
    }

    /// <summary>The request is still on its way, and wanted although it is answered.</summary>
    private async Task SettleLaterAsync()
    {
        await _uploading;
        Settle();
    }

    private void Settle()
    {
        Http.Transcript = null;
        if (Http.IsReusable)
        {
            _pooled.IdleTimeout = IdleTimeoutOf(_response!.Fields["Keep-Alive"], _options.IdleTimeout);
            _pool.Return(_pooled);
        }
        else
        {
            Close(reset: false);
        }
    }
}
