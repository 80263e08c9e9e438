using Sockeye.Wire.Internet;

namespace Sockeye.Capture.Linux;

/// <summary>
/// The program that the kernel runs for each packet of a control group: it tells of each flow, and of one that goes on
/// again from time to time. What it writes is a record of <see cref="RecordBytes"/>: source, destination (16 bytes
/// each, IPv4 in the first four), the two ports, the protocol, the version. It is written here in the kernel's own
/// instructions, of which it takes about a hundred, so that no compiler is needed
/// (Documentation/bpf/standardization/instruction-set.rst).
/// </summary>
internal sealed class FlowProgram
{
    public const int SourceAt = 0;
    public const int DestinationAt = 16;
    public const int PortsAt = 32;
    public const int ProtocolAt = 36;
    public const int VersionAt = 37;
    public const int RecordBytes = 40;

    /// <summary>What a record takes in the ring, with its header.</summary>
    public const int RecordBytesInRing = RecordBytes + 8;

    // Registers: the result, arguments, what a call keeps, and the frame of the stack.
    private const int R0 = 0;
    private const int R1 = 1;
    private const int R2 = 2;
    private const int R3 = 3;
    private const int R4 = 4;
    private const int R6 = 6;
    private const int R7 = 7;
    private const int R8 = 8;
    private const int R9 = 9;
    private const int R10 = 10;

    // The record lies at the top of the stack, and below it eight bytes: for what is looked at, then for the value of
    // the map, which is where in the ring the flow was told of last.
    private const int Record = -RecordBytes;
    private const int Scratch = Record - sizeof(ulong);

    private const int MapLookup = 1; // BPF_FUNC_map_lookup_elem
    private const int MapUpdate = 2; // BPF_FUNC_map_update_elem
    private const int LoadBytes = 26; // BPF_FUNC_skb_load_bytes
    private const int RingOutput = 130; // BPF_FUNC_ringbuf_output
    private const int RingQuery = 134; // BPF_FUNC_ringbuf_query
    private const int RingWritten = 3; // BPF_RB_PROD_POS

    private const byte Add = 0x07; // BPF_ALU64 | BPF_ADD | BPF_K
    private const byte And = 0x57; // BPF_ALU64 | BPF_AND | BPF_K
    private const byte AddRegister = 0x0F; // BPF_ALU64 | BPF_ADD | BPF_X
    private const byte SubtractRegister = 0x1F; // BPF_ALU64 | BPF_SUB | BPF_X
    private const byte ShiftLeft = 0x67; // BPF_ALU64 | BPF_LSH | BPF_K
    private const byte ShiftRight = 0x77; // BPF_ALU64 | BPF_RSH | BPF_K
    private const byte Set = 0xB7; // BPF_ALU64 | BPF_MOV | BPF_K
    private const byte Copy = 0xBF; // BPF_ALU64 | BPF_MOV | BPF_X
    private const byte Jump = 0x05; // BPF_JMP | BPF_JA
    private const byte JumpIfEqual = 0x15; // BPF_JMP | BPF_JEQ | BPF_K
    private const byte JumpIfNotEqual = 0x55; // BPF_JMP | BPF_JNE | BPF_K
    private const byte JumpIfLess = 0xA5; // BPF_JMP | BPF_JLT | BPF_K
    private const byte Call = 0x85; // BPF_JMP | BPF_CALL
    private const byte Exit = 0x95; // BPF_JMP | BPF_EXIT
    private const byte LoadWide = 0x18; // BPF_LD | BPF_DW | BPF_IMM, of two instructions
    private const byte LoadByte = 0x71; // BPF_LDX | BPF_B | BPF_MEM
    private const byte LoadLong = 0x79; // BPF_LDX | BPF_DW | BPF_MEM
    private const byte StoreByte = 0x73; // BPF_STX | BPF_B | BPF_MEM
    private const byte StoreLong = 0x7A; // BPF_ST | BPF_DW | BPF_MEM
    private const byte StoreRegister = 0x7B; // BPF_STX | BPF_DW | BPF_MEM
    private const int IsMap = 1; // BPF_PSEUDO_MAP_FD

    private readonly List<ulong> _code = [];
    private readonly List<(int At, Label To)> _jumps = [];
    private readonly Dictionary<Label, int> _labels = [];

    private FlowProgram()
    {
    }

    private enum Label
    {
        Ipv6,
        Extension,
        ExtensionBytes,
        ExtensionEnd,
        Ports,
        LoadPorts,
        Tell,
        TellNow,
        Pass,
    }

    /// <summary>The program.</summary>
    /// <param name="told">The map of flows that were told.</param>
    /// <param name="ring">The ring that they are told to.</param>
    /// <param name="toldAgainAfter">After how many records of others a flow is told again.</param>
    public static ulong[] Write(int told, int ring, int toldAgainAfter)
    {
        var program = new FlowProgram();
        program.WriteAddresses();
        program.WritePorts();
        program.WriteTelling(told, ring, toldAgainAfter * RecordBytesInRing);
        foreach ((int at, Label to) in program._jumps)
        {
            // A jump counts from the instruction after it.
            program._code[at] |= (ulong)(ushort)(program._labels[to] - at - 1) << 16;
        }

        return [.. program._code];
    }

