using System.Buffers.Binary;
using System.IO.Compression;
using Sockeye.Cli.Connecting;
using Sockeye.Cli.Resources;

namespace Sockeye.Cli.Reading;

/// <summary>Opens what a capture is read from: a file, or standard input, packed by gzip or not.</summary>
internal static class CaptureInput
{
    public const string Standard = "-";

    private const ushort GzipMagic = 0x1F8B;        // RFC 1952 section 2.3.1

    // What begins other packed files, and the program that unpacks them as they come.
    private static readonly (uint Magic, int Bits, string Program)[] s_packers =
    [
        (0x28B5_2FFD, 32, "zstdcat"),       // RFC 8878 section 3.1.1
        (0xFD37_7A58, 32, "xzcat"),
        (0x0422_4D18, 32, "lz4cat"),
        (0x425A_6800, 24, "bzcat"),
    ];

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

        var input = new Waiting(
            name == Standard ? StandardStreams.OpenInput() : OpenFile(name), beforeWaiting, stop);
        uint magic = input.ReadMagic();
        if (magic >> 16 == GzipMagic)
        {
            return new GZipStream(input, CompressionMode.Decompress);
        }

        string? program = s_packers.FirstOrDefault(row => (magic ^ row.Magic) >> (32 - row.Bits) == 0).Program;
        if (program is null)
        {
            return input;
        }

        input.Dispose();
        throw new ToolException(ExitCode.Usage, name == Standard
            ? ReadText.PackedInput.With(program)
            : ReadText.Packed.With(name, program));
    }

    /// <summary>How a message names it.</summary>
    public static string NameOf(string name) => name == Standard ? ReadText.StandardInput : $"'{name}'";

    private static FileStream OpenFile(string name)
    {
        try
        {
            return new FileStream(name, FileMode.Open, FileAccess.Read, FileShare.ReadWrite, bufferSize: 0);
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new ToolException(ExitCode.Usage, ReadText.FileMissing.With(name));
        }
        catch (UnauthorizedAccessException)
        {
            throw new ToolException(ExitCode.Permission, ReadText.FileDenied.With(name, Environment.UserName));
        }
    }

    /// <summary>A stream that says when it is about to wait, and that can be stopped while it waits.</summary>
    private sealed class Waiting(Stream stream, Action beforeWaiting, CancellationToken stop) : Stream
    {
        private byte[] _bytes = [];
        private ReadOnlyMemory<byte> _magic;        // What was looked at, and is still to be read.

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        /// <summary>The first four bytes as a number, without taking them away; 0 when there are fewer.</summary>
        public uint ReadMagic()
        {
            byte[] magic = new byte[sizeof(uint)];
            int count = this.ReadAtLeast(magic, magic.Length, throwOnEndOfStream: false);
            _magic = magic.AsMemory(0, count);
            return count == magic.Length ? BinaryPrimitives.ReadUInt32BigEndian(magic) : 0;
        }

        public override int Read(Span<byte> buffer)
        {
            if (!_magic.IsEmpty)
            {
                int length = Math.Min(_magic.Length, buffer.Length);
                _magic.Span[..length].CopyTo(buffer);
                _magic = _magic[length..];
                return length;
            }

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
