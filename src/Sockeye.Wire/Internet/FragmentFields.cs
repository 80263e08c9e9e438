using Sockeye.Wire.Dissection;

namespace Sockeye.Wire.Internet;

/// <summary>
/// Goes on with a packet that came in fragments, in the frame that brings the last of it, and says what it was made
/// of: the fields of IPv4 and of IPv6 differ in the first part of their names.
/// </summary>
internal sealed class FragmentFields(string prefix)
{
    private readonly Field _fragments = new($"{prefix}.fragments", "Fragments", FieldKind.Group);
    private readonly Field _fragment = new($"{prefix}.fragment", "Fragment of frame", FieldKind.Number);
    private readonly Field _error = new($"{prefix}.fragment.error", "Faulty fragment of frame", FieldKind.Number);
    private readonly (FragmentFaults Fault, Field Field)[] _faults =
    [
        (FragmentFaults.Overlap, new($"{prefix}.fragment.overlap", "Fragment overlap", FieldKind.Flag)),
        (FragmentFaults.Conflict, new(
            $"{prefix}.fragment.overlap.conflict", "Conflicting data in fragment overlap", FieldKind.Flag)),
        (FragmentFaults.OtherEnd, new(
            $"{prefix}.fragment.multipletails", "Multiple tail fragments found", FieldKind.Flag)),
        (FragmentFaults.TooLong, new($"{prefix}.fragment.toolongfragment", "Fragment too long", FieldKind.Flag)),
    ];

    private readonly Field _count = new($"{prefix}.fragment.count", "Fragment count", FieldKind.Number);
    private readonly Field _length = new($"{prefix}.reassembled.length", "Reassembled length", FieldKind.Number);
    private readonly Field _data = new($"{prefix}.reassembled.data", "Reassembled data", FieldKind.Bytes);

    public IEnumerable<Field> All =>
        [_fragments, _fragment, _error, .. _faults.Select(row => row.Field), _count, _length, _data];

    /// <summary>Goes on with the packet of a fragment, when this is the last of it.</summary>
    /// <param name="layer">The layer whose payload the fragment is.</param>
    /// <param name="identification">What its fragments have in common beside both ends and
    /// <paramref name="commonProtocol"/>.</param>
    /// <param name="commonProtocol">What it carries, where that is common too; otherwise zero.</param>
    /// <param name="fragment">The fragment.</param>
    /// <param name="bytes">Its bytes.</param>
    /// <returns>Whether it was.</returns>
    public bool TryGoOn(
        in Layer layer, uint identification, byte commonProtocol, in Fragment fragment, ReadOnlySpan<byte> bytes)
    {
        if (layer.TakeFragment(identification, commonProtocol, fragment, bytes) is not { } packet)
        {
            return false;
        }

        byte protocol = packet.Protocol;
        int start = layer.JoinedEnd;
        Span<byte> joined = layer.Join(packet.Length);
        packet.CopyTo(joined);
        Add(layer, packet, start);
        Protocol? next = layer.Find(Selector.IpProtocol, protocol);
        if (!layer.NextJoined(next, joined, start) && layer.BeginInfo())
        {
            layer.Info.Append($"{IpProtocol.NameOf(protocol) ?? "Protocol"} ({protocol})");
        }

        return true;
    }

    private void Add(in Layer layer, FragmentedPacket packet, int start)
    {
        layer.AddJoined(_fragments, start, packet.Length, 0);
        layer.Indent();
        foreach (ref readonly FragmentPiece piece in packet.Pieces)
        {
            int at = Math.Min(piece.Offset, packet.Length);
            int length = Math.Min(piece.Length, packet.Length - at);
            Field field = (piece.Faults & FragmentFaults.Errors) != 0 ? _error : _fragment;
            layer.AddJoined(field, start + at, length, (ulong)piece.Frame);
            layer.Indent();
            foreach ((FragmentFaults fault, Field flag) in _faults)
            {
                if ((piece.Faults & fault) != 0)
                {
                    layer.AddJoined(flag, start + at, length, 1);
                }
            }

            layer.Outdent();
        }

        layer.AddJoined(_count, start, packet.Length, (ulong)packet.Pieces.Length);
        layer.AddJoined(_length, start, packet.Length, (ulong)packet.Length);
        layer.AddJoined(_data, start, packet.Length, 0);
        layer.Outdent();
    }
}
