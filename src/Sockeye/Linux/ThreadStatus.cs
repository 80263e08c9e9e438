using System.Buffers.Text;
using Microsoft.Win32.SafeHandles;

namespace Sockeye.Linux;

/// <summary>What the kernel says of a thread of this process (proc_pid_stat(5)).</summary>
internal sealed class ThreadStatus : IDisposable
{
    private const int BytesMax = 512;

    // Counted from the state, which is the first after the name.
    private const int UserTimePlace = 11;
    private const int SystemTimePlace = 12;

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

    /// <summary>Whether it neither runs nor waits for a processor alone, and its processor time in ticks of 10 ms (the
    /// kernel's USER_HZ). One that cannot be looked at counts as blocked.</summary>
    public (bool IsBlocked, long Ticks) Read()
    {
        Span<byte> text = stackalloc byte[BytesMax];
        try
        {
            text = text[..(_file is null ? 0 : RandomAccess.Read(_file, text, 0))];
        }
        catch (IOException)
        {
            text = default; // It has ended meanwhile.
        }

        return Parse(text);
    }

    /// <summary>"number (name) state parent …", and a name may have parentheses of its own.</summary>
    internal static (bool IsBlocked, long Ticks) Parse(ReadOnlySpan<byte> text)
    {
        bool isBlocked = true;
        long ticks = 0;
        int place = 0;
        ReadOnlySpan<byte> fields = text[(text.LastIndexOf((byte)')') + 1)..].TrimStart((byte)' ');
        foreach (Range range in fields.Split((byte)' '))
        {
            ReadOnlySpan<byte> field = fields[range];
            if (place == 0)
            {
                isBlocked = !field.SequenceEqual("R"u8);
            }
            else if (place is UserTimePlace or SystemTimePlace && Utf8Parser.TryParse(field, out long value, out _))
            {
                ticks += value;
            }

            place++;
        }

        return (isBlocked, ticks);
    }

    public void Dispose() => _file?.Dispose();
}
