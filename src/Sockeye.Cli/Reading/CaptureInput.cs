using Sockeye.Cli.Connecting;
using Sockeye.Cli.Resources;

namespace Sockeye.Cli.Reading;

/// <summary>Opens what a capture is read from: a file, or standard input.</summary>
internal static class CaptureInput
{
    public const string Standard = "-";

    /// <summary>The bytes of the capture.</summary>
    /// <param name="name">A file, or <c>-</c>.</param>
    /// <param name="beforeWaiting">Called before more is read: what was found so far should be shown.</param>
    /// <param name="stop">Ends the input, as if its end had come.</param>
    public static Stream Open(string name, Action beforeWaiting, CancellationToken stop)
    {
        if (Directory.Exists(name))
        {
            throw new ToolException(ExitCode.Usage, ReadText.Folder.With(name));
        }

        if (name == Standard && !Console.IsInputRedirected)
        {
            throw new ToolException(ExitCode.Usage, ReadText.Terminal);
        }

        Stream stream = name == Standard
            ? StandardStreams.OpenInput()
            : new FileStream(name, FileMode.Open, FileAccess.Read, FileShare.ReadWrite, bufferSize: 0);
        return new Waiting(stream, beforeWaiting, stop);
    }

    /// <summary>A stream that says when it is about to wait, and that can be stopped while it waits.</summary>
    private sealed class Waiting(Stream stream, Action beforeWaiting, CancellationToken stop) : Stream
    {
        private byte[] _bytes = [];

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public override int Read(Span<byte> buffer)
        {
            beforeWaiting();
            if (stop.IsCancellationRequested)
            {
                return 0;
            }

            // A file has its bytes at once.
            if (stream.CanSeek)
            {
                return stream.Read(buffer);
            }

            // A read of a pipe cannot be interrupted: who is stopped leaves it alone.
            _bytes = _bytes.Length >= buffer.Length ? _bytes : new byte[buffer.Length];
            int wanted = buffer.Length;
            Task<int> reading = Task.Factory.StartNew(
                () => stream.Read(_bytes, 0, wanted), CancellationToken.None, TaskCreationOptions.LongRunning,
                TaskScheduler.Default);
            try
            {
                reading.Wait(stop);
            }
            catch (OperationCanceledException)
            {
                return 0;
            }

            int count = reading.GetAwaiter().GetResult();
            _bytes.AsSpan(0, count).CopyTo(buffer);
            return count;
        }

        public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        protected override void Dispose(bool disposing)
        {
            if (disposing)
            {
                stream.Dispose();
            }

            base.Dispose(disposing);
        }
    }
}
