using System.Security.Cryptography;

namespace Sockeye.Tls;

/// <summary>
/// A certificate in files that somebody renews, as ACME clients do: read again when they have changed, so that a server
/// goes on without a restart. When the new ones cannot be read, the old certificate stays. Safe for any thread.
/// </summary>
/// <example><code>
/// var file = new TlsCertificateFile("cert.pem", "key.pem", TimeProvider.System);
/// var tls = new TlsServerOptions { Certificate = file.Current, SelectCertificate = _ =&gt; file.Current };
/// </code></example>
public sealed class TlsCertificateFile
{
    private readonly string _certificateFile;
    private readonly string? _keyFile;
    private readonly TimeProvider _time;
    private readonly Lock _lock = new();
    private volatile TlsCertificate _current;
    private (DateTime Certificate, DateTime Key) _read;     // Guarded by _lock: when the files that were read changed.
    private long _lookedAt;                                 // Guarded by _lock.

    /// <summary>Reads the files.</summary>
    /// <param name="certificateFile">As for <see cref="TlsCertificate.FromPem"/>.</param>
    /// <param name="keyFile">The key; null when it is in the same file.</param>
    /// <param name="time">The clock.</param>
    /// <exception cref="CryptographicException">It is not PEM, or the key is another certificate's.</exception>
    /// <exception cref="IOException">A file cannot be read.</exception>
    public TlsCertificateFile(string certificateFile, string? keyFile, TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(certificateFile);
        ArgumentNullException.ThrowIfNull(time);
        _certificateFile = certificateFile;
        _keyFile = keyFile;
        _time = time;
        _read = Changed();
        _lookedAt = time.GetTimestamp();
        _current = TlsCertificate.FromPem(certificateFile, keyFile);
    }

    /// <summary>How often the files are looked at, at most; zero looks each time. Default 10 seconds.</summary>
    public TimeSpan LookInterval { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Told when changed files could not be read; null (default) tells nobody.</summary>
    public Action<Exception>? RenewalFailed { get; init; }

    /// <summary>The certificate to show now.</summary>
    public TlsCertificate Current
    {
        get
        {
            if (_lock.TryEnter()) // Another handshake is looking already: this one takes what there is.
            {
                try
                {
                    LookLocked();
                }
                finally
                {
                    _lock.Exit();
                }
            }

            return _current;
        }
    }

    private void LookLocked()
    {
        if (_time.GetElapsedTime(_lookedAt) < LookInterval)
        {
            return;
        }

        _lookedAt = _time.GetTimestamp();
        try
        {
            (DateTime, DateTime) changed = Changed();
            if (changed == _read)
            {
                return;
            }

            _current = TlsCertificate.FromPem(_certificateFile, _keyFile);
            _read = changed;
        }
        catch (Exception exception) when (
            exception is CryptographicException or IOException or UnauthorizedAccessException)
        {
            // Perhaps one of the two is new and the other not yet: the next look tries again.
            RenewalFailed?.Invoke(exception);
        }
    }

    private (DateTime Certificate, DateTime Key) Changed() =>
        (File.GetLastWriteTimeUtc(_certificateFile), File.GetLastWriteTimeUtc(_keyFile ?? _certificateFile));
}
