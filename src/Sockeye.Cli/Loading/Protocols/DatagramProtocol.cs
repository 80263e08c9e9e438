namespace Sockeye.Cli.Loading.Protocols;

/// <summary>Datagrams over UDP, each answered by one.</summary>
/// <param name="endpoint">The peer.</param>
/// <param name="message">What is sent.</param>
/// <param name="expected">What has to come back; null for anything.</param>
internal sealed class DatagramProtocol(
    Endpoint endpoint, ReadOnlyMemory<byte> message, ReadOnlyMemory<byte>? expected) : LoadProtocol("udp", endpoint)
{
    /// <summary>What is sent.</summary>
    public ReadOnlyMemory<byte> Message { get; } = message;

    public override long MessageBytes => Message.Length;

    /// <summary>Bytes of an answer, as far as they are known.</summary>
    public int AnswerBytes => Math.Max(Message.Length, expected?.Length ?? 0);

    /// <summary>Whether an answer is as it should be.</summary>
    public bool Takes(ReadOnlySpan<byte> answer) => expected is not { } wanted || answer.SequenceEqual(wanted.Span);

    public override LoadClient CreateClient(Lane lane, int index) => new DatagramClient(this, lane, index);
}
