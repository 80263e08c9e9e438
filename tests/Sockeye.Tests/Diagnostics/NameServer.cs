using System.Collections.Concurrent;
using Sockeye.Diagnostics.Names;
using Sockeye.Wire;
using Sockeye.Wire.Application;

namespace Sockeye.Tests.Diagnostics;

/// <summary>What a server of the DNS in our hands does with a question: the datagrams that it answers with.</summary>
internal delegate IEnumerable<byte[]> NameAnswers(DnsMessage question);

/// <summary>A server of the DNS in our hands, and a resolver that asks it.</summary>
internal sealed class NameServer : IAsyncDisposable
{
    private readonly Network _network;
    private readonly Listener _udp;
    private readonly Listener? _tcp;

    private NameServer(Network network, Listener udp, Listener? tcp, ConcurrentQueue<DnsMessage> asked)
    {
        _network = network;
        _udp = udp;
        _tcp = tcp;
        Asked = asked;
    }

    /// <summary>What it was asked, over UDP.</summary>
    public ConcurrentQueue<DnsMessage> Asked { get; }

    public ResolverConfiguration Configuration => new()
    {
        Servers = [_udp.Endpoint],
        Timeout = TimeSpan.FromSeconds(20),
        Attempts = 1,
    };

    /// <summary>Starts one.</summary>
    /// <param name="answers">What it answers over UDP.</param>
    /// <param name="tcp">What it does over TCP, at the same port; null for nobody there.</param>
    public static async Task<NameServer> StartAsync(NameAnswers answers, ConnectionHandler? tcp = null)
    {
        Network network = Network.Open(null, new NetworkOptions { Loops = 1 });
        var asked = new ConcurrentQueue<DnsMessage>();
        while (true)
        {
            Listener udp = await network.ListenAsync(
                Endpoint.Parse("udp://127.0.0.1:0"), (DatagramHandler)(socket => ServeAsync(socket, answers, asked)));
            try
            {
                Listener? listener = tcp is null
                    ? null
                    : await network.ListenAsync(Endpoint.Parse($"tcp://127.0.0.1:{udp.Endpoint.Port}"), tcp);
                return new NameServer(network, udp, listener, asked);
            }
            catch (NetworkException exception) when (exception.Error == NetworkError.AddressInUse)
            {
                await udp.DisposeAsync(); // Another program has that port for TCP.
            }
        }
    }

    /// <summary>An answer to a question, with these records.</summary>
    public static DnsMessage Answer(DnsMessage question, params ReadOnlySpan<DnsRecord> records) => new()
    {
        Identifier = question.Identifier,
        Flags = DnsFlags.Response | DnsFlags.RecursionAvailable,
        Questions = question.Questions,
        Answers = [.. records],
    };

    public static DnsRecord Address(string name, string address)
    {
        InternetAddress value = InternetAddress.Parse(address);
        return new DnsRecord(
            DnsName.Parse(name), value.IsIpv6 ? DnsType.Aaaa : DnsType.A, DnsRecord.ClassInternet, 60,
            new DnsAddress(value));
    }

    public static DnsRecord Alias(string name, string target) => new(
        DnsName.Parse(name), DnsType.Cname, DnsRecord.ClassInternet, 60, new DnsTarget(DnsName.Parse(target)));

    /// <summary>Asks it.</summary>
    public Task<NameResolution> ResolveAsync(string host, ResolverConfiguration? configuration = null) =>
        new StubResolver(_network, configuration ?? Configuration, HostsFile.Empty).ResolveAsync(host)
            .WaitAsync(TimeSpan.FromSeconds(60));

    public async ValueTask DisposeAsync()
    {
        await _udp.DisposeAsync();
        if (_tcp is not null)
        {
            await _tcp.DisposeAsync();
        }

        await _network.DisposeAsync();
    }

    private static async ValueTask ServeAsync(
        DatagramSocket socket, NameAnswers answers, ConcurrentQueue<DnsMessage> asked)
    {
        while (await socket.ReceiveAsync() is { IsEmpty: false } batch)
        {
            for (int i = 0; i < batch.Count; i++)
            {
                if (DnsMessage.Parse(batch[i].Data) is { } question)
                {
                    asked.Enqueue(question);
                    foreach (byte[] answer in answers(question))
                    {
                        socket.Send(answer, batch[i].Peer);
                    }
                }
            }

            await socket.FlushAsync();
        }
    }
}
