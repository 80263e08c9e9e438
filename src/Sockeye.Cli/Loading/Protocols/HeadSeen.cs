using Sockeye.Http.Protocol;

namespace Sockeye.Cli.Loading.Protocols;

/// <summary>The head of a response that came last on any connection of a lane: a server says the same again and again,
/// and a comparison costs less than reading it again. Owned by the lane's owner.</summary>
internal sealed class HeadSeen
{
    private const int BytesMax = 4_096;

    private readonly byte[] _bytes = new byte[BytesMax];

    /// <summary>Bytes of it; 0 when there is none, or it is too long to be kept.</summary>
    public int Length { get; private set; }

    public int Status { get; private set; }

    public BodyKind Body { get; private set; }

    public long ContentLength { get; private set; }

    public bool KeepAlive { get; private set; }

    /// <summary>Another response to the same request follows.</summary>
    public bool IsInterim { get; private set; }

    /// <summary>Whether the bytes begin with it.</summary>
    public bool IsFrontOf(ReadOnlySpan<byte> input) => Length > 0 && input.StartsWith(_bytes.AsSpan(0, Length));

    /// <summary>Takes a head that was just read.</summary>
    public void Keep(ResponseHead head)
    {
        Length = head.Length <= BytesMax ? head.Length : 0;
        head.Bytes[..Length].CopyTo(_bytes);
        Status = head.Status;
        Body = head.Body;
        ContentLength = head.ContentLength;
        KeepAlive = head.KeepAlive;
        IsInterim = head.IsInterim;
    }

    /// <summary>It is not to be found again.</summary>
    public void Forget() => Length = 0;
}
