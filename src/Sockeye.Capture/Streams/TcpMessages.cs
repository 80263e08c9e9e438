using Sockeye.Wire.Decryption;
using Sockeye.Wire.Dissection;
using WireDns = Sockeye.Wire.Application.Dns;
using WireHttp = Sockeye.Wire.Application.Http;
using WireTls = Sockeye.Wire.Application.Tls;

namespace Sockeye.Capture.Streams;

/// <summary>What both ends of a connection say to each other, message by message.</summary>
internal sealed class TcpMessages
{
    private readonly MessageReader[] _readers;
    private readonly TcpAssembler[] _assemblers;
    private readonly TcpStream? _stream; // Null within TLS: TLS within TLS is not opened.
    private readonly TlsKeyLog _keys;
    private readonly TlsCounts _counts;
    private readonly ushort _lowPort;
    private readonly ushort _highPort;
    private TlsMessages? _tls;
    private HttpPlan? _http;

    public TcpMessages(
        TcpStream stream, StreamLimits limits, ByteBlocks held, ByteBlocks kept, TlsKeyLog keys, TlsCounts counts)
    {
        Limits = limits;
        Blocks = kept;
        _stream = stream;
        _keys = keys;
        _counts = counts;
        _lowPort = Math.Min(stream.Client.Port, stream.Server.Port);
        _highPort = Math.Max(stream.Client.Port, stream.Server.Port);
        _readers = [new MessageReader(this, Side.Client), new MessageReader(this, Side.Server)];
        _assemblers = [new TcpAssembler(limits, held), new TcpAssembler(limits, held)];
    }

    /// <summary>What is said within TLS.</summary>
    public TcpMessages(TcpMessages outer)
    {
        Limits = outer.Limits;
        Blocks = outer.Blocks;
        _keys = outer._keys;
        _counts = outer._counts;
        _lowPort = outer._lowPort;
        _highPort = outer._highPort;
        _readers = [new MessageReader(this, Side.Client), new MessageReader(this, Side.Server)];
        _assemblers = [];
    }

    public StreamLimits Limits { get; }

    public ByteBlocks Blocks { get; }

    /// <summary>What is spoken; null until it is known.</summary>
    public Protocol? Protocol { get; set; }

    public MessageReader ReaderOf(Side side) => _readers[(int)side];

    public TcpAssembler AssemblerOf(Side side) => _assemblers[(int)side];

    /// <summary>What bytes at the beginning of a message belong to.</summary>
    public Protocol? ProtocolOf(ProtocolTable table, ReadOnlySpan<byte> bytes) => Protocol ?? table.Recognize(bytes)
        ?? (_stream is null ? WireHttp.Row : null) // The ports tell that there is TLS around it, and nothing more.
        ?? table.Find(Selector.TcpPort, _lowPort) ?? table.Find(Selector.TcpPort, _highPort);

    /// <summary>How long the message is that begins here.</summary>
    public MessagePlan PlanOf(Protocol? protocol, ReadOnlySpan<byte> bytes, int scanned) => protocol switch
    {
        _ when protocol == WireHttp.Row => (_http ??= new HttpPlan()).Of(bytes, scanned),
        _ when protocol == WireTls.Row => MessagePlan.OfTls(bytes),
        _ when protocol == WireDns.Row => MessagePlan.OfDns(bytes),
        _ => default,
    };

    /// <summary>Has a message taken apart.</summary>
    /// <param name="side">Who sent it.</param>
    /// <param name="to">Where what is found goes.</param>
    /// <param name="frame">The frame that completes it.</param>
    /// <param name="start">Where it begins in the frame, or behind it.</param>
    /// <param name="length">How long it is.</param>
    public void Take(Side side, Dissector to, in DissectedFrame frame, int start, int length)
    {
        if (Protocol == WireTls.Row && _stream is not null)
        {
            _tls ??= new TlsMessages(this, _stream, _keys, _counts);
            _tls.Take(side, to, frame, start, length);
            return;
        }

        to.Continue(frame, Protocol, start, length);
    }

    /// <summary>Bytes are missing.</summary>
    public void Miss(Side side) => _tls?.Miss(side);

    /// <summary>One end has no more to send.</summary>
    public void End(Side side, Dissector to, in DissectedFrame frame) => _tls?.End(side, to, frame);

    /// <summary>A message is over; after a switch of protocols another one is spoken.</summary>
    public void Completed()
    {
        if (_http is { Switches: true })
        {
            Protocol = null;
            _http = null;
        }
    }

    public void Release()
    {
        _tls?.Release();
        foreach (MessageReader reader in _readers)
        {
            reader.Drop();
        }

        foreach (TcpAssembler assembler in _assemblers)
        {
            assembler.Release();
        }
    }
}
