using System.Buffers.Text;
using Sockeye.Http.Protocol;

namespace Sockeye.Http;

// How a response goes out: when its head leaves, and how the end of its content is marked.
public sealed partial class HttpResponse
{
    private const int HeldBytesAtFirst = 1_024;
    private const int HeldBytesKeptMax = 16_384;

    /// <summary>Room for Content-Length with any number, and the line that ends the head.</summary>
    private const int LengthAndEndBytesMax = 64;

    /// <summary>Whether the response was begun and not handed over, so that its rest is to be sent.</summary>
    internal bool IsSwitched => _stage == Stage.Switched;

    internal bool IsComplete => _stage == Stage.Complete;

    /// <summary>Makes it as new, for the next request.</summary>
    internal void Reset()
    {
        _stage = Stage.Held;
        _status = StatusCode.Ok;
        _reason = null;
        _contentLength = null;
        _fields.Clear();
        _trailers.Clear();
        _heldCount = 0;
        _written = 0;
        _mustClose = false;
        if (_held.Length > HeldBytesKeptMax)
        {
            _held = [];
        }
    }

    /// <summary>Forgets status, fields and content, for another response in place of this one; false when it has
    /// begun.</summary>
    internal bool TryStartOver(int status)
    {
        if (_stage != Stage.Held)
        {
            return false;
        }

        Reset();
        Status = status;
        return true;
    }

    /// <summary>The handler is done: sends the rest. False when the content is shorter than was said, and the
    /// response stays unfinished.</summary>
    internal bool Complete()
    {
        switch (_stage)
        {
            case Stage.Held:
                return CompleteHeld();
            case Stage.Sized:
                if (_written != ContentLength)
                {
                    return false; // Also when the handler asks again.
                }

                _stage = Stage.Complete;
                return true;
            case Stage.Chunked:
                SendHeld();
                var last = new HeadWriter(Connection);
                last.LastChunk();
                last.Lines(_trailers.Bytes);
                last.End();
                _stage = Stage.Complete;
                return true;
            case Stage.UntilClose:
            case Stage.Empty:
                SendHeld();
                _stage = Stage.Complete;
                return true;
            case Stage.InFile:
                return false;
            default:
                return true;
        }
    }

    /// <summary>It has begun and cannot be completed. A length or chunks tell the client so when the connection closes
    /// (RFC 9112 section 8), and that in order, so that replies before this one arrive. Where the close is all that
    /// marks the end, only a reset tells.</summary>
    internal void CutOff()
    {
        bool endsWithClose = _stage == Stage.UntilClose
            || (_stage == Stage.InFile && ContentLength is null && _exchange.Head.Version == ProtocolVersion.Http10);
        if (endsWithClose || _stage == Stage.Switched)
        {
            Connection.SendNow();
            Connection.Abort();
        }
    }

    /// <summary>The usual end: everything was held, so that the length is known now.</summary>
    private bool CompleteHeld()
    {
        if (ContentLength is { } length && length != _heldCount && _exchange.Head.Method != Method.Head
            && HasContent(Status))
        {
            return false;
        }

        if (IsUsual)
        {
            SendUsual();
        }
        else
        {
            Start(isWhole: true);
            if (_stage == Stage.Chunked)
            {
                return Complete(); // For its trailers.
            }

            if (_stage == Stage.Sized && _heldCount > 0)
            {
                Connection.Write(_held.AsSpan(0, _heldCount));
            }
        }

        _written += _heldCount;
        _heldCount = 0;
        _stage = Stage.Complete;
        return true;
    }

    /// <summary>Sends the head, and decides how the content follows.</summary>
    private void Start(bool isWhole)
    {
        RequestHead head = _exchange.Head;
        bool isHead = head.Method == Method.Head;
        bool hasContent = HasContent(Status);
        if (!hasContent && ContentBytes > 0)
        {
            throw new InvalidOperationException($"A response with the status {Status} has no content.");
        }

        // What a GET would have had is not known when the handler of a HEAD wrote nothing.
        bool isOld = head.Version == ProtocolVersion.Http10;
        bool hasTrailers = !_trailers.Bytes.IsEmpty && !isOld; // Which only chunks can carry.
        long? length = ContentLength
            ?? (isWhole && !hasTrailers && (!isHead || _heldCount > 0) ? _heldCount : null);
        _stage = isHead || !hasContent ? Stage.Empty
            : length is not null ? Stage.Sized
            : isOld ? Stage.UntilClose
            : Stage.Chunked;
        if (_stage == Stage.UntilClose)
        {
            _mustClose = true;
        }

        var writer = new HeadWriter(Connection);
        if (_reason is null)
        {
            writer.StatusLine(_status);
        }
        else
        {
            writer.StatusLine(_status, System.Text.Encoding.Latin1.GetBytes(_reason));
        }

        WriteFields(ref writer);
        if (_stage == Stage.Chunked)
        {
            writer.Lines("Transfer-Encoding: chunked\r\n"u8);
        }
        else if (Status == StatusCode.ResetContent)
        {
            // RFC 9112 section 6.3 does not have 205 among those that end with their head: without a length a client
            // would wait for content until the connection closes.
            writer.Field(KnownField.ContentLength, 0);
        }
        else if (length is { } bytes && (hasContent || (Status == 304 && ContentLength is not null)))
        {
            // RFC 9110 section 8.6: not with 204, and with 304 and HEAD only what a GET would have had.
            writer.Field(KnownField.ContentLength, bytes);
        }

        if (!_exchange.DecideKeepAlive(_mustClose, isWhole))
        {
            writer.Lines("Connection: close\r\n"u8);
        }
        else if (isOld)
        {
            writer.Lines("Connection: keep-alive\r\n"u8); // RFC 9112 appendix C.2.2.
        }

        writer.End();
    }

