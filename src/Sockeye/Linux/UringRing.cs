using System.Diagnostics;
using System.Runtime.CompilerServices;

namespace Sockeye.Linux;

/// <summary>
/// io_uring(7): the two queues that a process and the kernel share, by system calls alone. Used by one thread, the one
/// that opened it (IORING_SETUP_SINGLE_ISSUER). Completions come only while that thread is inside
/// <see cref="Enter"/> (IORING_SETUP_DEFER_TASKRUN).
/// </summary>
internal sealed unsafe class UringRing
{
    /// <summary>Submissions that fit before they are handed over within a turn.</summary>
    public const uint SubmissionsDefault = 1_024;

    /// <summary>Completions that fit for each submission. The kernel keeps what does not (IORING_FEAT_NODROP), but that
    /// costs it memory and us a turn: a pause of the collector must not fill the queue.</summary>
    private const uint CompletionsPerSubmission = 4;

    private const UringSetup Setup = UringSetup.SingleIssuer | UringSetup.DeferTaskRun | UringSetup.SubmitAll
        | UringSetup.Clamp | UringSetup.CompletionSize;

    private const UringFeatures Needed = UringFeatures.SingleMapping | UringFeatures.NoDrop | UringFeatures.SubmitStable
        | UringFeatures.FastPoll | UringFeatures.EnterArgument | UringFeatures.SkipCompletion;

    private const long QueuesOffset = 0; // IORING_OFF_SQ_RING
    private const long SubmissionsOffset = 0x1000_0000; // IORING_OFF_SQES

    private readonly Queue<UringSubmission> _waiting = new();   // What found the queue full; in order.
    private readonly nint _queues;
    private readonly nuint _queuesBytes;
    private readonly nint _entries;
    private readonly nuint _entriesBytes;
    private readonly UringSubmission* _submissions;
    private readonly uint _submissionMask;
    private readonly uint* _submissionHead;
    private readonly uint* _submissionTail;
    private readonly UringCompletion* _completions;
    private readonly uint _completionMask;
    private readonly uint* _completionHead;
    private readonly uint* _completionTail;
    private uint _submitted;    // The tail of the submission queue: ours to move.
    private uint _taken;        // The head of the completion queue: ours to move.

    private UringRing(int descriptor, nint queues, nuint queuesBytes, nint entries, nuint entriesBytes,
        in IoUringParameters parameters)
    {
        // SAFETY: the kernel gave these offsets for the mappings, which live until Close.
        byte* start = (byte*)queues;
        Descriptor = descriptor;
        _queues = queues;
        _queuesBytes = queuesBytes;
        _entries = entries;
        _entriesBytes = entriesBytes;
        _submissions = (UringSubmission*)entries;
        _submissionHead = (uint*)(start + parameters.SubmissionOffsets.Head);
        _submissionTail = (uint*)(start + parameters.SubmissionOffsets.Tail);
        _submissionMask = *(uint*)(start + parameters.SubmissionOffsets.RingMask);
        _completions = (UringCompletion*)(start + parameters.CompletionOffsets.Entries);
        _completionHead = (uint*)(start + parameters.CompletionOffsets.Head);
        _completionTail = (uint*)(start + parameters.CompletionOffsets.Tail);
        _completionMask = *(uint*)(start + parameters.CompletionOffsets.RingMask);
        CompletionEntries = parameters.CompletionEntries;

        // Place n of the queue always names entry n, so the array between them is written once.
        uint* array = (uint*)(start + parameters.SubmissionOffsets.Array);
        for (uint i = 0; i < parameters.SubmissionEntries; i++)
        {
            array[i] = i;
        }
    }

    public int Descriptor { get; }

    /// <summary>Completions that fit before the kernel keeps them for us.</summary>
    public uint CompletionEntries { get; }

    /// <summary>Submissions that the kernel has not taken yet.</summary>
    public bool HasUnsubmitted => _waiting.Count > 0 || _submitted != Volatile.Read(ref *_submissionHead);

