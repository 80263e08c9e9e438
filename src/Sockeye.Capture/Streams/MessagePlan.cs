using System.Buffers.Binary;
using Sockeye.Wire.Application;

namespace Sockeye.Capture.Streams;

/// <summary>What the beginning of a message tells of its length.</summary>
internal enum MessageSize : byte
{
    /// <summary>It is no message of this protocol.</summary>
    None = 0,

    /// <summary>More of it must come before that can be told.</summary>
    Unknown,

    /// <summary>So many bytes.</summary>
    Counted,

    /// <summary>A head of so many bytes, and a body in chunks (RFC 9112 section 7.1).</summary>
    Chunked,

    /// <summary>Until its sender has no more to send (RFC 9112 section 6.3, rule 8).</summary>
    UntilClose,
}

/// <summary>How long a message is, by its beginning.</summary>
/// <param name="Size">What is known of its length.</param>
/// <param name="Bytes">The length, as far as it is known.</param>
/// <param name="HeadBytes">How much of it says what it is; zero where all of it does.</param>
internal readonly record struct MessagePlan(MessageSize Size, long Bytes = 0, int HeadBytes = 0)
{
    private const int DnsLengthBytes = 2;

    /// <summary>As many TLS records as are whole, or else the first.</summary>
    public static MessagePlan OfTls(ReadOnlySpan<byte> bytes)
    {
        int whole = 0;
        while (bytes.Length - whole >= TlsRecordView.HeaderBytes)
        {
            if (!TlsRecordView.TryParse(bytes[whole..], out TlsRecordView record))
            {
                return whole > 0 ? new(MessageSize.Counted, whole) : default;
            }

            if (!record.IsWhole)
            {
                return new(MessageSize.Counted, whole > 0 ? whole : TlsRecordView.HeaderBytes + record.Length);
            }

            whole += TlsRecordView.HeaderBytes + record.Length;
        }

        return whole > 0 ? new(MessageSize.Counted, whole) : new(MessageSize.Unknown);
    }

    /// <summary>A message of DNS, after its length (RFC 1035 section 4.2.2).</summary>
    public static MessagePlan OfDns(ReadOnlySpan<byte> bytes) => bytes.Length < DnsLengthBytes
        ? new(MessageSize.Unknown)
        : BinaryPrimitives.ReadUInt16BigEndian(bytes) is var length && length < DnsHeaderBytes
            ? default
            : new(MessageSize.Counted, DnsLengthBytes + length);

    private const int DnsHeaderBytes = 12;
}
