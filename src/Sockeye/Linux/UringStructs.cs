using System.Runtime.InteropServices;

namespace Sockeye.Linux;

// What io_uring(7) lays out in shared memory, and the constants of <linux/io_uring.h> that are used here.

/// <summary>io_uring_setup(2): IORING_SETUP_*.</summary>
[Flags]
internal enum UringSetup : uint
{
    CompletionSize = 1 << 3, // IORING_SETUP_CQSIZE
    Clamp = 1 << 4, // IORING_SETUP_CLAMP
    SubmitAll = 1 << 7, // IORING_SETUP_SUBMIT_ALL, since Linux 5.18
    SingleIssuer = 1 << 12, // IORING_SETUP_SINGLE_ISSUER, since 6.0
    DeferTaskRun = 1 << 13, // IORING_SETUP_DEFER_TASKRUN, since 6.1
}

/// <summary>io_uring_setup(2): IORING_FEAT_*.</summary>
[Flags]
internal enum UringFeatures : uint
{
    SingleMapping = 1 << 0, // IORING_FEAT_SINGLE_MMAP
    NoDrop = 1 << 1, // IORING_FEAT_NODROP
    SubmitStable = 1 << 2, // IORING_FEAT_SUBMIT_STABLE
    FastPoll = 1 << 5, // IORING_FEAT_FAST_POLL
    EnterArgument = 1 << 8, // IORING_FEAT_EXT_ARG
    SkipCompletion = 1 << 11, // IORING_FEAT_CQE_SKIP
}

/// <summary>io_uring_enter(2): IORING_ENTER_*.</summary>
[Flags]
internal enum UringEnter : uint
{
    GetEvents = 1 << 0, // IORING_ENTER_GETEVENTS
    Argument = 1 << 3, // IORING_ENTER_EXT_ARG
}

/// <summary>io_uring_register(2): IORING_REGISTER_*.</summary>
internal enum UringRegister : uint
{
    Probe = 8, // IORING_REGISTER_PROBE
    BufferRing = 22, // IORING_REGISTER_PBUF_RING, since Linux 5.19
}

/// <summary>io_uring_enter(2): IORING_OP_*.</summary>
internal enum UringOperation : byte
{
    /// <summary>IORING_OP_NOP; as the kind of a request: one whose outcome does not matter.</summary>
    None = 0,
    PollAdd = 6, // IORING_OP_POLL_ADD
    Accept = 13, // IORING_OP_ACCEPT
    Cancel = 14, // IORING_OP_ASYNC_CANCEL
    Close = 19, // IORING_OP_CLOSE
    Send = 26, // IORING_OP_SEND
    Receive = 27, // IORING_OP_RECV
}

/// <summary>io_uring_enter(2): IOSQE_*, flags of a submission.</summary>
[Flags]
internal enum UringSubmissionFlags : byte
{
    None = 0,
    BufferSelect = 1 << 5, // IOSQE_BUFFER_SELECT
    SkipCompletion = 1 << 6, // IOSQE_CQE_SKIP_SUCCESS
}

/// <summary>io_uring_enter(2): what an operation has in the field ioprio.</summary>
[Flags]
internal enum UringVariant : ushort
{
    None = 0,
    MultishotAccept = 1 << 0, // IORING_ACCEPT_MULTISHOT
    PollFirst = 1 << 0, // IORING_RECVSEND_POLL_FIRST
}

/// <summary>io_uring(7): IORING_CQE_F_*, flags of a completion.</summary>
[Flags]
internal enum UringCompletionFlags : uint
{
    None = 0,
    Buffer = 1 << 0, // IORING_CQE_F_BUFFER: the upper 16 bits name the buffer
    More = 1 << 1, // IORING_CQE_F_MORE
    SocketNotEmpty = 1 << 2, // IORING_CQE_F_SOCK_NONEMPTY
}

/// <summary>struct io_uring_sqe: 64 bytes.</summary>
[StructLayout(LayoutKind.Explicit, Size = 64)]
internal struct UringSubmission
{
    [FieldOffset(0)]
    internal UringOperation Operation;

    [FieldOffset(1)]
    internal UringSubmissionFlags Flags;

    /// <summary>ioprio.</summary>
    [FieldOffset(2)]
    internal UringVariant Variant;

    [FieldOffset(4)]
    internal int Descriptor;

    [FieldOffset(16)]
    internal ulong Address;

    [FieldOffset(24)]
    internal uint Length;

    /// <summary>msg_flags, accept_flags, poll32_events or cancel_flags, as the operation has it.</summary>
    [FieldOffset(28)]
    internal uint OperationFlags;

    [FieldOffset(32)]
    internal ulong UserData;

    [FieldOffset(40)]
    internal ushort BufferGroup;
}

/// <summary>struct io_uring_cqe: 16 bytes.</summary>
[StructLayout(LayoutKind.Sequential)]
internal readonly struct UringCompletion(ulong userData, int result, UringCompletionFlags flags)
{
    internal readonly ulong UserData = userData;

    /// <summary>What the system call of that name would return, or minus an errno.</summary>
    internal readonly int Result = result;

    internal readonly UringCompletionFlags Flags = flags;
}

/// <summary>struct io_uring_getevents_arg: 24 bytes.</summary>
[StructLayout(LayoutKind.Sequential)]
internal readonly struct UringWaitArgument(nint timeout)
{
    private readonly ulong _signalMask = 0;
    private readonly ulong _signalMaskBytes = 0;
    private readonly nint _timeout = timeout;
}

/// <summary>struct io_uring_buf: 16 bytes. The last two of the first one are the ring's tail.</summary>
[StructLayout(LayoutKind.Explicit, Size = 16)]
internal struct UringBuffer
{
    [FieldOffset(0)]
    internal ulong Address;

    [FieldOffset(8)]
    internal uint Length;

    [FieldOffset(12)]
    internal ushort Id;

    [FieldOffset(14)]
    internal ushort Tail;
}

/// <summary>struct io_uring_buf_reg: 40 bytes.</summary>
[StructLayout(LayoutKind.Explicit, Size = 40)]
internal struct UringBufferRegistration
{
    [FieldOffset(0)]
    internal ulong Address;

    [FieldOffset(8)]
    internal uint Entries;

    [FieldOffset(12)]
    internal ushort Group;
}
