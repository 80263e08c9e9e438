using System.Globalization;
using System.Net.Security;
using Sockeye.Capture.Journeys;
using Sockeye.Cli.Resources;
using Sockeye.Http.Client;

namespace Sockeye.Cli.Tracing;

/// <summary>What a journey that ended early is called: a sentence with a remedy, and an exit code.</summary>
internal static class TraceFailure
{
    /// <summary>What is wrong with a journey; null when nothing is.</summary>
    /// <param name="result">The journey.</param>
    /// <param name="timeout">How long each phase could take.</param>
    public static Exception? Of(TraceResult result, TimeSpan timeout)
    {
        Journey journey = result.Journey;
        Endpoint target = journey.Target;
        return journey switch
        {
            { Failure: { Phase: JourneyPhaseKind.Tls, Exception: NetworkException },
                Tls: { Errors: not SslPolicyErrors.None } tls } =>
                Network(TraceText.Certificate.With(target.Host, WrongWith(tls.Errors))),
            { Failure.Exception: NetworkException { Error: NetworkError.NotTls } } =>
                Network(TraceText.FailNotTls.With(PlaceOf(target), WithScheme(target, isTls: false))),
            { Failure.Exception: BadResponseException { IsTls: true } } =>
                Network(TraceText.FailIsTls.With(PlaceOf(target), WithScheme(target, isTls: true))),
            { Failure.Exception: BadResponseException bad, Http: { } http } =>
                Network(SentenceOf(bad, http, result, timeout)),
            { Failure.Exception: { } exception } => exception,

            // A line was said, and no answer is an answer: no.
            { Talk: { Answer.IsEmpty: true, End: End.ReadTimeout } } =>
                new ToolException(ExitCode.Negative, TraceText.FailLate.With(Seconds(timeout))),
            { Talk: { Answer.IsEmpty: true } } =>
                new ToolException(ExitCode.Negative, TraceText.FailTalkClosed.With(PlaceOf(target))),
            _ => null,
        };
    }

    /// <summary>Whether bytes may be the beginning of a response of HTTP/1 (RFC 9112 section 4).</summary>
    public static bool IsHttp(ReadOnlySpan<byte> bytes)
    {
        ReadOnlySpan<byte> name = "HTTP/"u8;
        int length = Math.Min(bytes.Length, name.Length);
        return length > 0 && bytes[..length].SequenceEqual(name[..length]);
    }

    /// <summary>What is wrong with a certificate.</summary>
    public static string WrongWith(SslPolicyErrors errors) =>
        errors.HasFlag(SslPolicyErrors.RemoteCertificateNotAvailable) ? TraceText.CertificateMissing
        : errors.HasFlag(SslPolicyErrors.RemoteCertificateNameMismatch) ? TraceText.CertificateName
        : TraceText.CertificateChain;

    private static string SentenceOf(
        BadResponseException bad, JourneyHttp http, TraceResult result, TimeSpan timeout)
    {
        if (!http.Unread.IsEmpty && !IsHttp(http.Unread.Span))
        {
            return TraceText.FailNotHttp.With(
                PlaceOf(result.Journey.Target), TraceStory.Quoted(http.Unread.Span));
        }

        string part = http switch
        {
            { Status: > 0 } => TraceText.FailBody.With(result.BodyText(http)),
            { Unread.IsEmpty: false } => TraceText.FailHead.With(TraceResult.BytesText(http.Unread.Length)),
            _ => "",
        };
        return (bad.End, part) switch
        {
            (End.None, _) => bad.Message.TrimEnd('.'),
            (End.ReadTimeout or End.WriteTimeout, "") => TraceText.FailLate.With(Seconds(timeout)),
            (End.ReadTimeout or End.WriteTimeout, _) => TraceText.FailLateWithin.With(part, Seconds(timeout)),
            (End.Finished, "") => TraceText.FailClosed,
            (End.Finished, _) => TraceText.FailClosedWithin.With(part),
            (_, "") => TraceText.FailReset,
            _ => TraceText.FailResetWithin.With(part),
        };
    }

    private static ToolException Network(string sentence) => new(ExitCode.Network, sentence);

    /// <summary>The same place, asked with TLS or without.</summary>
    private static string WithScheme(Endpoint target, bool isTls) => target.Scheme switch
    {
        EndpointScheme.Http or EndpointScheme.Https =>
            $"{(isTls ? "https" : "http")}://{PlaceOf(target)}{target.Path}",
        _ => $"{(isTls ? "tls" : "tcp")}://{PlaceOf(target)}",
    };

    /// <summary>Host and port, also where the scheme has a port of its own.</summary>
    private static string PlaceOf(Endpoint target) => $"{target.AsTcp()}"["tcp://".Length..];

    private static string Seconds(TimeSpan time) => time.TotalSeconds.ToString("0.###", CultureInfo.InvariantCulture);
}
