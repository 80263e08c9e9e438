using System.Runtime.InteropServices;
using Sockeye.Linux;

namespace Sockeye.Capture.Linux;

/// <summary>bpf(2): the three commands that watching a program's packets takes.</summary>
internal static unsafe partial class Calls
{
    /// <summary>BPF_MAP_TYPE_LRU_HASH.</summary>
    internal const uint RecentlyUsedMap = 9;

    /// <summary>BPF_MAP_TYPE_RINGBUF, since Linux 5.8.</summary>
    internal const uint RingBufferMap = 27;

    private const int CreateMap = 0; // BPF_MAP_CREATE
    private const int LoadProgram = 5; // BPF_PROG_LOAD
    private const int CreateLink = 28; // BPF_LINK_CREATE
    private const uint ControlGroupPackets = 8; // BPF_PROG_TYPE_CGROUP_SKB
    private const uint Outgoing = 1; // BPF_CGROUP_INET_EGRESS

    private static nint NumberOfBpf => Interop.IsX64 ? 321 : 280;

    /// <summary>BPF_MAP_CREATE: a descriptor of a new map.</summary>
    internal static Result BpfCreateMap(uint type, int keyBytes, int valueBytes, int entries)
    {
        var request = new MapRequest
        {
            Type = type,
            KeyBytes = (uint)keyBytes,
            ValueBytes = (uint)valueBytes,
            Entries = (uint)entries,
        };

        // SAFETY: the request is a local of exactly the length told.
        return Bpf(CreateMap, &request, sizeof(MapRequest));
    }

    /// <summary>BPF_PROG_LOAD: a descriptor of a program about the packets of a control group.</summary>
    internal static Result BpfLoadProgram(ReadOnlySpan<ulong> program)
    {
        // SAFETY: program and licence are pinned for the call, which copies them; the licence ends in a null byte.
        fixed (ulong* instructions = program)
        fixed (byte* license = "MIT\0"u8)
        {
            var request = new ProgramRequest
            {
                Type = ControlGroupPackets,
                InstructionCount = (uint)program.Length,
                Instructions = (ulong)instructions,
                License = (ulong)license,
                AttachType = Outgoing,
            };
            return Bpf(LoadProgram, &request, sizeof(ProgramRequest));
        }
    }

    /// <summary>BPF_LINK_CREATE: runs a program for a group's packets for as long as the descriptor is open.</summary>
    internal static Result BpfLink(int program, int group, bool isOutgoing)
    {
        var request = new LinkRequest
        {
            Program = (uint)program,
            Target = (uint)group,
            AttachType = isOutgoing ? Outgoing : 0,
        };

        // SAFETY: as above.
        return Bpf(CreateLink, &request, sizeof(LinkRequest));
    }

    private static Result Bpf(int command, void* request, int length) =>
        Result.FromReturn(SyscallNative(NumberOfBpf, command, (nint)request, length));

    // Variadic in C. On x86-64 and arm64 Linux integers travel in the same registers either way.
    [LibraryImport(Libc, EntryPoint = "syscall")]
    private static partial nint SyscallNative(nint number, nint first, nint second, nint third);

    // union bpf_attr of linux/bpf.h, as much of it as is used. What is not told is zero to the kernel.
    [StructLayout(LayoutKind.Sequential)]
    private struct MapRequest
    {
        internal uint Type;
        internal uint KeyBytes;
        internal uint ValueBytes;
        internal uint Entries;
        internal uint Flags;
    }

    [StructLayout(LayoutKind.Explicit, Size = 72)]
    private struct ProgramRequest
    {
        [FieldOffset(0)]
        internal uint Type;

        [FieldOffset(4)]
        internal uint InstructionCount;

        [FieldOffset(8)]
        internal ulong Instructions;

        [FieldOffset(16)]
        internal ulong License;

        [FieldOffset(68)]
        internal uint AttachType;
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct LinkRequest
    {
        internal uint Program;
        internal uint Target;
        internal uint AttachType;
        internal uint Flags;
    }
}
