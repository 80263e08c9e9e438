using System.Runtime.InteropServices;
using System.Text;
using Sockeye.Wire.Link;

namespace Sockeye.Capture.Linux;

/// <summary>
/// libpcap's compiler of tcpdump's filter language, if the library is installed. Nothing else of libpcap is used.
/// </summary>
internal sealed unsafe class FilterLibrary
{
    private const int Optimize = 1;
    private const uint UnknownNetmask = uint.MaxValue; // PCAP_NETMASK_UNKNOWN
    private const int RawInternet = 12; // DLT_RAW, for which files have another number: LINKTYPE_RAW.

    private static readonly string[] s_names = ["libpcap.so.1", "libpcap.so.0.8", "libpcap.so"];

    // Before libpcap 1.8 its compiler kept its state in variables of the library.
    private static readonly Lock s_oneAtATime = new();

    private readonly delegate* unmanaged[Cdecl]<int, int, nint> _openDead;
    private readonly delegate* unmanaged[Cdecl]<nint, BpfProgram*, byte*, int, uint, int> _compile;
    private readonly delegate* unmanaged[Cdecl]<nint, byte*> _lastError;
    private readonly delegate* unmanaged[Cdecl]<BpfProgram*, void> _freeCode;
    private readonly delegate* unmanaged[Cdecl]<nint, void> _close;
    private readonly delegate* unmanaged[Cdecl]<FilterInstruction*, byte*, uint, uint, uint> _filter;

    private FilterLibrary(nint library)
    {
        // SAFETY: these are the signatures of pcap/pcap.h and pcap/bpf.h, unchanged since libpcap 0.8.
        _openDead = (delegate* unmanaged[Cdecl]<int, int, nint>)Export("pcap_open_dead");
        _compile = (delegate* unmanaged[Cdecl]<nint, BpfProgram*, byte*, int, uint, int>)Export("pcap_compile");
        _lastError = (delegate* unmanaged[Cdecl]<nint, byte*>)Export("pcap_geterr");
        _freeCode = (delegate* unmanaged[Cdecl]<BpfProgram*, void>)Export("pcap_freecode");
        _close = (delegate* unmanaged[Cdecl]<nint, void>)Export("pcap_close");
        _filter = (delegate* unmanaged[Cdecl]<FilterInstruction*, byte*, uint, uint, uint>)Export("bpf_filter");

        nint Export(string name) => NativeLibrary.GetExport(library, name);
    }

    /// <summary>Loads the library; null when there is none. It stays loaded.</summary>
    public static FilterLibrary? Load()
    {
        foreach (string name in s_names)
        {
            if (NativeLibrary.TryLoad(name, out nint library))
            {
                return new FilterLibrary(library);
            }
        }

        return null;
    }

    /// <summary>Compiles a filter for frames of a link type.</summary>
    /// <param name="filter">The filter.</param>
    /// <param name="link">What the frames begin with.</param>
    /// <param name="snapLength">How many bytes of a frame that passes are kept.</param>
    /// <param name="error">What the compiler says of it when it has a mistake; otherwise null.</param>
    public FilterInstruction[] Compile(string filter, LinkType link, int snapLength, out string? error)
    {
        byte[] text = Encoding.UTF8.GetBytes(filter + '\0');
        lock (s_oneAtATime)
        {
            nint handle = _openDead(link == LinkType.Raw ? RawInternet : (int)link, snapLength);
            try
            {
                // SAFETY: the text ends in a null byte and is pinned for the call; the program is freed after it was
                // copied; the error is a text within the handle, which is closed after it was read.
                fixed (byte* pointer = text)
                {
                    BpfProgram program;
                    if (_compile(handle, &program, pointer, Optimize, UnknownNetmask) != 0)
                    {
                        error = Marshal.PtrToStringUTF8((nint)_lastError(handle)) ?? "";
                        return [];
                    }

                    var copy = new ReadOnlySpan<FilterInstruction>(program.Instructions, (int)program.Count).ToArray();
                    _freeCode(&program);
                    error = null;
                    return copy;
                }
            }
            finally
            {
                _close(handle);
            }
        }
    }

    /// <summary>Runs a filter over a frame: whether it passes.</summary>
    public bool Matches(ReadOnlySpan<FilterInstruction> filter, ReadOnlySpan<byte> frame, long lengthOnWire)
    {
        // SAFETY: both are pinned for the call, which reads no more of the frame than the length it is told, and
        // stops at the filter's return: libpcap's compiler writes no other programs.
        fixed (FilterInstruction* instructions = filter)
        fixed (byte* bytes = frame)
        {
            return _filter(instructions, bytes, (uint)lengthOnWire, (uint)frame.Length) != 0;
        }
    }

    /// <summary>struct bpf_program.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct BpfProgram
    {
        internal uint Count;
        internal FilterInstruction* Instructions;
    }
}
