namespace Sockeye.Http.Protocol;

/// <summary>The version of a message. A later minor version is read as 1.1 (RFC 9110 section 2.5).</summary>
public enum ProtocolVersion : byte
{
    /// <summary>HTTP/1.1.</summary>
    Http11 = 0,

    /// <summary>HTTP/1.0.</summary>
    Http10,
}

/// <summary>How the end of a message's body is found (RFC 9112 section 6.3).</summary>
public enum BodyKind : byte
{
    /// <summary>There is no body.</summary>
    None = 0,

    /// <summary>It has <see cref="MessageHead.ContentLength"/> bytes.</summary>
    Length,

    /// <summary>It is in chunks, for <see cref="ChunkedDecoder"/>.</summary>
    Chunked,

    /// <summary>A response's goes on until the connection closes.</summary>
    UntilClose,

    /// <summary>What follows a response is no longer HTTP: after 101, and after 2xx to CONNECT.</summary>
    Tunnel,
}

/// <summary>What the heads of requests and responses have in common.</summary>
public abstract class MessageHead
{
    // A parser that kept one large head does not hold the room for it as long as its connection lives.
    private const int KeptBytesMax = 4_096;

    private byte[] _kept = [];

    private protected MessageHead()
    {
    }

    /// <summary>The fields.</summary>
    public HeaderFields Fields { get; } = new();

    /// <summary>The version.</summary>
    public ProtocolVersion Version { get; internal set; }

    /// <summary>How the end of the body is found.</summary>
    public BodyKind Body { get; internal set; }

    /// <summary>Bytes of a body of <see cref="BodyKind.Length"/>. In a response without a body it is what the field
    /// says, such as in the one to HEAD; -1 when there is no such field.</summary>
    public long ContentLength { get; internal set; } = -1;

    /// <summary>Whether the connection may be used for another message after this one, as far as this head says
    /// (RFC 9112 section 9.3).</summary>
    public bool KeepAlive { get; internal set; }

    /// <summary>Bytes of the whole head, with the empty lines before it.</summary>
    public int Length { get; internal set; }

    /// <summary>The bytes of the whole head.</summary>
    public ReadOnlySpan<byte> Bytes => Memory.Span;

    internal ReadOnlyMemory<byte> Memory { get; private set; }

    /// <summary>
    /// Copies the head to memory of its own, where it stays valid until the parser is reset. To be called before the
    /// connection reads again, such as for the body, when the head is still needed then.
    /// </summary>
    public void Keep()
    {
        if (Memory.IsEmpty || Memory.Equals(_kept.AsMemory(0, Math.Min(Memory.Length, _kept.Length))))
        {
            return;
        }

        if (_kept.Length < Memory.Length)
        {
            _kept = new byte[Math.Max(Memory.Length, 512)];
        }

        Memory.CopyTo(_kept);
        Attach(_kept.AsMemory(0, Memory.Length));
    }

    internal void Attach(ReadOnlyMemory<byte> bytes)
    {
        Memory = bytes;
        Fields.Attach(bytes);
    }

    private protected void ClearShared()
    {
        Memory = default;
        Fields.Clear();
        Version = ProtocolVersion.Http11;
        Body = BodyKind.None;
        ContentLength = -1;
        KeepAlive = false;
        Length = 0;
        if (_kept.Length > KeptBytesMax)
        {
            _kept = [];
        }
    }
}
