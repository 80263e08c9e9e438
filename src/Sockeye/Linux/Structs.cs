using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Sockeye.Linux;

// Small structs as the kernel lays them out on 64-bit machines. LayoutTests asserts sizes and offsets.

/// <summary>struct pollfd of poll(2).</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct PollEntry(int descriptor, PollFlags wanted)
{
    /// <summary>Which descriptor; poll skips an entry where it is negative.</summary>
    internal int Descriptor = descriptor;

    /// <summary>What to wait for; Error, HangUp and Invalid are always reported.</summary>
    internal PollFlags Wanted = wanted;

    /// <summary>What happened.</summary>
    internal PollFlags Happened;
}

/// <summary>fd_set of select(2): one bit for each descriptor below 1,024.</summary>
[InlineArray(DescriptorsMax / 64)]
internal struct DescriptorSet
{
    /// <summary>FD_SETSIZE: descriptors from here on do not fit, which is select's limit.</summary>
    internal const int DescriptorsMax = 1024;

    private ulong _first;

    /// <summary>Puts a descriptor in; false when its number is too high.</summary>
    internal bool Add(int descriptor)
    {
        if ((uint)descriptor >= DescriptorsMax)
        {
            return false;
        }

        this[descriptor >> 6] |= 1UL << descriptor;
        return true;
    }

    /// <summary>Takes a descriptor out, if it is in.</summary>
    internal void Remove(int descriptor)
    {
        if ((uint)descriptor < DescriptorsMax)
        {
            this[descriptor >> 6] &= ~(1UL << descriptor);
        }
    }

    /// <summary>Whether a descriptor is in.</summary>
    internal readonly bool Contains(int descriptor) =>
        (uint)descriptor < DescriptorsMax && (this[descriptor >> 6] & (1UL << descriptor)) != 0;
}

/// <summary>sigset_t of signal(7): 128 bytes in glibc and musl, of which the kernel uses the first eight.</summary>
[InlineArray(16)]
internal struct SignalSet
{
    private ulong _first;

    /// <summary>A set of these signals.</summary>
    internal static SignalSet Of(params ReadOnlySpan<int> signals)
    {
        SignalSet set = default;
        foreach (int signal in signals)
        {
            ArgumentOutOfRangeException.ThrowIfNegativeOrZero(signal);
            ArgumentOutOfRangeException.ThrowIfGreaterThan(signal, (int)Signal.RealTimeLast);
            set[0] |= 1UL << (signal - 1);
        }

        return set;
    }

    /// <summary>Whether a signal is in.</summary>
    internal readonly bool Contains(int signal) =>
        signal is > 0 and <= (int)Signal.RealTimeLast && (this[0] & (1UL << (signal - 1))) != 0;
}

/// <summary>siginfo_t of sigaction(2), with the fields of a signal about a descriptor (SIGPOLL's).</summary>
[StructLayout(LayoutKind.Explicit, Size = 128)]
internal struct SignalInfo
{
    /// <summary>Which signal.</summary>
    [FieldOffset(0)]
    internal int Number;

    /// <summary>Why it was sent: POLL_* for a descriptor, zero or less when a process sent it.</summary>
    [FieldOffset(8)]
    internal int Code;

    /// <summary>si_band: what happened, as poll(2) would report it.</summary>
    [FieldOffset(16)]
    internal long Band;

    /// <summary>si_fd: the descriptor as it was numbered at F_SETSIG time; it may be closed by now.</summary>
    [FieldOffset(24)]
    internal int Descriptor;
}

/// <summary>struct f_owner_ex of fcntl(2).</summary>
[StructLayout(LayoutKind.Sequential)]
internal readonly struct SignalOwner(OwnerKind kind, int number)
{
    /// <summary>What the number names.</summary>
    internal readonly OwnerKind Kind = kind;

    /// <summary>A thread (of gettid), process or group.</summary>
    internal readonly int Number = number;
}

/// <summary>struct rlimit of getrlimit(2).</summary>
[StructLayout(LayoutKind.Sequential)]
internal readonly struct ResourceLimit(ulong soft, ulong hard)
{
    /// <summary>RLIM_INFINITY.</summary>
    internal const ulong Unlimited = ulong.MaxValue;

    /// <summary>The limit in force.</summary>
    internal readonly ulong Soft = soft;

    /// <summary>How far the soft limit may be raised.</summary>
    internal readonly ulong Hard = hard;
}

/// <summary>struct rusage of getrusage(2): 144 bytes.</summary>
[StructLayout(LayoutKind.Explicit, Size = 144)]
internal struct ResourceUsage
{
    [FieldOffset(0)]
    private readonly NativeTime _user;

    [FieldOffset(16)]
    private readonly NativeTime _system;

    /// <summary>How often the thread or process gave up the CPU to wait.</summary>
    [FieldOffset(128)]
    internal readonly long VoluntarySwitches;

    /// <summary>How often the CPU was taken from it.</summary>
    [FieldOffset(136)]
    internal readonly long InvoluntarySwitches;

    /// <summary>CPU time in its own code.</summary>
    internal readonly TimeSpan User => _user.FromMicroseconds();

    /// <summary>CPU time in the kernel.</summary>
    internal readonly TimeSpan System => _system.FromMicroseconds();
}

