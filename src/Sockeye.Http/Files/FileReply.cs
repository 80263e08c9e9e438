using System.Buffers;
using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Unicode;
using Sockeye.Files;
using Sockeye.Http.Protocol;

namespace Sockeye.Http.Files;

/// <summary>The reply to one request for one file: whole, in parts, or only that it has not changed.</summary>
internal sealed class FileReply(
    HttpRequest request, HttpResponse response, Copy copy, string mediaType, string? cacheControl)
{
    /// <summary>A part of at most this many bytes leaves in one step, microseconds after the file was looked at: there
    /// is no while in which the file could change.</summary>
    private const int OneStepBytesMax = 131_072;

    private const int TagBytesMax = 64;

    private readonly HttpRequest _request = request;
    private readonly HttpResponse _response = response;
    private readonly OpenedFile _file = copy.File;
    private readonly byte[] _tag = TagOf(copy);
    private MultipartByteRanges _multipart;

    /// <summary>Writes the reply, and closes the file.</summary>
    public async ValueTask SendAsync()
    {
        using (_file)
        {
            ByteRange[] parts = Begin();
            if (parts.Length == 0 || _request.Method == Method.Head)
            {
                return;
            }

            bool checks = parts.Length > 1 || parts[0].Length > OneStepBytesMax;
            for (int i = 0; i < parts.Length; i++)
            {
                if (parts.Length > 1)
                {
                    _multipart.WritePartHead(_response, parts[i]);
                }

                if (!await SendPartAsync(parts[i], checks && i == parts.Length - 1))
                {
                    return;
                }
            }

            if (parts.Length > 1)
            {
                _multipart.WriteEnd(_response);
            }
        }
    }

    /// <summary>Sends a part; false when the client is gone. The last byte of a long one waits until the file is known
    /// to be still the same: a client that got a mixture of two must not take it for a whole.</summary>
    private async ValueTask<bool> SendPartAsync(ByteRange part, bool checks)
    {
        int held = checks ? 1 : 0;
        if (await _response.SendFileAsync(_file.Handle!, part.First, part.Length - held) != End.None)
        {
            return false;
        }

        if (held == 0)
        {
            return true;
        }

        if (_file.HasChanged())
        {
            throw new IOException("The file changed while it was being sent, so that its end was not.");
        }

        return await _response.SendFileAsync(_file.Handle!, part.Last, 1) == End.None;
    }

    /// <summary>Decides what the reply is and writes its fields; gives the parts to send, none when there is no
    /// content.</summary>
    private ByteRange[] Begin()
    {
        DateTimeOffset now = _request.Connection.Network.Time.GetUtcNow();

        // RFC 9110 section 8.8.2.1: not later than the response itself.
        DateTimeOffset modified = _file.LastModified > now ? now : _file.LastModified;
        PreconditionOutcome outcome = Evaluate(modified, now);
        if (outcome == PreconditionOutcome.PreconditionFailed)
        {
            FileSite.Refuse(_response, 412);
            return [];
        }

        ByteRange[] parts = [new ByteRange(0, _file.Length - 1)];
        RangeOutcome ranges = outcome == PreconditionOutcome.Proceed ? ResolveRanges(ref parts) : RangeOutcome.Whole;
        if (ranges == RangeOutcome.NotSatisfiable)
        {
            AddContentRange(new ContentRange(null, _file.Length));
            _response.Add("Accept-Ranges"u8, "bytes"u8);
            FileSite.Refuse(_response, 416);
            return [];
        }

        AddValidators(modified);
        if (outcome == PreconditionOutcome.NotModified)
        {
            _response.Status = 304;
            return [];
        }

        _response.Add("Accept-Ranges"u8, "bytes"u8);
        _response.Add("X-Content-Type-Options"u8, "nosniff"u8);
        if (copy.Coding is { } coding)
        {
            _response.Add("Content-Encoding", coding);
        }

        AddContent(parts, isWhole: ranges == RangeOutcome.Whole);
        return _file.Length == 0 ? [] : parts;
    }

    private PreconditionOutcome Evaluate(DateTimeOffset modified, DateTimeOffset now)
    {
        HeaderFields fields = _request.Fields;
        var conditions = new Preconditions
        {
            IfModifiedSince = fields.Get(KnownField.IfModifiedSince),
            IfUnmodifiedSince = fields.Get(KnownField.IfUnmodifiedSince),
        };
        if (fields.Contains(KnownField.IfMatch))
        {
            conditions.IfMatch = AllOf(KnownField.IfMatch);
        }

        if (fields.Contains(KnownField.IfNoneMatch))
        {
            conditions.IfNoneMatch = AllOf(KnownField.IfNoneMatch);
        }

        if (fields.TryGet(KnownField.IfRange, out ReadOnlySpan<byte> ifRange))
        {
            conditions.IfRange = ifRange;
        }

        var current = new CurrentRepresentation
        {
            Exists = true,
            Tag = new EntityTag(_tag),
            LastModified = modified,
        };
        return conditions.Evaluate(_request.Method, current, now);
    }

    private RangeOutcome ResolveRanges(ref ByteRange[] parts)
    {
        // RFC 9110 section 14.2: "A server MUST ignore a Range header field received with a request method that is
        // unrecognized or for which it does not define range handling. For this specification, GET is the only method".
        if (_request.Method != Method.Get || _request.Fields.CountOf(KnownField.Range) != 1)
        {
            return RangeOutcome.Whole;
        }

        Span<ByteRange> room = stackalloc ByteRange[ByteRanges.RangesMax];
        RangeOutcome outcome =
            ByteRanges.Resolve(_request.Fields.Get(KnownField.Range), _file.Length, room, out int count);
        if (outcome == RangeOutcome.Partial)
        {
            parts = room[..count].ToArray();
        }

        return outcome;
    }

    /// <summary>What 304 has as well (RFC 9110 section 15.4.5).</summary>
    private void AddValidators(DateTimeOffset modified)
    {
        var tag = new ArrayBufferWriter<byte>();
        new EntityTag(_tag).Write(tag);
        _response.Add("ETag"u8, tag.WrittenSpan);
        Span<byte> date = stackalloc byte[HttpDate.Bytes];
        _response.Add("Last-Modified"u8, date[..HttpDate.Write(date, modified)]);
        if (copy.Varies)
        {
            _response.Add("Vary"u8, "Accept-Encoding"u8);
        }

        if (cacheControl is not null)
        {
            _response.Add("Cache-Control", cacheControl);
        }
    }

    private void AddContent(ByteRange[] parts, bool isWhole)
    {
        if (parts.Length > 1)
        {
            byte[] seed = RandomNumberGenerator.GetBytes(MultipartByteRanges.SeedBytes);
            _multipart = new MultipartByteRanges(seed, Encoding.ASCII.GetBytes(mediaType), _file.Length);
            var type = new ArrayBufferWriter<byte>();
            _multipart.WriteContentType(type);
            _response.Add("Content-Type"u8, type.WrittenSpan);
            _response.ContentLength = _multipart.LengthOf(parts);
        }
        else
        {
            _response.Add("Content-Type", mediaType);
            _response.ContentLength = parts[0].Length;
        }

        if (!isWhole)
        {
            _response.Status = 206;
        }

        if (!isWhole && parts.Length == 1)
        {
            AddContentRange(new ContentRange(parts[0], _file.Length));
        }
    }

    private void AddContentRange(ContentRange range)
    {
        var value = new ArrayBufferWriter<byte>(ContentRange.BytesMax);
        range.Write(value);
        _response.Add("Content-Range"u8, value.WrittenSpan);
    }

    private ReadOnlySpan<byte> AllOf(KnownField field) => _request.Fields.CountOf(field) == 1
        ? _request.Fields.Get(field)
        : Encoding.Latin1.GetBytes(_request.Fields.GetText(field)!);

    /// <summary>Strong, although two changes that leave the length alone within one tick of the file system's clock
    /// would have the same: a few milliseconds on most, and none on those of Linux 6.13 and later that a reader looked
    /// at in between.</summary>
    private static byte[] TagOf(Copy copy)
    {
        Span<byte> tag = stackalloc byte[TagBytesMax];
        bool fits = Utf8.TryWrite(
            tag,
            CultureInfo.InvariantCulture,
            $"{copy.File.ModifiedTicks:x}-{copy.File.Length:x}-{copy.Coding}",
            out int length);
        Debug.Assert(fits, "two numbers and the name of a coding");
        return tag[..length].TrimEnd((byte)'-').ToArray();
    }
}
