using System.Buffers;

namespace Sockeye.Cli.Loading.Protocols;

/// <summary>What became of a reply.</summary>
internal enum ReplyStatus : byte
{
    /// <summary>It is not complete.</summary>
    NeedMore = 0,

    /// <summary>It is complete, and as it should be.</summary>
    Good,

    /// <summary>It is complete, and its status is another.</summary>
    WrongStatus,

    /// <summary>It is complete, and its body is another.</summary>
    WrongBody,

    /// <summary>It breaks the protocol, and where the next one would begin is unknown.</summary>
    Malformed,

    /// <summary>It is HTTP, which was not asked for, and where the next one would begin is unknown.</summary>
    Http,
}

/// <summary>Finds the replies in what a connection receives, one after the other. It does no I/O.</summary>
internal abstract class ReplyReader
{
    /// <summary>Whether another request can be answered on the connection after the reply that was read last.</summary>
    public virtual bool KeepsConnection => true;

    /// <summary>Whether the peer may send something that is no reply, to be read here too.</summary>
    public virtual bool TakesUnasked => false;

    /// <summary>HTTP's status of the reply that was read last; 0 in other protocols.</summary>
    public virtual int Status => 0;

    /// <summary>A connection begins.</summary>
    public abstract void Reset();

    /// <summary>Reads on.</summary>
    /// <param name="input">What was received and not consumed.</param>
    /// <param name="consumed">How much of it is used up, also when more is needed.</param>
    public abstract ReplyStatus Read(ReadOnlyMemory<byte> input, out int consumed);

    /// <summary>Writes what the protocol has us answer.</summary>
    public virtual void WriteOwed(IBufferWriter<byte> output)
    {
    }

    /// <summary>The peer has finished: what that makes of the reply that is under way.
    /// <see cref="ReplyStatus.NeedMore"/> when it should not have.</summary>
    public virtual ReplyStatus End() => ReplyStatus.NeedMore;
}
