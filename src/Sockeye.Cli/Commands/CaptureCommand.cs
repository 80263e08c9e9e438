using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using System.Text.Json;
using Sockeye.Capture;
using Sockeye.Cli.Capturing;
using Sockeye.Cli.Connecting;
using Sockeye.Cli.Reading;
using Sockeye.Cli.Resources;
using Sockeye.Cli.Serving;

namespace Sockeye.Cli.Commands;

/// <summary><c>sockeye capture [FILTER] [-- COMMAND]</c>: packets as they pass, shown or written to a file.</summary>
internal sealed class CaptureCommand : ToolCommand
{
    private const string StandardOutput = "-";
    private const string OldExtension = ".pcap";
    private const int InterfacesMax = 8;        // One is taken; for several there is a sentence.
    private const int RingBytesMin = 1 << 20;
    private const int RingBytesMost = 1 << 30;

    /// <summary>What a command does that somebody who waits should know.</summary>
    private enum CommandState : byte
    {
        /// <summary>It goes on, and the capture is complete.</summary>
        GoesOn = 0,

        /// <summary>It has ended, and what it started goes on, and the capture with it.</summary>
        Left,
    }

    private static readonly string?[] s_packed = [".gz", ".zst", ".xz", ".bz2", ".lz4"];

    private readonly Argument<string[]> _filter = new("filter")
    {
        Description = CaptureText.ArgumentFilter,
        Arity = ArgumentArity.ZeroOrMore,
    };

    private readonly Option<string> _interface = new("--interface", "-i")
    {
        Description = CaptureText.OptionInterface,
        HelpName = "name",
        Arity = new ArgumentArity(1, InterfacesMax),
        CustomParser = ReadInterface,
        DefaultValueFactory = _ => LiveCaptureOptions.AnyInterface,
    };

    private readonly Option<string?> _write = OptionKinds.File("--write", CaptureText.OptionWrite, "-w");

    private readonly Option<int> _count =
        OptionKinds.Number("--count", CaptureText.OptionCount, int.MaxValue, "-c");

    private readonly Option<TimeSpan> _seconds =
        OptionKinds.Seconds("--seconds", CaptureText.OptionSeconds, Timeout.InfiniteTimeSpan);

    private readonly Option<int> _snapLength =
        OptionKinds.Number("--snaplen", CaptureText.OptionSnapLength, LiveCaptureOptions.SnapLengthMax, "-s");

    private readonly Option<bool> _promiscuous = new("--promiscuous") { Description = CaptureText.OptionPromiscuous };

    private readonly Option<long> _buffer =
        OptionKinds.Size("--buffer", CaptureText.OptionBuffer, LiveCaptureOptions.DefaultRingBytes);

    private readonly Option<string?> _user = new("--user", "-Z")
    {
        Description = CaptureText.OptionUser,
        HelpName = "user",
    };

    private readonly Option<long> _rotateSize =
        OptionKinds.Size("--rotate-size", CaptureText.OptionRotateSize, long.MaxValue);

    private readonly Option<int> _rotateSeconds =
        OptionKinds.Number("--rotate-seconds", CaptureText.OptionRotateSeconds, int.MaxValue);

    private readonly Option<int> _files = OptionKinds.Number("--files", CaptureText.OptionFiles, int.MaxValue);

    private readonly Option<bool> _tree = new("--tree") { Description = CaptureText.OptionTree };

    private readonly Option<ListingTime> _time = ListingTime.Option();

    private readonly Option<bool> _hex = new("--hex") { Description = CaptureText.OptionHex };

    private readonly Option<string?> _keys = OptionKinds.File("--keys", CaptureText.OptionKeys);

    private readonly Option<bool> _list = new("--list-interfaces") { Description = CaptureText.OptionList };

    public CaptureCommand()
        : base("capture", CaptureText.Summary)
    {
        Arguments.Add(_filter);
        Option[] options =
        [
            _interface, _write, _count, _seconds, _snapLength, _time, _tree, _hex, _keys, _rotateSize, _rotateSeconds,
            _files, _promiscuous, _buffer, _user, _list,
        ];
        foreach (Option option in options)
        {
            Options.Add(option);
        }
    }

    public override IReadOnlyList<Example> Examples =>
    [
        new("sockeye capture -i lo 'tcp port 8080'", CaptureText.ExampleFilter),
        new("sockeye capture -w web.pcapng -- curl http://example.com/", CaptureText.ExampleCommand),
        new("sockeye capture --keys k -- env SSLKEYLOGFILE=k curl https://example.com/", CaptureText.ExampleKeys),
        new("sockeye capture udp port 53 --tree -c 2", CaptureText.ExampleTree),
        new("sockeye capture -i eth0 -w day.pcapng --rotate-size 100MB --files 10", CaptureText.ExampleRotate),
        new("sockeye capture icmp --json", CaptureText.ExampleJson),
        new("sockeye capture --list-interfaces", CaptureText.ExampleList),
    ];

