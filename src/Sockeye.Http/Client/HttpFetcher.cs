using System.Buffers;
using System.Text;
using Sockeye.Http.Protocol;

namespace Sockeye.Http.Client;

/// <summary>
/// An HTTP/1.1 client on any I/O model: pooled connections, redirects, cookies, decompression, retries and proxies.
/// It may be used from any thread. From a handler its connections belong to the handler's owner, and everything happens
/// there; from elsewhere owners are chosen. It does not own the network.
/// </summary>
/// <remarks>On a blocking model an idle connection that a handler has opened keeps the handler's thread until it is
/// closed; give the fetcher a short <see cref="HttpFetcherOptions.IdleTimeout"/> there.</remarks>
/// <example><code>
/// await using var network = Network.Open();
/// using var fetcher = new HttpFetcher(network);
/// await using FetchResponse response = await fetcher.SendAsync(new FetchRequest("GET", "http://example.com/"));
/// string text = await response.ReadTextAsync();
/// </code></example>
public sealed class HttpFetcher : IDisposable
{
    private readonly Network _network;
    private readonly HttpFetcherOptions _options;
    private readonly ConnectionPool _pool;
    private readonly Dialer _dialer;

    /// <summary>Makes a client. It opens no connection before the first request.</summary>
    /// <param name="network">The network that it works over.</param>
    /// <param name="options">How it works; the defaults when null.</param>
    public HttpFetcher(Network network, HttpFetcherOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(network);
        _network = network;
        _options = options ?? HttpFetcherOptions.Default;
        _pool = new ConnectionPool(network, _options);
        _dialer = new Dialer(network, _options);
    }

    /// <summary>Connections that it has now, idle ones included.</summary>
    public int ConnectionCount => _pool.Count;

    /// <summary>Connections that are idle now.</summary>
    public int IdleConnectionCount => _pool.IdleCount;

    /// <summary>
    /// Sends a request, follows redirects, and gives the response once its head is there; the body is still to be read.
    /// </summary>
    /// <exception cref="FetchException">It failed: <see cref="FetchException.Phase"/> says where.</exception>
    /// <exception cref="OperationCanceledException">The token fired.</exception>
    /// <exception cref="ObjectDisposedException">The fetcher was disposed.</exception>
    public async Task<FetchResponse> SendAsync(FetchRequest request, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        // A part of a compressed body cannot be decompressed by itself.
        bool decompresses = _options.Decompresses
            && !request.Fields.Contains("Accept-Encoding") && !request.Fields.Contains("Range");
        bool follows = request.FollowsRedirects ?? _options.RedirectsMax > 0;
        FetchHop hop = FetchHop.First(request, _options);
        List<FetchStep> steps = [];
        while (true)
        {
            FetchResponse response = await SendAsync(
                request, Complete(hop, decompresses), cancellationToken);
            KeepCookies(hop.Uri, response);
            FetchHop? next = follows
                ? Redirects.Next(hop, response.Status, response.Fields["Location"], _options.AllowsInsecureRedirect)
                : null;
            if (next is null)
            {
                response.Steps = steps;
                return decompresses ? Decompress(response) : response;
            }

            await response.DisposeAsync();
            CheckRedirect(next, steps.Count);
            steps.Add(new FetchStep(hop.Uri, response.Status, response.Fields, response.Timings));
            hop = next;
        }
    }

    /// <summary>
    /// Downloads to a file with GET, and goes on where it was cut off, also where an earlier run was: until it is whole
    /// it is in <c>path.part</c>. The server has to name a strong validator for that (RFC 9110 section 13.1.5).
    /// </summary>
    /// <param name="request">What to download; its method, content and callbacks of progress are not used.</param>
    /// <param name="path">The file, which is replaced if it is there.</param>
    /// <param name="progress">Told of how far it is, what was there before included; on any thread.</param>
    /// <param name="saveAs">Chooses another path when the head of the response is there, such as the one that the
    /// server names; what it throws ends the download. Null keeps <paramref name="path"/>.</param>
    /// <param name="cancellationToken">Gives it up; what has come is kept.</param>
    /// <exception cref="FetchException">It failed; what has come is kept.</exception>
    /// <exception cref="IOException">It was cut off and could not go on, or a file could not be written.</exception>
    public Task<FetchDownload> DownloadAsync(
        FetchRequest request, string path, Action<FetchProgress>? progress = null,
        Func<FetchResponse, string>? saveAs = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        ArgumentException.ThrowIfNullOrEmpty(path);
        var download = new FileDownload(this, request, path) { Progress = progress, SaveAs = saveAs };
        return Task.Run(() => download.RunAsync(cancellationToken), cancellationToken); // Files block.
    }

    /// <summary>Closes what is idle and resets what is in use; requests under way fail.</summary>
    public void Dispose() => _pool.Dispose();

    private void CheckRedirect(FetchHop next, int steps)
    {
        if (steps >= _options.RedirectsMax)
        {
            throw new FetchException(FetchPhase.Redirect, HttpRequestError.ConfigurationLimitExceeded,
                $"There are more than {_options.RedirectsMax} redirects; the next one leads to "
                + $"{FetchException.Shown(next.Uri)}.");
        }

        if (next.Content is { IsRepeatable: false })
        {
            throw new FetchException(FetchPhase.Redirect, HttpRequestError.Unknown,
                $"The redirect to {FetchException.Shown(next.Uri)} wants the content again, "
                + "which can be had only once.");
        }
    }

