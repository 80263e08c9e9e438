using System.Net.Security;
using Sockeye.Capture.Journeys;
using Sockeye.Cli.Resources;
using Sockeye.Http.Client;

namespace Sockeye.Cli.Tracing;

/// <summary>What a journey that ended early is called: a sentence with a remedy, and an exit code.</summary>
internal static class TraceFailure
{
    /// <summary>The exception that says it.</summary>
    public static Exception Of(JourneyFailure failure, TraceResult result) => failure.Exception switch
    {
        NetworkException when failure.Phase == JourneyPhaseKind.Tls
            && result.Journey.Tls is { Errors: not SslPolicyErrors.None } tls => new ToolException(
                ExitCode.Network, TraceText.Certificate.With(result.Journey.Target.Host, WrongWith(tls.Errors))),
        BadResponseException bad => new ToolException(ExitCode.Network, bad.Message.TrimEnd('.')),
        var exception => exception,
    };

    /// <summary>What is wrong with a certificate.</summary>
    public static string WrongWith(SslPolicyErrors errors) =>
        errors.HasFlag(SslPolicyErrors.RemoteCertificateNotAvailable) ? TraceText.CertificateMissing
        : errors.HasFlag(SslPolicyErrors.RemoteCertificateNameMismatch) ? TraceText.CertificateName
        : TraceText.CertificateChain;
}
