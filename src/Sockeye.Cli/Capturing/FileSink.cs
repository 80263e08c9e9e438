using System.Globalization;
using Sockeye.Capture;
using Sockeye.Cli.Commands;
using Sockeye.Cli.Resources;
using Sockeye.Wire;
using Sockeye.Wire.Files;

namespace Sockeye.Cli.Capturing;

/// <summary>When a file is full and the next one begins, and how many are kept.</summary>
/// <param name="FileBytesMax">How long a file may become; the frame that makes it longer is its last.</param>
/// <param name="SecondsMax">How much time it may span, from its first frame on.</param>
/// <param name="FilesMax">How many files are kept, the last ones.</param>
internal sealed record Rotation(long FileBytesMax, long SecondsMax, int FilesMax)
{
    /// <summary>The name of a file of the row: t.pcapng has t_00001.pcapng, t_00002.pcapng …</summary>
    public static string NameOf(string path, int number) => Path.Join(
        Path.GetDirectoryName(path),
        string.Create(
            CultureInfo.InvariantCulture,
            $"{Path.GetFileNameWithoutExtension(path)}_{number:D5}{Path.GetExtension(path)}"));
}

/// <summary>Writes frames to a pcapng file, to standard output, or to a row of files.</summary>
internal sealed class FileSink : FrameSink
{
    private readonly LiveCapture _capture;
    private readonly string? _path;             // Null for standard output.
    private readonly Rotation? _rotation;
    private readonly Queue<string> _files = new();
    private Stream _stream;
    private PcapngWriter _writer;
    private int _number;
    private Timestamp? _begun;                  // The time of the first frame of the file.
    private ulong _taken;

    private FileSink(LiveCapture capture, Stream stream, string? path, Rotation? rotation)
    {
        _capture = capture;
        _path = path;
        _rotation = rotation;
        _number = 1;
        _stream = stream;
        _writer = Begin();
    }

    /// <summary>Writes to standard output.</summary>
    public static FileSink To(Stream standardOutput, LiveCapture capture) =>
        new(capture, new BufferedStream(standardOutput, BufferBytes), null, null);

    /// <summary>Writes to a file, or to several.</summary>
    public static FileSink To(string path, Rotation? rotation, LiveCapture capture)
    {
        string first = rotation is null ? path : Rotation.NameOf(path, 1);
        var sink = new FileSink(capture, Create(first), path, rotation);
        sink._files.Enqueue(first);
        return sink;
    }

    public override WrittenFiles Files => new(_files.Count == 0 ? 0 : _number, [.. _files]);

    public override void Take(in CapturedFrame frame)
    {
        if (_rotation is { } rotation && IsFull(rotation, frame.Time))
        {
            Rotate(rotation);
        }

        _begun ??= frame.Time;
        _writer.WritePacket(frame);
        _taken++;
    }

    public override void Flush() => _stream.Flush();

    public override void End()
    {
        WriteStatistics();
        _stream.Flush();
    }

    public override void Dispose()
    {
        if (_path is not null)
        {
            _stream.Dispose();
        }
    }

    private static FileStream Create(string path)
    {
        try
        {
            return new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.Read, BufferBytes);
        }
        catch (UnauthorizedAccessException) when (Directory.Exists(path))
        {
            throw new ToolException(ExitCode.Usage, CaptureText.FileIsFolder.With(path));
        }
        catch (UnauthorizedAccessException)
        {
            throw new ToolException(
                ExitCode.Permission, CaptureText.FileDenied.With(path, System.Environment.UserName));
        }
        catch (DirectoryNotFoundException)
        {
            throw new ToolException(ExitCode.Usage, CaptureText.FolderMissing.With(path));
        }
    }

    private PcapngWriter Begin()
    {
        const ushort SystemCode = 3;        // shb_os
        const ushort ProgramCode = 4;       // shb_userappl
        var writer = new PcapngWriter(
            _stream, !BitConverter.IsLittleEndian,
            PcapngOption.Text(SystemCode, System.Runtime.InteropServices.RuntimeInformation.OSDescription),
            PcapngOption.Text(ProgramCode, VersionCommand.NameAndVersion));
        writer.AddInterface(_capture.Description);
        return writer;
    }

    private bool IsFull(Rotation rotation, Timestamp? now) =>
        _stream.Position >= rotation.FileBytesMax
        || (_begun is { } begun && now is { } time && (time - begun).TotalSeconds >= rotation.SecondsMax);

    private void Rotate(Rotation rotation)
    {
        WriteStatistics();
        _stream.Dispose();
        string next = Rotation.NameOf(_path!, ++_number);
        _stream = Create(next);
        _writer = Begin();
        _begun = null;
        _files.Enqueue(next);
        if (_files.Count > rotation.FilesMax)
        {
            File.Delete(_files.Dequeue());
        }
    }

    // Of the whole capture until now, also where it is in several files.
    private void WriteStatistics()
    {
        CaptureCounts counts = _capture.Counts;
        _writer.WriteStatistics(new PcapngStatistics
        {
            Ticks = (ulong)Timestamp.From(TimeProvider.System.GetUtcNow()).Nanoseconds,
            Accepted = (ulong)counts.Passed,
            DroppedBySystem = (ulong)counts.Dropped,
            Delivered = _taken,
        });
    }
}
