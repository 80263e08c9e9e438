using System.Globalization;
using System.Net;
using System.Net.Security;
using System.Text;
using Sockeye.Capture.Journeys;
using Sockeye.Capture.Ladder;
using Sockeye.Cli.Fetching;
using Sockeye.Cli.Resources;
using Sockeye.Diagnostics.Names;
using Sockeye.Diagnostics.Routes;
using Sockeye.Wire.Application;

namespace Sockeye.Cli.Tracing;

/// <summary>Tells a journey to people: what happened, in that order; where the time went; and the packets.</summary>
internal sealed class TraceStory(TraceResult result, Output output)
{
    private const int LabelColumns = 11;

    /// <summary>Characters of what a peer said that are shown.</summary>
    private const int SaidCharsMax = 60;

    private string _label = "";

    private Journey Journey => result.Journey;

    public void Write()
    {
        WriteFacts();
        output.Line();
        var waterfall = new Waterfall($"{Journey.Target}", result.Phases);
        waterfall.Write(output.Width, output.OutHasColor, output.Line);
        WriteFrames();
    }

    /// <summary>What happened, without waterfall and ladder.</summary>
    public void WriteFacts()
    {
        WriteNames();
        WriteWays();
        WriteAttempts();
        WriteTls();
        WriteExchange();
        WriteKernel();
        WriteClose();
    }

    private void WriteNames()
    {
        Begin(TraceText.LabelName);
        if (result.Names is not { } names)
        {
            Line(TraceText.NameLiteral.With(Journey.Target.Host));
            return;
        }

        string addresses = string.Join(", ", names.Addresses);
        switch (names.Source)
        {
            case NameSource.HostsFile:
                Line(TraceText.NameHosts.With(names.Host, addresses));
                return;
            case NameSource.Localhost:
                Line(TraceText.NameLocalhost.With(names.Host, addresses));
                return;
            case NameSource.Dns:
                Line((result.Way.AsksDnsAlone ? TraceText.NameAskedOnly : TraceText.NameAsked).With(names.Host));
                break;
        }

        foreach (NameQuery query in names.Queries)
        {
            string type = DnsType.NameOf(query.Type) ?? $"{query.Type}";
            Line(TraceText.NameQuery.With(
                $"{type}?".PadRight(6), query.Name, query.Server, AnswerOf(query), Milliseconds(query.Took)));
        }
    }

    private static string AnswerOf(NameQuery query) => query.Outcome switch
    {
        QueryOutcome.Answered => TraceText.AnswerAddresses.With(
            string.Join(" → ", [.. query.Aliases, string.Join(", ", query.Addresses)]), query.TimeToLiveSeconds),
        QueryOutcome.NoData => TraceText.AnswerNoData,
        QueryOutcome.NoSuchName => TraceText.AnswerNoSuchName,
        QueryOutcome.Failed => TraceText.AnswerFailed.With(query.Code),
        QueryOutcome.Unreachable => TraceText.AnswerUnreachable,
        QueryOutcome.Truncated => TraceText.AnswerTruncated,
        _ => TraceText.AnswerNone,
    };

    private void WriteWays()
    {
        Begin(TraceText.LabelRoute);
        foreach (TraceHop hop in result.Way.Hops)
        {
            string whose = hop.Role == HopRole.Resolver ? TraceText.RouteOfResolver : "";
            string to = RouteTable.TextOf(hop.Address);
            Line(hop.Route is { } route
                ? WayOf(route).With(to, whose, route.Interface.Name, TextOf(route.Source), TextOf(route.Gateway))
                : TraceText.RouteNone.With(to, whose));
        }

        Begin(TraceText.LabelNeighbor);
        foreach (TraceHop hop in result.Way.Hops.DistinctBy(one => one.Route?.NextHop))
        {
            if (hop.Route?.NextHop is { } next)
            {
                string known = hop.Before is { Hardware: not null } before
                    ? TraceText.NeighborKnown.With(StateOf(before.State))
                    : TraceText.NeighborFound;
                Line(hop.After is { Hardware: { } hardware }
                    ? TraceText.Neighbor.With(TextOf(next), hardware, known)
                    : TraceText.NeighborSilent.With(TextOf(next)));
            }
        }
    }

