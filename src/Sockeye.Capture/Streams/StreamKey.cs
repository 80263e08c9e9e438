using Sockeye.Wire;

namespace Sockeye.Capture.Streams;

/// <summary>An end of a stream: a host and its port.</summary>
public readonly record struct StreamEnd(InternetAddress Address, ushort Port)
{
    /// <summary>Both, as in <c>10.0.0.1:80</c> or <c>[::1]:80</c>.</summary>
    public override string ToString() => Address.IsIpv6 ? $"[{Address}]:{Port}" : $"{Address}:{Port}";
}

/// <summary>What all packets of a stream have in common, whichever way they go.</summary>
internal readonly struct StreamKey(StreamKind kind, StreamEnd one, StreamEnd other)
{
    /// <summary>Finds streams by their keys, which nobody holds: the ends of a stream are there already.</summary>
    public static readonly IEqualityComparer<Conversation> Comparer = new ByKey();

    private const ulong Spread = 0x9E37_79B9_7F4A_7C15;

    private readonly StreamKind _kind = kind;
    private readonly StreamEnd _one = one;
    private readonly StreamEnd _other = other;

    /// <summary>Whether it is the key of a stream.</summary>
    public bool IsOf(Conversation stream) => _kind == stream.Kind
        && ((AreSame(_one, stream.Client) && AreSame(_other, stream.Server))
            || (AreSame(_one, stream.Server) && AreSame(_other, stream.Client)));

    // A sum is the same whichever end comes first.
    private int Hash() => (int)(((Mix(_one) + Mix(_other) + (ulong)_kind) * Spread) >> 32);

    // The ports first: they tell most streams apart.
    private static bool AreSame(in StreamEnd left, in StreamEnd right) =>
        left.Port == right.Port && left.Address == right.Address;

    private static ulong Mix(in StreamEnd end)
    {
        UInt128 value = end.Address.Value;
        ulong mixed = (((ulong)(value >> 64) * Spread) ^ (ulong)value ^ ((ulong)end.Port << 48)) * Spread;
        return mixed ^ (mixed >> 29);
    }

    private sealed class ByKey : IEqualityComparer<Conversation>, IAlternateEqualityComparer<StreamKey, Conversation>
    {
        public bool Equals(Conversation? one, Conversation? other) => ReferenceEquals(one, other);

        public bool Equals(StreamKey key, Conversation stream) => key.IsOf(stream);

        public int GetHashCode(Conversation stream) =>
            new StreamKey(stream.Kind, stream.Client, stream.Server).Hash();

        public int GetHashCode(StreamKey key) => key.Hash();

        public Conversation Create(StreamKey key) => throw new NotSupportedException("A key is not a stream.");
    }
}
