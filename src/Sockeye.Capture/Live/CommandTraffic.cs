using System.Diagnostics;
using Sockeye.Capture.Linux;
using Sockeye.Linux;
using Sockeye.Wire;

namespace Sockeye.Capture;

/// <summary>
/// Tells which frames of a capture are a command's: those of the connections that it, and whatever it starts, opens or
/// accepts. One thread asks.
/// </summary>
/// <remarks>
/// The command runs in a control group of its own. The kernel runs a small program for each packet that a socket of the
/// group sends or is given, which tells us the packet's addresses and ports, once for each flow. That is before the
/// packet reaches an interface: when a capture shows the first SYN, its flow is known. Looking into <c>/proc</c> from
/// time to time would miss what is short, and marking packets could change their routes.
/// </remarks>
public sealed class CommandTraffic : IDisposable
{
    /// <summary>How many flows are remembered, those that the kernel told of last. Of one that goes on it tells
    /// again.</summary>
    public const int FlowsMax = 65_536;

    /// <summary>
    /// How old a frame is when we decide that it is somebody else's. What comes in is captured just before the kernel
    /// finds its socket, and only then can tell whose it is.
    /// </summary>
    public const int SettleMilliseconds = 5;

    private readonly ControlGroup _group;
    private readonly FlowRing _ring;
    private readonly int[] _descriptors;
    private readonly RecentFlows _flows;
    private readonly TimeProvider _time;
    private long _settled;      // Frames up to this time are old enough: nanoseconds since 1970.

    private CommandTraffic(
        ControlGroup group, FlowRing ring, int[] descriptors, RecentFlows flows, TimeProvider time)
    {
        _group = group;
        _ring = ring;
        _descriptors = descriptors;
        _flows = flows;
        _time = time;
    }

    /// <summary>Makes the group and begins to watch it, which only root may.</summary>
    /// <exception cref="CaptureException">It cannot be done; it says why.</exception>
    public static CommandTraffic Open(TimeProvider time) => Open(time, FlowsMax);

    internal static CommandTraffic Open(TimeProvider time, int flowsMax)
    {
        ArgumentNullException.ThrowIfNull(time);
        ControlGroup group = ControlGroup.Make();
        var descriptors = new List<int>();
        FlowRing? ring = null;
        try
        {
            int told = Keep(
                Calls.BpfCreateMap(Calls.RecentlyUsedMap, FlowProgram.RecordBytes, sizeof(ulong), flowsMax));
            int ringMap = Keep(Calls.BpfCreateMap(Calls.RingBufferMap, 0, 0, FlowRing.RingBytes));

            // Early enough: what is told again may wait in the ring behind a quarter of all that are remembered.
            int program = Keep(Calls.BpfLoadProgram(FlowProgram.Write(told, ringMap, flowsMax / 4)));
            Keep(Calls.BpfLink(program, group.Descriptor, isOutgoing: true));
            Keep(Calls.BpfLink(program, group.Descriptor, isOutgoing: false));
            Check(FlowRing.Open(ringMap, out ring));
            return new CommandTraffic(group, ring!, [.. descriptors], new RecentFlows(flowsMax), time);
        }
        catch
        {
            ring?.Close();
            descriptors.ForEach(one => Interop.Close(one));
            group.Remove();
            throw;
        }

        int Keep(Result result)
        {
            Check(result);
            descriptors.Add(result.Value);
            return result.Value;
        }
    }

    /// <summary>Starts the command. While it does, nothing else should be started by this process.</summary>
    public Process Start(ProcessStartInfo command)
    {
        ArgumentNullException.ThrowIfNull(command);
        _group.Enter();
        try
        {
            return Process.Start(command)!;
        }
        finally
        {
            _group.Leave();
        }
    }

    /// <summary>
    /// Lets a user who is not root remove the group in the end; to be called before this process becomes that user's.
    /// </summary>
    public void HandOver(UserAccount user)
    {
        ArgumentNullException.ThrowIfNull(user);
        _ = user.TakeOver(_group.Family);
    }

    /// <summary>Asks everything that was started and still runs to end (SIGTERM).</summary>
    public void Terminate() => _group.Terminate();

    /// <summary>Whether a frame belongs to the command, or is an error message about a packet that does.</summary>
    public bool Owns(in CapturedFrame frame)
    {
        if (!FlowKey.TryRead(frame, out FlowKey key, out FlowKey? quoted))
        {
            return false;
        }

        if (Knows(key, quoted))
        {
            return true;
        }

        Take();
        if (!Knows(key, quoted) && frame.Time is { } seen)
        {
            Settle(seen);
        }

        return Knows(key, quoted);
    }

    /// <summary>Ends watching. What the command started and left behind goes on.</summary>
    public void Dispose()
    {
        foreach (int descriptor in _descriptors)
        {
            Interop.Close(descriptor);
        }

        _ring.Close();
        _group.Remove();
    }

    private static void Check(Result result)
    {
        if (result.Ok)
        {
            return;
        }

        throw result.Error is Errno.EPERM or Errno.EACCES
            ? new CaptureException(
                CaptureError.PermissionDenied,
                "To capture only what a command sends, the kernel must be asked to watch it, which needs the " +
                "capabilities CAP_BPF and CAP_NET_ADMIN; run it with sudo.")
            : new CaptureException(
                CaptureError.NotSupported,
                "To capture only what a command sends, the kernel must be asked to watch it, which this one cannot " +
                $"({result.Error}); Linux 5.8 with BPF and control groups is needed.");
    }

    /// <summary>Waits until a frame is old enough to be judged. One wait serves all frames before it.</summary>
    private void Settle(Timestamp seen)
    {
        if (seen.Nanoseconds <= _settled)
        {
            return;
        }

        long age = Timestamp.From(_time.GetUtcNow()).Nanoseconds - seen.Nanoseconds;
        long left = SettleMilliseconds - (age / 1_000_000);
        if (left > 0)
        {
            // A clock that was set back would make the frame one of the future.
            _ = Interop.Poll([], (int)Math.Min(left, SettleMilliseconds));
        }

        _settled = seen.Nanoseconds;
        Take();
    }

    private void Take()
    {
        Span<byte> record = stackalloc byte[FlowProgram.RecordBytes];
        while (_ring.TryRead(record))
        {
            // A later fragment has no ports: it is taken for the command's when some flow between the two hosts is.
            FlowKey key = FlowKey.OfRecord(record);
            _flows.Add(key);
            _flows.Add(key.WithoutPorts);
        }
    }

    private bool Knows(FlowKey key, FlowKey? quoted) =>
        _flows.Contains(key) || (quoted is { } about && _flows.Contains(about));
}