    private void WriteAddresses()
    {
        Put(Copy, R6, R1);
        for (int at = Scratch; at < 0; at += sizeof(ulong))
        {
            Put(StoreLong, R10, offset: at);
        }

        // The packet begins with its IP header, whose first four bits are the version.
        LoadPacket(0, Scratch, 1);
        Put(LoadByte, R7, R10, Scratch);
        Put(Copy, R8, R7);
        Put(ShiftRight, R8, value: 4);
        PutJump(JumpIfEqual, R8, 6, Label.Ipv6);
        PutJump(JumpIfNotEqual, R8, 4, Label.Pass);

        // RFC 791 section 3.1: the length of the header is in units of four bytes.
        LoadPacket(12, Record + SourceAt, 4);
        LoadPacket(16, Record + DestinationAt, 4);
        LoadPacket(9, Record + ProtocolAt, 1);
        Put(And, R7, value: 15);
        Put(ShiftLeft, R7, value: 2);
        PutJump(Jump, R0, 0, Label.Ports);

        // RFC 8200 section 3.
        Mark(Label.Ipv6);
        LoadPacket(8, Record + SourceAt, 16);
        LoadPacket(24, Record + DestinationAt, 16);
        LoadPacket(6, Record + ProtocolAt, 1);
        Put(Set, R7, value: 40);
        WriteExtensions();
    }

    /// <summary>Passes over extension headers, as <see cref="FlowKey"/> does. A fragment here is the only one of its
    /// packet (RFC 6946): the kernel has put together the others.</summary>
    private void WriteExtensions()
    {
        Put(Set, R9, value: FlowKey.ExtensionsMax);
        Mark(Label.Extension);
        Put(LoadByte, R1, R10, Record + ProtocolAt);
        foreach (int protocol in (ReadOnlySpan<byte>)[
            IpProtocol.HopByHop, IpProtocol.Routing, IpProtocol.DestinationOptions, IpProtocol.Fragment])
        {
            PutJump(JumpIfEqual, R1, protocol, Label.ExtensionBytes);
        }

        PutJump(Jump, R0, 0, Label.Ports);

        // What comes next, and the length beyond the first eight bytes in units of eight; a fragment has none.
        Mark(Label.ExtensionBytes);
        Put(Copy, R2, R7);
        LoadPacketFromR2(Scratch, 2);
        Put(Add, R7, value: 8);
        Put(LoadByte, R1, R10, Record + ProtocolAt);
        Put(LoadByte, R2, R10, Scratch);
        Put(StoreByte, R10, R2, Record + ProtocolAt);
        PutJump(JumpIfEqual, R1, IpProtocol.Fragment, Label.ExtensionEnd);
        Put(LoadByte, R1, R10, Scratch + 1);
        Put(ShiftLeft, R1, value: 3);
        Put(AddRegister, R7, R1);
        Mark(Label.ExtensionEnd);
        Put(Add, R9, value: -1);
        PutJump(JumpIfNotEqual, R9, 0, Label.Extension);
    }

    private void WritePorts()
    {
        Mark(Label.Ports);
        Put(StoreByte, R10, R8, Record + VersionAt);
        Put(LoadByte, R1, R10, Record + ProtocolAt);
        foreach (int protocol in FlowKey.ProtocolsWithPorts)
        {
            PutJump(JumpIfEqual, R1, protocol, Label.LoadPorts);
        }

        PutJump(Jump, R0, 0, Label.Tell);
        Mark(Label.LoadPorts);
        Put(Copy, R2, R7);
        LoadPacketFromR2(Record + PortsAt, 4);
    }

    private void WriteTelling(int told, int ring, int toldAgainBytes)
    {
        Mark(Label.Tell);
        PutMap(ring);
        Put(Set, R2, value: RingWritten);
        Put(Call, value: RingQuery);
        Put(Copy, R9, R0);
        PutMap(told);
        PutAddress(R2, Record);
        Put(Call, value: MapLookup);
        PutJump(JumpIfEqual, R0, 0, Label.TellNow);

        // Whoever reads the ring remembers what was told last. So what goes on is told again before it is forgotten.
        Put(LoadLong, R1, R0);
        Put(Copy, R2, R9);
        Put(SubtractRegister, R2, R1);
        PutJump(JumpIfLess, R2, toldAgainBytes, Label.Pass);

        // A ring that is full is told again with the flow's next packet.
        Mark(Label.TellNow);
        PutMap(ring);
        PutAddress(R2, Record);
        Put(Set, R3, value: RecordBytes);
        Put(Set, R4);
        Put(Call, value: RingOutput);
        PutJump(JumpIfNotEqual, R0, 0, Label.Pass);
        Put(StoreRegister, R10, R9, Scratch);
        PutMap(told);
        PutAddress(R2, Record);
        PutAddress(R3, Scratch);
        Put(Set, R4);
        Put(Call, value: MapUpdate);

        // One: the packet goes its way.
        Mark(Label.Pass);
        Put(Set, R0, value: 1);
        Put(Exit);
    }

    private void LoadPacket(int from, int to, int count)
    {
        Put(Set, R2, value: from);
        LoadPacketFromR2(to, count);
    }

    private void LoadPacketFromR2(int to, int count)
    {
        Put(Copy, R1, R6);
        PutAddress(R3, to);
        Put(Set, R4, value: count);
        Put(Call, value: LoadBytes);
    }

    private void PutAddress(int register, int onStack)
    {
        Put(Copy, register, R10);
        Put(Add, register, value: onStack);
    }

    private void PutMap(int descriptor)
    {
        Put(LoadWide, R1, IsMap, value: descriptor);
        _code.Add(0);
    }

    private void PutJump(byte code, int register, int value, Label to)
    {
        _jumps.Add((_code.Count, to));
        Put(code, register, value: value);
    }

    private void Mark(Label label) => _labels[label] = _code.Count;

    // struct bpf_insn: code, two registers of four bits, an offset, a value.
    private void Put(byte code, int to = 0, int from = 0, int offset = 0, int value = 0) => _code.Add(
        code | ((ulong)(uint)to << 8) | ((ulong)(uint)from << 12) | ((ulong)(ushort)offset << 16)
        | ((ulong)(uint)value << 32));
}
