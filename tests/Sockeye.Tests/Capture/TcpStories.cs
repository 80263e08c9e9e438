using Sockeye.Wire.Transport;

namespace Sockeye.Tests.Capture;

/// <summary>Connections on which something happens, each written packet by packet.</summary>
internal static class TcpStories
{
    private const TcpFlags FinAck = TcpFlags.Fin | TcpFlags.Ack;
    private const TcpFlags RstAck = TcpFlags.Rst | TcpFlags.Ack;

    public static IReadOnlyList<(string Name, Action<TcpScript> Write)> All { get; } =
    [
        ("four steps to close", script => script.Handshake().Client(1, 1, 100).Server(1, 101).Server(1, 101, 50)
            .Client(101, 51).Client(101, 51, flags: FinAck).Server(51, 102).Server(51, 102, flags: FinAck)
            .Client(102, 52)),
        ("three steps to close", script => script.Handshake().Server(1, 1, flags: FinAck)
            .Client(1, 2, flags: FinAck).Server(2, 2)),
        ("both close at once", script => script.Handshake().Client(1, 1, flags: FinAck)
            .Server(1, 1, flags: FinAck).Client(2, 2).Server(2, 2)),
        ("reset", script => script.Handshake().Client(1, 1, 10).Server(1, 11, flags: RstAck)),
        ("refused", script => script.Client(0, 0, flags: TcpFlags.Syn).Server(0, 1, flags: RstAck)),
        ("unanswered", script => script.Client(0, 0, flags: TcpFlags.Syn).After(1_000_000)
            .Client(0, 0, flags: TcpFlags.Syn).After(2_000_000).Client(0, 0, flags: TcpFlags.Syn)),
        ("retransmission", script => script.Handshake().Client(1, 1, 100).After(200_000).Client(1, 1, 100)
            .Server(1, 101)),
        ("fast retransmission", script => script.Handshake().Client(1, 1, 100).Client(101, 1, 100)
            .Client(201, 1, 100).Client(301, 1, 100).After(500).Server(1, 101).Server(1, 101).Server(1, 101)
            .Server(1, 101).Client(101, 1, 100).After(500).Server(1, 401)),
        ("spurious retransmission", script => script.Handshake().Client(1, 1, 100).Server(1, 101).After(300_000)
            .Client(1, 1, 100).Server(1, 101)),
        ("out of order", script => script.Handshake().Client(101, 1, 100).Client(1, 1, 100).Server(1, 201)),
        ("lost before the capture", script => script.Handshake().Client(501, 1, 100).Server(1, 601).Client(601, 1, 10)
            .Server(1, 611)),
        ("acknowledges what nobody saw", script => script.Handshake().Server(1, 501).Client(501, 1, 10).Server(1, 511)),
        ("zero window", script => script.Handshake(window: 300).Client(1, 1, 200).Server(1, 201, window: 100)
            .Client(201, 1, 100).Server(1, 301, window: 0).After(250_000).Client(301, 1, 1).Server(1, 301, window: 0)
            .After(500_000).Client(301, 1, 1).Server(1, 301, window: 0).After(100_000).Server(1, 301, window: 300)
            .Client(301, 1, 200).Server(1, 501)),
        ("the probe is taken", script => script.Handshake(window: 300).Client(1, 1, 300).Server(1, 301, window: 0)
            .After(250_000).Client(301, 1, 1).Server(1, 302, window: 0).After(250_000).Client(302, 1, 1)
            .Server(1, 303, window: 500).Client(303, 1, 100).Server(1, 403, window: 500)),
        ("keep-alive", script => script.Handshake().Client(1, 1, 10).Server(1, 11).After(45_000_000).Client(10, 1)
            .Server(1, 11).After(45_000_000).Client(10, 1, 1).Server(1, 11)),
        ("window update and full", script => script.Handshake(scale: 2, window: 400).Client(1, 1, 800)
            .Client(801, 1, 800).Server(1, 1601, window: 10).Client(1601, 1, 40).Server(1, 1641, window: 0)
            .Server(1, 1641, window: 200).Server(1, 1641, window: 400).Client(1641, 1, 1600)),
        ("no scale in the answer", script => script.Client(
                0, 0, flags: TcpFlags.Syn, options: new TcpOptions { WindowScale = 7 })
            .Server(0, 1, flags: TcpFlags.Syn | TcpFlags.Ack).Client(1, 1, window: 100).Server(1, 1, 100)
            .Client(1, 101, window: 100)),
        ("numbers wrap around", script =>
        {
            (script.ClientBase, script.ServerBase) = (uint.MaxValue - 150, uint.MaxValue - 20);
            script.Handshake().Client(1, 1, 100).Client(101, 1, 100).Client(201, 1, 100).Server(1, 301, 100)
                .Client(301, 101).After(300_000).Client(101, 101, 100).Server(101, 301).Client(401, 101, 10)
                .Client(301, 101, 100).Server(101, 411);
            (script.ClientBase, script.ServerBase) = (TcpScript.ClientStart, TcpScript.ServerStart);
        }),
        ("begun in the middle", script => script.Client(5_000, 7_000, 100).Server(7_000, 5_100, 300)
            .Client(5_100, 7_300).Client(5_100, 7_300, flags: FinAck).Server(7_300, 5_101, flags: FinAck)
            .Client(5_101, 7_301)),
        ("ports reused", script => ReusePorts(script)),
        ("selective acknowledgement", script => script.Handshake().Client(1, 1, 100).Client(101, 1, 100)
            .Client(201, 1, 100).Client(301, 1, 100).Server(1, 101)
            .Server(1, 101, options: Selected(script, (201, 301))).Server(1, 101, options: Selected(script, (201, 401)))
            .Client(101, 1, 100).Server(1, 401).Client(401, 1, 100)),
        ("sent again for nothing", script => script.Handshake().Client(1, 1, 100).Server(1, 101).After(300_000)
            .Client(1, 1, 100).Server(1, 101, options: Selected(script, (1, 101))).Client(101, 1, 100).Server(1, 201)
            .Client(301, 1, 100).Server(1, 201, options: Selected(script, (301, 401))).After(300_000)
            .Client(301, 1, 100).Server(1, 201, options: Selected(script, (301, 401), (301, 401)))),
        ("one way only", script => script.Client(1, 1, 100).Client(101, 1, 100).Client(201, 1, 1).Client(202, 1, 100)
            .Client(101, 1, 100).Client(500, 1, 100)),
    ];

