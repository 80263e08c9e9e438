using System.Buffers;
using System.Buffers.Text;
using System.Text;
using Sockeye.Http.Protocol;

namespace Sockeye.Http;

/// <summary>
/// The response to one request, written by its handler. Nothing has to be said about framing: a short response is sent
/// with its length when the handler is done, a longer one in chunks, and one whose <see cref="ContentLength"/> was set
/// goes out as it is written, without a copy. Used again for the next request, so not to be kept.
/// </summary>
/// <example><code>
/// response.Status = 201;
/// response.Add("Location"u8, "/things/7"u8);
/// response.Write("made"u8);
/// </code></example>
public sealed partial class HttpResponse : IBufferWriter<byte>
{
    private enum Stage : byte
    {
        /// <summary>Nothing has left; the content so far is held.</summary>
        Held,

        /// <summary>The head has left, with a length; content goes straight to the connection.</summary>
        Sized,

        /// <summary>The head has left; content goes out in chunks.</summary>
        Chunked,

        /// <summary>The head has left to an HTTP/1.0 client; content goes out until the connection closes.</summary>
        UntilClose,

        /// <summary>The head has left, and there is no content, whatever is written.</summary>
        Empty,

        /// <summary>A part of a file goes out, or could not go out whole: then the response stays unfinished.</summary>
        InFile,

        /// <summary>All of it has left for the connection.</summary>
        Complete,

        /// <summary>The connection has been handed over: what follows is not HTTP.</summary>
        Switched,
    }

    /// <summary>Room for most fields, on the stack.</summary>
    private const int ShortFieldBytesMax = 256;

    // How long the names are of the fields that are not only lines.
    private const int ConnectionLength = 10;
    private const int ContentLengthLength = 14;
    private const int TransferEncodingLength = 17;

    private readonly HttpExchange _exchange;
    private readonly FieldLines _fields = new();
    private readonly FieldLines _trailers = new();
    private readonly int _heldMax;
    private byte[] _held = [];
    private int _heldCount;
    private long _written;      // Bytes of content that have left for the connection, where there is content.
    private int _status;
    private long? _contentLength;
    private string? _reason;
    private Stage _stage;
    private bool _mustClose;

    internal HttpResponse(HttpExchange exchange)
    {
        _exchange = exchange;
        _heldMax = exchange.Options.ResponseBytesHeld;
    }

