using Sockeye.Wire.Application;
using Sockeye.Wire.Decryption;
using Sockeye.Wire.Dissection;
using WireTls = Sockeye.Wire.Application.Tls;

namespace Sockeye.Capture.Streams;

/// <summary>
/// The records of a connection of TLS: what is in them is taken apart with them, and what the application says is read
/// message by message, as if there were no TLS around it.
/// </summary>
internal sealed class TlsMessages(TcpMessages outer, TcpStream stream, TlsKeyLog keys, TlsCounts counts)
{
    private readonly TlsSession _session = new(keys);
    private TcpMessages? _inside;

    /// <summary>Takes records, of which the last may be cut short.</summary>
    public void Take(Side side, Dissector to, in DissectedFrame frame, int start, int length)
    {
        byte[]? room = outer.Blocks.TryLend(TlsSession.RoomBytes);
        ReadOnlySpan<byte> records = frame.BytesAt(start, length);
        int shown = 0; // Records are shown up to here.
        int at = 0;
        while (TlsRecordView.TryParse(records[at..], out TlsRecordView record) && record.IsWhole)
        {
            TlsOpened opened = _session.Open((int)side, record, room);
            counts.Take(stream, opened.Seal);
            int place = to.Open((int)side, start + at, opened);
            at += TlsRecordView.HeaderBytes + record.Length;
            if (opened is { Seal: TlsSeal.Opened, Type: TlsContentType.ApplicationData, Bytes.IsEmpty: false })
            {
                to.Continue(frame, WireTls.Row, start + shown, at - shown);
                shown = at;
                ReaderOf(side).Take(to, frame, opened.Bytes, place);
            }
            else if (opened is { Type: TlsContentType.Alert, Bytes: [_, WireTls.CloseNotify] })
            {
                End(side, to, frame);
            }
        }

        if (at < length)
        {
            Miss(side);
        }

        if (shown < length)
        {
            to.Continue(frame, WireTls.Row, start + shown, length - shown);
        }

        if (room is not null)
        {
            outer.Blocks.Return(room);
        }
    }

    /// <summary>Bytes are missing: of records, and so of what is in them.</summary>
    public void Miss(Side side)
    {
        _session.Miss((int)side);
        _inside?.ReaderOf(side).Drop();
    }

    /// <summary>An end has no more to say.</summary>
    public void End(Side side, Dissector to, in DissectedFrame frame) => _inside?.ReaderOf(side).End(to, frame);

    public void Release()
    {
        _inside?.Release();
        _session.Dispose();
    }

    private MessageReader ReaderOf(Side side) => (_inside ??= new TcpMessages(outer)).ReaderOf(side);
}
