using Sockeye.Cli.Resources;
using Sockeye.Wire.Decryption;

namespace Sockeye.Cli.Reading;

/// <summary>
/// A file to which a program writes the keys of its TLS, line by line, as SSLKEYLOGFILE has it. What is written while
/// it is used counts too.
/// </summary>
internal sealed class KeyFile
{
    /// <summary>How much is read at once, in bytes; no line of keys is as long.</summary>
    private const int BufferBytes = 64 * 1024;

    private readonly string _path;
    private readonly TlsKeyLog _keys;
    private readonly byte[] _buffer = new byte[BufferBytes];
    private long _position;

    private KeyFile(string path, TlsKeyLog keys)
    {
        _path = path;
        _keys = keys;
    }

    /// <summary>The keys in a file, and later those that are written to it; none without a file.</summary>
    /// <param name="path">The file, which may come into being later; null for none.</param>
    public static TlsKeyLog Follow(string? path)
    {
        var keys = new TlsKeyLog();
        if (path is not null)
        {
            if (Directory.Exists(path))
            {
                throw new ToolException(ExitCode.Usage, CaptureText.FileIsFolder.With(path));
            }

            var file = new KeyFile(path, keys);
            file.ReadMore();
            keys.Missing = file.ReadMore;
        }

        return keys;
    }

    /// <summary>The same of a file that must be there.</summary>
    public static TlsKeyLog Read(string path) => Path.Exists(path)
        ? Follow(path)
        : throw new ToolException(ExitCode.Usage, ReadText.NoKeyFile.With(path));

    private void ReadMore()
    {
        if (new FileInfo(_path) is not { Exists: true } now || now.Length <= _position)
        {
            return;
        }

        using var file = new FileStream(_path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite, bufferSize: 0);
        file.Seek(_position, SeekOrigin.Begin);
        while (file.ReadAtLeast(_buffer, BufferBytes, throwOnEndOfStream: false) is > 0 and int count)
        {
            // A line without an end may go on: it is read again. One that fills the buffer is no key.
            int whole = _buffer.AsSpan(0, count).LastIndexOf((byte)'\n') + 1;
            bool isAtEnd = count < BufferBytes;
            whole = whole == 0 && !isAtEnd ? count : whole;
            _keys.Add(_buffer.AsSpan(0, isAtEnd ? count : whole));
            _position += whole;
            file.Seek(_position, SeekOrigin.Begin);
            if (isAtEnd)
            {
                return;
            }
        }
    }
}
