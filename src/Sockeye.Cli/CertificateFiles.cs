using System.Security.Cryptography;
using Sockeye.Cli.Resources;

namespace Sockeye.Cli;

/// <summary>A certificate and its key in PEM files: what is wrong with which of them.</summary>
internal static class CertificateFiles
{
    /// <summary>Reads them with the given function.</summary>
    /// <param name="certificate">The file of <c>--cert</c>.</param>
    /// <param name="key">The file of <c>--key</c>; null when the key is in the same file.</param>
    /// <param name="read">Reads them.</param>
    /// <exception cref="ToolException">That cannot be; it names the file that is to blame.</exception>
    public static T Read<T>(string certificate, string? key, Func<T> read)
    {
        try
        {
            return read();
        }
        catch (Exception exception) when (
            exception is CryptographicException or ArgumentException or IOException or UnauthorizedAccessException)
        {
            bool isForbidden = exception is UnauthorizedAccessException
                && !Directory.Exists(certificate) && !Directory.Exists(key);
            throw new ToolException(
                isForbidden ? ExitCode.Permission : ExitCode.Usage,
                WhatIsWrong(certificate, key) ?? Text.CertificateUnreadable.With(
                    certificate, exception.Message.TrimEnd('.')));
        }
    }

    private static string? WhatIsWrong(string certificate, string? key)
    {
        if (Unreadable(certificate, out string certificateText) is { } unreadable)
        {
            return unreadable;
        }

        if (!certificateText.Contains("BEGIN CERTIFICATE", StringComparison.Ordinal))
        {
            return Text.CertificateNone.With(certificate);
        }

        string keyText = certificateText;
        if (key is not null && Unreadable(key, out keyText) is { } keyUnreadable)
        {
            return keyUnreadable;
        }

        if (!keyText.Contains("PRIVATE KEY-----", StringComparison.Ordinal))
        {
            return key is null ? Text.CertificateWithoutKey.With(certificate) : Text.CertificateKeyNone.With(key);
        }

        // RFC 7468 section 11, and "Proc-Type: 4,ENCRYPTED" of RFC 1421, which OpenSSL wrote for long.
        return keyText.Contains("ENCRYPTED", StringComparison.Ordinal)
            ? Text.CertificateKeyLocked.With(key ?? certificate)
            : Text.CertificateKeyOfOther.With(key ?? certificate, certificate);
    }

    private static string? Unreadable(string file, out string text)
    {
        text = "";
        try
        {
            text = File.ReadAllText(file);
            return null;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return Directory.Exists(file)
                ? Text.CertificateFolder.With(file)
                : FetchText.FileUnreadable.With(file, FileFault.Of(file, exception));
        }
    }
}
