using System.CommandLine.Parsing;
using System.Globalization;
using Sockeye.Capture.Streams;
using Sockeye.Cli.Resources;

namespace Sockeye.Cli.Reading;

/// <summary>A stream that is named on the command line: <c>3</c> or <c>tcp:3</c>, <c>udp:0</c>, or
/// <c>all</c>.</summary>
/// <param name="Kind">The kind; null for all frames of the capture.</param>
/// <param name="Number">Its number among those of its kind.</param>
internal sealed record StreamChoice(StreamKind? Kind, int Number)
{
    private const string All = "all";

    /// <summary>Reads the value of an option.</summary>
    public static StreamChoice? Read(ArgumentResult result)
    {
        string text = result.Tokens[^1].Value;
        if (text == All)
        {
            return new StreamChoice(null, 0);
        }

        (string kind, string number) = text.Split(':', 2) is [var first, var second] ? (first, second) : ("tcp", text);
        if (kind is "tcp" or "udp"
            && int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out int value))
        {
            return new StreamChoice(kind == "tcp" ? StreamKind.Tcp : StreamKind.Udp, value);
        }

        result.AddError(ReadText.NoStreamName.With(text));
        return null;
    }

    /// <summary>Whether a packet belongs to it.</summary>
    public bool Has(in StreamPacket packet) =>
        Kind is null || (packet.Stream is { } stream && stream.Kind == Kind && stream.Number == Number);

    public override string ToString() => Kind is { } kind ? $"{kind.ToString().ToLowerInvariant()}:{Number}" : All;

    /// <summary>What to say when the capture does not have it.</summary>
    public ToolException Missing(StreamTable streams) => new(
        ExitCode.Negative, ReadText.NoSuchStream.With(ToString(), streams.TcpCount, streams.UdpCount));
}
