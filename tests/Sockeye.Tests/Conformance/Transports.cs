using System.Net.Sockets;

namespace Sockeye.Tests.Conformance;

/// <summary>What carries the bytes, or the datagrams, of a behaviour.</summary>
[Flags]
public enum Transports
{
    Tcp4 = 1,
    Tcp6 = 2,
    UnixPath = 4,
    UnixAbstract = 8,

    /// <summary>TLS over TCP: our layer on one side, the runtime's SslStream on the other.</summary>
    Tls = 16,

    Udp4 = 32,
    Udp6 = 64,
    UnixgramPath = 128,
    UnixgramAbstract = 256,

    Tcp = Tcp4 | Tcp6,
    Unix = UnixPath | UnixAbstract,

    /// <summary>All that carry bytes.</summary>
    Streams = Tcp | Unix | Tls,

    Udp = Udp4 | Udp6,
    Unixgram = UnixgramPath | UnixgramAbstract,

    /// <summary>All that carry datagrams.</summary>
    Datagrams = Udp | Unixgram,
}

/// <summary>What the suite asks of transports.</summary>
internal static class TransportsMembers
{
    private static readonly Transports[] s_single =
        [.. Enum.GetValues<Transports>().Where(transport => int.IsPow2((int)transport))];

    extension(Transports transports)
    {
        /// <summary>Those that it is made of, in the order of the enum.</summary>
        public IEnumerable<Transports> Each => s_single.Where(single => transports.HasFlag(single));

        /// <summary>Their names as the matrix writes them: @ marks an abstract name.</summary>
        public string Names => string.Join(' ', transports.Each.Select(NameOf));

        /// <summary>Why a single one cannot run on this machine; null when it can.</summary>
        public string? WhyUnavailable =>
            transports is Transports.Tcp6 or Transports.Udp6 && !Socket.OSSupportsIPv6
                ? "this machine has no IPv6"
                : null;
    }

    private static string NameOf(Transports single) => single switch
    {
        Transports.UnixPath => "unix",
        Transports.UnixAbstract => "@unix",
        Transports.UnixgramPath => "unixgram",
        Transports.UnixgramAbstract => "@unixgram",
        _ => single.ToString().ToLowerInvariant(),
    };
}
