using System.IO.Pipelines;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Sockeye.AspNetCore.Requests;

// The content of the response, as the application and the owner see it.
internal abstract partial class HostedExchange : IHttpResponseBodyFeature, IHttpBodyControlFeature
{
    /// <summary>Whether the end of the response is to be sent once nothing is queued. Owned by the owner.</summary>
    private enum Ending : byte
    {
        NotYet,

        /// <summary>After the content, if there was any; else the response says that it is empty.</summary>
        Due,

        /// <summary>The same, but the response begins as one with content.</summary>
        DueWithContent,

        Sent,
    }

    private Ending _ending;
    private bool _hasContentBegun;      // Owned by the owner.

    Stream IHttpResponseBodyFeature.Stream => ResponseBody.Stream;

    PipeWriter IHttpResponseBodyFeature.Writer => ResponseBody;

    public bool AllowSynchronousIO { get; set; }

    /// <summary>The owner is sending what was queued.</summary>
    public bool IsSending => (_activities & Activities.Sending) != 0;

    public bool IsEndDue => _ending is Ending.Due or Ending.DueWithContent;

    /// <summary>The response has started, with a status that has no content.</summary>
    public bool RefusesContent => HasStarted && !HasContent;

    Task IHttpResponseBodyFeature.StartAsync(CancellationToken cancellationToken)
    {
        ValueTask starting = StartAsync();
        return starting.IsCompletedSuccessfully ? Task.CompletedTask : starting.AsTask();
    }

    void IHttpResponseBodyFeature.DisableBuffering()
    {
        // Nothing is held back beyond a flush.
    }

    Task IHttpResponseBodyFeature.SendFileAsync(
        string path, long offset, long? count, CancellationToken cancellationToken) =>
        SendFileFallback.SendFileAsync(ResponseBody.Stream, path, offset, count, cancellationToken);

    Task IHttpResponseBodyFeature.CompleteAsync() => CompleteBodyAsync();

    /// <summary>The application ends the response before it ends itself.</summary>
    public async Task CompleteBodyAsync()
    {
        if (_response is ResponseState.Completed or ResponseState.Upgraded)
        {
            return;
        }

        await EndAsync();
        CompleteEarly();
    }

    public void CheckSynchronous(string what)
    {
        if (!AllowSynchronousIO)
        {
            throw new InvalidOperationException($"Synchronous operations are disallowed. Call {what}Async or set "
                + "AllowSynchronousIO to true instead.");
        }
    }

    /// <summary>Waits, for a synchronous operation. On the loop that would be for ever.</summary>
    public void Wait(Task operation)
    {
        if (!operation.IsCompleted && Owner.IsCurrent)
        {
            throw new InvalidOperationException(
                "This would block the connection's own loop for ever: use the asynchronous method, or run the "
                + "application on the thread pool (SockeyeServerOptions.RunApplicationOnLoop).");
        }

        operation.GetAwaiter().GetResult();
    }

    public void AskToSend() => Ask(Errands.Send);

    /// <summary>Before content is given to the connection's response; on the owner.</summary>
    public void BeginContent()
    {
        HandHeadOver();
        _hasContentBegun = true;
    }

    public void PromiseEnd(bool begins) => _ending = begins ? Ending.DueWithContent : Ending.Due;

    public void BeginSending() => BeginActivity(Activities.Sending);

    public void EndSending() => EndActivity(Activities.Sending);

    /// <summary>All content was given to the connection's response: ends it.</summary>
    public async ValueTask SendEndAsync()
    {
        if (!_hasContentBegun && _ending == Ending.DueWithContent && !Response.HasStarted)
        {
            await Response.FlushAsync();
        }

        _ending = Ending.Sent;
        ResponseTrailers.WriteTo(Response, static (response, name, value) => response.AddTrailer(name, value));
        await Response.CompleteAsync();
    }

    /// <summary>What the application handed over cannot be sent: a mistake of its own, since it is on its way to the
    /// connection already.</summary>
    public void FailSending(Exception exception)
    {
        Report(exception);
        _failure ??= exception;
        _ending = Ending.Sent;
    }

    private void SendQueued() => ResponseBody.SendAll(isLast: false, begins: true);
}
