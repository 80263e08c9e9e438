using Sockeye.Cli.Resources;

namespace Sockeye.Cli.Connecting;

/// <summary>What is read and written on our side.</summary>
/// <param name="Send">The file to send; null for standard input.</param>
/// <param name="Receive">The file for what comes; null for standard output.</param>
/// <param name="Force">Overwrite the file that is there.</param>
/// <param name="Hex">Show both directions on standard output as a dump.</param>
internal sealed record FileChoice(string? Send, string? Receive, bool Force, bool Hex)
{
    /// <summary>Finds what can be found wrong before connecting, so that nobody is bothered for nothing.</summary>
    public void Check()
    {
        if (Send is not null && !File.Exists(Send))
        {
            string sentence = Directory.Exists(Send) ? ConnectText.SendDirectory : ConnectText.SendMissing;
            throw new ToolException(ExitCode.Usage, sentence.With(Send));
        }

        if (Receive is null)
        {
            return;
        }

        if (Directory.Exists(Receive))
        {
            throw new ToolException(ExitCode.Usage, ConnectText.RecvDirectory.With(Receive));
        }

        if (!Force && new FileInfo(Receive) is { Exists: true, Length: > 0 })
        {
            throw new ToolException(ExitCode.Usage, ConnectText.RecvExists.With(Receive));
        }

        if (!Directory.Exists(Path.GetDirectoryName(Path.GetFullPath(Receive))))
        {
            throw new ToolException(ExitCode.Usage, ConnectText.RecvNoDirectory.With(Receive));
        }
    }

    /// <summary>Opens all of it.</summary>
    /// <param name="output">Where the command writes.</param>
    /// <param name="inPieces">What comes is datagrams, which a terminal shows on lines of their own.</param>
    public Exchange Open(Output output, bool inPieces)
    {
        Stream input = Send is null ? StandardStreams.OpenInput() : File.OpenRead(Send);
        List<Transcript> transcripts = [];
        if (Receive is not null)
        {
            FileMode mode = Force ? FileMode.Create : FileMode.CreateNew;
            transcripts.Add(new RawTranscript(new FileStream(Receive, mode, FileAccess.Write), endLines: false));
        }

        if (output.Json)
        {
            // The command's own output would hide that nobody reads it.
            transcripts.Add(new JsonTranscript(
                new Output(StandardStreams.OpenOutput(), Stream.Null, output.Environment)));
        }
        else if (Hex)
        {
            transcripts.Add(new HexTranscript(StandardStreams.OpenOutput(), output.OutHasColor));
        }
        else if (Receive is null)
        {
            transcripts.Add(new RawTranscript(StandardStreams.OpenOutput(), inPieces && output.OutIsTerminal));
        }

        return new Exchange(input, [.. transcripts]);
    }
}
