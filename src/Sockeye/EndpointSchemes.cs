using System.Diagnostics;

namespace Sockeye;

/// <summary>What follows the scheme's name.</summary>
internal enum SchemeShape
{
    /// <summary>Nothing: the name is the whole endpoint.</summary>
    Word,

    /// <summary><c>:/path</c> or <c>:@name</c>.</summary>
    Path,

    /// <summary><c>://host:port</c>.</summary>
    HostPort,

    /// <summary><c>://host:port/path?query</c>.</summary>
    Url,
}

/// <summary>One scheme. <paramref name="DefaultPort"/> is -1 where a port must be written.</summary>
internal sealed record SchemeRow(EndpointScheme Scheme, string Name, SchemeShape Shape, int DefaultPort = -1)
{
    public bool HasPort => Shape is SchemeShape.HostPort or SchemeShape.Url;
}

/// <summary>The schemes an endpoint can have.</summary>
internal static class EndpointSchemes
{
    // A new scheme is one row, in the order of the enum.
    private static readonly SchemeRow[] s_rows =
    [
        new(EndpointScheme.Tcp, "tcp", SchemeShape.HostPort),
        new(EndpointScheme.Udp, "udp", SchemeShape.HostPort),
        new(EndpointScheme.Tls, "tls", SchemeShape.HostPort),
        new(EndpointScheme.Http, "http", SchemeShape.Url, 80),      // RFC 9110 section 4.2.1
        new(EndpointScheme.Https, "https", SchemeShape.Url, 443),   // RFC 9110 section 4.2.2
        new(EndpointScheme.Ws, "ws", SchemeShape.Url, 80),          // RFC 6455 section 3
        new(EndpointScheme.Wss, "wss", SchemeShape.Url, 443),
        new(EndpointScheme.Unix, "unix", SchemeShape.Path),
        new(EndpointScheme.UnixDatagram, "unixgram", SchemeShape.Path),
        new(EndpointScheme.Standard, "-", SchemeShape.Word),
    ];

    public static SchemeRow Of(EndpointScheme scheme)
    {
        Debug.Assert(s_rows[(int)scheme].Scheme == scheme);
        return s_rows[(int)scheme];
    }

    public static SchemeRow? Find(ReadOnlySpan<char> name)
    {
        foreach (SchemeRow row in s_rows)
        {
            // RFC 3986 section 3.1: "schemes are case-insensitive".
            if (row.Shape != SchemeShape.Word && name.Equals(row.Name, StringComparison.OrdinalIgnoreCase))
            {
                return row;
            }
        }

        return null;
    }

    /// <summary>The sentence for a name that <see cref="Find"/> does not know.</summary>
    public static string Unknown(ReadOnlySpan<char> name)
    {
        IEnumerable<string> names = s_rows.Where(row => row.Shape != SchemeShape.Word).Select(row => row.Name);
        string given = name.ToString().ToLowerInvariant();
        string near = names.MinBy(known => Distance(given, known))!;
        return Distance(given, near) <= 1 + (given.Length / 5)
            ? $"Unknown scheme {EndpointParser.Quote(name)}: did you mean {near}?"
            : $"Unknown scheme {EndpointParser.Quote(name)}: use one of {string.Join(", ", names)}.";
    }

    /// <summary>The number of insertions, deletions, changes and swaps of neighbours between two words.</summary>
    private static int Distance(string left, string right)
    {
        if (left.Length > right.Length + 3)
        {
            return left.Length; // far enough, and the table stays small whatever was typed
        }

        int[,] cost = new int[left.Length + 1, right.Length + 1];
        for (int i = 0; i <= left.Length; i++)
        {
            for (int j = 0; j <= right.Length; j++)
            {
                if (i == 0 || j == 0)
                {
                    cost[i, j] = i + j;
                    continue;
                }

                int change = cost[i - 1, j - 1] + (left[i - 1] == right[j - 1] ? 0 : 1);
                cost[i, j] = Math.Min(change, 1 + Math.Min(cost[i - 1, j], cost[i, j - 1]));
                if (i > 1 && j > 1 && left[i - 1] == right[j - 2] && left[i - 2] == right[j - 1])
                {
                    cost[i, j] = Math.Min(cost[i, j], 1 + cost[i - 2, j - 2]);
                }
            }
        }

        return cost[left.Length, right.Length];
    }
}