    /// <summary>Nothing about it is special: its head is the opening, the handler's fields and the length.</summary>
    private bool IsUsual => _status == StatusCode.Ok && _reason is null && _contentLength is null
        && _exchange.Head.Version == ProtocolVersion.Http11 && _exchange.Head.Method != Method.Head
        && !_fields.Contains("Server"u8) && !_fields.Contains("Date"u8) && _trailers.Bytes.IsEmpty
        && _exchange.DecideKeepAlive(_mustClose, isHandlerDone: true);

    /// <summary>Sends such a response whole, as <see cref="Start"/> and what follows it would, with the opening ready
    /// to be copied: the opening takes a request in a pipeline of 16 from 159 ns beside the kernel to 144, the one
    /// piece 1 % more (2026-11, handlers over connections in memory).</summary>
    private void SendUsual()
    {
        ReadOnlySpan<byte> opening = _exchange.Opening.At(Connection);
        ReadOnlySpan<byte> fields = _fields.Bytes;
        Span<byte> room = Connection.GetSpan(opening.Length + fields.Length + LengthAndEndBytesMax + _heldCount);
        opening.CopyTo(room);
        int count = opening.Length;
        fields.CopyTo(room[count..]);
        count += fields.Length;
        ReadOnlySpan<byte> name = KnownFields.LineStart(KnownField.ContentLength);
        name.CopyTo(room[count..]);
        count += name.Length;
        Utf8Formatter.TryFormat(_heldCount, room[count..], out int digits);
        count += digits;
        "\r\n\r\n"u8.CopyTo(room[count..]);
        count += 4;
        _held.AsSpan(0, _heldCount).CopyTo(room[count..]);
        Connection.Advance(count + _heldCount);
    }

    /// <summary>Those of the server, then those of the handler.</summary>
    private void WriteFields(ref HeadWriter writer)
    {
        if (!_fields.Contains("Server"u8))
        {
            writer.Lines(_exchange.ServerLine);
        }

        if (!_fields.Contains("Date"u8))
        {
            writer.Lines(_exchange.Opening.DateAt(Connection));
        }

        writer.Lines(_fields.Bytes);
    }

    /// <summary>RFC 9110 sections 6.4.1 and 15.3.6.</summary>
    private static bool HasContent(int status) => status is not (204 or 205 or 304);

    /// <summary>Content goes to the connection without a detour; the head leaves before it.</summary>
    private bool GoesStraight()
    {
        switch (_stage)
        {
            // What an application replies to a bad request is held, for another reply may have to take its place.
            case Stage.Held when ContentLength is not null && _heldCount == 0 && !_exchange.Rejected:
                Start(isWhole: false);
                return _stage == Stage.Sized;
            case Stage.Sized:
            case Stage.UntilClose:
                return true;
            case Stage.Complete:
            case Stage.Switched:
                throw new InvalidOperationException("The response is complete: nothing more can be written.");
            default:
                return false;
        }
    }

    private Memory<byte> HeldRoom(int sizeHint)
    {
        int wanted = Math.Max(sizeHint, 1);
        if (_held.Length - _heldCount < wanted)
        {
            Array.Resize(ref _held, Math.Max(Math.Max(2 * _held.Length, HeldBytesAtFirst), _heldCount + wanted));
        }

        return _held.AsMemory(_heldCount);
    }

    private void CountContent(long count)
    {
        _written += count;
        if (_written > ContentLength && _stage == Stage.Sized)
        {
            _written -= count;
            throw new InvalidOperationException(
                $"More content than HttpResponse.ContentLength ({ContentLength}) says cannot be written.");
        }
    }

    private void SendHeldIfMuch()
    {
        if (_heldCount < _heldMax)
        {
            return;
        }

        if (_stage == Stage.Held)
        {
            Start(isWhole: false);
        }

        SendHeld();
    }

    /// <summary>Hands over what is held, framed as the head said.</summary>
    private void SendHeld()
    {
        if (_heldCount == 0)
        {
            return;
        }

        ReadOnlySpan<byte> content = _held.AsSpan(0, _heldCount);
        int count = _heldCount;
        _heldCount = 0;
        CountContent(count);
        switch (_stage)
        {
            case Stage.Sized:
            case Stage.UntilClose:
                Connection.Write(content);
                break;
            case Stage.Chunked:
                ChunkWriter.Write(Connection, content);
                break;
        }
    }
}
