using Microsoft.Win32.SafeHandles;

namespace Sockeye.Linux;

/// <summary>What the kernel says of a thread of this process (proc_pid_stat(5)).</summary>
internal sealed class ThreadStatus : IDisposable
{
    private const int BytesMax = 128; // The name of a thread has at most 16, and the state comes right after it.

    private readonly SafeFileHandle? _file;

    public ThreadStatus(int thread)
    {
        Thread = thread;
        try
        {
            _file = File.OpenHandle($"/proc/self/task/{thread}/stat");
        }
        catch (IOException)
        {
            // It has ended, or there is no /proc.
        }
    }

    public int Thread { get; }

    /// <summary>It neither runs nor waits for a processor alone. True also of one that cannot be looked at.</summary>
    public bool IsBlocked
    {
        get
        {
            if (_file is null)
            {
                return true;
            }

            Span<byte> text = stackalloc byte[BytesMax];
            try
            {
                text = text[..RandomAccess.Read(_file, text, 0)];
            }
            catch (IOException)
            {
                return true;
            }

            // "number (name) state …", and a name may have parentheses of its own.
            int state = text.LastIndexOf(") "u8) + 2;
            return state >= text.Length || text[state] != (byte)'R';
        }
    }

    public void Dispose() => _file?.Dispose();
}
