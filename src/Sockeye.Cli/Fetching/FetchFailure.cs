using System.Net.Security;
using Sockeye.Cli.Resources;
using Sockeye.Http.Client;
using Sockeye.Http.Protocol;

namespace Sockeye.Cli.Fetching;

/// <summary>What a failed fetch is called: a sentence with a remedy, and an exit code.</summary>
internal static class FetchFailure
{
    /// <summary>The exception that says it; null when the given one says it already.</summary>
    public static Exception? Of(Exception exception, FetchPlan plan, WireChoice wire) => exception switch
    {
        FetchException { IsTimeout: true } late =>
            new ToolException(ExitCode.Network, FetchText.TooLate.With(late.Message.TrimEnd('.'))),
        FetchException { Phase: FetchPhase.Tls } when wire.Found != SslPolicyErrors.None =>
            new ToolException(ExitCode.Network, FetchText.Certificate.With(plan.Url.Authority, Why(wire.Found, plan))),
        FetchException { InnerException: NetworkException { Error: NetworkError.NotTls } no } when wire.Proxy is null =>
            new NetworkException(no.Operation, no.Endpoint, no.Error, FetchText.NotTls.With(plan.Url.Authority)),
        FetchException { InnerException: NetworkException network } => network,
        FetchException { InnerException: BadResponseException { IsTls: true } } when wire.Proxy is null =>
            new ToolException(ExitCode.Network, FetchText.IsTls.With(plan.Url.Authority)),
        FetchException { IsBeforeResponse: true } when wire.Proxy is null && plan.Url.Scheme == Uri.UriSchemeHttp =>
            new ToolException(ExitCode.Network, FetchText.NoAnswer.With(plan.Url.Authority)),
        FetchException { Phase: FetchPhase.Redirect, HttpRequestError: HttpRequestError.ConfigurationLimitExceeded } =>
            new ToolException(ExitCode.Network, FetchText.TooManyRedirects.With(exception.Message.TrimEnd('.'))),
        FetchException { Phase: FetchPhase.Exchange, Rule: HttpRule.None, InnerException: null } refused =>
            new ToolException(ExitCode.Negative, refused.Message.TrimEnd('.')),
        FetchException or HttpRequestException =>
            new ToolException(ExitCode.Network, exception.Message.TrimEnd('.')),
        HttpIOException { InnerException: FetchException inner } => Of(inner, plan, wire),
        _ => null,
    };

    private static string Why(SslPolicyErrors errors, FetchPlan plan) =>
        errors.HasFlag(SslPolicyErrors.RemoteCertificateNotAvailable) ? FetchText.CertificateMissing
        : errors.HasFlag(SslPolicyErrors.RemoteCertificateNameMismatch)
            ? FetchText.CertificateName.With(plan.Url.IdnHost)
        : FetchText.CertificateChain;
}
