using Sockeye.Linux;

namespace Sockeye.Capture.Linux;

/// <summary>A ring buffer of BPF (Documentation/bpf/ringbuf.rst), as its one reader. Reading makes no call.</summary>
internal sealed unsafe class FlowRing
{
    /// <summary>Flows that were told and not read yet; a multiple of any page, and a power of two.</summary>
    public const int RingBytes = 256 * 1024;

    private const uint Busy = 1u << 31; // BPF_RINGBUF_BUSY_BIT
    private const uint Discarded = 1u << 30; // BPF_RINGBUF_DISCARD_BIT
    private const int HeaderBytes = 8;

    private readonly nint _read;
    private readonly nint _written;
    private readonly int _pageBytes = Environment.SystemPageSize;

    private FlowRing(nint read, nint written)
    {
        _read = read;
        _written = written;
    }

    private nuint WrittenBytes => (nuint)(_pageBytes + (2 * RingBytes));

    public static Result Open(int map, out FlowRing? ring)
    {
        // A page for our position, which we write; then one for the kernel's, and the data twice, one after the other,
        // so that a record never breaks in two.
        ring = null;
        int page = Environment.SystemPageSize;
        Result read = Interop.Mmap((nuint)page, MemoryProtection.Read | MemoryProtection.Write, MemoryMapping.Shared,
            map, 0, out nint position);
        if (!read.Ok)
        {
            return read;
        }

        Result mapped = Interop.Mmap((nuint)(page + (2 * RingBytes)), MemoryProtection.Read, MemoryMapping.Shared,
            map, page, out nint written);
        if (mapped.Ok)
        {
            ring = new FlowRing(position, written);
        }
        else
        {
            Interop.Munmap(position, (nuint)page);
        }

        return mapped;
    }

    /// <summary>Copies the next record; false when there is none.</summary>
    public bool TryRead(Span<byte> record)
    {
        // SAFETY: both mappings live until Close. The kernel writes a record, then clears its busy bit, then nothing
        // of it until our position has passed it. A record lies whole in the two copies of the data.
        ulong at = *(ulong*)_read;
        while (at < Volatile.Read(ref *(ulong*)_written))
        {
            byte* header = (byte*)_written + _pageBytes + (at & (RingBytes - 1));
            uint length = Volatile.Read(ref *(uint*)header);
            if ((length & Busy) != 0)
            {
                return false;
            }

            bool isRecord = (length & Discarded) == 0 && (length & ~Discarded) == record.Length;
            if (isRecord)
            {
                new ReadOnlySpan<byte>(header + HeaderBytes, record.Length).CopyTo(record);
            }

            at += ((length & ~Discarded) + HeaderBytes + 7) & ~7u;
            Volatile.Write(ref *(ulong*)_read, at);
            if (isRecord)
            {
                return true;
            }
        }

        return false;
    }

    public void Close()
    {
        Interop.Munmap(_read, (nuint)_pageBytes);
        Interop.Munmap(_written, WrittenBytes);
    }
}
