using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Net.Sockets;

namespace Sockeye;

/// <summary>What is spoken at an <see cref="Endpoint"/>: the word before <c>://</c> or <c>:</c>.</summary>
public enum EndpointScheme
{
    /// <summary><c>tcp://host:port</c>, a TCP byte stream; also what a bare <c>host:port</c> means.</summary>
    Tcp,

    /// <summary><c>udp://host:port</c>, UDP datagrams.</summary>
    Udp,

    /// <summary><c>tls://host:port</c>, TLS over TCP.</summary>
    Tls,

    /// <summary><c>http://host:port/path</c>, HTTP over TCP; port 80 if none is written.</summary>
    Http,

    /// <summary><c>https://host:port/path</c>, HTTP over TLS; port 443 if none is written.</summary>
    Https,

    /// <summary><c>ws://host:port/path</c>, WebSocket over TCP; port 80 if none is written.</summary>
    Ws,

    /// <summary><c>wss://host:port/path</c>, WebSocket over TLS; port 443 if none is written.</summary>
    Wss,

    /// <summary><c>unix:/path</c> or <c>unix:@name</c>, a Unix domain stream socket.</summary>
    Unix,

    /// <summary><c>unixgram:/path</c> or <c>unixgram:@name</c>, a Unix domain datagram socket; to bind
    /// <c>unixgram:@</c> has the kernel choose a name (unix(7), autobind).</summary>
    UnixDatagram,

    /// <summary><c>-</c>, standard input and standard output.</summary>
    Standard,
}

/// <summary>
/// Where to listen or connect, written the same way everywhere: <c>tcp://host:port</c>, <c>:8080</c>,
/// <c>[::1]:80</c>, <c>http://host/path</c>, <c>unix:/path</c>, <c>-</c>. Immutable.
/// </summary>
/// <remarks>
/// <para>
/// An endpoint is a value: two are equal when their canonical forms are, and
/// <c>Parse(endpoint.ToString())</c> equals <c>endpoint</c>. Parsing looks up no host name; it asks the
/// system only for the index of an interface named in an IPv6 zone.
/// </para>
/// <para>
/// No host means the loopback address: <c>:8080</c>, <c>8080</c> and <c>tcp://:8080</c> are all
/// <c>tcp://127.0.0.1:8080</c>. Other networks are asked for: <c>*:8080</c> is every address,
/// <c>0.0.0.0:8080</c> every IPv4 one, <c>[::]:8080</c> every IPv6 one.
/// </para>
/// <para>
/// The grammar follows RFC 3986 (URI), with IPv6 zones as RFC 4007 section 11 writes them; RFC 6874's
/// <c>%25</c> is accepted too. See also ip(7), ipv6(7) and unix(7).
/// </para>
/// </remarks>
/// <example><code>
/// Endpoint endpoint = Endpoint.Parse("[::1]:80");
/// // endpoint.Scheme is Tcp, endpoint.Host is "::1", endpoint.Port is 80
/// </code></example>
public sealed record class Endpoint
{
    /// <summary>The longest Unix socket path or abstract name, in UTF-8 bytes: 107.</summary>
    /// <remarks>
    /// unix(7): <c>sun_path</c> has 108 bytes, and a NUL takes one: the last for a path, the first for an
    /// abstract name, whose <c>@</c> stands for that NUL and is not counted.
    /// </remarks>
    public const int UnixPathBytesMax = 107;

    /// <summary>The longest host name, in characters after IDNA conversion: 253 (RFC 1035 section 2.3.4).</summary>
    /// <remarks>255 bytes on the wire, less the first length byte and the root's. A final dot is not counted.</remarks>
    public const int HostNameCharsMax = 253;

    internal Endpoint(EndpointScheme scheme, string host, int port, string path, IPAddress? address)
    {
        Debug.Assert(port is >= IPEndPoint.MinPort and <= IPEndPoint.MaxPort);
        Debug.Assert(scheme != EndpointScheme.Unix || path.Length != 1);
        Scheme = scheme;
        Host = host;
        Port = port;
        Path = path;
        Address = address;
    }

