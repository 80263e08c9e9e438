using System.Net;
using System.Net.Sockets;
using Sockeye.Capture.Journeys;
using Sockeye.Capture.Ladder;
using Sockeye.Capture.Streams;
using Sockeye.Cli.Resources;
using Sockeye.Diagnostics.Routes;
using Sockeye.Wire;
using Sockeye.Wire.Dissection;

namespace Sockeye.Cli.Tracing;

/// <summary>The packets of a trace as a ladder, with the steps of the journey between them.</summary>
internal static class TraceLadder
{
    public static LadderDiagram Of(TraceResult result, bool keepsDetails)
    {
        var builder = new LadderBuilder(LadderOptions.Default with { KeepsDetails = keepsDetails });
        Name(builder, result);
        var steps = new Queue<JourneyPhase>(
            result.Journey.Phases.Where(phase => StepOf(result, phase.Kind) is not null));
        var began = Timestamp.From(result.Journey.BeganAt);
        FieldSet wanted = keepsDetails ? FieldSet.All : FieldSet.None;
        result.Frames?.Read(wanted, (in DissectedFrame frame, in StreamPacket packet) =>
        {
            // A step that no packet follows before the next one begins is not worth a line.
            JourneyPhase? step = null;
            while (frame.Frame.Time is { } seen && steps.TryPeek(out JourneyPhase next)
                && next.Start <= seen - began)
            {
                step = steps.Dequeue();
            }

            if (step is { Kind: var kind })
            {
                builder.Remark(StepOf(result, kind)!, frame.Frame.Time);
            }

            builder.Add(frame, packet);
        });
        return builder.Build(TraceText.LadderTitle.With(result.Journey.Target));
    }

    private static string? StepOf(TraceResult result, JourneyPhaseKind kind) => kind switch
    {
        JourneyPhaseKind.NameLookup => TraceText.StepNameLookup,
        JourneyPhaseKind.Connect => TraceText.StepConnect,
        JourneyPhaseKind.Tls => TraceText.StepTls,
        JourneyPhaseKind.Send => result.Journey.Http is null ? TraceText.StepTalk : TraceText.StepSend,
        JourneyPhaseKind.Close => TraceText.StepClose,
        _ => null,
    };

    /// <summary>Says at the head of a column whose it is, whatever its address. A machine that speaks with itself is
    /// two columns, which their ports tell apart.</summary>
    private static void Name(LadderBuilder builder, TraceResult result)
    {
        TraceHop[] away = [.. result.Way.Hops.Where(one => one.Route?.NextHop is not null)];
        TraceHop? behind = away.FirstOrDefault(one => one.Route!.Gateway is not null);
        TraceHop? asked = away.FirstOrDefault(one => one.Role == HopRole.Resolver);
        string gateway = TraceText.LadderGateway.With(TextOf(behind?.Route!.Gateway));
        string resolver = TraceText.LadderResolver.With(TextOf(asked?.Address));
        foreach (TraceHop hop in away)
        {
            string whose = hop.Role == HopRole.Resolver ? resolver : result.Names?.Host ?? TextOf(hop.Address);
            builder.Name(hop.Address, whose);
            if (hop.Route!.Source is { } own)
            {
                builder.Name(own, TraceText.LadderOwn);
            }

            string next = hop.Route.Gateway is null ? whose : gateway;
            builder.Name(hop.Route.NextHop!, next);
            if (hop.Route.NextHop!.AddressFamily == AddressFamily.InterNetworkV6)
            {
                builder.Name(SolicitedNodeOf(hop.Route.NextHop), next);
            }
        }
    }

    private static string TextOf(IPAddress? address) => address is null ? "" : RouteTable.TextOf(address);

    /// <summary>The group that a neighbour is asked in: ff02::1:ff00:0/104 and the last three bytes of its address (RFC
    /// 4291 section 2.7.1).</summary>
    private static IPAddress SolicitedNodeOf(IPAddress address)
    {
        byte[] group = [0xFF, 0x02, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0xFF, .. address.GetAddressBytes()[^3..]];
        return new IPAddress(group);
    }
}
