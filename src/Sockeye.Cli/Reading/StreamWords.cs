using System.Globalization;
using Sockeye.Capture.Streams;
using Sockeye.Cli.Resources;
using Sockeye.Wire.Decryption;

namespace Sockeye.Cli.Reading;

/// <summary>Streams in words.</summary>
internal static class StreamWords
{
    private const double NanosecondsPerMillisecond = 1e6;

    public static string NameOf(Conversation stream) => $"{KindOf(stream)}:{stream.Number}";

    public static string KindOf(Conversation stream) => stream.Kind == StreamKind.Tcp ? "tcp" : "udp";

    public static string Milliseconds(double milliseconds) => Math.Abs(milliseconds) switch
    {
        >= 1_000 => $"{Number(milliseconds / 1_000, "F2")} s",
        >= 1 => $"{Number(milliseconds, "F2")} ms",
        _ => $"{Number(milliseconds * 1_000, "F0")} µs",
    };

    public static string RoundTripOf(Conversation stream) =>
        stream is TcpStream { InitialRoundTripNanoseconds: { } time }
            ? Milliseconds(time / NanosecondsPerMillisecond)
            : "";

    /// <summary>How a connection ended, and which end still remembers it.</summary>
    public static string EndingOf(Conversation stream)
    {
        if (stream is not TcpStream tcp)
        {
            return "";
        }

        string by = SideOf(tcp.ResetBy ?? tcp.ClosedFirst ?? Side.Client);
        string ending = tcp.Ending switch
        {
            TcpEnding.Unanswered => ReadText.EndUnanswered,
            TcpEnding.Refused => ReadText.EndRefused,
            TcpEnding.HalfClosed => ReadText.EndHalfClosed.With(by),
            TcpEnding.Closed => ReadText.EndClosed.With(by),
            TcpEnding.Reset => ReadText.EndReset.With(by),
            _ => ReadText.EndOpen,
        };
        return tcp.TimeWaitAt is { } side ? ReadText.EndTimeWait.With(ending, SideOf(side)) : ending;
    }

    public static string SideOf(Side side) => side == Side.Client ? ReadText.Client : ReadText.Server;

    public static string WordOf(Side side) => side == Side.Client ? "client" : "server";

    public static string TcpCount(StreamTable streams) =>
        TextFormat.Count(streams.TcpCount, ReadText.CountTcp, ReadText.CountTcps);

    public static string UdpCount(StreamTable streams) =>
        TextFormat.Count(streams.UdpCount, ReadText.CountUdp, ReadText.CountUdps);

    /// <summary>Which connections of TLS stayed closed, and why; null when none did.</summary>
    public static string? ClosedOf(TlsCounts counts)
    {
        (TlsSeal Why, string Words)[] reasons =
        [
            (TlsSeal.NoKeys, ReadText.TlsNoKeys), (TlsSeal.NoCipher, ReadText.TlsNoCipher),
            (TlsSeal.NoHandshake, ReadText.TlsNoHandshake), (TlsSeal.Unfit, ReadText.TlsUnfit),
        ];
        IEnumerable<string> words = reasons.Where(one => counts.Of(one.Why) > 0)
            .Select(one => one.Words.With(Count(counts.Of(one.Why))));
        return counts.Closed == 0
            ? null
            : ReadText.TlsClosed.With(Count(counts.Closed), Count(counts.Connections), string.Join(", ", words));
    }

    public static string Count(long number) => number.ToString("N0", CultureInfo.InvariantCulture);

    private static string Number(double value, string format) => value.ToString(format, CultureInfo.InvariantCulture);
}