    /// <summary>With the fields that belong to one exchange alone.</summary>
    private FetchHop Complete(FetchHop hop, bool decompresses)
    {
        FetchFields fields = hop.Fields.Copy();
        if (decompresses)
        {
            fields.Add("Accept-Encoding", DecodedStream.Accepted);
        }

        if (_options.Cookies is { } jar && !fields.Contains("Cookie"))
        {
            var cookies = new ArrayBufferWriter<byte>();
            lock (jar)
            {
                jar.Write(cookies, OriginOf(hop.Uri), _network.Time.GetUtcNow());
            }

            if (cookies.WrittenCount > 0)
            {
                fields.Add("Cookie", Encoding.Latin1.GetString(cookies.WrittenSpan));
            }
        }

        return hop with { Fields = fields };
    }

    private void KeepCookies(Uri uri, FetchResponse response)
    {
        if (_options.Cookies is not { } jar)
        {
            return;
        }

        foreach (string value in response.Fields.All("Set-Cookie"))
        {
            if (SetCookie.TryParse(Encoding.Latin1.GetBytes(value)) is { } cookie)
            {
                lock (jar)
                {
                    jar.Store(OriginOf(uri), cookie, _network.Time.GetUtcNow());
                }
            }
        }
    }

    private static CookieOrigin OriginOf(Uri uri) => new(
        Route.HostOf(uri), uri.GetComponents(UriComponents.Path | UriComponents.KeepDelimiter, UriFormat.UriEscaped),
        uri.Scheme == Uri.UriSchemeHttps);

    private FetchResponse Decompress(FetchResponse response)
    {
        if (response.Switched is null && response.Length != 0 && DecodedStream.Of(
            response.Body, response.Fields.All("Content-Encoding"), _options.DecompressedBytesMax) is { } decoded)
        {
            response.Body = decoded;
            response.IsDecompressed = true;
        }

        return response;
    }

    /// <summary>Sends one request, again if nothing came of it and its method allows that.</summary>
    private async Task<FetchResponse> SendAsync(
        FetchRequest request, FetchHop hop, CancellationToken cancellationToken)
    {
        Route route = Route.To(hop.Uri, _options);
        for (int attempt = 0; ; attempt++)
        {
            try
            {
                FetchResponse response = await AttemptAsync(
                    route, request, hop, freshOnly: attempt > 0, cancellationToken);
                if (response.Status != StatusCode.ExpectationFailed || !hop.IsRepeatable
                    || hop.Content is null || !hop.ExpectsContinue(_options, request))
                {
                    return response;
                }

                // RFC 9110 section 10.1.1: after 417 a client "SHOULD repeat that request without a 100-continue".
                await response.DisposeAsync();
                hop = hop with { MayExpect = false };
            }
            catch (FetchException exception) when (
                exception.IsBeforeResponse && hop.IsRetryable && attempt < _options.RetriesMax)
            {
                // Once more, on a new connection.
            }
        }
    }

    private async Task<FetchResponse> AttemptAsync(
        Route route, FetchRequest request, FetchHop hop, bool freshOnly, CancellationToken cancellationToken)
    {
        var timings = new FetchTimings(_network.Time);
        while (true)
        {
            PooledConnection? idle = await _pool.RentAsync(route, freshOnly, cancellationToken);
            timings.Queued = timings.Now;
            if (idle is null)
            {
                return await _network.RunAsync(() => OpenAsync(route, request, hop, timings, cancellationToken));
            }

            // Whatever it says later is no reason to send the request twice, so it is asked just before.
            FetchResponse? response = await OwnerWork.RunAsync(
                idle.Connection.Owner, () => UseAsync(idle, request, hop, timings, cancellationToken));
            if (response is not null)
            {
                return response;
            }
        }
    }

    private async Task<FetchResponse> OpenAsync(
        Route route, FetchRequest request, FetchHop hop, FetchTimings timings, CancellationToken cancellationToken)
    {
        PooledConnection pooled;
        try
        {
            Connection connection = await _dialer.OpenAsync(route, timings, cancellationToken);
            pooled = new PooledConnection(route, connection, _options);
        }
        catch
        {
            _pool.Release(route);
            throw;
        }

        _pool.Add(pooled);
        return await new FetchExchange(_pool, pooled, _options, request, hop, timings).RunAsync(cancellationToken);
    }

    /// <summary>The response; null when the connection had ended while it was idle.</summary>
    private async Task<FetchResponse?> UseAsync(
        PooledConnection pooled, FetchRequest request, FetchHop hop, FetchTimings timings,
        CancellationToken cancellationToken)
    {
        if (!pooled.Connection.Owner.IsCurrent || !pooled.Http.IsReusable)
        {
            pooled.Connection.Abort();
            _pool.Forget(pooled);
            return null;
        }

        timings.IsReused = true;
        return await new FetchExchange(_pool, pooled, _options, request, hop, timings).RunAsync(cancellationToken);
    }
}
