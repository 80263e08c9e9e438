using System.Diagnostics;
using Sockeye.Wire.Transport;

namespace Sockeye.Wire.Dissection;

/// <summary>
/// Takes frames apart, one after another, in memory that it uses again: once it is warm nothing is allocated for a
/// frame. One thread uses it at a time.
/// </summary>
public sealed partial class Dissector
{
    /// <summary>How many layers of a frame are taken apart; what lies deeper is data.</summary>
    public const int LayersMax = 32;

    /// <summary>How many fields of a frame are kept; what comes after them is left out.</summary>
    public const int FieldsMax = 50_000;

    /// <summary>How many bytes of text the line about a frame has.</summary>
    public const int InfoBytesMax = 4_096;

    private const int FieldsAtFirst = 64;

    private readonly FieldSet _wanted;
    private readonly TextBuffer _texts = new();
    private FieldRecord[] _fields = new FieldRecord[FieldsAtFirst];
    private readonly LayerRecord[] _layers = new LayerRecord[LayersMax];
    private int _fieldCount;
    private Timestamp? _firstTime;
    private Timestamp? _lastTime;
    private int _layerCount;
    private int _nesting;
    private int _infosBegun;

    /// <summary>A dissector.</summary>
    /// <param name="wanted">Which fields to find; <see cref="FieldSet.None"/> is enough for a listing.</param>
    /// <param name="table">The protocols to know; <see cref="ProtocolTable.Standard"/> when null.</param>
    public Dissector(FieldSet wanted, ProtocolTable? table = null)
    {
        ArgumentNullException.ThrowIfNull(wanted);
        _wanted = wanted;
        Table = table ?? ProtocolTable.Standard;
    }

    /// <summary>The protocols that it knows.</summary>
    public ProtocolTable Table { get; }

    /// <summary>
    /// Whether what TCP carries is left to somebody who puts the segments together, and then calls
    /// <see cref="Continue"/>; the line about the segment is left to them too.
    /// </summary>
    public bool LeavesStreams { get; init; }

    internal TextBuffer Info { get; } = new(InfoBytesMax);

    internal TextBuffer Scratch { get; } = new();

    internal string ShortName { get; set; } = "";

    internal Station Source { get; set; }

    internal Station Destination { get; set; }

    internal int Depth { get; set; }

    internal int Quotes { get; set; }

    internal bool IsQuoting => Quotes > 0;

    internal bool IsCutShort { get; private set; }

    internal int MissingBytes { get; set; }

    internal bool IsMalformed { get; private set; }

    internal ReadOnlySpan<FieldRecord> Fields => _fields.AsSpan(0, _fieldCount);

    internal ReadOnlySpan<LayerRecord> Layers => _layers.AsSpan(0, _layerCount);

    /// <summary>Whether it looks for any field at all.</summary>
    public bool WantsFields => !_wanted.IsEmpty;

    /// <summary>Takes a frame apart; the result is valid until the next call.</summary>
    public DissectedFrame Dissect(in CapturedFrame frame)
    {
        Clear();
        BeginFrame(frame);
        FrameProtocol.Describe(this, frame);
        _ = Dissect(Table.Find(Selector.LinkType, (int)frame.LinkType), frame.Bytes, 0, null);
        return new DissectedFrame(this, frame);
    }

    /// <summary>Takes bytes apart that begin with a protocol, such as those of a reassembled stream.</summary>
    public DissectedFrame Dissect(Protocol first, ReadOnlySpan<byte> bytes)
    {
        ArgumentNullException.ThrowIfNull(first);
        Clear();
        var frame = new CapturedFrame { Bytes = bytes, LengthOnWire = bytes.Length };
        BeginFrame(frame);
        _ = Dissect(first, bytes, 0, null);
        return new DissectedFrame(this, frame);
    }

    /// <summary>
    /// Adds a field that somebody else found out about the frame last taken apart, such as an analysis of its stream.
    /// </summary>
    public void Annotate(Field field, int start, int length, ulong value)
    {
        ArgumentNullException.ThrowIfNull(field);
        if (Wants(field))
        {
            Add(field, start, length, value, isHidden: false);
        }
    }

    /// <summary>
    /// Adds a field that somebody else found out about a layer of the frame last taken apart, as the last of the
    /// fields of that layer.
    /// </summary>
    /// <param name="layer">The layer.</param>
    /// <param name="field">The field.</param>
    /// <param name="value">Its value.</param>
    /// <param name="indent">How many fields before it, which were added in the same way, it stands beneath.</param>
    public void Annotate(in LayerRecord layer, Field field, ulong value, int indent = 0)
    {
        ArgumentNullException.ThrowIfNull(field);
        if (!Wants(field))
        {
            return;
        }

        int at = EndOf(layer);
        int before = _fieldCount;
        Add(field, layer.Start, layer.HeaderLength, value, isHidden: false);
        if (_fieldCount > before)
        {
            FieldRecord added = _fields[before] with { Depth = (byte)(1 + indent) };
            _fields.AsSpan(at, before - at).CopyTo(_fields.AsSpan(at + 1));
            _fields[at] = added;
        }
    }