    private static string WayOf(Route route) =>
        route.Kind == RouteKind.Local ? TraceText.RouteLocal
        : route.Gateway is null ? TraceText.RouteOnLink
        : TraceText.RouteGateway;

    private static string StateOf(NeighborState state) => state.ToString().ToLowerInvariant();

    private void WriteAttempts()
    {
        Begin(TraceText.LabelConnect);
        foreach (JourneyAttempt attempt in Journey.Attempts)
        {
            string to = RouteTable.TextOf(new IPEndPoint(attempt.Address, Journey.Target.Port));
            string how = attempt.Outcome switch
            {
                AddressOutcome.Connected => TraceText.AttemptConnected.With(TextOf(Journey.Local)),
                AddressOutcome.Failed => TraceText.AttemptFailed.With(ReasonOf(attempt)),
                AddressOutcome.TimedOut => TraceText.AttemptTimedOut,
                AddressOutcome.GivenUp when Journey.Remote is not null => TraceText.AttemptGivenUp,
                _ => TraceText.AttemptOpen,
            };
            Line(TraceText.Attempt.With(to, how, Milliseconds(attempt.Took), Milliseconds(attempt.Began)));
        }
    }

    // "Cannot connect to tcp://…: nobody listens there (ECONNREFUSED); …" has been said before.
    private static string ReasonOf(JourneyAttempt attempt)
    {
        string message = attempt.Failure?.Message.TrimEnd('.') ?? "";
        int at = message.IndexOf(": ", StringComparison.Ordinal);
        return (at < 0 ? message : message[(at + 2)..]).Split(';')[0];
    }

    private void WriteTls()
    {
        if (Journey.Tls is not { } tls)
        {
            return;
        }

        Begin(TraceText.LabelTls);
        if (tls.Protocol != 0)
        {
            string alpn = tls.ApplicationProtocol.Length > 0 ? tls.ApplicationProtocol : TraceText.None;
            string name = tls.ServerName is { } asked ? TraceText.TlsName.With(asked) : TraceText.TlsNoName;
            Line(TraceText.Tls.With(TextFormat.VersionOf(tls.Protocol), tls.CipherSuite, alpn, name));
        }

        foreach (JourneyCertificate one in tls.Certificates)
        {
            string names = one.Names.Count > 0 ? TraceText.CertificateNames.With(string.Join(", ", one.Names)) : "";
            Line(Screen.Safe(TraceText.CertificateLine.With(
                one.Subject, one.Key, Date(one.NotBefore), Date(one.NotAfter), one.Issuer, names)));
        }

        if (tls.Errors != SslPolicyErrors.None)
        {
            Line(TraceText.CertificateWrong.With(TraceFailure.WrongWith(tls.Errors)));
        }
    }

    private void WriteExchange()
    {
        if (Journey.Http is { } http)
        {
            Begin(TraceText.LabelHttp);
            string request = http.RequestHead.Split('\r')[0];
            string type = http.Find("Content-Type") ?? TraceText.NoType;
            Line(Screen.Safe(http switch
            {
                { Status: > 0 } => TraceText.Http.With(
                    request, http.Version, http.Status, http.Reason, type, result.BodyText(http)),
                { Unread.IsEmpty: true } => TraceText.HttpUnanswered.With(request),
                _ when TraceFailure.IsHttp(http.Unread.Span) => TraceText.HttpBegun.With(
                    request, Quoted(http.Unread.Span)),
                _ => TraceText.HttpOther.With(request, Quoted(http.Unread.Span)),
            }));
            if (http.Find("Location") is { } location)
            {
                Line(Screen.Safe(TraceText.HttpRedirect.With(location)));
            }
        }

        if (Journey.Talk is { } talk)
        {
            Begin(TraceText.LabelTalk);
            if (!talk.Greeting.IsEmpty)
            {
                Line(TraceText.TalkTheirs.With(Quoted(talk.Greeting.Span)));
            }

            Line(TraceText.TalkOurs.With(Quoted(Encoding.UTF8.GetBytes(talk.Said))));
            Line(talk.Answer.IsEmpty ? TraceText.TalkNothing : TraceText.TalkTheirs.With(Quoted(talk.Answer.Span)));
        }
    }

