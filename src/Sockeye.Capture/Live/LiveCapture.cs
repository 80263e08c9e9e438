using System.Buffers.Binary;
using System.Diagnostics;
using System.Runtime.InteropServices;
using Sockeye.Capture.Linux;
using Sockeye.Linux;
using Sockeye.Wire;
using Sockeye.Wire.Files;
using Sockeye.Wire.Link;

namespace Sockeye.Capture;

/// <summary>What <see cref="LiveCapture.Wait"/> found.</summary>
public enum CaptureWait : byte
{
    /// <summary>There are frames to read.</summary>
    Ready = 0,

    /// <summary>None came in the time given.</summary>
    TimedOut,

    /// <summary>The capture was stopped, and all that it saw before has been read.</summary>
    Ended,
}

/// <summary>What a capture counted.</summary>
/// <param name="Passed">Frames that passed the filter, the dropped ones among them. A part of some filters is not the
/// kernel's but ours, such as that of <c>vlan</c>: then a frame counts as passed until it is read, and for good if it
/// was dropped.</param>
/// <param name="Dropped">Frames for which the ring had no room, because they were not read fast enough.</param>
public readonly record struct CaptureCounts(long Passed, long Dropped);

/// <summary>
/// Frames as they pass an interface, or all of them. It is read like a file: <see cref="TryRead"/> until it has none,
/// then <see cref="Wait"/>. One thread reads and disposes; <see cref="Stop"/> and <see cref="Counts"/> are for any.
/// Nothing is allocated for a frame.
/// </summary>
/// <example>
/// <code>
/// using LiveCapture capture = LiveCapture.Open(new LiveCaptureOptions { Filter = "tcp port 80" });
/// while (capture.Wait(Timeout.InfiniteTimeSpan) == CaptureWait.Ready)
/// {
///     while (capture.TryRead(out CapturedFrame frame))
///     {
///         writer.WritePacket(frame);
///     }
/// }
/// </code>
/// </example>
public sealed class LiveCapture : IDisposable
{
    /// <summary>How long the end waits for frames that the kernel has counted and not handed over.</summary>
    public const int EndMillisecondsMax = 1_000;

    private const string LoopbackInterface = "lo";

    // epb_flags as an option of an enhanced packet block, little-endian, and the end of options (pcapng section 4.3).
    private const int FlagsAt = 4;
    private static ReadOnlySpan<byte> FlagsOption => [2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0];

    private readonly PacketSocket _socket;
    private readonly WakeEvent _wake;
    private readonly CaptureFilter _filter;
    private readonly byte[] _options = FlagsOption.ToArray();
    private readonly int _snapLength;
    private readonly bool _isCooked;
    private State _state;           // Any thread moves it from Running to Asked; the reading thread does the rest.
    private long _read;             // The reading thread's, like all below: frames taken from the ring.
    private long _refused;          // Of those, the ones that our part of the filter did not let pass.
    private long _delivered;
    private long _endsAt;           // When ending is given up, in ticks of Environment.TickCount64.

    private LiveCapture(PacketSocket socket, WakeEvent wake, CaptureFilter filter, PcapngInterface description)
    {
        _socket = socket;
        _wake = wake;
        _filter = filter;
        _snapLength = (int)description.SnapLength;
        _isCooked = description.LinkType == LinkType.LinuxCooked2;
        Description = description;
    }

    private enum State
    {
        /// <summary>Frames come in.</summary>
        Running,

        /// <summary>Somebody wants it to end.</summary>
        Asked,

        /// <summary>Nothing more comes in, and what came in is being read.</summary>
        Ending,

        /// <summary>All is read.</summary>
        Ended,

        /// <summary>The memory is given back.</summary>
        Disposed,
    }

    /// <summary>The interface as a pcapng file describes it: name, link type, snap length, nanoseconds, filter.
    /// </summary>
    public PcapngInterface Description { get; }

    /// <summary>What the frames begin with: Ethernet, bare packets, or for all interfaces a cooked header.</summary>
    public LinkType LinkType => Description.LinkType;

    /// <summary>What was counted so far.</summary>
    public CaptureCounts Counts
    {
        get
        {
            (long passed, long dropped) = _socket.Count();
            return new CaptureCounts(passed - Volatile.Read(ref _refused), dropped);
        }
    }

