using System.Diagnostics;
using Sockeye.Wire.Decryption;
using Sockeye.Wire.Internet;

namespace Sockeye.Wire.Dissection;

/// <summary>
/// The bytes of one layer of a frame while they are taken apart, and where what is found in them goes. Offsets are
/// counted from the start of the layer.
/// </summary>
public readonly ref struct Layer
{
    private readonly Dissector _dissector;
    private readonly int _start;

    internal Layer(Dissector dissector, Protocol protocol, ReadOnlySpan<byte> bytes, int start, Protocol? carrier)
    {
        Carrier = carrier;
        _dissector = dissector;
        Protocol = protocol;
        Bytes = bytes;
        _start = start;
    }

    /// <summary>The row whose layer it is.</summary>
    public Protocol Protocol { get; }

    /// <summary>The protocol that carries it; null for the first.</summary>
    public Protocol? Carrier { get; }

    /// <summary>The bytes from the start of the layer to the end of what the layer below carries.</summary>
    public ReadOnlySpan<byte> Bytes { get; }

    /// <summary>
    /// What the line about the frame says; the innermost layer that writes has the last word. A layer that carries
    /// others writes when nothing in it did (<see cref="Next(Selector, int, int, int)"/>): a listing is written fast
    /// by not writing what nobody reads.
    /// </summary>
    public TextBuffer Info => _dissector.Info;

    /// <summary>Whether this layer's words count: not those of a packet that an error quotes.</summary>
    public bool WritesInfo => !_dissector.IsQuoting;

    /// <summary>Whether it is part of a packet that an error quotes, perhaps only the beginning of it.</summary>
    public bool IsQuoted => _dissector.IsQuoting;

    /// <summary>Whether the capture kept only the beginning of the frame.</summary>
    public bool IsCutShort => _dissector.IsCutShort;

    /// <summary>How many bytes the innermost packet had on the wire that the capture lacks.</summary>
    internal int MissingBytes => _dissector.MissingBytes;

    /// <summary>Room for a text that a field or a heading is given, begun anew.</summary>
    public TextBuffer Scratch
    {
        get
        {
            _dissector.Scratch.Clear();
            return _dissector.Scratch;
        }
    }

    /// <summary>Whether what TCP carries, and the line about it, is left to somebody who knows its stream.</summary>
    internal bool LeavesStreams => _dissector.LeavesStreams && !_dissector.IsQuoting;

    /// <summary>The protocol that is found at a value of a selector, or null.</summary>
    public Protocol? Find(Selector selector, int value) => _dissector.Table.Find(selector, value);

    /// <summary>Whether anybody wants any field: for a listing nobody does, and none has to be looked at.</summary>
    public bool WantsFields => _dissector.WantsFields;

    /// <summary>Whether anybody wants a field.</summary>
    public bool Wants(Field field) => _dissector.Wants(field);

    /// <summary>Says that the layer is there and how long its own part is; what follows is beneath it.</summary>
    public void Begin(int headerLength) => _dissector.BeginLayer(Protocol, _start, Bytes.Length, headerLength);

    /// <summary>Begins the words about the frame anew, under the name of this protocol.</summary>
    /// <returns>Whether to write them.</returns>
    public bool BeginInfo(string? shortName = null)
    {
        if (_dissector.IsQuoting)
        {
            return false;
        }

        _ = _dissector.BeginInfo(shortName ?? Protocol.ShortName);
        return true;
    }

    /// <summary>Begins the words about the frame, or goes on with them where this protocol had a layer in it
    /// already.</summary>
    /// <returns>Whether to write them.</returns>
    internal bool ContinueInfo()
    {
        foreach (LayerRecord before in _dissector.Layers)
        {
            if (before.Protocol == Protocol && !before.IsQuoted && !_dissector.IsQuoting)
            {
                Info.Append(", "u8);
                return true;
            }
        }

        return BeginInfo();
    }

    /// <summary>What somebody who has the keys found in a record, if it was told.</summary>
    internal bool TryTakeContent(int offset, out TlsContent content) =>
        _dissector.TryTakeContent(_start + offset, out content);

    /// <summary>The bytes of a record that was encrypted.</summary>
    internal Layer Inside(in TlsContent content) => new(
        _dissector, Protocol, _dissector.JoinedAt(content.Start, content.Length), content.Start, Carrier);

    /// <summary>Says who sent the frame and to whom, as far as this layer knows.</summary>
    public void SetEnds(in Station source, in Station destination)
    {
        if (!_dissector.IsQuoting)
        {
            _dissector.Source = source;
            _dissector.Destination = destination;
        }
    }

    /// <summary>Says how long this layer was on the wire, with what it carries.</summary>
    internal void SetLengthOnWire(int length) => _dissector.MissingBytes = Math.Max(0, length - Bytes.Length);

    /// <summary>Adds a number, a flag or a time.</summary>
    public void Add(Field field, int offset, int length, ulong value)
    {
        if (_dissector.Wants(field))
        {
            _dissector.Add(field, _start + offset, length, value, isHidden: false);
        }
    }

    /// <summary>Adds a flag that is a bit of the bytes.</summary>
    public void Add(Field field, int offset, int length, bool value) => Add(field, offset, length, value ? 1UL : 0UL);

    /// <summary>Adds an address, bytes or a heading: the bytes are the value.</summary>
    public void Add(Field field, int offset, int length) => Add(field, offset, length, 0UL);

    /// <summary>Adds what only filters see, such as a port of either end.</summary>
    public void AddHidden(Field field, int offset, int length, ulong value = 0)
    {
        if (_dissector.Wants(field))
        {
            _dissector.Add(field, _start + offset, length, value, isHidden: true);
        }
    }

    /// <summary>Adds a text, or a heading with a text.</summary>
    public void AddText(Field field, int offset, int length, ReadOnlySpan<byte> text)
    {
        if (_dissector.Wants(field))
        {
            _dissector.Add(field, _start + offset, length, _dissector.KeepText(text), isHidden: false);
        }
    }

    /// <summary>Adds what the packet says at that place as a text.</summary>
    public void AddText(Field field, int offset, int length) =>
        AddText(field, offset, length, Bytes.Slice(offset, length));

    /// <summary>What is added from here on stands beneath what was added last.</summary>
    public void Indent() => _dissector.Depth++;

    /// <summary>Ends what <see cref="Indent"/> began.</summary>
    public void Outdent()
    {
        Debug.Assert(_dissector.Depth > 0, "Outdent without Indent.");
        _dissector.Depth--;
    }

    /// <summary>Goes on with the protocol of a place; with plain data when there is none.</summary>
    /// <returns>Whether what follows has begun the line about the frame.</returns>
    public bool Next(Selector selector, int value, int offset, int length) =>
        Next(Find(selector, value), offset, length);

    /// <summary>Goes on with a protocol, or with plain data.</summary>
    /// <returns>Whether what follows has begun the line about the frame.</returns>
    public bool Next(Protocol? protocol, int offset, int length) =>
        length > 0 && _dissector.Dissect(protocol, Bytes.Slice(offset, length), _start + offset, Protocol);

    /// <summary>
    /// Goes on with a packet that an ICMP error quotes: it is shown, and says nothing about this frame.
    /// </summary>
    public void NextQuoted(Protocol protocol, int offset, int length)
    {
        _dissector.Quotes++;
        _ = Next(protocol, offset, length);
        _dissector.Quotes--;
    }

    /// <summary>Where the bytes will stand that are joined next.</summary>
    internal int JoinedEnd => _dissector.JoinedEnd;

    /// <summary>Makes room behind the frame for bytes that came in pieces.</summary>
    internal Span<byte> Join(int length) => _dissector.Join(length);

    /// <summary>Adds a field of bytes that were joined.</summary>
    /// <param name="field">The field.</param>
    /// <param name="start">Where they begin, counted as <see cref="JoinedEnd"/> is.</param>
    /// <param name="length">How many there are.</param>
    /// <param name="value">The value.</param>
    internal void AddJoined(Field field, int start, int length, ulong value)
    {
        if (_dissector.Wants(field))
        {
            _dissector.Add(field, start, length, value, isHidden: false);
        }
    }

    /// <summary>Goes on with a protocol in bytes that were joined, or with plain data.</summary>
    /// <returns>Whether what follows has begun the line about the frame.</returns>
    internal bool NextJoined(Protocol? protocol, ReadOnlySpan<byte> joined, int start) =>
        !joined.IsEmpty && _dissector.Dissect(protocol, joined, start, Protocol);

    /// <inheritdoc cref="Dissector.TakeFragment"/>
    internal FragmentedPacket? TakeFragment(
        uint identification, byte commonProtocol, in Fragment fragment, ReadOnlySpan<byte> bytes) =>
        _dissector.TakeFragment(identification, commonProtocol, fragment, bytes);

    /// <summary>Goes on with the payload of TCP or UDP: by its content, by either port, or as plain data.</summary>
    /// <returns>Whether what follows has begun the line about the frame.</returns>
    public bool NextByPort(Selector selector, ushort source, ushort destination, int offset, int length)
    {
        ReadOnlySpan<byte> payload = Bytes.Slice(offset, length);
        Protocol? byContent = selector == Selector.TcpPort ? _dissector.Table.Recognize(payload) : null;
        return Next(byContent ?? ByPort(selector, source, destination), offset, length);
    }

    /// <summary>Says that the layer breaks the rules of its protocol, or ends too early; nothing follows it.</summary>
    public bool Malformed()
    {
        _dissector.MarkMalformed(Protocol, _start, Bytes.Length);
        return true;
    }

    // The lower port is more likely the server's, and so the one with a meaning.
    private Protocol? ByPort(Selector selector, ushort source, ushort destination) =>
        Find(selector, Math.Min(source, destination)) ?? Find(selector, Math.Max(source, destination));
}
