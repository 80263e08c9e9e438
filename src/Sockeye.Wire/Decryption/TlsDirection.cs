using Sockeye.Wire.Application;

namespace Sockeye.Wire.Decryption;

/// <summary>Which keys the records of one end are sealed with.</summary>
internal enum TlsEpoch : byte
{
    /// <summary>None yet.</summary>
    Plain = 0,

    /// <summary>Those of the handshake of TLS 1.3.</summary>
    Handshake,

    /// <summary>Those of what is said after it.</summary>
    Application,
}

/// <summary>The records of one end of a connection, and how far they were opened.</summary>
internal sealed class TlsDirection : IDisposable
{
    /// <summary>How many numbers are tried for a record, where records before it are missing or have no keys.</summary>
    public const int TriesMax = 32;

    /// <summary>How many records may fail to open before no more is tried.</summary>
    public const int FailuresMax = 8;

    // The number of the next record is one of these.
    private ulong _lowest;
    private ulong _highest;
    private int _failures;

    public TlsEpoch Epoch { get; private set; }

    /// <summary>The keys of the epoch; null until they are wanted and known.</summary>
    public TlsRecordKeys? Keys { get; private set; }

    /// <summary>The secret that the keys are made of, from which those after them are.</summary>
    public ByteString Secret { get; private set; }

    /// <summary>How many bytes of a message of the handshake are still to come.</summary>
    public int MessageLeft { get; set; }

    /// <summary>Records may be missing before the next.</summary>
    public bool MayHaveMissed => _highest > _lowest;

    public bool HasFailed => _failures >= FailuresMax;

    /// <summary>From now on other keys are used; they are not known yet.</summary>
    public void Enter(TlsEpoch epoch)
    {
        Use(null, default);
        Epoch = epoch;
        (_lowest, _highest, _failures) = (0, 0, 0);
    }

    /// <summary>Takes the keys of the epoch.</summary>
    public void Use(TlsRecordKeys? keys, ByteString secret)
    {
        if (!ReferenceEquals(Keys, keys))
        {
            Keys?.Dispose();
        }

        Keys = keys;
        Secret = secret;
    }

    /// <summary>Takes keys made of those before: records are counted anew.</summary>
    public void Update(TlsRecordKeys keys, ByteString secret)
    {
        Use(keys, secret);
        (_lowest, _highest) = (0, 0);
    }

    /// <summary>Says that records are missing, nobody knows how many.</summary>
    public void Miss()
    {
        _highest += TriesMax;
        MessageLeft = 0;
    }

    /// <summary>Says that a record stays closed.</summary>
    public void Fail(TlsSeal why)
    {
        _highest++;
        _failures += why == TlsSeal.Unfit ? 1 : 0;
    }

    /// <summary>Opens a record with the keys at hand.</summary>
    public bool TryOpen(
        ushort version, scoped in TlsRecordView record, Span<byte> room, out ReadOnlySpan<byte> opened)
    {
        if (!TryOpen(Keys!, _lowest, version, record, room, out opened))
        {
            return false;
        }

        // Where the change of cipher is missing, a record that opens tells of it.
        Epoch = Epoch == TlsEpoch.Plain ? TlsEpoch.Application : Epoch;
        return true;
    }

    /// <summary>Opens a record with the keys of a later epoch, whose beginning nobody saw; then it is that.</summary>
    public bool TryOpen(
        TlsEpoch later, TlsRecordKeys keys, ByteString secret, ushort version, scoped in TlsRecordView record,
        Span<byte> room, out ReadOnlySpan<byte> opened)
    {
        if (!TryOpen(keys, 0, version, record, room, out opened))
        {
            return false;
        }

        Epoch = later;
        Use(keys, secret);
        return true;
    }

    public void Dispose() => Use(null, default);

    private bool TryOpen(
        TlsRecordKeys keys, ulong lowest, ushort version, scoped in TlsRecordView record, Span<byte> room,
        out ReadOnlySpan<byte> opened)
    {
        opened = default;
        ulong highest = Math.Min(_highest, lowest + TriesMax);
        for (ulong number = lowest; number <= highest; number++)
        {
            if (keys.TryOpen(version, number, record, room, out opened))
            {
                _lowest = number + 1;
                _highest = number + 1;
                return true;
            }
        }

        return false;
    }
}
