using System.ComponentModel;
using System.Diagnostics;
using Sockeye.Cli.Resources;

namespace Sockeye.Cli.Serving;

/// <summary>
/// Runs a command for each connection: what comes in is its standard input, its standard output goes out. Its standard
/// error is the server's own. The connection closes when the command ends, and the command ends with the connection.
/// </summary>
internal static class Exec
{
    private const int ChunkBytes = 16_384;

    private const UnixFileMode AnyMayRun =
        UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;

    public static ConnectionHandler Stream(ServeSettings settings) =>
        connection => RunAsync(connection, settings);

    /// <summary>Whether the system would find this program: a path, or a name in PATH.</summary>
    public static bool CanFind(string program) => program.Contains('/')
        ? IsProgram(program)
        : (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Any(folder =>
            IsProgram(Path.Combine(folder.Length == 0 ? "." : folder, program)));

    // Whether we are among those who may run it is the kernel's to say.
    private static bool IsProgram(string path) =>
        File.Exists(path) && (OperatingSystem.IsWindows() || (File.GetUnixFileMode(path) & AnyMayRun) != 0);

    private static async ValueTask RunAsync(Connection c, ServeSettings settings)
    {
        using Process? process = Start(settings);
        if (process is null)
        {
            return;
        }

        CancellationToken lost = c.Lost;
        await using CancellationTokenRegistration killing = lost.Register(() => Kill(process));

        // What the command writes is waited for first; on a blocking engine a read would keep the thread.
        Task sending = SendAsync(process.StandardOutput.BaseStream, c, process);
        using var ended = new CancellationTokenSource();
        Task feeding = FeedAsync(c, process.StandardInput.BaseStream, process, ended.Token);
        await sending;
        await process.WaitForExitAsync(CancellationToken.None);
        await ended.CancelAsync();
        await feeding;
    }

    private static async Task SendAsync(Stream output, Connection c, Process process)
    {
        byte[] chunk = new byte[ChunkBytes];
        int count;
        while ((count = await output.ReadAsync(chunk)) > 0)
        {
            c.Write(chunk.AsSpan(0, count));
            if (await c.FlushAsync() != End.None)
            {
                Kill(process);
                return;
            }
        }
    }

    private static async Task FeedAsync(
        Connection c, Stream input, Process process, CancellationToken ended)
    {
        try
        {
            Received received;
            while (!(received = await c.ReadAsync(ended)).IsEmpty)
            {
                await input.WriteAsync(received.Memory);
                await input.FlushAsync();
                c.Consume(received.Length);
            }

            if (received.End is End.Finished or End.Shutdown)
            {
                input.Close(); // All is said; the command sees its input end, and may still answer.
            }
            else
            {
                Kill(process);
            }
        }
        catch (IOException)
        {
            // The command takes no more input; what it still writes is sent.
        }
        catch (OperationCanceledException)
        {
            // It has ended.
        }
    }

    private static Process? Start(ServeSettings settings)
    {
        var start = new ProcessStartInfo(settings.Command[0], settings.Command.Skip(1))
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        try
        {
            return Process.Start(start);
        }
        catch (Win32Exception exception)
        {
            settings.Note(ServeText.ExecFailed.With(settings.Command[0], exception.Message));
            return null;
        }
    }

    private static void Kill(Process process)
    {
        try
        {
            process.Kill(entireProcessTree: true);
        }
        catch (Exception exception)
            when (exception is InvalidOperationException or Win32Exception or AggregateException)
        {
            // It has ended by itself, or it is another user's, and then its streams ending are what ends it.
        }
    }
}
