namespace Sockeye;

/// <summary>How one direction of a connection, or the whole of it, came to an end. Ends are values, not
/// exceptions.</summary>
public enum End : byte
{
    /// <summary>It has not ended.</summary>
    None = 0,

    /// <summary>The peer finished sending: its FIN arrived (RFC 9293 section 3.6). Writing to it is still
    /// possible.</summary>
    Finished,

    /// <summary>The peer reset the connection, or the network lost it (RST, ETIMEDOUT, unreachable).</summary>
    Reset,

    /// <summary>No byte moved in either direction for <see cref="Limits.IdleTimeout"/> while a read was
    /// waiting.</summary>
    IdleTimeout,

    /// <summary>One read waited longer than <see cref="Limits.ReadTimeout"/>.</summary>
    ReadTimeout,

    /// <summary>The peer took none of the pending output for <see cref="Limits.WriteTimeout"/>; the connection was
    /// reset.</summary>
    WriteTimeout,

    /// <summary>
    /// The server is stopping. Told once, by one read; a handler in the middle of something may read on until
    /// the deadline of the stop.
    /// </summary>
    Shutdown,

    /// <summary>This side gave the connection up: <see cref="Connection.Abort"/>, or the deadline of a stop.</summary>
    Aborted,
}