    /// <summary>Goes on with a part of the frame last taken apart, which TCP carries.</summary>
    /// <param name="frame">That frame.</param>
    /// <param name="first">What the part begins with; null for plain data.</param>
    /// <param name="start">Where it begins in the frame, or behind it.</param>
    /// <param name="length">How long it is.</param>
    public void Continue(in DissectedFrame frame, Protocol? first, int start, int length) =>
        _ = Dissect(first, BytesAt(frame.Frame.Bytes, start, length), start, Tcp.Row);

    /// <summary>
    /// Begins the line about the frame last taken apart anew, for somebody who knows more about it, such as sequence
    /// numbers that count from zero.
    /// </summary>
    /// <param name="shortName">The name of the highest protocol in it.</param>
    /// <returns>Where to write the line.</returns>
    public TextBuffer BeginInfo(string shortName)
    {
        _infosBegun++;
        ShortName = shortName;
        Info.Clear();
        return Info;
    }

    internal bool Wants(Field field) => _wanted.Contains(field);

    /// <summary>The times of the first frame and of the one before this one, which is the last from now on.</summary>
    internal (Timestamp First, Timestamp Previous) TakeTime(Timestamp time)
    {
        _firstTime ??= time;
        Timestamp previous = _lastTime ?? time;
        _lastTime = time;
        return (_firstTime.Value, previous);
    }

    internal void Add(Field field, int start, int length, ulong value, bool isHidden)
    {
        Debug.Assert(start >= 0 && length >= 0, "A field outside its frame.");
        if (_fieldCount == _fields.Length)
        {
            if (_fieldCount == FieldsMax)
            {
                return;
            }

            Array.Resize(ref _fields, Math.Min(FieldsMax, 2 * _fields.Length));
        }

        _fields[_fieldCount++] = new FieldRecord(field, start, length, value, (byte)Math.Min(Depth, 255), isHidden);
    }

    /// <summary>Keeps a text for as long as the dissection; the number says where.</summary>
    internal ulong KeepText(ReadOnlySpan<byte> text)
    {
        int start = _texts.Length;
        _texts.Append(text);
        if (_texts.IsFull)
        {
            start = _texts.Length - TextBuffer.Mark.Length; // Every text that did not fit is the mark.
        }

        return ((ulong)start << 32) | (uint)(_texts.Length - start);
    }

    internal ReadOnlySpan<byte> TextAt(ulong place) => _texts.Written.Slice((int)(place >> 32), (int)(uint)place);

    internal void BeginLayer(Protocol protocol, int start, int length, int headerLength)
    {
        if (_layerCount < LayersMax)
        {
            _layers[_layerCount++] = new LayerRecord(protocol, start, length, headerLength, IsQuoting);
        }

        Depth = 0;
        if (Wants(protocol.Self))
        {
            Add(protocol.Self, start, headerLength, 0, isHidden: false);
        }

        Depth = 1;
    }

    internal void MarkMalformed(Protocol protocol, int start, int length)
    {
        if (Layers.IsEmpty || Layers[^1].Protocol != protocol || Layers[^1].Start != start)
        {
            BeginLayer(protocol, start, length, length);
        }

        // An error quotes only the beginning of a packet, and a capture may keep only the beginning of a frame.
        if (IsQuoting)
        {
            return;
        }

        IsMalformed |= !IsCutShort;
        Field field = IsCutShort ? FrameProtocol.CutShort : FrameProtocol.Malformed;
        if (Wants(field))
        {
            ulong why = KeepText(
                IsCutShort ? "the capture cut it short"u8 : "too short, or not what the protocol allows"u8);
            Add(field, start, length, why, isHidden: false);
        }
    }

    /// <summary>Takes a layer apart, with all it carries.</summary>
    /// <returns>Whether a layer in it has begun the line about the frame.</returns>
    internal bool Dissect(Protocol? protocol, ReadOnlySpan<byte> bytes, int start, Protocol? carrier)
    {
        if (_nesting == LayersMax)
        {
            return false;
        }

        int infosBefore = _infosBegun;
        _nesting++;
        if (protocol is null || !protocol.Dissect(new Layer(this, protocol, bytes, start, carrier)))
        {
            DataProtocol.Describe(new Layer(this, DataProtocol.Row, bytes, start, carrier));
        }

        _nesting--;
        return _infosBegun != infosBefore;
    }

    /// <summary>Where the fields of a layer end among all fields.</summary>
    private int EndOf(in LayerRecord layer)
    {
        int at = 0;
        while (at < _fieldCount && (_fields[at].Field != layer.Protocol.Self || _fields[at].Start != layer.Start))
        {
            at++;
        }

        for (at++; at < _fieldCount && _fields[at].Depth > 0; at++)
        {
        }

        return Math.Min(at, _fieldCount);
    }

    private void Clear()
    {
        ForgetContents();
        _texts.Clear();
        Info.Clear();
        ShortName = "";
        Source = default;
        Destination = default;
        Depth = 0;
        Quotes = 0;
        IsMalformed = false;
        _fieldCount = 0;
        _layerCount = 0;
        _nesting = 0;
    }
}