    /// <summary>What is spoken there.</summary>
    public EndpointScheme Scheme { get; }

    /// <summary>
    /// The host name or address literal, without brackets. <c>""</c> means every address (written <c>*</c>),
    /// or that the scheme has no host (Unix sockets, standard input and output).
    /// </summary>
    /// <remarks>
    /// Names are in lower case (RFC 4343), international ones in their <c>xn--</c> form (RFC 5891). IPv6
    /// literals are in RFC 5952 form with the zone as written: <c>fe80::1%eth0</c>.
    /// </remarks>
    public string Host { get; }

    /// <summary>
    /// The port, 0 to 65535. 0 lets the kernel choose one when listening, and is what schemes without ports have.
    /// </summary>
    public int Port { get; }

    /// <summary>
    /// For Unix sockets the absolute file path, or <c>@name</c> for an abstract name (unix(7)); for HTTP and
    /// WebSocket the path and query, at least <c>"/"</c>, percent-encoded as on the wire; otherwise <c>""</c>.
    /// </summary>
    public string Path { get; }

    /// <summary>
    /// The address when <see cref="Host"/> is a literal, with the interface index as its scope when a zone was
    /// written; null for a name, for every address, and for schemes without hosts.
    /// </summary>
    public IPAddress? Address { get; }

    /// <summary>
    /// True when listening here means listening on every address: <c>*</c>, or <c>0.0.0.0</c> and <c>[::]</c> for
    /// every address of one family.
    /// </summary>
    public bool IsEveryAddress => EndpointSchemes.Of(Scheme).HasPort
        && (Host.Length == 0 || IPAddress.Any.Equals(Address) || IPAddress.IPv6Any.Equals(Address));

    /// <summary>Reads an endpoint, or says in one sentence what is wrong and what to write instead.</summary>
    /// <param name="text">The endpoint, without white space around it.</param>
    /// <returns>The endpoint.</returns>
    /// <exception cref="FormatException">The text is not an endpoint; the message is meant for people.</exception>
    public static Endpoint Parse(ReadOnlySpan<char> text) =>
        TryParse(text, out Endpoint? endpoint, out string? error) ? endpoint : throw new FormatException(error);

    /// <summary>Reads an endpoint without throwing.</summary>
    /// <param name="text">The endpoint, without white space around it.</param>
    /// <param name="endpoint">The endpoint, or null if the text is not one.</param>
    /// <param name="error">One sentence with what is wrong and what to write instead; null if nothing is.</param>
    /// <returns>True if the text is an endpoint.</returns>
    public static bool TryParse(
        ReadOnlySpan<char> text,
        [NotNullWhen(true)] out Endpoint? endpoint,
        [NotNullWhen(false)] out string? error)
    {
        error = EndpointParser.Parse(text, out endpoint);
        Debug.Assert(error is null == endpoint is not null);
        return endpoint is not null;
    }

    /// <summary>Makes the endpoint of a socket address, such as a peer's or the one a listener was given.</summary>
    /// <param name="endPoint">An IPv4 or IPv6 address and a port. It is copied exactly: an IPv4-mapped IPv6
    /// address stays one.</param>
    /// <param name="scheme">A scheme with a host and a port.</param>
    /// <returns>The endpoint; its <see cref="Path"/> is <c>"/"</c> for HTTP and WebSocket.</returns>
    /// <exception cref="ArgumentException">The scheme has no port.</exception>
    public static Endpoint From(IPEndPoint endPoint, EndpointScheme scheme)
    {
        ArgumentNullException.ThrowIfNull(endPoint);
        SchemeRow row = EndpointSchemes.Of(scheme);
        if (!row.HasPort)
        {
            throw new ArgumentException($"An endpoint of scheme {scheme} has no IP address.", nameof(scheme));
        }

        // IPEndPoint and IPAddress are mutable (Address, Port, ScopeId); an endpoint is not.
        IPAddress address = endPoint.AddressFamily == AddressFamily.InterNetworkV6
            ? new IPAddress(endPoint.Address.GetAddressBytes(), endPoint.Address.ScopeId)
            : new IPAddress(endPoint.Address.GetAddressBytes());
        string path = row.Shape == SchemeShape.Url ? "/" : "";
        return new Endpoint(scheme, address.ToString(), endPoint.Port, path, address);
    }

