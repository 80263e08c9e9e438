using System.IO.Pipelines;

namespace Sockeye.Adapters;

/// <summary>
/// A connection as a pair of pipes. Completing the output sends what was written and then our FIN; completing it
/// with an exception resets the connection, since a FIN would call half an answer a whole one. Completing the input
/// only stops reading. The connection itself is closed by whoever holds it.
/// </summary>
internal sealed class ConnectionPipe(Connection connection) : IDuplexPipe
{
    public PipeReader Input { get; } =
        PipeReader.Create(connection.AsStream(), new StreamPipeReaderOptions(leaveOpen: true));

    public PipeWriter Output { get; } = new Writer(connection);

    /// <summary>The connection's own output: nothing is copied on the way to it.</summary>
    private sealed class Writer(Connection connection) : PipeWriter
    {
        // Cancelled from any thread by CancelPendingFlush; the flush that sees it puts a new one in its place.
        private volatile CancellationTokenSource _cancellation = new();
        private bool _isCompleted;

        public override Memory<byte> GetMemory(int sizeHint = 0)
        {
            CheckOpen();
            return connection.GetMemory(sizeHint);
        }

        public override Span<byte> GetSpan(int sizeHint = 0)
        {
            CheckOpen();
            return connection.GetSpan(sizeHint);
        }

        public override void Advance(int bytes) => connection.Advance(bytes);

        public override async ValueTask<FlushResult> FlushAsync(CancellationToken cancellationToken = default)
        {
            CheckOpen();
            CancellationTokenSource cancellation = _cancellation;
            using CancellationTokenSource? both = cancellationToken.CanBeCanceled
                ? CancellationTokenSource.CreateLinkedTokenSource(cancellation.Token, cancellationToken)
                : null;
            End end = End.None;
            try
            {
                end = await connection.FlushAsync((both ?? cancellation).Token);
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
            {
                // By CancelPendingFlush: the result says so.
            }

            bool isCanceled = cancellation.IsCancellationRequested;
            if (isCanceled)
            {
                _cancellation = new CancellationTokenSource();
            }

            return new FlushResult(isCanceled, isCompleted: end != End.None);
        }

        public override void CancelPendingFlush() => _cancellation.Cancel();

        public override void Complete(Exception? exception = null)
        {
            if (_isCompleted)
            {
                return;
            }

            _isCompleted = true;
            if (exception is not null)
            {
                connection.Abort();
            }
            else
            {
                _ = connection.ShutdownAsync().AsTask(); // Its outcome is a value, never an exception.
            }
        }

        public override async ValueTask CompleteAsync(Exception? exception = null)
        {
            if (_isCompleted || exception is not null)
            {
                Complete(exception);
                return;
            }

            _isCompleted = true;
            await connection.ShutdownAsync();
        }

        private void CheckOpen()
        {
            if (_isCompleted)
            {
                throw new InvalidOperationException("Nothing can be written after the output was completed.");
            }
        }
    }
}