    /// <summary>The status code, from 200 to 599. Default 200.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is another; 1xx are sent by <see cref="SendInterimAsync"/> and
    /// <see cref="SwitchAsync"/>.</exception>
    /// <exception cref="InvalidOperationException">The head has left.</exception>
    public int Status
    {
        get => _status;
        set
        {
            CheckHeld();
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 200);
            ArgumentOutOfRangeException.ThrowIfGreaterThan(value, 599);
            _status = value;
        }
    }

    /// <summary>Bytes of the content, if known beforehand; null (default) when not. The handler must then write exactly
    /// as many; if it writes fewer, the connection closes, and the client sees that there
    /// should be more.</summary>
    /// <exception cref="InvalidOperationException">The head has left.</exception>
    public long? ContentLength
    {
        get => _contentLength;
        set
        {
            CheckHeld();
            ArgumentOutOfRangeException.ThrowIfNegative(value ?? 0);
            _contentLength = value;
        }
    }

    /// <summary>The reason after the status code, which clients ignore; null (default) sends the registered one
    /// (RFC 9112 section 4).</summary>
    /// <exception cref="ArgumentException">It has characters that a reason cannot have.</exception>
    public string? Reason
    {
        get => _reason;
        set
        {
            CheckHeld();
            if (value is not null)
            {
                FieldRules.CheckValue(value);
            }

            _reason = value;
        }
    }

    /// <summary>The head has left: status and fields cannot change any more.</summary>
    public bool HasStarted => _stage != Stage.Held;

    /// <summary>The status that was sent; 0 before.</summary>
    internal int StatusSent => _stage switch
    {
        Stage.Held => 0,
        Stage.Switched => _exchange.Head.IsConnect ? Status : 101,
        _ => Status,
    };

    /// <summary>Bytes of content written so far.</summary>
    public long ContentBytes => _written + _heldCount;

    /// <summary>Bytes of content handed to the connection so far.</summary>
    internal long ContentBytesSent => _exchange.Head.Method == Method.Head || !HasContent(Status) ? 0 : _written;

    /// <summary>Adds a field, also when there is one of this name. Content-Length is <see cref="ContentLength"/>;
    /// <c>Connection: close</c> closes after this response; Date and Server take the place of the server's
    /// own.</summary>
    /// <exception cref="ArgumentException">Name or value have characters that they cannot have; or it is
    /// Transfer-Encoding, which is the server's.</exception>
    /// <exception cref="InvalidOperationException">The head has left.</exception>
    public void Add(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
    {
        CheckHeld();
        FieldRules.CheckName(name);
        FieldRules.CheckValue(value);
        if (!TakesOver(name, value))
        {
            _fields.Add(name, value);
        }
    }

    /// <summary>Adds a field; its value is sent as one byte for each character.</summary>
    /// <exception cref="ArgumentException">As for
    /// <see cref="Add(ReadOnlySpan{byte}, ReadOnlySpan{byte})"/>.</exception>
    public void Add(string name, string value)
    {
        ArgumentNullException.ThrowIfNull(name);
        ArgumentNullException.ThrowIfNull(value);
        FieldRules.CheckText(name);
        FieldRules.CheckText(value);
        int length = name.Length + value.Length;
        Span<byte> bytes = length <= ShortFieldBytesMax ? stackalloc byte[ShortFieldBytesMax] : new byte[length];
        Encoding.Latin1.GetBytes(name, bytes);
        Encoding.Latin1.GetBytes(value, bytes[name.Length..]);
        Add(bytes[..name.Length], bytes[name.Length..length]);
    }

    /// <summary>Sets a field in place of all others of this name.</summary>
    /// <exception cref="ArgumentException">As for
    /// <see cref="Add(ReadOnlySpan{byte}, ReadOnlySpan{byte})"/>.</exception>
    public void Set(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
    {
        CheckHeld();
        _fields.Remove(name);
        Add(name, value);
    }

    /// <summary>Takes every field of this name away, in any case; true when there was one. In place of a Date or Server
    /// the server's own is sent.</summary>
    /// <exception cref="InvalidOperationException">The head has left.</exception>
    public bool Remove(ReadOnlySpan<byte> name)
    {
        CheckHeld();
        if (KnownFields.Find(name) != KnownField.ContentLength)
        {
            return _fields.Remove(name);
        }

        bool wasSet = ContentLength is not null;
        ContentLength = null;
        return wasSet;
    }

    /// <summary>Adds a trailer field, sent after the content in chunks; it is left out when <see cref="ContentLength"/>
    /// was set, and for HTTP/1.0 (RFC 9110 section 6.5.1).</summary>
    /// <exception cref="ArgumentException">Name or value have characters that they cannot have, or it is a field that
    /// may not be a trailer.</exception>
    public void AddTrailer(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
    {
        FieldRules.CheckName(name);
        FieldRules.CheckValue(value);
        if (!KnownFields.Find(name).MayBeTrailer())
        {
            throw new ArgumentException(
                $"{Encoding.ASCII.GetString(name)} may not be a trailer (RFC 9110 section 6.5.1).", nameof(name));
        }

        _trailers.Add(name, value);
    }

    /// <summary>Closes the connection after this response.</summary>
    public void CloseAfter() => _mustClose = true;

    /// <inheritdoc/>
    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        if (GoesStraight())
        {
            return Connection.GetMemory(sizeHint);
        }

        return HeldRoom(sizeHint);
    }

    /// <inheritdoc/>
    public Span<byte> GetSpan(int sizeHint = 0) =>
        GoesStraight() ? Connection.GetSpan(sizeHint) : HeldRoom(sizeHint).Span;

    /// <inheritdoc/>
    public void Advance(int count)
    {
        if (_stage is Stage.Sized or Stage.UntilClose)
        {
            CountContent(count);
            Connection.Advance(count);
            return;
        }

        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)count, (uint)(_held.Length - _heldCount), nameof(count));
        _heldCount += count;
        SendHeldIfMuch();
    }

    /// <summary>Writes content. Flush from time to time when there is much of it.</summary>
    /// <exception cref="InvalidOperationException">It is more than <see cref="ContentLength"/>, or this status has no
    /// content, or more than <see cref="Limits.OutputBytesMax"/> would wait.</exception>
    public void Write(ReadOnlySpan<byte> content)
    {
        if (GoesStraight())
        {
            CountContent(content.Length);
            Connection.Write(content);
            return;
        }

        if (content.Length <= _held.Length - _heldCount && _heldCount + content.Length < _heldMax)
        {
            content.CopyTo(_held.AsSpan(_heldCount));
            _heldCount += content.Length;
            return;
        }

        while (!content.IsEmpty)
        {
            Span<byte> room = HeldRoom(1).Span;
            int count = Math.Min(room.Length, content.Length);
            content[..count].CopyTo(room);
            content = content[count..];
            _heldCount += count;
            SendHeldIfMuch();
        }
    }

    /// <summary>Writes text as UTF-8.</summary>
    public void Write(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        Encoding.UTF8.GetBytes(text, this);
    }

    /// <summary>Sends what was written so far, the head first. Waits when the client is slow; its value is
    /// <see cref="End.None"/>, or why nothing can be sent any more.</summary>
    /// <exception cref="OperationCanceledException">The token fired; what was written is still sent.</exception>
    public ValueTask<End> FlushAsync(CancellationToken cancellationToken = default)
    {
        if (_stage == Stage.Held)
        {
            Start(isWhole: false);
        }

        SendHeld();
        return Connection.FlushAsync(cancellationToken);
    }

    /// <summary>Sends the rest, and the end of the content: the client has all of the response while the handler goes
    /// on, which can write nothing more.</summary>
    /// <exception cref="InvalidOperationException">Less content was written than <see cref="ContentLength"/>
    /// says.</exception>
    public ValueTask<End> CompleteAsync(CancellationToken cancellationToken = default)
    {
        if (!Complete())
        {
            throw new InvalidOperationException(
                $"Less content was written than HttpResponse.ContentLength ({ContentLength}) says.");
        }

        return Connection.FlushAsync(cancellationToken);
    }

    /// <summary>Sends an interim response, such as 103 with Link fields (RFC 8297), before the final one. It has the
    /// fields added so far, which stay for the final one. A client of HTTP/1.0 gets none.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The status is not from 102 to 199: 100 is sent by itself, 101 by
    /// <see cref="SwitchAsync"/>.</exception>
    public ValueTask<End> SendInterimAsync(int status)
    {
        CheckHeld();
        ArgumentOutOfRangeException.ThrowIfLessThan(status, 102);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(status, 199);
        if (_exchange.Head.Version == ProtocolVersion.Http10)
        {
            return new ValueTask<End>(End.None); // RFC 9110 section 15.2: "MUST NOT send a 1xx response to" it.
        }

        var writer = new HeadWriter(Connection);
        writer.StatusLine(status);
        writer.Lines(_fields.Bytes);
        writer.End();
        return Connection.FlushAsync();
    }

    /// <summary>
    /// Ends HTTP on this connection, and gives it to the handler: sends 101, or to CONNECT what <see cref="Status"/>
    /// says, with the fields added so far. The connection closes when the handler is done.
    /// </summary>
    /// <param name="protocol">The protocol of 101, such as <c>websocket</c>; empty for CONNECT.</param>
    /// <exception cref="InvalidOperationException">The client did not ask for it, or a body has not been
    /// read.</exception>
    public async ValueTask<Connection> SwitchAsync(ReadOnlyMemory<byte> protocol = default)
    {
        CheckHeld();
        RequestHead head = _exchange.Head;
        if (head.IsConnect ? Status / 100 != 2 : protocol.IsEmpty || !head.UpgradeRequested)
        {
            throw new InvalidOperationException(
                "Only a request with Upgrade can be answered with 101, and only CONNECT with a tunnel.");
        }

        _exchange.Request.EndForSwitch();
        WriteSwitch(head, protocol.Span);
        _stage = Stage.Switched;
        Connection.ReadTimeout = Options.Listen.Limits.ReadTimeout; // That of a head is not for what follows.
        await Connection.FlushAsync();
        return Connection;
    }

    private void WriteSwitch(RequestHead head, ReadOnlySpan<byte> protocol)
    {
        var writer = new HeadWriter(Connection);
        writer.StatusLine(head.IsConnect ? Status : 101);
        WriteFields(ref writer);
        if (!head.IsConnect)
        {
            writer.Lines("Connection: Upgrade\r\n"u8);
            writer.Field(KnownField.Upgrade, protocol);
        }

        writer.End();
    }

    private Connection Connection => _exchange.Connection;

    private HttpServerOptions Options => _exchange.Options;

    /// <summary>Some fields are not only lines.</summary>
    private bool TakesOver(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
    {
        if (name.Length is not (ConnectionLength or ContentLengthLength or TransferEncodingLength))
        {
            return false;
        }

        switch (KnownFields.Find(name))
        {
            case KnownField.ContentLength:
                ContentLength = Utf8Parser.TryParse(value, out long length, out int used) && used == value.Length
                    ? length
                    : throw new ArgumentException("Content-Length is a number.", nameof(value));
                return true;
            case KnownField.TransferEncoding:
                throw new ArgumentException("The server decides the Transfer-Encoding by itself.", nameof(name));
            case KnownField.Connection when HeaderFields.ListContains(value, "close"u8):
                _mustClose = true;
                return true;
            default:
                return false;
        }
    }

    private void CheckHeld()
    {
        if (_stage != Stage.Held)
        {
            throw new InvalidOperationException("The head of the response has been sent and cannot change any more.");
        }
    }
}
