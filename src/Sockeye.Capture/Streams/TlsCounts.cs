using Sockeye.Wire.Decryption;

namespace Sockeye.Capture.Streams;

/// <summary>
/// How many connections of TLS were opened, and how many stayed closed and why. One of which nothing was encrypted so
/// far is not counted.
/// </summary>
public sealed class TlsCounts
{
    private readonly long[] _connections = new long[(int)TlsSeal.Unfit + 1];

    /// <summary>How many connections there are.</summary>
    public long Connections => _connections.Sum();

    /// <summary>Those of which nothing was opened.</summary>
    public long Closed => Connections - Of(TlsSeal.Opened);

    /// <summary>Those of which a record was opened (<see cref="TlsSeal.Opened"/>), or of which none was, for this
    /// reason; where there were several, the last of them.</summary>
    public long Of(TlsSeal seal) => _connections[(int)seal];

    /// <summary>Counts a record of a connection.</summary>
    /// <param name="stream">The connection, which remembers what it counts as.</param>
    /// <param name="record">What became of the record.</param>
    internal void Take(TcpStream stream, TlsSeal record)
    {
        // What comes early, or after a reset, has no handshake before it; that tells less than any other reason.
        bool tellsMore = record != TlsSeal.NoHandshake || stream.Tls == TlsSeal.None;
        if (record == stream.Tls || record == TlsSeal.None || stream.Tls == TlsSeal.Opened || !tellsMore)
        {
            return;
        }

        _connections[(int)stream.Tls] -= stream.Tls == TlsSeal.None ? 0 : 1;
        _connections[(int)record]++;
        stream.Tls = record;
    }
}