    /// <summary>The same endpoint at another port, such as the one the kernel chose for port 0.</summary>
    /// <param name="port">The port, 0 to 65535.</param>
    /// <returns>The endpoint.</returns>
    /// <exception cref="InvalidOperationException">The scheme has no port.</exception>
    public Endpoint WithPort(int port)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(port);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(port, IPEndPoint.MaxPort);
        return EndpointSchemes.Of(Scheme).HasPort
            ? new Endpoint(Scheme, Host, port, Path, Address)
            : throw new InvalidOperationException($"'{this}' has no port.");
    }

    /// <summary>True when TLS is spoken there: <c>tls</c>, <c>https</c> and <c>wss</c>.</summary>
    public bool IsTls => Scheme is EndpointScheme.Tls or EndpointScheme.Https or EndpointScheme.Wss;

    /// <summary>
    /// Host and port as a <c>Host</c> field has them (RFC 9110 section 7.2): an IPv6 address in brackets, without its
    /// zone, which means nothing elsewhere (RFC 6874 section 4), and the port unless it is the scheme's own. <c>"*"</c>
    /// stands for every address; <c>""</c> is what schemes without a host have.
    /// </summary>
    public string Authority
    {
        get
        {
            int zone = Host.IndexOf('%');
            return EndpointSchemes.Of(Scheme).HasPort ? Place(zone < 0 ? Host : Host[..zone]) : "";
        }
    }

    /// <summary>The TCP connection beneath TLS, HTTP or WebSocket; what runs over no TCP stays as it is.</summary>
    /// <returns>An endpoint of scheme <c>tcp</c> with the same host and port, or this one.</returns>
    public Endpoint AsTcp() => EndpointSchemes.Of(Scheme).HasPort && Scheme != EndpointScheme.Udp
        ? new(EndpointScheme.Tcp, Host, Port, "", Address)
        : this;

    /// <summary>The end of a TCP connection that carries TLS; other carriers keep their name.</summary>
    /// <returns>An endpoint of scheme <c>tls</c> in place of one of scheme <c>tcp</c>, or this one.</returns>
    public Endpoint AsTls() =>
        Scheme == EndpointScheme.Tcp ? new(EndpointScheme.Tls, Host, Port, "", Address) : this;

    /// <summary>Gives the socket address, if it is known without looking up a name.</summary>
    /// <param name="endPoint">The address and port, or null.</param>
    /// <returns>True if <see cref="Address"/> is not null.</returns>
    public bool TryGetIPEndPoint([NotNullWhen(true)] out IPEndPoint? endPoint)
    {
        endPoint = Address is null ? null : new IPEndPoint(Address, Port);
        return endPoint is not null;
    }

    /// <summary>The canonical form: always with the scheme, and without HTTP's default ports.</summary>
    /// <returns>Text that <see cref="Parse"/> reads back as an equal value.</returns>
    public override string ToString()
    {
        SchemeRow row = EndpointSchemes.Of(Scheme);
        if (row.Shape == SchemeShape.Word)
        {
            return row.Name;
        }

        return row.Shape == SchemeShape.Path ? $"{row.Name}:{Path}" : $"{row.Name}://{Place(Host)}{Path}";
    }

    private string Place(string host)
    {
        string written = host.Length == 0 ? "*" : host.Contains(':') ? $"[{host}]" : host;
        return Port == EndpointSchemes.Of(Scheme).DefaultPort ? written : $"{written}:{Port}";
    }
}
