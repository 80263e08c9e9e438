using System.Text;
using Sockeye.Capture;

namespace Sockeye.Cli.Tracing;

/// <summary>
/// The keys of this process's TLS, as the lines that SSLKEYLOGFILE gets, in a file that only its user can read and that
/// is gone at the end. The runtime writes them if its switch is set before the first handshake, and not otherwise.
/// </summary>
internal sealed class KeyLog : IDisposable
{
    private const string Switch = "System.Net.EnableSslKeyLogging";
    private const string Variable = "SSLKEYLOGFILE";

    /// <summary>Bytes that are read; a connection has some five lines of 200 bytes.</summary>
    private const int BytesMax = 1 << 20;

    private readonly string _path;
    private readonly string? _folder; // Ours, to be removed; null when the file is somebody else's.
    private long _start;

    private KeyLog(string path, string? folder, long start)
    {
        _path = path;
        _folder = folder;
        _start = start;
    }

    /// <summary>Has the keys of what is to come written down. If somebody wants them in a file already, they go
    /// there, and are read from there.</summary>
    /// <param name="user">Who this process becomes before they are read; null when it stays who it is.</param>
    /// <returns>Null where no file can be made: what is said over TLS then stays closed.</returns>
    public static KeyLog? Begin(UserAccount? user)
    {
        try
        {
            return Open(user);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>Passes over what was written so far.</summary>
    public void Forget() => _start = File.Exists(_path) ? new FileInfo(_path).Length : 0;

    /// <summary>The lines that were written since; empty when there are none.</summary>
    public string Read()
    {
        try
        {
            using var file = new FileStream(_path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
            file.Seek(_start, SeekOrigin.Begin);
            byte[] bytes = new byte[Math.Min(BytesMax, Math.Max(0, file.Length - _start))];
            int count = file.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
            return Encoding.ASCII.GetString(bytes, 0, count);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }

    public void Dispose()
    {
        if (_folder is not null)
        {
            Environment.SetEnvironmentVariable(Variable, null);
            Directory.Delete(_folder, recursive: true);
        }
    }

    private static KeyLog Open(UserAccount? user)
    {
        AppContext.SetSwitch(Switch, true);
        if (Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } wanted)
        {
            return new KeyLog(wanted, null, File.Exists(wanted) ? new FileInfo(wanted).Length : 0);
        }

        string folder = Directory.CreateTempSubdirectory("sockeye-").FullName; // Mode 0700.
        string path = Path.Combine(folder, "keys");
        Environment.SetEnvironmentVariable(Variable, path);
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        using var file = new FileStream(path, options);
        _ = user?.TakeOver(path);
        _ = user?.TakeOver(folder);
        return new KeyLog(path, folder, 0);
    }
}
