using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http.Features;

namespace Sockeye.AspNetCore.Requests;

// How long the request has somebody who waits for its answer, and what becomes of its connection.
internal abstract partial class HostedExchange : IHttpRequestLifetimeFeature, IConnectionLifetimeFeature,
    IHttpUpgradeFeature
{
    private readonly Lock _abortedLock = new();
    private CancellationTokenSource? _aborted;              // Guarded by _abortedLock.
    private CancellationToken? _abortedInstead;
    private CancellationTokenRegistration _lost;
    private volatile bool _wantsWatch;

    public CancellationToken RequestAborted
    {
        get
        {
            if (_abortedInstead is { } instead)
            {
                return instead;
            }

            CancellationToken token;
            lock (_abortedLock)
            {
                token = (_aborted ??= new CancellationTokenSource()).Token;
            }

            if (!_wantsWatch)
            {
                _wantsWatch = true;
                Ask(Errands.Watch);
            }

            return token;
        }

        set => _abortedInstead = value;
    }

    CancellationToken IConnectionLifetimeFeature.ConnectionClosed
    {
        get => RequestAborted;
        set => RequestAborted = value;
    }

    public bool IsUpgradableRequest => Head.UpgradeRequested && !RequestBody.CanHaveBody;

    /// <summary>The client is gone, or the application gave it up.</summary>
    private bool IsAborted
    {
        get
        {
            lock (_abortedLock)
            {
                return _aborted is { IsCancellationRequested: true }
                    || Connection.Ended is not (End.None or End.Finished);
            }
        }
    }

    public void Abort()
    {
        Connection.Abort();
        TellAborted();
    }

    async Task<Stream> IHttpUpgradeFeature.UpgradeAsync()
    {
        if (!IsUpgradableRequest)
        {
            throw new InvalidOperationException(
                "Cannot upgrade a non-upgradable request: ask IHttpUpgradeFeature.IsUpgradableRequest first.");
        }

        if (_response == ResponseState.Upgraded)
        {
            throw new InvalidOperationException("IHttpUpgradeFeature.UpgradeAsync was already called and can only be "
                + "called once per connection.");
        }

        CheckNotStarted("UpgradeAsync");
        if (_onStarting.Count > 0)
        {
            await CallOnStartingAsync();
        }

        _status = 101;
        return await OnOwnerAsync(SwitchAsync);
    }

    /// <summary>Hands the connection over; on the owner.</summary>
    private async Task<Stream> SwitchAsync()
    {
        await StopWatchAsync();
        string protocol = ResponseHeaders["Upgrade"].ToString();
        if (protocol.Length == 0)
        {
            protocol = _requestHeaders["Upgrade"].ToString().Split(',')[0].Trim();
        }

        // Those two are the server's own to write.
        ResponseHeaders.Remove("Connection");
        ResponseHeaders.Remove("Upgrade");
        ResponseHeaders.ContentLength = null;
        HandHeadOver();
        ResponseHeaders.Freeze();
        _response = ResponseState.Upgraded;
        Connection connection = await Response.SwitchAsync(System.Text.Encoding.ASCII.GetBytes(protocol));
        connection.ReadTimeout = Timeout.InfiniteTimeSpan; // How long to wait is the new protocol's to know.
        return connection.AsStream();
    }

    /// <summary>Begins to notice when the client leaves. A FIN is seen only by reading, which is possible once the body
    /// is over; a reset is told in any case. On the owner.</summary>
    private void StartWatch()
    {
        if (_life != Life.Running || _response == ResponseState.Upgraded || (_activities & Activities.Watching) != 0)
        {
            return;
        }

        if (_lost == default)
        {
            _lost = Connection.Lost.UnsafeRegister(static state => ((HostedExchange)state!).TellAborted(), this);
        }

        // A client that has sent on until there is no room could not be seen to leave.
        if (_isBodyOver && (_activities & Activities.Reading) == 0
            && Connection.Unconsumed.Length < Connection.Limits.InputBytesMax)
        {
            _ = WatchAsync();
        }
    }

    private async Task WatchAsync()
    {
        BeginActivity(Activities.Watching);
        try
        {
            Connection.ReadTimeout = Timeout.InfiniteTimeSpan;
            Received received = await Connection.ReadAsync(_stop.Token);

            // Bytes are the next request's, and stay where they are; of a stop applications hear from their host.
            if (received.End is not (End.None or End.Shutdown))
            {
                TellAborted();
            }
        }
        catch (OperationCanceledException)
        {
            // The exchange ends.
        }

        EndActivity(Activities.Watching);
    }

    private async Task StopWatchAsync()
    {
        if ((_activities & Activities.Watching) != 0)
        {
            await _stop.CancelAsync();
            while ((_activities & Activities.Watching) != 0)
            {
                await Task.Yield();
            }

            RenewStop();
        }
    }

    private void TellAborted()
    {
        lock (_abortedLock)
        {
            if (_aborted is { } aborted)
            {
                ApplicationToken.Cancel(aborted, Logger, "HttpContext.RequestAborted");
            }
        }
    }

    private void ResetLifetime()
    {
        _abortedInstead = null;
        _wantsWatch = false;
        _lost = default;
    }

    private void ForgetLifetime()
    {
        if (_lost != default)
        {
            _lost.Unregister();
            _lost = default;
        }

        lock (_abortedLock)
        {
            _aborted = null;
        }
    }
}
