using Microsoft.Win32.SafeHandles;

namespace Sockeye.Cli.Connecting;

/// <summary>
/// Standard input and output for bytes. The runtime's own streams do two things that a pipe of bytes must not: they
/// edit the lines of a terminal themselves, and they hide that nobody reads a pipe any more.
/// </summary>
internal static class StandardStreams
{
    private const int InputDescriptor = 0;
    private const int OutputDescriptor = 1;
    private const int BrokenPipe = 32; // EPIPE, errno(3): what an IOException of the runtime's has as its HResult.

    /// <summary>Standard input; of a terminal it gives what the kernel's own line editing gives.</summary>
    public static Stream OpenInput() => Console.IsInputRedirected
        ? Console.OpenStandardInput()
        : new FileStream(new SafeFileHandle(InputDescriptor, ownsHandle: false), FileAccess.Read, bufferSize: 0);

    /// <summary>Standard output; writing to a pipe that nobody reads throws: see <see cref="IsClosedPipe"/>.</summary>
    public static Stream OpenOutput()
    {
        if (Console.IsOutputRedirected)
        {
            var handle = new SafeFileHandle(OutputDescriptor, ownsHandle: false);
            var stream = new FileStream(handle, FileAccess.Write, bufferSize: 0);
            if (!stream.CanSeek)
            {
                return stream;
            }
        }

        // A file goes on from the offset that it shares with the shell, which a FileStream would not move.
        return Console.OpenStandardOutput();
    }

    /// <summary>Whether a write failed because nobody reads any more.</summary>
    public static bool IsClosedPipe(IOException exception) => exception.HResult == BrokenPipe;
}
