using Sockeye.Http.Protocol;

namespace Sockeye.Http;

/// <summary>
/// What most responses begin with, ready to be copied: the status line of 200, the server's name, and the Date, which
/// is written anew once a second (RFC 9110 section 6.6.1). That the second is over is seen on the clock of the loop's
/// turn, which costs no call.
/// </summary>
internal sealed class ResponseOpening
{
    private readonly byte[] _bytes;
    private readonly int _date;     // Where the line begins.
    private Owner? _owner;
    private long _written;          // By the clock of that owner,
    private long _over;             // and when the second is over.

    public ResponseOpening(ReadOnlySpan<byte> serverLine)
    {
        _bytes = [.. StatusCodes.Line(StatusCode.Ok), .. serverLine, .. "Date: Thu, 01 Jan 1970 00:00:00 GMT\r\n"u8];
        _date = StatusCodes.Line(StatusCode.Ok).Length + serverLine.Length;
    }

    /// <summary>All of it.</summary>
    public ReadOnlySpan<byte> At(Connection connection)
    {
        Owner owner = connection.Owner;
        long now = owner.TurnBegan;
        if (owner != _owner || now < _written || now >= _over)
        {
            WriteDate(owner, connection.Network.Time);
        }

        return _bytes;
    }

    /// <summary>The Date's line with its end.</summary>
    public ReadOnlySpan<byte> DateAt(Connection connection) => At(connection)[_date..];

    private void WriteDate(Owner owner, TimeProvider time)
    {
        DateTimeOffset now = time.GetUtcNow();
        HttpDate.Write(_bytes.AsSpan(_date + "Date: ".Length), now);
        _owner = owner;
        _written = owner.TurnBegan;
        _over = _written + 1_000 - now.Millisecond;
    }
}
