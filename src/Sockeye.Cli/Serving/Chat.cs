using System.Text;
using Sockeye.Framing;

namespace Sockeye.Cli.Serving;

/// <summary>
/// Sends every line to everyone else, and tells who joined and left. Members may be on different loops or threads: what
/// is for another member is posted to the owner of its connection.
/// </summary>
internal static class Chat
{
    private const int LineBytesMax = 4_096;

    /// <summary>Lines that wait for a member who does not take them; with one more the member is dropped.</summary>
    private const int LinesWaitingMax = 256;

    public static ConnectionHandler Stream(ServeSettings settings)
    {
        var room = new Room();
        return connection => RunAsync(connection, room);
    }

    private static async ValueTask RunAsync(Connection c, Room room)
    {
        Member member = room.Join(c);
        try
        {
            var lines = new FrameReader<LineFraming>(c, new LineFraming(bytesMax: LineBytesMax));
            Frame line;
            while ((line = await lines.ReadAsync()).IsFrame)
            {
                room.Say(member, [.. Encoding.UTF8.GetBytes($"{member.Name}: "), .. line.Payload.Span]);
            }

            if (line.Outcome == FrameOutcome.TooLong)
            {
                member.Deliver(Encoding.UTF8.GetBytes($"* a line has at most {LineBytesMax} bytes; good-bye"));
            }
        }
        finally
        {
            room.Leave(member);
        }
    }

    /// <summary>Who is here.</summary>
    private sealed class Room
    {
        private readonly Lock _lock = new();
        private readonly List<Member> _members = [];    // Guarded by _lock.
        private int _lastNumber;                        // Guarded by _lock.

        public Member Join(Connection connection)
        {
            Member member;
            string others;
            lock (_lock)
            {
                others = string.Join(", ", _members.Select(one => one.Name));
                member = new Member(connection, $"guest{++_lastNumber}");
                _members.Add(member);
            }

            string here = others.Length == 0 ? "you are the first" : $"with {others}";
            member.Deliver(Encoding.UTF8.GetBytes($"* you are {member.Name}, {here}"));
            Say(member, Encoding.UTF8.GetBytes($"* {member.Name} joined"));
            return member;
        }

        public void Leave(Member member)
        {
            lock (_lock)
            {
                _members.Remove(member);
            }

            Say(member, Encoding.UTF8.GetBytes($"* {member.Name} left"));
        }

        /// <summary>To everyone but the one who says it.</summary>
        public void Say(Member from, byte[] line)
        {
            Member[] others;
            lock (_lock)
            {
                others = [.. _members.Where(member => member != from)];
            }

            foreach (Member member in others)
            {
                member.Connection.Post(_ => member.Deliver(line), null);
            }
        }
    }

    /// <summary>One connection of the room. What is not said otherwise belongs to its owner.</summary>
    private sealed class Member(Connection connection, string name)
    {
        private readonly Queue<byte[]> _waiting = [];
        private bool _isSending;

        public Connection Connection { get; } = connection;

        public string Name { get; } = name;

        /// <summary>Queues a line for this member; on the owner.</summary>
        public void Deliver(byte[] line)
        {
            if (_waiting.Count == LinesWaitingMax)
            {
                Connection.Abort();
                return;
            }

            _waiting.Enqueue(line);
            if (!_isSending)
            {
                _ = SendAsync();
            }
        }

        private async Task SendAsync()
        {
            _isSending = true;
            End end = End.None;
            while (end == End.None && _waiting.TryDequeue(out byte[]? line))
            {
                Connection.Write(line);
                Connection.Write("\n"u8);
                end = await Connection.FlushAsync();
            }

            _isSending = false;
        }
    }
}
