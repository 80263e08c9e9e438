using System.CommandLine.Parsing;
using System.Globalization;
using Sockeye.Capture.Streams;
using Sockeye.Cli.Resources;

namespace Sockeye.Cli.Reading;

/// <summary>A stream that is named on the command line: <c>1</c> is the first that began, <c>tcp:0</c> and <c>udp:0</c>
/// are numbered as Wireshark does, and <c>all</c> is every frame of the capture.</summary>
/// <param name="Kind">The kind; null for streams of any kind.</param>
/// <param name="Number">Its number among those of its kind, from zero; without a kind, its place among all of them,
/// from one. Null for all frames.</param>
internal sealed record StreamChoice(StreamKind? Kind, int? Number)
{
    private const string AllWord = "all";

    /// <summary>All frames of the capture.</summary>
    public static StreamChoice All { get; } = new(null, null);

    /// <summary>Reads the value of an option.</summary>
    public static StreamChoice? Read(ArgumentResult result)
    {
        string text = result.Tokens[^1].Value;
        if (text == AllWord)
        {
            return All;
        }

        if (Parse(text) is { } choice)
        {
            return choice;
        }

        result.AddError(ReadText.NoStreamName.With(text));
        return null;
    }

    /// <summary>Reads the name of one stream; null when it is none.</summary>
    public static StreamChoice? Parse(string text)
    {
        (string kind, string number) = text.Split(':', 2) is [var first, var second] ? (first, second) : ("", text);
        if (!int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out int value))
        {
            return null;
        }

        return kind switch
        {
            "" when value > 0 => new StreamChoice(null, value),
            "tcp" => new StreamChoice(StreamKind.Tcp, value),
            "udp" => new StreamChoice(StreamKind.Udp, value),
            _ => null,
        };
    }

    /// <summary>Whether a packet belongs to it.</summary>
    public bool Has(in StreamPacket packet) =>
        Number is not { } number || (packet.Stream is { } stream && (Kind is { } kind
            ? stream.Kind == kind && stream.Number == number
            : stream.Ordinal == number));

    public override string ToString() => (Kind, Number) switch
    {
        (_, null) => AllWord,
        (null, { } place) => $"{place}",
        ({ } kind, { } number) => $"{kind.ToString().ToLowerInvariant()}:{number}",
    };

    /// <summary>What to say when the capture does not have it.</summary>
    public ToolException Missing(StreamTable streams) => new(
        ExitCode.Negative, ReadText.NoSuchStream.With(
            ToString(), StreamWords.TcpCount(streams), StreamWords.UdpCount(streams)));
}
