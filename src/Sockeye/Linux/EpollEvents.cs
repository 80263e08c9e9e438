using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Sockeye.Linux;

/// <summary>
/// An array of struct epoll_event for epoll_wait(2), pinned for its life. The kernel packs it to twelve bytes on x86-64
/// only (so that 32-bit programs share the layout); elsewhere data is aligned, and it has sixteen.
/// </summary>
internal sealed unsafe class EpollEvents
{
    /// <summary>Room for one event in either layout.</summary>
    internal const int EntryBytesMax = 16;

    private readonly byte[] _entries;

    /// <summary>Room for this many events.</summary>
    internal EpollEvents(int capacity)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(capacity);
        Capacity = capacity;
        _entries = GC.AllocateArray<byte>(checked(capacity * EntryBytes), pinned: true);
    }

    /// <summary>How many events one wait can report.</summary>
    internal int Capacity { get; }

    /// <summary>The first entry. Valid while this object is reachable.</summary>
    internal byte* Pointer =>
        // SAFETY: the array was allocated pinned, so the address stays right as long as the array lives.
        (byte*)Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(_entries));

    /// <summary>How many bytes one event has on this machine; a constant to the JIT.</summary>
    internal static int EntryBytes => Interop.IsX64 ? 12 : 16;

    private static int DataOffset => Interop.IsX64 ? 4 : 8;

    /// <summary>What happened in event number <paramref name="index"/>.</summary>
    internal EpollFlags Flags(int index) =>
        (EpollFlags)MemoryMarshal.Read<uint>(_entries.AsSpan(index * EntryBytes));

    /// <summary>What was given to epoll_ctl for the descriptor of event number <paramref name="index"/>.</summary>
    internal ulong Data(int index) =>
        MemoryMarshal.Read<ulong>(_entries.AsSpan((index * EntryBytes) + DataOffset));

    /// <summary>Writes one event in this machine's layout.</summary>
    internal static void Write(Span<byte> entry, EpollFlags flags, ulong data)
    {
        MemoryMarshal.Write(entry, (uint)flags);
        MemoryMarshal.Write(entry[DataOffset..], data);
    }
}
