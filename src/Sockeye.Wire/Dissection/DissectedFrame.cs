using System.Diagnostics.CodeAnalysis;
using Sockeye.Wire.Decryption;

namespace Sockeye.Wire.Dissection;

/// <summary>A frame taken apart; valid until its dissector takes the next one.</summary>
public readonly ref struct DissectedFrame
{
    private readonly Dissector _dissector;
    private readonly CapturedFrame _frame;

    internal DissectedFrame(Dissector dissector, scoped in CapturedFrame frame)
    {
        _dissector = dissector;
        _frame = frame;
    }

    /// <summary>The frame.</summary>
    [UnscopedRef]
    public ref readonly CapturedFrame Frame => ref _frame;

    /// <summary>The fields that were wanted and found, in the order of the frame.</summary>
    public ReadOnlySpan<FieldRecord> Fields => _dissector.Fields;

    /// <summary>The layers, the lowest first; at most <see cref="Dissector.LayersMax"/>.</summary>
    public ReadOnlySpan<LayerRecord> Layers => _dissector.Layers;

    /// <summary>What is in the records of TLS that end in it, if somebody looked for their keys.</summary>
    public ReadOnlySpan<TlsContent> TlsContents => _dissector.TlsContents;

    /// <summary>Who sent it.</summary>
    public Station Source => _dissector.Source;

    /// <summary>For whom it is.</summary>
    public Station Destination => _dissector.Destination;

    /// <summary>The name of the highest protocol in it, as a listing shows it.</summary>
    public string ShortName => _dissector.ShortName;

    /// <summary>What it is about, in a line of UTF-8.</summary>
    public ReadOnlySpan<byte> Info => _dissector.Info.Written;

    /// <summary>
    /// Whether a layer breaks the rules of its protocol, or is too short; not when the capture itself cut the frame.
    /// </summary>
    public bool IsMalformed => _dissector.IsMalformed;

    /// <summary>The first layer of a protocol that is of this packet, and not of one that it quotes.</summary>
    public bool TryFindLayer(Protocol protocol, out LayerRecord layer)
    {
        foreach (LayerRecord one in Layers)
        {
            if (one.Protocol == protocol && !one.IsQuoted)
            {
                layer = one;
                return true;
            }
        }

        layer = default;
        return false;
    }

    /// <summary>The first place where a field was found; it must have been wanted.</summary>
    public bool TryFind(Field field, out FieldRecord record)
    {
        foreach (FieldRecord one in Fields)
        {
            if (one.Field == field)
            {
                record = one;
                return true;
            }
        }

        record = default;
        return false;
    }

    /// <summary>Bytes of the frame, or behind it those that came in pieces or were encrypted.</summary>
    public ReadOnlySpan<byte> BytesAt(int start, int length) => _dissector.BytesAt(Frame.Bytes, start, length);

    /// <summary>The bytes of a layer with all it carries.</summary>
    public ReadOnlySpan<byte> BytesOf(scoped in LayerRecord layer) =>
        _dissector.BytesAt(Frame.Bytes, layer.Start, layer.Length);

    /// <summary>The bytes of a field.</summary>
    public ReadOnlySpan<byte> BytesOf(scoped in FieldRecord record) =>
        _dissector.BytesAt(Frame.Bytes, record.Start, record.Length);

    /// <summary>The text of a field of kind text, or of a heading; empty for others.</summary>
    public ReadOnlySpan<byte> TextOf(scoped in FieldRecord record) =>
        record.Field.Kind is FieldKind.Text or FieldKind.Group ? _dissector.TextAt(record.Number) : default;

    /// <summary>Writes the value of a field as programs read it: a number without its word, all of the bytes.</summary>
    public void WriteBareValue(in FieldRecord record, TextBuffer to) => FieldText.WriteBare(this, record, to);

    /// <summary>Writes the value of a field as people read it.</summary>
    public void WriteValue(in FieldRecord record, TextBuffer to) => FieldText.Write(this, record, to);
}
