using System.Net;

namespace Sockeye.Diagnostics.Names;

/// <summary>The names that this machine knows by itself: hosts(5). Immutable.</summary>
public sealed class HostsFile
{
    /// <summary>Lines that are read; what follows is not seen. Some people block advertising with long ones.</summary>
    public const int LinesMax = 1_000_000;

    private static readonly char[] s_blanks = [' ', '\t'];

    private readonly Dictionary<string, List<IPAddress>> _addresses = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Reads one from its lines. What is not a line of the format is passed over, as the system
    /// does.</summary>
    public HostsFile(IEnumerable<string> lines)
    {
        ArgumentNullException.ThrowIfNull(lines);
        foreach (string line in lines.Take(LinesMax))
        {
            string[] words = line.Split('#')[0].Split(s_blanks, StringSplitOptions.RemoveEmptyEntries);
            if (words.Length < 2 || !IPAddress.TryParse(words[0], out IPAddress? address))
            {
                continue;
            }

            foreach (string name in words.Skip(1))
            {
                if (!_addresses.TryGetValue(name, out List<IPAddress>? known))
                {
                    _addresses.Add(name, known = []);
                }

                if (!known.Contains(address))
                {
                    known.Add(address);
                }
            }
        }
    }

    /// <summary>One without names.</summary>
    public static HostsFile Empty { get; } = new([]);

    /// <summary>Reads the system's; it has no names when it cannot be read.</summary>
    public static HostsFile ReadSystem(string path = "/etc/hosts")
    {
        try
        {
            return new HostsFile(File.ReadLines(path));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return Empty;
        }
    }

    /// <summary>The addresses of a name, in the order of the file; none when it does not have it.</summary>
    public IReadOnlyList<IPAddress> Find(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        return _addresses.TryGetValue(name.TrimEnd('.'), out List<IPAddress>? found) ? found : [];
    }
}
