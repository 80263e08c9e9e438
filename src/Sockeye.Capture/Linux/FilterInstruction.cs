using System.Runtime.InteropServices;

namespace Sockeye.Capture.Linux;

/// <summary>
/// struct sock_filter, and libpcap's struct bpf_insn: an instruction of the classic packet filter, as the kernel
/// documents it (Documentation/networking/filter.rst).
/// </summary>
/// <param name="Code">What it does.</param>
/// <param name="IfTrue">How many instructions a jump leaves out when its test holds.</param>
/// <param name="IfFalse">How many when it does not.</param>
/// <param name="Value">The operand.</param>
[StructLayout(LayoutKind.Sequential)]
internal readonly record struct FilterInstruction(ushort Code, byte IfTrue, byte IfFalse, uint Value)
{
    /// <summary>BPF_MAXINSNS: what the kernel takes.</summary>
    internal const int ProgramInstructionsMax = 4_096;

    // Classes, sizes and modes.
    private const ushort ClassMask = 0x07;
    private const ushort ModeMask = 0xE0;
    private const ushort Load = 0x00; // BPF_LD
    private const ushort LoadIndex = 0x01; // BPF_LDX
    private const ushort Absolute = 0x20; // BPF_ABS
    private const ushort Indirect = 0x40; // BPF_IND
    private const ushort HeaderLength = 0xA0; // BPF_MSH

    private const ushort LoadWord = 0x20; // BPF_LD | BPF_W | BPF_ABS
    private const ushort LoadHalf = 0x28; // BPF_LD | BPF_H | BPF_ABS
    private const ushort LoadByte = 0x30; // BPF_LD | BPF_B | BPF_ABS
    private const ushort JumpIfEqual = 0x15; // BPF_JMP | BPF_JEQ | BPF_K
    private const ushort ReturnValue = 0x06; // BPF_RET | BPF_K

    // What the kernel knows of a frame that does not stand in it: SKF_AD_OFF and what is added to it.
    private const uint Ancillary = 0xFFFF_F000; // SKF_AD_OFF
    private const uint Protocol = Ancillary; // SKF_AD_PROTOCOL
    private const uint Type = Ancillary + 4; // SKF_AD_PKTTYPE
    private const uint Interface = Ancillary + 8; // SKF_AD_IFINDEX
    private const uint Hardware = Ancillary + 28; // SKF_AD_HATYPE

    // Where the same stands in the header of cooked capture, version 2.
    private const uint CookedHeaderBytes = 20;
    private const uint CookedProtocolAt = 0;
    private const uint CookedInterfaceAt = 4;
    private const uint CookedHardwareAt = 8;
    private const uint CookedTypeAt = 10;

    /// <summary>A filter that lets everything pass and keeps so many bytes of it; none with zero.</summary>
    internal static FilterInstruction[] KeepAll(int bytes) => [new(ReturnValue, 0, 0, (uint)bytes)];

    /// <summary>
    /// A filter with another before it: what the loopback interface sends comes in again at once, and that is the one
    /// to keep, as libpcap does. Refused in the kernel, it takes no room in the ring.
    /// </summary>
    internal static FilterInstruction[] WithoutSentOnLoopback(FilterInstruction[] filter, int loopback) =>
    [
        new(LoadWord, 0, 0, Interface),
        new(JumpIfEqual, 0, 3, (uint)loopback),
        new(LoadByte, 0, 0, Type),
        new(JumpIfEqual, 0, 1, (uint)PacketType.Outgoing),
        new(ReturnValue, 0, 0, 0),
        .. filter,
    ];

    /// <summary>
    /// A filter for cooked frames as the kernel must run it: there the header that we put before the frame does not
    /// exist yet. Null when it looks at what only that header has, such as the address.
    /// </summary>
    internal static FilterInstruction[]? ForUncooked(ReadOnlySpan<FilterInstruction> filter)
    {
        var uncooked = new FilterInstruction[filter.Length];
        for (int i = 0; i < filter.Length; i++)
        {
            FilterInstruction one = filter[i];
            if (!one.ReadsFrame)
            {
                uncooked[i] = one;
            }
            else if (one.Value >= CookedHeaderBytes)
            {
                uncooked[i] = one with { Value = one.Value - CookedHeaderBytes };
            }
            else if ((one.Code, one.Value) switch
            {
                (LoadHalf, CookedProtocolAt) => Protocol,
                (LoadWord, CookedInterfaceAt) => Interface,
                (LoadHalf, CookedHardwareAt) => Hardware,
                (LoadByte, CookedTypeAt) => Type,
                _ => 0u,
            } is > 0 and var place)
            {
                uncooked[i] = one with { Value = place };
            }
            else
            {
                return null;
            }
        }

        return uncooked;
    }

    private bool ReadsFrame => (Code & ClassMask) switch
    {
        Load => (Code & ModeMask) is Absolute or Indirect && Value < Ancillary,
        LoadIndex => (Code & ModeMask) is HeaderLength,
        _ => false,
    };
}
