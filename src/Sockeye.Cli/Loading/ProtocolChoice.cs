using System.Text;
using Sockeye.Cli.Loading.Protocols;
using Sockeye.Cli.Resources;
using Sockeye.Http.Protocol;
using Sockeye.Tls;

namespace Sockeye.Cli.Loading;

/// <summary>What a command line asks for, and the protocol that follows from it.</summary>
/// <param name="Target">The URL or endpoint as it was typed.</param>
internal sealed record ProtocolChoice(string Target)
{
    /// <summary>A message or a body at most.</summary>
    public const int MessageBytesMax = 64 * 1024 * 1024;

    private const string StandardMessage = "The quick brown fox jumps over the lazy dog, and back once more.";

    /// <summary>HTTP's method; null for GET, or POST where there is a body.</summary>
    public string? Method { get; init; }

    /// <summary>HTTP's fields, as <c>Name: value</c>.</summary>
    public IReadOnlyList<string> Fields { get; init; } = [];

    /// <summary>The message or the body, as it was typed; null for none.</summary>
    public string? Data { get; init; }

    /// <summary>A file that holds it; null for none.</summary>
    public string? DataFile { get; init; }

    /// <summary>What a good answer is, as it was typed: of HTTP a status, a text or both.</summary>
    public IReadOnlyList<string> Expect { get; init; } = [];

    /// <summary>Bytes of an answer; 0 when that was not said.</summary>
    public int ReplyBytes { get; init; }

    /// <summary>Take any certificate.</summary>
    public bool Insecure { get; init; }

    /// <summary>A connection for each request.</summary>
    public bool Close { get; init; }

    /// <summary>The path or the <c>@name</c> of a Unix socket to reach HTTP by; null for the URL's host.</summary>
    public string? Unix { get; init; }

    /// <summary>Requests under way on a connection.</summary>
    public int Pipeline { get; init; } = 1;

    private TlsClientOptions Tls => Insecure
        ? TlsClientOptions.Default with { ValidateServer = static (_, _, _, _) => true }
        : TlsClientOptions.Default;

    /// <summary>The protocol.</summary>
    /// <exception cref="ToolException">The command line asks for what makes no sense.</exception>
    public LoadProtocol ToProtocol()
    {
        Endpoint endpoint = EndpointOf(Target);
        CheckOptions(endpoint);
        ReadOnlyMemory<byte>? expected =
            Expect.Count == 0 ? default(ReadOnlyMemory<byte>?) : Encoding.UTF8.GetBytes(Expect[0]);
        switch (endpoint.Scheme)
        {
            case EndpointScheme.Http or EndpointScheme.Https:
                return new HttpProtocol(HttpRequest(endpoint));
            case EndpointScheme.Ws or EndpointScheme.Wss:
                ReadOnlyMemory<byte> text = Message();
                return new WebSocketProtocol(endpoint, text, expected ?? text, FieldPairs()) { Tls = Tls };
            case EndpointScheme.Tcp or EndpointScheme.Tls or EndpointScheme.Unix:
                ReadOnlyMemory<byte> message = Message();
                return ReplyBytes > 0
                    ? new MessageProtocol(endpoint, message, ReplyBytes) { Tls = Tls }
                    : new MessageProtocol(endpoint, message, expected ?? message) { Tls = Tls };
            case EndpointScheme.Udp:
                ReadOnlyMemory<byte> datagram = Message();
                return datagram.Length <= DatagramSocket.DataBytesMax
                    ? new DatagramProtocol(endpoint, datagram, expected ?? datagram)
                    : throw Wrong(LoadText.DatagramTooLong.With(datagram.Length, DatagramSocket.DataBytesMax));
            default:
                throw Wrong(LoadText.SchemeUnknown.With(endpoint));
        }
    }

    /// <summary>Reads a target: an endpoint, or a URL whose scheme may be missing where it has a path.</summary>
    private static Endpoint EndpointOf(string text)
    {
        text = EndpointExtensions.WithColon(text);
        bool isUrl = !text.Contains("://", StringComparison.Ordinal)
            && !text.StartsWith("unix", StringComparison.Ordinal)
            && text.Contains('/', StringComparison.Ordinal);
        if (!Endpoint.TryParse(isUrl ? "http://" + text : text, out Endpoint? endpoint, out string? error))
        {
            throw Wrong(error.TrimEnd('.'));
        }

        return endpoint.Port == 0 && endpoint.Path.Length == 0 && endpoint.Scheme != EndpointScheme.Standard
            ? throw Wrong(LoadText.NoPort.With(endpoint))
            : endpoint;
    }