    /// <summary>A ring of this thread's; and the call that failed, for people.</summary>
    public static Result Open(uint submissions, uint completions, out UringRing ring, out string call)
    {
        ring = null!;
        call = "io_uring_setup";
        var parameters = new IoUringParameters
        {
            Flags = (uint)Setup,
            CompletionEntries = completions > 0 ? completions : submissions * CompletionsPerSubmission,
        };
        Result opened = Interop.IoUringSetup(submissions, ref parameters);
        if (!opened.Ok)
        {
            return opened;
        }

        int descriptor = opened.Value;
        if (((UringFeatures)parameters.Features & Needed) != Needed)
        {
            Interop.Close(descriptor);
            call = $"io_uring_setup: the features {Needed & ~(UringFeatures)parameters.Features} are missing";
            return Result.Failure(Errno.ENOSYS);
        }

        // With IORING_FEAT_SINGLE_MMAP both queues are in one mapping, as long as the longer needs.
        nuint bytes = nuint.Max(
            parameters.SubmissionOffsets.Array + (parameters.SubmissionEntries * (nuint)sizeof(uint)),
            parameters.CompletionOffsets.Entries + (parameters.CompletionEntries * (nuint)sizeof(UringCompletion)));
        nuint entryBytes = parameters.SubmissionEntries * (nuint)sizeof(UringSubmission);
        call = "mmap of the rings";
        Result mapped = Map(descriptor, bytes, QueuesOffset, out nint queues);
        if (mapped.Ok)
        {
            mapped = Map(descriptor, entryBytes, SubmissionsOffset, out nint entries);
            if (mapped.Ok)
            {
                ring = new UringRing(descriptor, queues, bytes, entries, entryBytes, parameters);
                return mapped;
            }

            Interop.Munmap(queues, bytes);
        }

        Interop.Close(descriptor);
        return mapped;
    }

    /// <summary>Queues a request, which the next <see cref="Enter"/> hands over; in order, however many there
    /// are.</summary>
    public void Submit(in UringSubmission submission)
    {
        if (_waiting.Count > 0 || (IsFull && !MakeRoom()))
        {
            _waiting.Enqueue(submission);
            return;
        }

        Push(submission);
    }

    /// <summary>
    /// Hands over what is queued, runs what the kernel has to do for us, and waits at most this long (−1: no limit; 0:
    /// not at all) until there is a completion. A signal ends the wait as well.
    /// </summary>
    public Result Enter(int timeoutMilliseconds)
    {
        while (_waiting.Count > 0 && (!IsFull || MakeRoom()))
        {
            Push(_waiting.Dequeue());
        }

        bool wait = timeoutMilliseconds != 0 && _waiting.Count == 0 && !HasCompletions;
        if (!wait || timeoutMilliseconds < 0)
        {
            return Call(wait ? 1u : 0, UringEnter.GetEvents, 0, 0);
        }

        NativeTime time = NativeTime.Nanoseconds(timeoutMilliseconds);
        var argument = new UringWaitArgument((nint)(&time));

        // SAFETY: both are on this stack, which the call does not outlive.
        return Call(1, UringEnter.GetEvents | UringEnter.Argument, (nint)(&argument), (nuint)sizeof(UringWaitArgument));
    }

    /// <summary>A completion is there.</summary>
    public bool HasCompletions => _taken != Volatile.Read(ref *_completionTail);

    /// <summary>Takes the oldest completion; false when there is none.</summary>
    public bool TryTake(out UringCompletion completion)
    {
        if (!HasCompletions)
        {
            completion = default;
            return false;
        }

        completion = _completions[_taken & _completionMask];

        // Its place is the kernel's again before it is dealt with: what that submits may need the place.
        Volatile.Write(ref *_completionHead, ++_taken);
        return true;
    }

    /// <summary>Closes the ring. Nothing may be in flight: the kernel would end it later, and write into memory that we
    /// use for something else by then.</summary>
    public void Close()
    {
        Interop.Close(Descriptor);
        Interop.Munmap(_queues, _queuesBytes);
        Interop.Munmap(_entries, _entriesBytes);
    }

    private bool IsFull => _submitted - Volatile.Read(ref *_submissionHead) > _submissionMask;

    private static Result Map(int descriptor, nuint bytes, long offset, out nint address) => Interop.Mmap(
        bytes,
        MemoryProtection.Read | MemoryProtection.Write,
        MemoryMapping.Shared | MemoryMapping.Populate,
        descriptor,
        offset,
        out address);

    private void Push(in UringSubmission submission)
    {
        Debug.Assert(!IsFull, "room for one more");
        _submissions[_submitted & _submissionMask] = submission;
        Volatile.Write(ref *_submissionTail, ++_submitted);
    }

    /// <summary>Hands the full queue over without waiting. It may find no memory, or want its completions to be taken
    /// first (EAGAIN, EBUSY): then what comes next waits here for the next turn.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private bool MakeRoom()
    {
        Call(0, 0, 0, 0);
        return !IsFull;
    }

    private Result Call(uint wait, UringEnter flags, nint argument, nuint argumentBytes) => Interop.IoUringEnter(
        Descriptor, _submitted - Volatile.Read(ref *_submissionHead), wait, (uint)flags, argument, argumentBytes);
}