    public override IReadOnlyDictionary<string, string> InsteadOf => TcpdumpOptions.Instead;

    public override bool TakesCommandLine => true;

    public override async Task<int> RunAsync(ParseResult arguments, Output output, CancellationToken stop)
    {
        if (arguments.GetValue(_list))
        {
            InterfaceList.Write(output);
            return ExitCode.Done;
        }

        string? file = arguments.GetValue(_write);
        Rotation? rotation = RotationOf(arguments, file);
        CaptureEnd end = Check(arguments, output, file);
        UserAccount? user = AskingUser.Find(output, arguments.GetValue(_user));
        using LiveCapture capture = LiveCapture.Open(OptionsOf(arguments));
        using CommandTraffic? traffic = CommandLine.Count == 0 ? null : CommandTraffic.Open(TimeProvider.System);
        if (user is not null)
        {
            traffic?.HandOver(user);
            user.Become();
        }

        using FrameSink sink = file switch
        {
            null => new ListingSink(
                output.OpenBytes(),
                new FrameView(PartsOf(arguments), output.Json, output.OutHasColor)
                {
                    Listing = arguments.GetValue(_time)!.ToListing(),
                },
                KeyFile.Follow(arguments.GetValue(_keys))),
            StandardOutput => FileSink.To(output.OpenBytes(), capture),
            _ => FileSink.To(file, rotation, capture),
        };
        if (Path.GetExtension(file) == OldExtension && !output.Json)
        {
            output.Note(CaptureText.NotOldFormat.With(file));
        }

        Begin(output, capture, user);
        using CapturedCommand? command = traffic is null
            ? null
            : CapturedCommand.Start(traffic, CommandLine, keepsOutput: IsFile(file));
        var run = new CaptureRun(capture, sink, end, TimeProvider.System)
        {
            Command = command,
            OnLeft = left => TellOfCommand(output, CommandState.Left, left),
        };
        try
        {
            await TakeAsync(run, stop);
            if (command is { HasExited: false } && !stop.IsCancellationRequested)
            {
                TellOfCommand(output, CommandState.GoesOn, command);
                await command.WaitAsync(stop);
            }
        }
        finally
        {
            // What ends the capture ends the command.
            await (command?.EndAsync() ?? Task.CompletedTask);
        }

        Summarize(output, run.Taken, capture.Counts, sink.Files, command);
        if (arguments.GetValue(_keys) is not null && !output.Json && sink is ListingSink listing
            && StreamWords.ClosedOf(listing.TlsConnections) is { } closed)
        {
            output.Note(closed);
        }

        return command?.ExitCode ?? ExitCode.Done;
    }

