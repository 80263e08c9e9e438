using Sockeye.Http;

namespace Sockeye.AspNetCore;

/// <summary>What Sockeye is as the server of an ASP.NET Core application.</summary>
/// <remarks>Whether the client leaves is looked for once the application has awaited something that takes time, or has
/// flushed. One that blocks before that, on the <c>WaitHandle</c> of <c>RequestAborted</c> or polling it, is not told:
/// <c>await Task.Yield()</c> before.</remarks>
public sealed class SockeyeServerOptions
{
    /// <summary>The I/O model. Default <c>auto</c>: the fastest that can run here, of those that lend their loops'
    /// threads (<see cref="IoModel.Lends"/>) unless <see cref="RunApplicationOnLoop"/> is set.</summary>
    public IoModel Model { get; set; } = IoModel.Auto;

    /// <summary>How the network is set up. A loop that is held is also written to the application's log.</summary>
    public NetworkOptions Network { get; set; } = NetworkOptions.Default;

    /// <summary>Limits, time-outs and TLS (<see cref="HttpServerOptions.Tls"/>) of the server; what Kestrel's
    /// configuration says of certificates is not read. Its
    /// <see cref="HttpServerOptions.HandlerFailed"/> is not used: what an application throws goes to its log.</summary>
    public HttpServerOptions Http { get; set; } = HttpServerOptions.Default;

    /// <summary>Where to listen, instead of the addresses that the host has (<c>--urls</c>, <c>ASPNETCORE_URLS</c>);
    /// empty by default. With <c>PreferHostingUrls</c> the host's win.</summary>
    public IList<Endpoint> Endpoints { get; } = [];

    /// <summary>Serves <c>https://</c> with a certificate made on the spot, which nobody vouches for, when
    /// <see cref="HttpServerOptions.Tls"/> has none. For trying things out. Default false.</summary>
    public bool SelfSigned { get; set; }

    /// <summary>
    /// Runs the application as a part of the loop that received the request: all of its awaits resume there, and no
    /// other thread is involved. A little faster, and only for applications that never block: one that does holds up
    /// every connection of its loop, which the log tells while it happens; one that waits there for what the loop has
    /// to do waits for ever. Default false: the application begins on the loop's thread and may block it, upon which
    /// the loop goes on with another (<see cref="Owner.Lend"/>); its awaits resume on the thread pool.
    /// </summary>
    public bool RunApplicationOnLoop { get; set; }

    /// <summary>
    /// Bytes of a response that may be written without a flush; one more is an error that says so, not growth.
    /// Framework code flushes by the piece, but a text that is written at once (<c>WriteAsync</c> of a string,
    /// synchronous serialization into the <c>BodyWriter</c>) is held whole until it leaves. Default 33,554,432.
    /// </summary>
    public int UnflushedBytesMax
    {
        get;
        set
        {
            ArgumentOutOfRangeException.ThrowIfNegativeOrZero(value);
            field = value;
        }
    } = 33_554_432;

    /// <summary>Whether bodies may be read and written synchronously, unless a request says otherwise. Default
    /// false.</summary>
    public bool AllowSynchronousIO { get; set; }
}