    private void CheckOptions(Endpoint endpoint)
    {
        bool isHttp = endpoint.Scheme is EndpointScheme.Http or EndpointScheme.Https;
        bool isWebSocket = endpoint.Scheme is EndpointScheme.Ws or EndpointScheme.Wss;
        bool isDatagram = endpoint.Scheme == EndpointScheme.Udp;
        (bool IsGiven, bool Fits, string Option, string For)[] rules =
        [
            (Unix is not null, endpoint.Scheme == EndpointScheme.Http, "--unix", "http"),
            (Method is not null, isHttp, "--method", "http, https"),
            (Fields.Count > 0, isHttp || isWebSocket, "--header", "http, https, ws, wss"),
            (ReplyBytes > 0, !isHttp && !isWebSocket && !isDatagram, "--reply-bytes", "tcp, tls, unix"),
            (Insecure, endpoint.IsTls, "--insecure", "https, wss, tls"),
            (Close, !isDatagram, "--close", "http, https, ws, wss, tcp, tls, unix"),
            (Pipeline > 1, !isDatagram, "--pipeline", "http, https, ws, wss, tcp, tls, unix"),
        ];
        foreach ((bool isGiven, bool fits, string option, string schemes) in rules)
        {
            if (isGiven && !fits)
            {
                throw Wrong(LoadText.OptionNotFor.With(option, schemes, endpoint));
            }
        }

        if (Close && Pipeline > 1)
        {
            throw Wrong(LoadText.CloseWithPipeline);
        }

        if (Data is not null && DataFile is not null)
        {
            throw Wrong(LoadText.TwoMessages);
        }

        if (ReplyBytes > 0 && Expect.Count > 0)
        {
            throw Wrong(LoadText.ExpectAndSize);
        }

        if (Expect.Contains(""))
        {
            throw Wrong(LoadText.ExpectEmpty);
        }

        if (Expect.CountBy(one => isHttp && StatusOf(one) is not null).Any(kind => kind.Value > 1))
        {
            throw Wrong(LoadText.ExpectTwice);
        }
    }

    private HttpRequestPlan HttpRequest(Endpoint endpoint)
    {
        ReadOnlyMemory<byte> body = Bytes() ?? default;
        string method = Method ?? (Data is null && DataFile is null ? "GET" : "POST");
        if (!FieldSyntax.IsToken(Encoding.UTF8.GetBytes(method)) || method == "CONNECT")
        {
            throw Wrong(LoadText.BadMethod.With(method));
        }

        return new HttpRequestPlan(endpoint)
        {
            Dial = Unix is null ? null : SocketOf(Unix),
            Method = method,
            Fields = FieldPairs(),
            Body = body,
            Close = Close,
            Tls = Tls,
            Expectation = new HttpExpectation(
                Expect.Select(StatusOf).FirstOrDefault(status => status is not null),
                Encoding.UTF8.GetBytes(Expect.FirstOrDefault(one => StatusOf(one) is null) ?? "")),
        };
    }

    /// <summary>A status, as it is expected; null when it is a text.</summary>
    private static int? StatusOf(string expected) =>
        expected is [>= '1' and <= '5', _, _] && int.TryParse(expected, out int status) ? status : null;

    private static Endpoint SocketOf(string path)
    {
        string full = path.StartsWith('@') ? path : Path.GetFullPath(path);
        return Endpoint.TryParse($"unix:{full}", out Endpoint? endpoint, out string? error)
            ? endpoint
            : throw Wrong(error.TrimEnd('.'));
    }

    private List<KeyValuePair<string, string>> FieldPairs()
    {
        List<KeyValuePair<string, string>> pairs = [];
        foreach (string field in Fields)
        {
            int colon = field.IndexOf(':', StringComparison.Ordinal);
            string name = colon < 0 ? field : field[..colon];
            string value = colon < 0 ? "" : field[(colon + 1)..].Trim();
            if (colon < 0 || !FieldSyntax.IsToken(Encoding.UTF8.GetBytes(name))
                || FieldSyntax.HasControl(Encoding.UTF8.GetBytes(value)) || !value.All(char.IsAscii))
            {
                throw Wrong(LoadText.BadField.With(field));
            }

            if (name.Equals("Content-Length", StringComparison.OrdinalIgnoreCase)
                || name.Equals("Transfer-Encoding", StringComparison.OrdinalIgnoreCase))
            {
                throw Wrong(LoadText.FramingField.With(name));
            }

            pairs.Add(new(name, value));
        }

        return pairs;
    }

    private ReadOnlyMemory<byte> Message()
    {
        ReadOnlyMemory<byte> message = Bytes() ?? Encoding.UTF8.GetBytes(StandardMessage);
        return message.IsEmpty ? throw Wrong(LoadText.MessageEmpty) : message;
    }

    private ReadOnlyMemory<byte>? Bytes()
    {
        if (DataFile is null)
        {
            return Data is null ? default(ReadOnlyMemory<byte>?) : Encoding.UTF8.GetBytes(Data);
        }

        try
        {
            var file = new FileInfo(DataFile);
            return file.Exists && file.Length > MessageBytesMax
                ? throw Wrong(LoadText.MessageTooLong.With(DataFile, file.Length, MessageBytesMax))
                : File.ReadAllBytes(DataFile);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw Wrong(LoadText.MessageUnreadable.With(DataFile, FileFault.Of(DataFile, exception)));
        }
    }

    private static ToolException Wrong(string sentence) => new(ExitCode.Usage, sentence);
}