    /// <summary>Begins a capture; what passes from now on is in it.</summary>
    /// <exception cref="CaptureException">There is none to be had; it says why.</exception>
    public static LiveCapture Open(LiveCaptureOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentOutOfRangeException.ThrowIfLessThan(options.SnapLength, 1, nameof(options));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(options.SnapLength, LiveCaptureOptions.SnapLengthMax,
            nameof(options));
        int index = IndexOf(options.Interface);
        LinkType link = PacketSocket.LinkOf(index);
        CaptureFilter filter = CaptureFilter.Of(options.Filter, link, options.SnapLength);
        FilterInstruction[] inKernel = filter.InKernel;
        if (Interop.IfNametoindex(LoopbackInterface) is { Ok: true, Value: var loopback }
            && (index == 0 || index == loopback))
        {
            inKernel = FilterInstruction.WithoutSentOnLoopback(inKernel, loopback);
        }

        if (!WakeEvent.Open(out WakeEvent wake).Ok)
        {
            throw new CaptureException(CaptureError.Other, "There are no descriptors left; raise 'ulimit -n'.");
        }

        try
        {
            PacketSocket socket = PacketSocket.Open(
                index, link == LinkType.LinuxCooked2, inKernel, options.RingBytes, options.IsPromiscuous);
            return new LiveCapture(socket, wake, filter, Describe(options, link));
        }
        catch
        {
            wake.Close();
            throw;
        }
    }

    /// <summary>The next frame, valid until the next call of this or of <see cref="Wait"/>; false when none is there.
    /// </summary>
    public bool TryRead(out CapturedFrame frame)
    {
        ObjectDisposedException.ThrowIf(_state == State.Disposed, this);
        if (_state == State.Asked)
        {
            Step(); // Also while frames never cease to come.
        }

        while (_socket.Ring.HasFrame)
        {
            RingFrame taken = _socket.Ring.Read();
            _read++;
            ReadOnlySpan<byte> bytes = Complete(taken, out long onWire);
            if (_filter.Passes(bytes, onWire))
            {
                BinaryPrimitives.WriteUInt32LittleEndian(_options.AsSpan(FlagsAt), FlagsOf(taken.From.Type));
                frame = new CapturedFrame
                {
                    Number = ++_delivered,
                    Time = new Timestamp(
                        (taken.Header.Seconds * Timestamp.NanosecondsPerSecond) + taken.Header.Nanoseconds),
                    LinkType = LinkType,
                    LengthOnWire = onWire,
                    Bytes = bytes[..Math.Min(bytes.Length, _snapLength)],
                    Options = _options,
                };
                return true;
            }

            Volatile.Write(ref _refused, _refused + 1);
        }

        frame = default;
        return false;
    }

    /// <summary>Waits until there are frames to read, for a time that may be infinite.</summary>
    /// <exception cref="CaptureException">The interface went away.</exception>
    public CaptureWait Wait(TimeSpan timeout)
    {
        ObjectDisposedException.ThrowIf(_state == State.Disposed, this);
        long deadline = timeout == Timeout.InfiniteTimeSpan
            ? long.MaxValue
            : Environment.TickCount64 + (long)Math.Ceiling(timeout.TotalMilliseconds);
        while (!_socket.Ring.HasFrame)
        {
            if (Step() == State.Ended)
            {
                return CaptureWait.Ended;
            }

            long left = deadline - Environment.TickCount64;
            if (left <= 0 && deadline != long.MaxValue)
            {
                return CaptureWait.TimedOut;
            }

            Poll(_state == State.Ending ? PacketRing.RetireMilliseconds
                : deadline == long.MaxValue ? -1
                : (int)Math.Min(left, int.MaxValue));
        }

        return CaptureWait.Ready;
    }

    /// <summary>Ends the capture: nothing more comes in, and <see cref="Wait"/> says when all of it was read. From any
    /// thread.</summary>
    public void Stop()
    {
        if (Interlocked.CompareExchange(ref _state, State.Asked, State.Running) == State.Running)
        {
            _wake.Set();
        }
    }

