using Sockeye.Cli.Resources;
using Sockeye.Tls;

namespace Sockeye.Cli.Serving;

/// <summary>How <c>sockeye serve</c> comes by a certificate.</summary>
/// <param name="Certificate">The file of <c>--cert</c>; null for none.</param>
/// <param name="Key">The file of <c>--key</c>; null for none.</param>
/// <param name="IsSelfSigned">One is made on the spot.</param>
internal sealed record ServerTls(string? Certificate, string? Key, bool IsSelfSigned)
{
    /// <summary>The options that these endpoints need; null when none of them speaks TLS.</summary>
    /// <exception cref="ToolException">They do not fit together, or a file cannot be read.</exception>
    public TlsServerOptions? For(IReadOnlyList<Endpoint> endpoints, ServeLog log)
    {
        Check(endpoints);
        if (Certificate is not null)
        {
            TlsCertificateFile file = CertificateFiles.Read(
                Certificate, Key, () => new TlsCertificateFile(Certificate, Key, TimeProvider.System)
                {
                    RenewalFailed = exception => log.Note(
                        ServeText.CertificateNotRenewed.With(Certificate, exception.Message.TrimEnd('.'))),
                });
            return new TlsServerOptions
            {
                Certificate = file.Current,
                SelectCertificate = _ => file.Current, // Its files may be renewed while it serves.
                HandshakeFailed = log.HandshakeFailed,
            };
        }

        string[] hosts =
            [.. from endpoint in endpoints where endpoint.IsTls && endpoint.Host.Length > 0 select endpoint.Host];
        return !IsSelfSigned ? null : new TlsServerOptions
        {
            Certificate = TlsCertificate.SelfSigned(TimeProvider.System, ["localhost", .. hosts]),
            HandshakeFailed = log.HandshakeFailed,
        };
    }

    private void Check(IReadOnlyList<Endpoint> endpoints)
    {
        Endpoint? first = endpoints.FirstOrDefault(endpoint => endpoint.IsTls);
        string? wrong = (Certificate, Key, IsSelfSigned) switch
        {
            (null, not null, false) => ServeText.KeyWithoutCertificate,
            (null, not null, true) => ServeText.KeyOfSelfSigned,
            (not null, _, true) => ServeText.TwoCertificates,
            (null, _, false) => first is null ? null : ServeText.NeedsCertificate.With(first),
            _ => first is null ? ServeText.CertificateForNothing : null,
        };
        if (wrong is not null)
        {
            throw new ToolException(ExitCode.Usage, wrong);
        }
    }
}
