namespace Sockeye.Linux;

/// <summary>Finds out whether io_uring can be used here, by trying each thing that the engine needs.</summary>
internal static unsafe class UringProbe
{
    private const uint TrialSubmissions = 8;

    // struct io_uring_probe: 16 bytes, then 8 for each operation, of which the first is its number and the third begins
    // its flags.
    private const int ProbeHeaderBytes = 16;
    private const int ProbeEntryBytes = 8;
    private const int ProbeFlagsOffset = 2;
    private const int ProbeEntriesMax = 256;
    private const byte IsSupported = 1; // IO_URING_OP_SUPPORTED

    private static readonly UringOperation[] s_needed =
    [
        UringOperation.PollAdd,
        UringOperation.Accept,
        UringOperation.Cancel,
        UringOperation.Close,
        UringOperation.Send,
        UringOperation.Receive,
    ];

    /// <summary>Why it cannot; null when it can.</summary>
    public static string? WhyUnavailable()
    {
        if (!OperatingSystem.IsLinux())
        {
            return "it needs Linux";
        }

        Result opened = UringRing.Open(TrialSubmissions, 0, out UringRing ring, out string call);
        if (!opened.Ok)
        {
            return Explain(call, opened.Error);
        }

        try
        {
            return WhyOperationsMissing(ring.Descriptor) ?? WhyBuffersMissing(ring);
        }
        finally
        {
            ring.Close();
        }
    }

    /// <summary>The call and its errno, with what usually lies behind it.</summary>
    internal static string Explain(string call, Errno error) => (call, error) switch
    {
        (_, Errno.EPERM) => $"{call}: EPERM (seccomp or sysctl kernel.io_uring_disabled)",
        ("io_uring_setup", Errno.EINVAL) => $"{call}: EINVAL (the kernel is older than Linux 6.1)",
        (_, Errno.ENOSYS) => $"{call}: ENOSYS (the kernel has no io_uring, or too old a one)",
        (_, Errno.ENOMEM) => $"{call}: ENOMEM (the limit on locked memory, 'ulimit -l', is too low)",
        _ => $"{call}: {error}",
    };

    private static string? WhyOperationsMissing(int ring)
    {
        byte* probe = stackalloc byte[ProbeHeaderBytes + (ProbeEntriesMax * ProbeEntryBytes)];
        new Span<byte>(probe, ProbeHeaderBytes + (ProbeEntriesMax * ProbeEntryBytes)).Clear();

        // SAFETY: the memory is on this stack and has room for as many operations as the call is told.
        Result probed = Interop.IoUringRegister(ring, (uint)UringRegister.Probe, (nint)probe, ProbeEntriesMax);
        if (!probed.Ok)
        {
            return Explain("io_uring_register of a probe", probed.Error);
        }

        foreach (UringOperation operation in s_needed)
        {
            byte flags = probe[ProbeHeaderBytes + ((int)operation * ProbeEntryBytes) + ProbeFlagsOffset];
            if ((flags & IsSupported) == 0)
            {
                return $"io_uring: the kernel does not know the operation {operation}";
            }
        }

        return null;
    }

    private static string? WhyBuffersMissing(UringRing ring)
    {
        Result registered = UringBuffers.Open(ring, length => new Engines.Block(length), out UringBuffers buffers);
        if (!registered.Ok)
        {
            return Explain("io_uring_register of a buffer ring", registered.Error);
        }

        buffers.Close(_ => { });
        return null;
    }
}
