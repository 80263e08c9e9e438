using Sockeye.Capture.Streams;
using Sockeye.Cli.Resources;
using Sockeye.Wire;
using Sockeye.Wire.Decryption;
using Sockeye.Wire.Dissection;
using Sockeye.Wire.Files;
using Sockeye.Wire.Filters;

namespace Sockeye.Cli.Reading;

/// <summary>Takes the packets of a capture to a view, on one thread, until its end.</summary>
/// <param name="output">Where notes go.</param>
/// <param name="file">The capture.</param>
/// <param name="view">What it is shown as.</param>
/// <param name="filter">Which packets are shown; null for all.</param>
/// <param name="countMax">How many packets are shown at most.</param>
internal sealed class ReadRun(Output output, string file, ReadView view, DisplayFilter? filter, int countMax)
{
    private int _shown;

    /// <summary>Keys of TLS beside those that the capture has; what they do not open is said. Null when nobody gave
    /// any.</summary>
    public TlsKeyLog? Keys { get; init; }

    /// <summary>Reads it; what is returned is the exit code.</summary>
    public int Run(CancellationToken stop)
    {
        var dissector = new StreamDissector(filter is null ? view.Fields : view.Fields.With(filter.Fields))
        {
            Keys = Keys ?? new TlsKeyLog(),
        };
        Exception? damage = null;
        CaptureReader? reader = null;
        using Stream input = CaptureInput.Open(file, view.Flush, stop);
        try
        {
            reader = CaptureReader.Open(input);
            dissector.TakeKeysOf(reader);
            Show(reader, dissector, stop);
        }
        catch (Exception exception) when (exception is CaptureFileException or InvalidDataException)
        {
            damage = exception; // The latter is of what is packed.
        }

        if (reader is null)
        {
            stop.ThrowIfCancellationRequested();
            throw Damaged(damage!);
        }

        if (_shown == 0 && filter is not null && !output.Json)
        {
            output.Note(ReadText.NothingPasses.With(filter.Text));
        }

        if (Keys is not null && !output.Json && StreamWords.ClosedOf(dissector.TlsConnections) is { } closed)
        {
            output.Note(closed);
        }

        // What could be read is shown; then why there is no more, unless it was stopped in the middle of a packet.
        int code = view.Finish(dissector.Streams);
        return damage is null || stop.IsCancellationRequested ? code : throw Damaged(damage);
    }

    private void Show(CaptureReader reader, StreamDissector dissector, CancellationToken stop)
    {
        while (!stop.IsCancellationRequested && _shown < countMax && reader.TryRead(out CapturedFrame captured))
        {
            if (captured.Number == 1)
            {
                view.Begin(captured.Time);
            }

            DissectedFrame frame = dissector.Dissect(captured, out StreamPacket packet);
            if (filter is null || filter.Matches(frame))
            {
                view.Take(frame, packet);
                _shown++;
            }
        }
    }

    private ToolException Damaged(Exception damage)
    {
        string what = damage is CaptureFileException ? damage.Message.TrimEnd('.').AfterColon() : ReadText.PackedBadly;
        return new ToolException(ExitCode.Negative, ReadText.Damaged.With(CaptureInput.NameOf(file), what));
    }
}