    /// <summary>Gives everything back, unread frames too.</summary>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _state, State.Disposed) != State.Disposed)
        {
            _socket.Close();
            _wake.Close();
        }
    }

    private static int IndexOf(string name)
    {
        if (name == LiveCaptureOptions.AnyInterface)
        {
            return 0;
        }

        Result found = Interop.IfNametoindex(name);
        return found.Ok ? found.Value : throw new CaptureException(
            CaptureError.NoInterface, $"There is no interface {name}; 'ip link' lists those that there are.");
    }

    private static PcapngInterface Describe(LiveCaptureOptions options, LinkType link)
    {
        const ushort FilterCode = 11; // if_filter: a byte for its kind, zero for tcpdump's language, and the text.
        const ushort SystemCode = 12; // if_os
        List<PcapngOption> others = [PcapngOption.Text(SystemCode, RuntimeInformation.OSDescription)];
        if (options.Filter.Length > 0)
        {
            others.Add(PcapngOption.Text(FilterCode, '\0' + options.Filter));
        }

        return new PcapngInterface
        {
            LinkType = link,
            SnapLength = (uint)options.SnapLength,
            Name = options.Interface,
            TicksPerSecond = Timestamp.NanosecondsPerSecond,
            OtherOptions = [.. others],
        };
    }

    // epb_flags: two bits for the direction, three for whom it was sent to (pcapng section 4.3.1).
    private static uint FlagsOf(PacketType type)
    {
        const uint Inbound = 1;
        const uint Outbound = 2;
        const int ReceptionAt = 2;
        return type switch
        {
            PacketType.Host => Inbound | (1 << ReceptionAt),
            PacketType.Multicast => Inbound | (2 << ReceptionAt),
            PacketType.Broadcast => Inbound | (3 << ReceptionAt),
            PacketType.OtherHost => Inbound | (4 << ReceptionAt),
            PacketType.Outgoing => Outbound,
            _ => 0,
        };
    }

    /// <summary>Puts before a frame what the kernel keeps beside it: a cooked header, and a VLAN tag.</summary>
    private ReadOnlySpan<byte> Complete(scoped in RingFrame taken, out long onWire)
    {
        const int AddressesBytes = 2 * MacAddress.Bytes;
        const int TagBytes = 4;
        ref readonly FrameHeader header = ref taken.Header;
        int start = taken.DataAt;
        ushort protocol = BinaryPrimitives.ReverseEndianness(taken.From.Protocol);
        if ((header.Status & FrameStatus.VlanValid) != 0)
        {
            bool isNamed = (header.Status & FrameStatus.VlanProtocolValid) != 0;
            ushort tag = isNamed ? header.VlanProtocol : EtherType.Vlan;
            if (_isCooked)
            {
                // The header names the tag, and the tag what follows it.
                start -= TagBytes;
                BinaryPrimitives.WriteUInt16BigEndian(taken.Room[start..], (ushort)header.VlanTag);
                BinaryPrimitives.WriteUInt16BigEndian(taken.Room[(start + sizeof(ushort))..], protocol);
                protocol = tag;
            }
            else if (LinkType == LinkType.Ethernet && header.Captured >= AddressesBytes)
            {
                start -= TagBytes;
                taken.Room.Slice(taken.DataAt, AddressesBytes).CopyTo(taken.Room[start..]);
                Span<byte> room = taken.Room[(start + AddressesBytes)..];
                BinaryPrimitives.WriteUInt16BigEndian(room, tag);
                BinaryPrimitives.WriteUInt16BigEndian(room[sizeof(ushort)..], (ushort)header.VlanTag);
            }
        }

        if (_isCooked)
        {
            start -= LinuxCooked2.HeaderBytes;
            Span<byte> cooked = taken.Room.Slice(start, LinuxCooked2.HeaderBytes);
            BinaryPrimitives.WriteUInt16BigEndian(cooked, protocol);
            BinaryPrimitives.WriteUInt16BigEndian(cooked[2..], 0);
            BinaryPrimitives.WriteUInt32BigEndian(cooked[4..], (uint)taken.From.Interface);
            BinaryPrimitives.WriteUInt16BigEndian(cooked[8..], (ushort)taken.From.Hardware);
            cooked[10] = (byte)taken.From.Type;
            cooked[11] = taken.From.AddressLength;
            BinaryPrimitives.WriteUInt64LittleEndian(cooked[12..], taken.From.Address);
        }

        onWire = header.Length + (taken.DataAt - start);
        return taken.Room[start..];
    }

    private State Step()
    {
        switch (_state)
        {
            // Somebody asked for the end: nothing more may come in.
            case State.Asked:
                _socket.Refuse();
                _endsAt = Environment.TickCount64 + EndMillisecondsMax;
                _state = State.Ending;
                return Step();

            // The kernel hands over its last block after a moment. What it counted and what was read then agree.
            case State.Ending:
                (long passed, long dropped) = _socket.Count();
                if (_read >= passed - dropped || Environment.TickCount64 >= _endsAt)
                {
                    _state = State.Ended;
                }

                return _state;
            default:
                return _state;
        }
    }

    /// <summary>Waits for the kernel, or for who stops the capture.</summary>
    internal void Poll(int milliseconds)
    {
        Span<PollEntry> entries =
        [
            new(_socket.Descriptor, PollFlags.Readable),

            // Unless it has been heeded. Somebody may ask for the end just before this begins to wait.
            new(_state == State.Ending ? -1 : _wake.Descriptor, PollFlags.Readable),
        ];
        Result polled = Interop.Poll(entries, milliseconds).OrNoneIfInterrupted();
        Debug.Assert(polled.Ok, "Both descriptors are ours.");
        if (polled.Value > 0 && (entries[0].Happened & PollFlags.Error) != 0
            && _socket.TakeError() is not Errno.None and var error)
        {
            throw error is Errno.ENETDOWN
                ? new CaptureException(CaptureError.InterfaceDown,
                    $"The interface {Description.Name} is down; 'sudo ip link set {Description.Name} up' starts it.")
                : new CaptureException(CaptureError.Other, $"The capture broke off: {error.Explain()}.");
        }
    }
}
