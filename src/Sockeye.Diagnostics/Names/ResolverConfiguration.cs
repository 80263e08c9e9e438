using System.Globalization;
using System.Net;

namespace Sockeye.Diagnostics.Names;

/// <summary>How names are looked up: resolv.conf(5). Immutable.</summary>
public sealed record ResolverConfiguration
{
    /// <summary>Servers that are asked: three, as the system's resolver does (MAXNS).</summary>
    public const int ServersMax = 3;

    /// <summary>Domains that are searched: six (MAXDNSRCH of older systems).</summary>
    public const int SearchDomainsMax = 6;

    /// <summary>The highest <see cref="Dots"/>: 15 (RES_MAXNDOTS).</summary>
    public const int DotsMax = 15;

    /// <summary>The port of the DNS (RFC 1035 section 4.2).</summary>
    public const int Port = 53;

    private const int TimeoutSecondsMax = 30;
    private const int AttemptsMax = 5;
    private const int LinesMax = 1_000;
    private static readonly char[] s_blanks = [' ', '\t'];

    /// <summary>The servers, in the order in which they are asked; "if no nameserver entries are present, the default
    /// is to use the name server on the local machine".</summary>
    public IReadOnlyList<Endpoint> Servers { get; init; } = [Endpoint.Parse($"udp://127.0.0.1:{Port}")];

    /// <summary>Domains that are appended to a name that is not complete.</summary>
    public IReadOnlyList<string> SearchDomains { get; init; } = [];

    /// <summary>Dots that a name has at least to be tried as it is first (<c>ndots</c>). Default 1.</summary>
    public int Dots { get; init; } = 1;

    /// <summary>How long a server has to answer. Default 5 seconds.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How often all servers are asked before it is given up. Default 2.</summary>
    public int Attempts { get; init; } = 2;

    /// <summary>Whether longer answers than 512 bytes are asked for (RFC 6891). Default true.</summary>
    public bool UsesEdns { get; init; } = true;

    /// <summary>Reads the system's; the defaults when it cannot be read.</summary>
    public static ResolverConfiguration ReadSystem(string path = "/etc/resolv.conf")
    {
        try
        {
            return Parse(File.ReadLines(path));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return new ResolverConfiguration();
        }
    }

    /// <summary>Reads one from its lines. What is not known is passed over, as the system does.</summary>
    public static ResolverConfiguration Parse(IEnumerable<string> lines)
    {
        ArgumentNullException.ThrowIfNull(lines);
        var servers = new List<Endpoint>();
        var read = new ResolverConfiguration();
        foreach (string line in lines.Take(LinesMax).Where(line => line is not ['#' or ';', ..]))
        {
            string[] words = line.Split(s_blanks, StringSplitOptions.RemoveEmptyEntries);
            switch (words)
            {
                case ["nameserver", var server, ..] when servers.Count < ServersMax
                    && IPAddress.TryParse(server, out IPAddress? address):
                    servers.Add(Endpoint.From(new IPEndPoint(address, Port), EndpointScheme.Udp));
                    break;

                // "If more than one instance of these keywords is present, the last instance will override."
                case ["search" or "domain", .. var domains]:
                    read = read with
                    {
                        SearchDomains = [.. domains.Take(SearchDomainsMax).Select(one => one.Trim('.'))
                            .Where(one => one.Length > 0)],
                    };
                    break;
                case ["options", .. var options]:
                    read = options.Aggregate(read, With);
                    break;
            }
        }

        return servers.Count > 0 ? read with { Servers = servers } : read;
    }

    private static ResolverConfiguration With(ResolverConfiguration read, string option) => option.Split(':') switch
    {
        ["ndots", var dots] => read with { Dots = Number(dots, 0, DotsMax, read.Dots) },
        ["timeout", var seconds] => read with
        {
            Timeout = TimeSpan.FromSeconds(
                Number(seconds, 1, TimeoutSecondsMax, (int)read.Timeout.TotalSeconds)),
        },
        ["attempts", var attempts] => read with { Attempts = Number(attempts, 1, AttemptsMax, read.Attempts) },
        _ => read,
    };

    private static int Number(string text, int least, int most, int otherwise) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int value)
            ? Math.Clamp(value, least, most)
            : otherwise;
}
