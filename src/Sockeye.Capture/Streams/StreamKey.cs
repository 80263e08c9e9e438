using Sockeye.Wire;

namespace Sockeye.Capture.Streams;

/// <summary>An end of a stream: a host and its port.</summary>
public readonly record struct StreamEnd(InternetAddress Address, ushort Port)
{
    /// <summary>Both, as in <c>10.0.0.1:80</c> or <c>[::1]:80</c>.</summary>
    public override string ToString() => Address.IsIpv6 ? $"[{Address}]:{Port}" : $"{Address}:{Port}";

    internal bool IsBefore(StreamEnd other) => Address.CompareTo(other.Address) switch
    {
        0 => Port < other.Port,
        int order => order < 0,
    };
}

/// <summary>What all packets of a stream have in common, whichever way they go.</summary>
internal readonly struct StreamKey : IEquatable<StreamKey>
{
    /// <summary>Streams are the same that have the same key: what finds them need not hold a key of its own.</summary>
    public static readonly IEqualityComparer<Conversation> Comparer = new ByKey();

    private const ulong Spread = 0x9E37_79B9_7F4A_7C15;

    private readonly StreamEnd _low;
    private readonly StreamEnd _high;
    private readonly StreamKind _kind;

    public StreamKey(StreamKind kind, StreamEnd one, StreamEnd other)
    {
        _kind = kind;
        (_low, _high) = one.IsBefore(other) ? (one, other) : (other, one);
    }

    public bool Equals(StreamKey other) => _low.Port == other._low.Port && _high.Port == other._high.Port
        && _kind == other._kind && _low.Address == other._low.Address && _high.Address == other._high.Address;

    public override bool Equals(object? obj) => obj is StreamKey other && Equals(other);

    public override int GetHashCode()
    {
        ulong ports = ((ulong)_low.Port << 32) | ((ulong)_high.Port << 8) | (ulong)_kind;
        ulong mixed = Mix(Mix(Mix(ports, _low.Address), _high.Address), default);
        return (int)(mixed >> 32);
    }

    private static ulong Mix(ulong seed, InternetAddress address)
    {
        UInt128 value = address.Value;
        ulong mixed = (seed ^ (ulong)value ^ (ulong)(value >> 64)) * Spread;
        return mixed ^ (mixed >> 29);
    }

    private sealed class ByKey : IEqualityComparer<Conversation>, IAlternateEqualityComparer<StreamKey, Conversation>
    {
        public bool Equals(Conversation? one, Conversation? other) => one!.Key.Equals(other!.Key);

        public int GetHashCode(Conversation stream) => stream.Key.GetHashCode();

        public bool Equals(StreamKey key, Conversation stream) => stream.Key.Equals(key);

        public int GetHashCode(StreamKey key) => key.GetHashCode();

        public Conversation Create(StreamKey key) => throw new NotSupportedException("A key is not a stream.");
    }
}
