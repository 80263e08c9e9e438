using System.Net;
using Sockeye.Capture.Journeys;
using Sockeye.Capture.Ladder;
using Sockeye.Capture.Streams;
using Sockeye.Cli.Resources;
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
        var steps = new Queue<JourneyPhase>(result.Journey.Phases.Where(phase => StepOf(result, phase.Kind) is not null));
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

    /// <summary>Says at the head of a column whose it is. A machine that speaks with itself is two columns, which their
    /// ports tell apart.</summary>
    private static void Name(LadderBuilder builder, TraceResult result)
    {
        foreach (TraceHop hop in result.Way.Hops.Where(one => one.Route?.NextHop is not null))
        {
            if (hop.Route!.Gateway is { } gateway)
            {
                builder.Name(gateway, TraceText.LadderGateway.With(gateway));
            }
        }

        foreach (TraceHop hop in result.Way.Hops)
        {
            if (hop.Role == HopRole.Resolver)
            {
                builder.Name(hop.Address, TraceText.LadderResolver.With(hop.Address));
            }
            else if (result.Names is { } names && !IsOwn(hop.Address, result))
            {
                builder.Name(hop.Address, names.Host);
            }
        }
    }

    private static bool IsOwn(IPAddress address, TraceResult result) => address.Equals(result.Journey.Local?.Address);
}
