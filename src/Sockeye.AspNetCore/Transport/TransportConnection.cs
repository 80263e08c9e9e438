using System.Buffers;
using System.IO.Pipelines;
using System.Net;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging;

namespace Sockeye.AspNetCore.Transport;

/// <summary>
/// A connection as Kestrel sees it: two pipes. Kestrel is at one end of them on whatever thread it likes; at the other,
/// on the loop, bytes go between the pipes and the connection.
/// </summary>
internal sealed class TransportConnection : ConnectionContext,
    IConnectionIdFeature, IConnectionTransportFeature, IConnectionItemsFeature, IConnectionLifetimeFeature,
    IConnectionEndPointFeature
{
    private readonly Connection _connection;
    private readonly ILogger _logger;
    private readonly bool _allowHalfOpen;
    private readonly Pipe _received;
    private readonly Pipe _toSend;
    private readonly CancellationTokenSource _closed = new();
    private readonly TaskCompletionSource _disposed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly FeatureCollection _features = new(initialCapacity: 6);
    private IDictionary<object, object?>? _items;
    private Task? _closing;     // Owned by the owner: Kestrel has aborted, and what was written leaves.

    public TransportConnection(Connection connection, SockeyeTransportOptions options, ILogger logger)
    {
        _connection = connection;
        _logger = logger;
        _allowHalfOpen = options.AllowHalfOpen;
        var loop = new LoopScheduler(connection.Owner);
        PipeScheduler application = options.RunApplicationOnLoop ? PipeScheduler.Inline : PipeScheduler.ThreadPool;
        _received = new Pipe(PipeOptionsOf(application, loop, options.ReadBytesMax));
        _toSend = new Pipe(PipeOptionsOf(loop, application, options.WriteBytesMax));
        Transport = new Ends(_received.Reader, _toSend.Writer);
        ConnectionId = string.Create(null, $"S{connection.Id:X}");
        LocalEndPoint = EndPoints.From(connection.LocalEndpoint);
        RemoteEndPoint = EndPoints.From(connection.RemoteEndpoint);
        ConnectionClosed = _closed.Token;
        _features.Set<IConnectionIdFeature>(this);
        _features.Set<IConnectionTransportFeature>(this);
        _features.Set<IConnectionItemsFeature>(this);
        _features.Set<IConnectionLifetimeFeature>(this);
        _features.Set<IConnectionEndPointFeature>(this);
    }

    public override string ConnectionId { get; set; }

    public override IDuplexPipe Transport { get; set; }

    public override IFeatureCollection Features => _features;

    public override IDictionary<object, object?> Items
    {
        get => _items ??= new ConnectionItems();
        set => _items = value;
    }

    public override CancellationToken ConnectionClosed { get; set; }

    public override EndPoint? LocalEndPoint { get; set; }

    public override EndPoint? RemoteEndPoint { get; set; }

    /// <summary>Carries bytes until what Kestrel wrote has left and it has let go; on the owner. Whoever runs it closes
    /// the connection then, gracefully.</summary>
    public async Task RunAsync()
    {
        using CancellationTokenRegistration lost = _connection.Lost.UnsafeRegister(
            static state => ((TransportConnection)state!).TellClosed(), this);
        _ = ReceiveAsync();
        await SendAsync();
        TellClosed();
        await _disposed.Task;
        _ended.SetResult();
    }

    // As Kestrel's own transport does: what was written leaves, bounded by the write time-out, and then a FIN. Kestrel
    // aborts also where a client has merely finished sending, or is to read why it was refused.
    public override void Abort(ConnectionAbortedException abortReason) => _connection.Post(
        static state =>
        {
            var transport = (TransportConnection)state!;
            transport._closing ??= transport._connection.DisposeAsync().AsTask();
        },
        this);

    public override async ValueTask DisposeAsync()
    {
        await _received.Reader.CompleteAsync().ConfigureAwait(false);
        await _toSend.Writer.CompleteAsync().ConfigureAwait(false);
        _disposed.TrySetResult();
        await _ended.Task.ConfigureAwait(false);
    }

    /// <summary>From the connection to Kestrel. The flush is what waits while Kestrel reads slowly.</summary>
    private async Task ReceiveAsync()
    {
        await Task.Yield(); // On a blocking model the read waits in its call, and sending must have begun by then.
        Exception? error;
        try
        {
            error = ErrorOf(await ReceiveAllAsync(_received.Writer));
        }
        catch (Exception exception)
        {
            error = exception; // Whoever reads there would otherwise wait for ever.
        }

        if (error is not null || !_allowHalfOpen)
        {
            TellClosed();
        }

        await _received.Writer.CompleteAsync(error);
    }

    private async ValueTask<End> ReceiveAllAsync(PipeWriter input)
    {
        Received received;
        while ((received = await _connection.ReadAsync()).End is End.None or End.Shutdown)
        {
            // Of a stop Kestrel hears from its host.
            input.Write(received.Span);
            _connection.Consume(received.Length);
            FlushResult flushed = await input.FlushAsync();
            if (flushed.IsCompleted)
            {
                break; // Kestrel reads no more.
            }
        }

        return received.End;
    }

    /// <summary>From Kestrel to the connection, up to our FIN.</summary>
    private async Task SendAsync()
    {
        Exception? error;
        try
        {
            error = ErrorOf(await SendAllAsync(_toSend.Reader));
        }
        catch (Exception exception)
        {
            error = exception; // As above.
            _connection.Abort();
        }

        await _toSend.Reader.CompleteAsync(error);
    }

    private async ValueTask<End> SendAllAsync(PipeReader output)
    {
        End end = End.None;
        bool isCompleted = false;
        while (end == End.None && !isCompleted)
        {
            ReadResult result = await output.ReadAsync();
            isCompleted = result.IsCompleted;
            foreach (ReadOnlyMemory<byte> segment in result.Buffer)
            {
                end = await SendAsync(segment);
                if (end != End.None)
                {
                    break;
                }
            }

            output.AdvanceTo(result.Buffer.End);
        }

        if (end == End.None && _closing is { } closing)
        {
            await closing; // It sends our FIN, and a second one to do so would be refused.
            return _connection.Ended;
        }

        return end == End.None ? await _connection.ShutdownAsync() : end;
    }

    private async ValueTask<End> SendAsync(ReadOnlyMemory<byte> bytes)
    {
        int most = _connection.Limits.OutputBytesHighWater;
        End end = End.None;
        while (!bytes.IsEmpty && end == End.None)
        {
            int count = Math.Min(bytes.Length, most);
            _connection.Write(bytes.Span[..count]);
            bytes = bytes[count..];
            end = await _connection.FlushAsync();
        }

        return end;
    }

    private void TellClosed() => ApplicationToken.Cancel(_closed, _logger, "ConnectionContext.ConnectionClosed");

    private Exception? ErrorOf(End end) => end switch
    {
        End.None or End.Finished or End.Shutdown => null,
        End.Reset => new ConnectionResetException($"{RemoteEndPoint} reset the connection."),
        _ => new ConnectionAbortedException($"The connection to {RemoteEndPoint} has ended: {end}."),
    };

    private static PipeOptions PipeOptionsOf(PipeScheduler reader, PipeScheduler writer, int bytesMax) => new(
        readerScheduler: reader,
        writerScheduler: writer,
        pauseWriterThreshold: bytesMax,
        resumeWriterThreshold: bytesMax / 2,
        useSynchronizationContext: false);

    private sealed record Ends(PipeReader Input, PipeWriter Output) : IDuplexPipe;
}
