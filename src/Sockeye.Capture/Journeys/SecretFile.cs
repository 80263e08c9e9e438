using Sockeye.Linux;

namespace Sockeye.Capture.Journeys;

/// <summary>Writes a file that only its user may read.</summary>
internal static class SecretFile
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <summary>
    /// Writes it. A file that is there is replaced by a new one: it would keep who may read it, and who has it open.
    /// What is no file, such as a pipe or a device, stays what it is and gets the bytes.
    /// </summary>
    public static async Task WriteAsync(string path, ReadOnlyMemory<byte> content)
    {
        Result regular = Interop.IsRegular(path);
        if (regular is { Ok: true, Value: 1 } or { Error: Errno.ENOENT })
        {
            await ReplaceAsync(path, content);
            return;
        }

        // As it is, also through a link. FileMode.Create has the kernel refuse what others have planted in a shared
        // folder (Documentation/admin-guide/sysctl/fs.rst: protected_symlinks, protected_fifos).
        await using var file = new FileStream(path, FileMode.Create, FileAccess.Write);
        if (Interop.StatusOf((int)file.SafeFileHandle.DangerousGetHandle(), out FileStatus status).Ok
            && status.IsRegular && !OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(file.SafeFileHandle, OwnerOnly);
        }

        await file.WriteAsync(content);
    }

    /// <summary>Writes a new file beside it, and puts that in its place.</summary>
    private static async Task ReplaceAsync(string path, ReadOnlyMemory<byte> content)
    {
        string beside = $"{path}.{Path.GetRandomFileName()}";
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = OwnerOnly;
        }

        try
        {
            await using (var file = new FileStream(beside, options))
            {
                await file.WriteAsync(content);
            }

            File.Move(beside, path, overwrite: true);
        }
        catch
        {
            File.Delete(beside);
            throw;
        }
    }
}