    /// <summary>The beginning of what was said; of what is no text, how much it is.</summary>
    public static string Quoted(ReadOnlySpan<byte> bytes)
    {
        if (!System.Text.Unicode.Utf8.IsValid(bytes) || bytes.ContainsAnyInRange((byte)0, (byte)8))
        {
            return TraceText.NoText.With(TraceResult.BytesText(bytes.Length));
        }

        string text = Encoding.UTF8.GetString(bytes).TrimEnd('\r', '\n').Replace('\n', ' ');
        return Screen.Safe(text.Length > SaidCharsMax ? text[..SaidCharsMax] + "…" : text);
    }

    private void WriteKernel()
    {
        if (Journey.Kernel is not { } kernel)
        {
            return;
        }

        Begin(TraceText.LabelKernel);
        Line(TraceText.KernelTimes.With(
            Milliseconds(kernel.RoundTripTime), Milliseconds(kernel.RoundTripVariation),
            Milliseconds(kernel.RoundTripLeast), Milliseconds(kernel.RetransmissionTimeout)));
        Line(TraceText.KernelWindows.With(
            kernel.CongestionWindowSegments, kernel.SendSegmentBytes, kernel.PeerWindowBytes, kernel.OwnWindowBytes));
        Line(TraceText.KernelCounts.With(
            kernel.SegmentsSent, kernel.SegmentsReceived, kernel.Retransmissions, kernel.Lost));
    }

    private void WriteClose()
    {
        if (Journey.Close == JourneyClose.None)
        {
            return;
        }

        Begin(TraceText.LabelClose);
        string left = result.TimeWaitAt is { } end ? TraceText.CloseLeft.With(TextOf(end)) : TraceText.CloseNobody;
        Line(Journey.Close switch
        {
            JourneyClose.OursFirst => TraceText.CloseOurs.With(TextOf(Journey.Remote), left),
            JourneyClose.PeersFirst => TraceText.ClosePeers.With(TextOf(Journey.Remote), left),
            JourneyClose.Unanswered => TraceText.CloseUnanswered,
            JourneyClose.ResetByPeer => TraceText.CloseResetByPeer.With(TextOf(Journey.Remote)),
            _ => TraceText.CloseResetByUs,
        });
    }

    private void WriteFrames()
    {
        if (result.Frames is null)
        {
            return;
        }

        output.Line();
        LadderDiagram ladder = TraceLadder.Of(result, keepsDetails: false);
        int width = Math.Max(output.Width, LadderText.WidthMin);
        foreach (string line in LadderText.Lines(ladder, width, output.OutHasColor))
        {
            output.Line(line);
        }
    }

    private void Begin(string label) => _label = label;

    private void Line(string text)
    {
        output.Line(Screen.In(Screen.Cyan, _label.PadRight(LabelColumns), output.OutHasColor) + text);
        _label = "";
    }

    private static string? TextOf(IPAddress? address) => address is null ? null : RouteTable.TextOf(address);

    private static string? TextOf(IPEndPoint? endPoint) => endPoint is null ? null : RouteTable.TextOf(endPoint);

    private static string Milliseconds(TimeSpan time) =>
        TraceResult.Milliseconds(time).ToString("0.00", CultureInfo.InvariantCulture);

    private static string Date(DateTimeOffset time) => time.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
}