    public static TcpScript Tell(int snapLength = int.MaxValue)
    {
        var script = new TcpScript { SnapLength = snapLength };
        foreach ((_, Action<TcpScript> write) in All)
        {
            write(script.NextConnection());
        }

        return script;
    }

    /// <summary>Segments of any kind in any order, near each other so that all kinds of coincidence come.</summary>
    public static TcpScript Improvise(int seed, int connections, int packets)
    {
        var random = new Random(seed);
        var script = new TcpScript();
        for (int i = 0; i < connections; i++)
        {
            script.NextConnection();
            if (random.Next(4) > 0)
            {
                script.Handshake(random.Next(2) == 0 ? null : (byte)random.Next(4), (ushort)(random.Next(4) * 100));
            }

            Improvise(script, random, packets);
        }

        return script;
    }

    private static void Improvise(TcpScript script, Random random, int packets)
    {
        var next = new uint[] { 1, 1 };
        ushort[] windows = [100, 100];
        for (int i = 0; i < packets; i++)
        {
            int side = random.Next(2);
            uint sequence = Pick(random, next[side]);
            uint acknowledgment = Pick(random, next[1 - side]);
            int length = random.Next(3) switch { 0 => 0, 1 => 100, _ => random.Next(3) * 50 + random.Next(2) };
            windows[side] = random.Next(4) switch { 0 => 0, 1 => 100, _ => windows[side] };
            TcpFlags flags = random.Next(60) switch
            {
                0 => FinAck,
                1 => RstAck,
                2 => TcpFlags.Syn | TcpFlags.Ack,
                _ => TcpFlags.Ack,
            };
            if (side == 0)
            {
                script.Client(
                    sequence, acknowledgment, length, flags, windows[side], Blocks(script, random, next, side));
            }
            else
            {
                script.Server(
                    sequence, acknowledgment, length, flags, windows[side], Blocks(script, random, next, side));
            }

            uint end = sequence + (uint)length;
            next[side] = Math.Max(next[side], end);
            script.After(random.Next(6) switch { 0 => 25_000, 1 => 2_000, _ => 100 });
        }
    }

    private static TcpOptions Blocks(TcpScript script, Random random, uint[] next, int side)
    {
        uint peer = side == 0 ? script.ServerBase : script.ClientBase;
        uint left = peer + next[1 - side] + (uint)random.Next(2) * 100;
        return random.Next(5) > 0
            ? default
            : new TcpOptions { Sack = new SackBlocks(new SackBlock(new(left), new(left + 100))) };
    }

    private static uint Pick(Random random, uint next) => random.Next(8) switch
    {
        0 when next > 100 => next - 100,
        1 when next > 50 => next - 50,
        2 when next > 1 => next - 1,
        3 => next + 50,
        _ => next,
    };

    private static TcpOptions Selected(TcpScript script, params (uint Left, uint Right)[] blocks) => new()
    {
        Sack = new SackBlocks([.. blocks.Select(one => new SackBlock(At(script, one.Left), At(script, one.Right)))]),
    };

    private static TcpSequence At(TcpScript script, uint number) => new(script.ClientBase + number);

    private static void ReusePorts(TcpScript script)
    {
        script.Handshake().Client(1, 1, 10).Server(1, 11, flags: RstAck);
        script.ClientBase += 7_000_000;
        script.After(100).Handshake().Client(1, 1, 20).Server(1, 21);
        script.ClientBase = TcpScript.ClientStart;
    }
}