    // On a thread of its own: it waits in the kernel, and the ring must not wait for the pool.
    private static async Task TakeAsync(CaptureRun run, CancellationToken stop)
    {
        try
        {
            await Task.Factory.StartNew(
                () => run.Run(stop), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        }
        catch (IOException exception) when (StandardStreams.IsClosedPipe(exception))
        {
            // Whoever reads has enough, as head(1) does.
        }
    }

    private static string? ReadInterface(ArgumentResult result)
    {
        string[] names = [.. result.Tokens.Select(token => token.Value)];
        if (names is [var name] && name.Length > 0)
        {
            return name;
        }

        result.AddError(names.Length == 1 ? CaptureText.InterfaceEmpty : CaptureText.InterfaceOne);
        return null;
    }

    private static bool IsFile(string? file) => file is not (null or StandardOutput);

    private static void Begin(Output output, LiveCapture capture, UserAccount? user)
    {
        string name = capture.Description.Name;
        if (output.Json)
        {
            output.JsonNote("capturing", (name, user), static (json, one) =>
            {
                json.WriteString("interface", one.name);
                if (one.user is not null)
                {
                    json.WriteString("user", one.user.Name);
                }
            });
            return;
        }

        output.Note(user is null ? CaptureText.Capturing.With(name) : CaptureText.CapturingAs.With(name, user.Name));
    }

    /// <summary>Says what the command does while the capture does something else.</summary>
    private static void TellOfCommand(Output output, CommandState state, CapturedCommand command)
    {
        if (output.Json)
        {
            string type = state == CommandState.GoesOn ? "command_goes_on" : "command_left";
            output.JsonNote(type, state, static (_, _) => { });
        }
        else
        {
            output.Note(state == CommandState.GoesOn
                ? CaptureText.CommandGoesOn
                : CaptureText.CommandLeft.With(command.ExitCode));
        }
    }

    private static void Summarize(
        Output output, long taken, CaptureCounts counts, WrittenFiles files, CapturedCommand? command)
    {
        if (command is not null)
        {
            output.Note(""); // Its last line may lack an end.
        }

        if (output.Json)
        {
            output.JsonNote("summary", (taken, counts, files, command), WriteSummary);
            return;
        }

        string summary = CaptureText.SummaryCounts.With(
            TextFormat.Count(taken, CaptureText.CountPacket, CaptureText.CountPackets), Number(counts.Dropped));
        summary += files.Kept switch
        {
            [] => "",
            [var one] when files.Count == 1 => CaptureText.SummaryFile.With(one),
            [var one] => CaptureText.SummaryFileKept.With(Number(files.Count), one),
            _ when files.Kept.Count == files.Count =>
                CaptureText.SummaryFiles.With(Number(files.Count), files.Kept[0], files.Kept[^1]),
            _ => CaptureText.SummaryFilesKept.With(Number(files.Count), files.Kept[0], files.Kept[^1]),
        };
        summary += command is null ? "" : CaptureText.SummaryCommand.With(command.ExitCode);
        output.Note(summary);
        if (counts.Dropped > 0)
        {
            output.Note(command is null ? CaptureText.DroppedHint : CaptureText.DroppedHintCommand);
        }
    }

    private static void WriteSummary(
        Utf8JsonWriter json, (long Taken, CaptureCounts Counts, WrittenFiles Files, CapturedCommand? Command) one)
    {
        json.WriteNumber("packets", one.Taken);
        json.WriteNumber("passed_filter_packets", one.Counts.Passed);
        json.WriteNumber("dropped_packets", one.Counts.Dropped);
        if (one.Files.Kept.Count > 0)
        {
            if (one.Files.Count == 1)
            {
                json.WriteString("file", one.Files.Kept[0]);
            }

            json.WriteNumber("files_written", one.Files.Count);
            json.WriteStartArray("files");
            foreach (string file in one.Files.Kept)
            {
                json.WriteStringValue(file);
            }

            json.WriteEndArray();
        }

        if (one.Command is not null)
        {
            json.WriteNumber("command_exit_code", one.Command.ExitCode);
        }
    }

    private static string Number(long number) => number.ToString("N0", CultureInfo.InvariantCulture);

    private FrameParts PartsOf(ParseResult arguments) =>
        (arguments.GetValue(_tree) ? FrameParts.Tree : FrameParts.None)
        | (arguments.GetValue(_hex) ? FrameParts.Hex : FrameParts.None);

    private LiveCaptureOptions OptionsOf(ParseResult arguments)
    {
        long buffer = arguments.GetValue(_buffer);
        return new LiveCaptureOptions
        {
            Interface = arguments.GetValue(_interface)!,
            Filter = string.Join(' ', arguments.GetValue(_filter)!),
            SnapLength = arguments.Between(_snapLength, 0, LiveCaptureOptions.SnapLengthMax) is > 0 and var length
                ? length
                : LiveCaptureOptions.SnapLengthMax, // As for tcpdump.
            IsPromiscuous = arguments.GetValue(_promiscuous),
            RingBytes = buffer is >= RingBytesMin and <= RingBytesMost
                ? (int)buffer
                : throw new ToolException(ExitCode.Usage, CaptureText.BufferRange.With(buffer)),
        };
    }

    private CaptureEnd Check(ParseResult arguments, Output output, string? file)
    {
        if (file is not null && (PartsOf(arguments) != FrameParts.None || arguments.IsGiven(_time)))
        {
            throw new ToolException(ExitCode.Usage, CaptureText.WriteOrShow);
        }

        if (s_packed.Contains(Path.GetExtension(file)))
        {
            throw new ToolException(ExitCode.Usage, CaptureText.NotPacked.With(file));
        }

        if (file is not null && arguments.GetValue(_keys) is { } keys)
        {
            throw new ToolException(ExitCode.Usage, CaptureText.KeysNotWritten.With(keys));
        }

        if (file == StandardOutput && output.OutIsTerminal)
        {
            throw new ToolException(ExitCode.Usage, CaptureText.NotToTerminal);
        }

        if (CommandLine.Count > 0 && !Exec.CanFind(CommandLine[0]))
        {
            throw new ToolException(ExitCode.Usage, CaptureText.CommandNotFound.With(CommandLine[0]));
        }

        return new CaptureEnd(
            arguments.IsGiven(_count) ? arguments.Between(_count, 1, int.MaxValue) : long.MaxValue,
            arguments.GetValue(_seconds));
    }

    private Rotation? RotationOf(ParseResult arguments, string? file)
    {
        bool rotates = arguments.IsGiven(_rotateSize) || arguments.IsGiven(_rotateSeconds);
        if (!rotates)
        {
            return arguments.IsGiven(_files)
                ? throw new ToolException(ExitCode.Usage, CaptureText.FilesWithoutRotation)
                : null;
        }

        if (!IsFile(file))
        {
            throw new ToolException(ExitCode.Usage, CaptureText.RotationWithoutFile);
        }

        long size = arguments.GetValue(_rotateSize);
        return new Rotation(
            size > 0 ? size : throw new ToolException(ExitCode.Usage, CaptureText.RotateSizeZero),
            arguments.Between(_rotateSeconds, 1, int.MaxValue),
            arguments.Between(_files, 1, int.MaxValue));
    }
}
