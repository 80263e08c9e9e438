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
            new ToolException(ExitCode.Network, Text.FetchTooLate.With(late.Message.TrimEnd('.'))),
        FetchException { Phase: FetchPhase.Tls } when wire.Found != SslPolicyErrors.None =>
            new ToolException(ExitCode.Network, Text.FetchCertificate.With(plan.Url.Authority, Why(wire.Found, plan))),
        FetchException { InnerException: NetworkException { Error: NetworkError.NotTls } no } when wire.Proxy is null =>
            new NetworkException(no.Operation, no.Endpoint, no.Error, Text.FetchNotTls.With(plan.Url.Authority)),
        FetchException { InnerException: NetworkException network } => network,
        FetchException { InnerException: BadResponseException { IsTls: true } } when wire.Proxy is null =>
            new ToolException(ExitCode.Network, Text.FetchIsTls.With(plan.Url.Authority)),
        FetchException { IsBeforeResponse: true } when wire.Proxy is null && plan.Url.Scheme == Uri.UriSchemeHttp =>
            new ToolException(ExitCode.Network, Text.FetchNoAnswer.With(plan.Url.Authority)),
        FetchException { Phase: FetchPhase.Exchange, Rule: HttpRule.None, InnerException: null } refused =>
            new ToolException(ExitCode.Negative, refused.Message.TrimEnd('.')),
        FetchException or HttpRequestException =>
            new ToolException(ExitCode.Network, exception.Message.TrimEnd('.')),
        HttpIOException { InnerException: FetchException inner } => Of(inner, plan, wire),
        _ => null,
    };

    private static string Why(SslPolicyErrors errors, FetchPlan plan) =>
        errors.HasFlag(SslPolicyErrors.RemoteCertificateNotAvailable) ? Text.FetchCertificateMissing
        : errors.HasFlag(SslPolicyErrors.RemoteCertificateNameMismatch)
            ? Text.FetchCertificateName.With(plan.Url.IdnHost)
        : Text.FetchCertificateChain;
}
