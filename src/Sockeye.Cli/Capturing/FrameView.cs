using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using Sockeye.Wire;
using Sockeye.Wire.Dissection;

namespace Sockeye.Cli.Capturing;

/// <summary>What is shown of a frame beside its line.</summary>
[Flags]
internal enum FrameParts : byte
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>Every field.</summary>
    Tree = 1,

    /// <summary>The bytes.</summary>
    Hex = 2,
}

/// <summary>Writes frames as people or programs read them, many at once.</summary>
internal sealed class FrameView
{
    /// <summary>How much is written before it is sent on, in bytes.</summary>
    private const int BufferBytes = 64 * 1024;

    private static readonly JsonWriterOptions s_jsonOptions = new()
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    // A tree of as many fields as a dissector keeps takes some megabytes.
    private const int TextBytesMax = 16 * 1024 * 1024;

    // Bytes are written in pieces: in hexadecimal the longest frame would be 80 megabytes.
    private const int HexPieceBytes = 64 * 1024;

    private readonly FrameParts _parts;
    private readonly bool _hasColor;
    private readonly PacketListing _listing = new();
    private readonly TextBuffer _text = new(TextBytesMax);
    private readonly ArrayBufferWriter<byte> _jsonLines = new();
    private readonly Utf8JsonWriter? _json;

    /// <summary>A view.</summary>
    /// <param name="parts">What to show beside the line; all fields are in the JSON.</param>
    /// <param name="isJson">Whether each frame is a line of JSON.</param>
    /// <param name="hasColor">Whether to colour the lines.</param>
    public FrameView(FrameParts parts, bool isJson, bool hasColor)
    {
        _parts = parts;
        _hasColor = hasColor;
        _json = isJson ? new Utf8JsonWriter(_jsonLines, s_jsonOptions) : null;
        Fields = isJson || parts.HasFlag(FrameParts.Tree) ? FieldSet.All : FieldSet.None;
    }

    /// <summary>The fields that it shows of a frame.</summary>
    public FieldSet Fields { get; }

    private ReadOnlySpan<byte> Written => _json is null ? _text.Written : _jsonLines.WrittenSpan;

    /// <summary>Says when the capture began.</summary>
    public void Begin(Timestamp? first) => _listing.Begin(first);

    /// <summary>Writes about a frame that was taken apart, and sends on what was written when it is much.</summary>
    public void Write(in DissectedFrame frame, Stream to)
    {
        if (_json is not null)
        {
            WriteJson(frame, _json);
        }
        else
        {
            WriteText(frame, to);
        }

        SendMuch(to);
    }

    /// <summary>Sends on what was written.</summary>
    public void Send(Stream stream)
    {
        // Emptied first: when writing fails, the same lines must not be sent again.
        ReadOnlySpan<byte> lines = Written;
        _text.Clear();
        _jsonLines.ResetWrittenCount();
        if (!lines.IsEmpty)
        {
            stream.Write(lines);
            stream.Flush();
        }
    }

    private static ReadOnlySpan<byte> ColorOf(in DissectedFrame frame) => frame.ShortName switch
    {
        _ when frame.IsMalformed => "\e[31m"u8,
        "TCP" when frame.Info.StartsWith("[TCP "u8) || frame.Info.IndexOf("RST"u8) >= 0 => "\e[31m"u8,
        "TCP" when frame.Info.IndexOf("SYN"u8) >= 0 || frame.Info.IndexOf("FIN"u8) >= 0 => "\e[1m"u8,
        "HTTP" => "\e[32m"u8,
        "DNS" => "\e[36m"u8,
        "ARP" or "ICMP" or "ICMPv6" => "\e[33m"u8,
        ['T', 'L', 'S', ..] => "\e[35m"u8,
        _ => default,
    };

    private void WriteText(in DissectedFrame frame, Stream to)
    {
        WriteLine(frame);
        if (_parts.HasFlag(FrameParts.Tree))
        {
            PacketTree.Write(frame, _text);
        }

        for (int at = 0; _parts.HasFlag(FrameParts.Hex) && at < frame.Frame.Bytes.Length; at += HexPieceBytes)
        {
            SendMuch(to);
            PacketHex.WritePart(frame.Frame.Bytes, at, HexPieceBytes, _text);
        }

        SendMuch(to);
        _text.Append(_parts == FrameParts.None ? ""u8 : "\n"u8);
    }

    private void SendMuch(Stream to)
    {
        if (Written.Length >= BufferBytes)
        {
            Send(to);
        }
    }

    private void WriteLine(in DissectedFrame frame)
    {
        ReadOnlySpan<byte> color = _hasColor ? ColorOf(frame) : default;
        _text.Append(color);
        _listing.Write(frame, _text);
        if (!color.IsEmpty)
        {
            _text.Truncate(_text.Length - 1);
            _text.Append("\e[0m\n"u8);
        }
    }

    private void WriteJson(in DissectedFrame frame, Utf8JsonWriter json)
    {
        _text.Clear();
        json.Reset(_jsonLines);
        json.WriteStartObject();
        json.WriteNumber("schema_version", Output.SchemaVersion);
        json.WriteString("type", "packet");
        json.WritePropertyName("packet");
        PacketJson.Write(frame, json, _text);
        json.WriteEndObject();
        json.Flush();
        _jsonLines.Write("\n"u8);
    }
}
