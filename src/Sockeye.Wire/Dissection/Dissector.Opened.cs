using Sockeye.Wire.Application;
using Sockeye.Wire.Decryption;

namespace Sockeye.Wire.Dissection;

/// <content>
/// What somebody who has the keys found in records of the frame. The bytes stand behind those of the frame, as joined
/// ones do.
/// </content>
public sealed partial class Dissector
{
    private const int ContentsAtFirst = 8;

    private TlsContent[] _contents = []; // In the order in which they are taken apart.
    private int _contentCount;
    private int _contentNext;

    internal ReadOnlySpan<TlsContent> TlsContents => _contents.AsSpan(0, _contentCount);

    /// <summary>Puts bytes behind the frame last taken apart, such as those of a message that several segments
    /// carried.</summary>
    /// <returns>Where they stand.</returns>
    public int Join(ReadOnlySpan<byte> bytes)
    {
        int start = JoinedEnd;
        bytes.CopyTo(Join(bytes.Length));
        return start;
    }

    /// <summary>
    /// Says what is in a record of TLS. It is shown when the bytes that the record stands in are taken apart, and
    /// records must be told of in their order.
    /// </summary>
    /// <param name="end">Which end sent the record, as the session numbers them.</param>
    /// <param name="at">Where the record begins, in the frame or behind it.</param>
    /// <param name="opened">What is in it.</param>
    /// <returns>Where the bytes in it stand.</returns>
    public int Open(int end, int at, in TlsOpened opened)
    {
        int start = opened.Seal == TlsSeal.Opened ? Join(opened.Bytes) : at + TlsRecordView.HeaderBytes;
        if (_contentCount == _contents.Length)
        {
            Array.Resize(ref _contents, Math.Max(ContentsAtFirst, 2 * _contents.Length));
        }

        _contents[_contentCount++] = new TlsContent(
            end, at, opened.Seal, opened.Type, start, opened.Bytes.Length, opened.MessageAt);
        return start;
    }

    internal ReadOnlySpan<byte> JoinedAt(int start, int length) => _joined.AsSpan(start - _frameLength, length);

    internal bool TryTakeContent(int at, out TlsContent content)
    {
        bool isThere = _contentNext < _contentCount && _contents[_contentNext].RecordAt == at;
        content = isThere ? _contents[_contentNext++] : default;
        return isThere;
    }

    private void ForgetContents()
    {
        _contentCount = 0;
        _contentNext = 0;
    }
}
