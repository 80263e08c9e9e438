using System.Runtime.CompilerServices;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Abstractions;
using Microsoft.Extensions.Logging;
using Sockeye.Http;

namespace Sockeye.AspNetCore.Requests;

/// <summary>An application of ASP.NET Core as a handler of HTTP requests.</summary>
internal sealed class HostedApplication<TContext>(IHttpApplication<TContext> application, HostedServing serving)
    where TContext : notnull
{
    /// <summary>Exchanges that a thread keeps for later.</summary>
    private const int KeptMax = 256;

    [ThreadStatic]
    private static Stack<Exchange>? s_kept;

    public ValueTask HandleAsync(HttpRequest request, HttpResponse response)
    {
        Exchange? exchange = null;
        while (exchange is null && s_kept is { Count: > 0 } kept)
        {
            exchange = kept.Pop();
            if (exchange.Serving != serving)
            {
                exchange = null; // Of another server in this process.
            }
        }

        return (exchange ?? new Exchange(application, serving)).HandleAsync(request, response);
    }

    /// <summary>The exchange with the context that the host keeps in it, so that it is made once.</summary>
    private sealed class Exchange(IHttpApplication<TContext> application, HostedServing serving)
        : HostedExchange(serving), IHostContextContainer<TContext>
    {
        public TContext? HostContext { get; set; }

        // Pooled, so that an application that waits allocates nothing here (HostedAllocationTests).
        [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
        protected override async ValueTask RunAsync()
        {
            if (!TryReadTarget())
            {
                Refuse();
                return;
            }

            TContext context;
            try
            {
                context = application.CreateContext(this);
            }
            catch (Exception exception)
            {
                Fail(exception);
                return;
            }

            Exception? error = null;
            try
            {
                await application.ProcessRequestAsync(context);
                await EndAsync();
            }
            catch (Exception exception)
            {
                error = exception;
                Fail(exception);
            }

            if (HasOnCompleted)
            {
                CompleteEarly();
                await CallOnCompletedAsync();
            }

            Dispose(context, error);
        }

        protected override void Recycle()
        {
            Stack<Exchange> kept = s_kept ??= [];
            if (kept.Count < KeptMax)
            {
                kept.Push(this);
            }
        }

        private void Dispose(TContext context, Exception? error)
        {
            try
            {
                application.DisposeContext(context, error);
            }
            catch (Exception exception)
            {
                Logger.LogError(exception, "Connection {Connection}: the end of a request failed.", ConnectionId);
            }
        }
    }
}
