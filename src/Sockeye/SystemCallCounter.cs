using System.Globalization;
using Sockeye.Linux;

namespace Sockeye;

/// <summary>
/// Counts the system calls of the programs that a thread starts, from their first on: those of all their threads and of
/// the programs that they start in turn. The kernel does the counting.
/// </summary>
/// <remarks>
/// It needs the capability CAP_PERFMON, and tracefs to be readable: root has both. While one is open, every system call
/// on the machine takes longer, whoever makes it: 135 ns, 2026-11. So count in one run and measure time in another.
/// </remarks>
/// <example><code>
/// using SystemCallCounter counter = SystemCallCounter.ForNextProgram();
/// Process.Start(…);                      // on the same thread, before any await
/// …
/// long calls = counter.Count;
/// </code></example>
public sealed class SystemCallCounter : IDisposable
{
    private static readonly string[] s_numberFiles =
    [
        "/sys/kernel/tracing/events/raw_syscalls/sys_enter/id",
        "/sys/kernel/debug/tracing/events/raw_syscalls/sys_enter/id",
    ];

    private int _descriptor;

    private SystemCallCounter(int descriptor) => _descriptor = descriptor;

    /// <summary>How many there were so far.</summary>
    public long Count
    {
        get
        {
            ObjectDisposedException.ThrowIf(_descriptor < 0, this);
            Span<byte> value = stackalloc byte[sizeof(long)];
            Result read = Interop.Read(_descriptor, value);
            return read.Ok && read.Value == sizeof(long)
                ? BitConverter.ToInt64(value)
                : throw new IOException($"The counter of system calls cannot be read: {read}.");
        }
    }

    /// <summary>Why it cannot be used here, naming what was refused; null when it can.</summary>
    public static string? WhyUnavailable()
    {
        string? why = TryOpen(out SystemCallCounter? counter);
        counter?.Dispose();
        return why;
    }

    /// <summary>Counts the calls of the programs that the calling thread starts from now on, and none of its own.
    /// </summary>
    /// <exception cref="PlatformNotSupportedException">It cannot be used here; the message says why.</exception>
    public static SystemCallCounter ForNextProgram()
    {
        string? why = TryOpen(out SystemCallCounter? counter);
        return counter ?? throw new PlatformNotSupportedException($"System calls cannot be counted here: {why}.");
    }

    /// <summary>Ends the counting.</summary>
    public void Dispose()
    {
        if (_descriptor >= 0)
        {
            Interop.Close(_descriptor);
            _descriptor = -1;
        }
    }

    private static string? TryOpen(out SystemCallCounter? counter)
    {
        counter = null;
        if (!OperatingSystem.IsLinux())
        {
            return "it needs Linux";
        }

        if (Array.Find(s_numberFiles, File.Exists) is not { } file)
        {
            // Without permission to look into the folder it is the same as if there were no file.
            return $"{s_numberFiles[0]} cannot be read; root can read it, if tracefs is mounted";
        }

        ulong number;
        try
        {
            number = ulong.Parse(File.ReadAllText(file), CultureInfo.InvariantCulture);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return $"{file} cannot be read; root can read it";
        }

        Result opened = Interop.PerfEventOpen(PerfEventSetting.OfNextProgram(number));
        if (!opened.Ok)
        {
            return $"perf_event_open: {opened.Error}; it takes root, or the capability CAP_PERFMON";
        }

        counter = new SystemCallCounter(opened.Value);
        return null;
    }
}
