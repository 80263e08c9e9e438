using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using Sockeye.Wire;
using Sockeye.Wire.Application;

namespace Sockeye.Diagnostics.Names;

/// <summary>
/// Questions about one name to one server, asked together and answered in any order: over UDP, and again over TCP when
/// an answer does not fit. One socket carries them, so that a model that blocks can wait for both.
/// </summary>
internal sealed class NameExchange(
    Network network, ResolverConfiguration configuration, Endpoint server, DnsName name, string text, long began)
{
    /// <summary>Names that one may stand for, one after the other.</summary>
    private const int AliasesMax = 16;

    /// <summary>Addresses that are taken of an answer.</summary>
    private const int AddressesMax = 64;

    /// <summary>Datagrams that are no answers, after which a server is not listened to any more.</summary>
    private const int StraysMax = 256;

    /// <summary>The longest answer that is asked for over UDP: a packet of 1,280 bytes, which every link of IPv6
    /// carries whole (RFC 8200 section 5), less the headers of IPv6 and UDP.</summary>
    private const ushort DatagramBytesMax = 1_232;

    private static readonly ConnectOptions s_connect = ConnectOptions.Default;

    private readonly List<NameQuery> _open = [];
    private readonly List<NameQuery> _done = [];
    private bool _usesEdns = configuration.UsesEdns;

    /// <summary>Asks for these types, each once, or twice when the first answer said how to ask better.</summary>
    public async Task<List<NameQuery>> RunAsync(IReadOnlyList<ushort> types, CancellationToken cancellationToken)
    {
        _open.AddRange(types.Select(Query));
        using var late = new CancellationTokenSource(configuration.Timeout, network.Time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(late.Token, cancellationToken);
        try
        {
            await AskOverUdpAsync(both.Token);
            foreach (NameQuery query in _done.Where(one => one.Outcome == QueryOutcome.Truncated).ToArray())
            {
                _open.Add(Query(query.Type) with { Server = OverTcp });
            }

            while (_open.FirstOrDefault(one => one.Server.Scheme == EndpointScheme.Tcp) is { } query)
            {
                await AskOverTcpAsync(query, both.Token);
            }
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            EndOpen(QueryOutcome.TimedOut);
        }
        catch (NetworkException)
        {
            EndOpen(QueryOutcome.Unreachable);
        }

        return _done;
    }

    private Endpoint OverTcp => Endpoint.From(new IPEndPoint(server.Address!, server.Port), EndpointScheme.Tcp);

    private TimeSpan Now => network.Time.GetElapsedTime(began);

    private NameQuery Query(ushort type) => new()
    {
        Name = text,
        Type = type,
        Server = server,

        // RFC 5452 section 9.2: "Use an unpredictable query ID". The port is unpredictable too: the kernel's choice.
        Identifier = (ushort)RandomNumberGenerator.GetInt32(ushort.MaxValue + 1),
        Began = Now,
    };

    private byte[] Emit(NameQuery query) => new DnsMessage
    {
        Identifier = query.Identifier,
        Flags = DnsFlags.RecursionDesired,
        Questions = [new DnsQuestion(name, query.Type)],
        Additionals = _usesEdns ? [DnsRecord.Edns(DatagramBytesMax)] : [],
    }.Emit();

    private async Task AskOverUdpAsync(CancellationToken cancellationToken)
    {
        IPAddress any = server.Address!.AddressFamily == AddressFamily.InterNetwork ? IPAddress.Any : IPAddress.IPv6Any;
        await using DatagramSocket socket = await network.BindAsync(
            Endpoint.From(new IPEndPoint(any, 0), EndpointScheme.Udp));

        // The kernel lets only this server's datagrams in, and tells when nobody is there.
        socket.Connect(server);
        PeerAddress peer = socket.AddressOf(server);
        await SendAsync(socket, peer, cancellationToken);
        int strays = 0;
        while (_open.Count > 0 && strays < StraysMax)
        {
            DatagramBatch batch = await socket.ReceiveAsync(cancellationToken);
            if (batch.IsEmpty)
            {
                EndOpen(QueryOutcome.Unreachable);
                return;
            }

            for (int i = 0; i < batch.Count; i++)
            {
                strays += Take(batch[i].Data) ? 0 : 1;
            }

            if (_open.Count == 0 && _usesEdns && _done.Any(IsEdnsRefused))
            {
                // An old server: RFC 6891 section 6.2.2 has the question asked again without EDNS.
                _usesEdns = false;
                _open.AddRange(_done.Where(IsEdnsRefused).Select(one => Query(one.Type)).ToArray());
                await SendAsync(socket, peer, cancellationToken);
            }
        }

        EndOpen(QueryOutcome.TimedOut); // Strays only.
    }

    /// <summary>Sends what is open, each by itself: datagrams of one length that are flushed together leave as one
    /// packet for the kernel to cut (UDP_SEGMENT), and whoever watches sees only the first in it.</summary>
    private async Task SendAsync(DatagramSocket socket, PeerAddress peer, CancellationToken cancellationToken)
    {
        foreach (NameQuery query in _open)
        {
            socket.Send(Emit(query), peer);
            await socket.FlushAsync(cancellationToken);
        }
    }

    private static bool IsEdnsRefused(NameQuery query) =>
        query.Code is DnsResponseCode.FormatError or DnsResponseCode.NotImplemented;

    private async Task AskOverTcpAsync(NameQuery query, CancellationToken cancellationToken)
    {
        await using Connection connection = await network.ConnectAsync(OverTcp, s_connect, cancellationToken);
        byte[] message = Emit(query);
        Span<byte> length = stackalloc byte[sizeof(ushort)];
        BinaryPrimitives.WriteUInt16BigEndian(length, (ushort)message.Length);
        connection.Write(length);
        connection.Write(message);
        await connection.FlushAsync(cancellationToken);
        while (true)
        {
            if (await connection.ReadAsync(cancellationToken) is not { IsEmpty: false } received)
            {
                End(query, QueryOutcome.Failed);
                return;
            }

            ReadOnlySpan<byte> bytes = received.Span;
            if (bytes.Length >= sizeof(ushort)
                && bytes.Length - sizeof(ushort) >= BinaryPrimitives.ReadUInt16BigEndian(bytes))
            {
                if (!Take(bytes.Slice(sizeof(ushort), BinaryPrimitives.ReadUInt16BigEndian(bytes))))
                {
                    End(query, QueryOutcome.Failed);
                }

                return;
            }
        }
    }

    /// <summary>Takes an answer, if it is one: of an open question, which it repeats (RFC 5452 section 9.1).</summary>
    private bool Take(ReadOnlySpan<byte> bytes)
    {
        if (DnsMessage.Parse(bytes) is not { Opcode: DnsOpcode.Query, Questions: [var question] } message
            || !message.Flags.HasFlag(DnsFlags.Response)
            || question.Name != name || question.Class != DnsRecord.ClassInternet
            || _open.Find(one => one.Identifier == message.Identifier && one.Type == question.Type) is not { } query)
        {
            return false;
        }

        bool isUdp = query.Server.Scheme == EndpointScheme.Udp;
        query = query with { Code = message.Code };
        if (message.Flags.HasFlag(DnsFlags.Truncated) && isUdp)
        {
            End(query, QueryOutcome.Truncated);
            return true;
        }

        if (message.Code is not (DnsResponseCode.NoError or DnsResponseCode.NameError))
        {
            End(query, QueryOutcome.Failed);
            return true;
        }

        NameQuery answered = Follow(query, message.Answers);
        End(answered, answered.Addresses.Count > 0 ? QueryOutcome.Answered
            : message.Code == DnsResponseCode.NameError ? QueryOutcome.NoSuchName
            : QueryOutcome.NoData);
        return true;
    }

    /// <summary>Follows the aliases to the addresses; records about other names are not looked at.</summary>
    private NameQuery Follow(NameQuery query, ValueList<DnsRecord> answers)
    {
        List<DnsRecord> records = [.. answers.Where(one => one.Class == DnsRecord.ClassInternet)];
        DnsName current = name;
        var aliases = new List<string>();
        uint least = uint.MaxValue;
        while (aliases.Count < AliasesMax
            && records.Find(one => one.Type == DnsType.Cname && one.Name == current)
                is { Data: DnsTarget target } alias)
        {
            current = target.Name;
            least = Math.Min(least, alias.TimeToLive);
            aliases.Add(current.ToString());
        }

        DnsRecord[] found = [.. records.Where(one => one.Type == query.Type && one.Name == current
            && one.Data is DnsAddress).Take(AddressesMax)];
        return query with
        {
            Aliases = aliases,
            Addresses = [.. found.Select(one => ((DnsAddress)one.Data).Address.ToIPAddress()).Distinct()],
            TimeToLiveSeconds = found.Length > 0 ? Math.Min(least, found.Min(one => one.TimeToLive)) : 0,
        };
    }

    private void End(NameQuery query, QueryOutcome outcome)
    {
        _open.RemoveAll(one => one.Identifier == query.Identifier && one.Type == query.Type);
        _done.Add(query with { Outcome = outcome, Took = Now - query.Began });
    }

    private void EndOpen(QueryOutcome outcome)
    {
        foreach (NameQuery query in _open.ToArray())
        {
            End(query, outcome);
        }
    }
}