/// <summary>struct itimerspec of timerfd_settime(2), for a timer that expires once.</summary>
[StructLayout(LayoutKind.Sequential)]
internal readonly struct TimerSetting(long nanoseconds)
{
    private readonly NativeTime _interval;
    private readonly NativeTime _value = NativeTime.OfNanoseconds(nanoseconds);
}

/// <summary>struct timeval or timespec: seconds, and micro- or nanoseconds, each of 64 bits.</summary>
[StructLayout(LayoutKind.Sequential)]
internal readonly struct NativeTime
{
    private readonly long _seconds;
    private readonly long _fraction;

    private NativeTime(long seconds, long fraction)
    {
        _seconds = seconds;
        _fraction = fraction;
    }

    /// <summary>A timeval.</summary>
    internal static NativeTime Microseconds(int milliseconds) => new(milliseconds / 1000, milliseconds % 1000 * 1000L);

    /// <summary>A timespec.</summary>
    internal static NativeTime Nanoseconds(int milliseconds) =>
        new(milliseconds / 1000, milliseconds % 1000 * 1_000_000L);

    /// <summary>A timespec.</summary>
    internal static NativeTime OfNanoseconds(long nanoseconds) =>
        new(nanoseconds / 1_000_000_000, nanoseconds % 1_000_000_000);

    /// <summary>The span a timeval describes.</summary>
    internal TimeSpan FromMicroseconds() =>
        new((_seconds * TimeSpan.TicksPerSecond) + (_fraction * TimeSpan.TicksPerMicrosecond));
}

/// <summary>struct linger of socket(7), for SO_LINGER: (1, 0) makes close send a reset.</summary>
[StructLayout(LayoutKind.Sequential)]
internal readonly struct LingerOption(int on, int seconds)
{
    /// <summary>One when closing lingers.</summary>
    internal readonly int On = on;

    /// <summary>For how long.</summary>
    internal readonly int Seconds = seconds;
}

/// <summary>struct ip_mreqn of ip(7), for IP_ADD_MEMBERSHIP, IP_DROP_MEMBERSHIP and IP_MULTICAST_IF.</summary>
[StructLayout(LayoutKind.Sequential)]
internal readonly struct Ipv4Membership
{
    private readonly uint _group;
    private readonly uint _localAddress;
    private readonly int _interfaceIndex;

    /// <summary>The group, on an interface by its number; zero lets the kernel choose.</summary>
    internal Ipv4Membership(System.Net.IPAddress group, int interfaceIndex)
    {
        Span<byte> bytes = stackalloc byte[16];
        if (!group.TryWriteBytes(bytes, out int written) || written != sizeof(uint))
        {
            throw new ArgumentException("An IPv4 address is needed.", nameof(group));
        }

        _group = MemoryMarshal.Read<uint>(bytes);
        _localAddress = 0;
        _interfaceIndex = interfaceIndex;
    }
}

/// <summary>struct ipv6_mreq of ipv6(7), for IPV6_JOIN_GROUP and IPV6_LEAVE_GROUP.</summary>
[StructLayout(LayoutKind.Sequential)]
internal readonly struct Ipv6Membership
{
    private readonly GroupBytes _group;
    private readonly int _interfaceIndex;

    /// <summary>The group, on an interface by its number; zero lets the kernel choose.</summary>
    internal Ipv6Membership(System.Net.IPAddress group, int interfaceIndex)
    {
        Span<byte> bytes = stackalloc byte[16];
        if (!group.TryWriteBytes(bytes, out int written) || written != bytes.Length)
        {
            throw new ArgumentException("An IPv6 address is needed.", nameof(group));
        }

        _group = MemoryMarshal.Read<GroupBytes>(bytes);
        _interfaceIndex = interfaceIndex;
    }

    // Four-byte units, which give the struct the alignment C gives it.
    [InlineArray(4)]
    private struct GroupBytes
    {
        private uint _first;
    }
}

/// <summary>struct io_uring_params of io_uring_setup(2): 120 bytes.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct IoUringParameters
{
    internal uint SubmissionEntries;
    internal uint CompletionEntries;
    internal uint Flags;
    internal uint SubmissionThreadCpu;
    internal uint SubmissionThreadIdleMilliseconds;
    internal uint Features;
    internal uint WorkQueueDescriptor;
    private readonly uint _reserved0;
    private readonly uint _reserved1;
    private readonly uint _reserved2;
    internal IoUringSubmissionOffsets SubmissionOffsets;
    internal IoUringCompletionOffsets CompletionOffsets;
}

/// <summary>struct io_sqring_offsets: where the submission ring's fields are, in bytes from its mapping.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct IoUringSubmissionOffsets
{
    internal uint Head;
    internal uint Tail;
    internal uint RingMask;
    internal uint RingEntries;
    internal uint Flags;
    internal uint Dropped;
    internal uint Array;
    private readonly uint _reserved;
    internal ulong UserAddress;
}

/// <summary>struct io_cqring_offsets: where the completion ring's fields are, in bytes from its mapping.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct IoUringCompletionOffsets
{
    internal uint Head;
    internal uint Tail;
    internal uint RingMask;
    internal uint RingEntries;
    internal uint Overflow;
    internal uint Entries;
    internal uint Flags;
    private readonly uint _reserved;
    internal ulong UserAddress;
}
