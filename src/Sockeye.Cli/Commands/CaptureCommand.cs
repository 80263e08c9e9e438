using System.ComponentModel;
using System.CommandLine;
using System.Diagnostics;
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
    private const string Shell = "/bin/sh";
    private const int RingBytesMin = 1 << 20;
    private const int RingBytesMost = 1 << 30;

    /// <summary>How long a command may take to end that was asked to.</summary>
    private static readonly TimeSpan s_endMax = TimeSpan.FromSeconds(2);

    private readonly Argument<string[]> _filter = new("filter")
    {
        Description = CaptureText.ArgumentFilter,
        Arity = ArgumentArity.ZeroOrMore,
    };

    private readonly Option<string> _interface = new("--interface", "-i")
    {
        Description = CaptureText.OptionInterface,
        HelpName = "name",
        DefaultValueFactory = _ => LiveCaptureOptions.AnyInterface,
    };

    private readonly Option<string?> _write = new("--write", "-w")
    {
        Description = CaptureText.OptionWrite,
        HelpName = "file",
    };

    private readonly Option<int> _count = Number("--count", "-c", CaptureText.OptionCount, int.MaxValue);

    private readonly Option<int> _seconds = OptionKinds.Number("--seconds", CaptureText.OptionSeconds, int.MaxValue);

    private readonly Option<int> _snapLength =
        Number("--snaplen", "-s", CaptureText.OptionSnapLength, LiveCaptureOptions.SnapLengthMax);

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

    private readonly Option<bool> _hex = new("--hex") { Description = CaptureText.OptionHex };

    private readonly Option<string?> _keys = new("--keys")
    {
        Description = CaptureText.OptionKeys,
        HelpName = "file",
    };

    private readonly Option<bool> _list = new("--list-interfaces") { Description = CaptureText.OptionList };

    public CaptureCommand()
        : base("capture", CaptureText.Summary)
    {
        Arguments.Add(_filter);
        Option[] options =
        [
            _interface, _write, _count, _seconds, _snapLength, _tree, _hex, _keys, _rotateSize, _rotateSeconds,
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
                output.OpenBytes(), new FrameView(PartsOf(arguments), output.Json, output.OutHasColor),
                KeyFile.Follow(arguments.GetValue(_keys))),
            StandardOutput => FileSink.To(output.OpenBytes(), capture),
            _ => FileSink.To(file, rotation, capture),
        };
        Begin(output, capture, user);
        using Process? command = traffic is null ? null : StartCommand(traffic, keepsOutput: IsFile(file));
        var run = new CaptureRun(capture, sink, end, TimeProvider.System)
        {
            Command = command is null ? null : (command, traffic!),
        };
        try
        {
            // On a thread of its own: it waits in the kernel, and the ring must not wait for the pool.
            await Task.Factory.StartNew(
                () => run.Run(stop), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        }
        catch (IOException exception) when (StandardStreams.IsClosedPipe(exception))
        {
            return ExitCode.Done; // Whoever reads has enough, as head(1) does.
        }
        finally
        {
            await EndAsync(command, traffic);
        }

        Summarize(output, run.Taken, capture.Counts, file, command);
        return ExitCode.Done;
    }

    private static Option<int> Number(string name, string alias, string description, int standard)
    {
        Option<int> option = OptionKinds.Number(name, description, standard);
        option.Aliases.Add(alias);
        return option;
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

    private static void Summarize(Output output, long taken, CaptureCounts counts, string? file, Process? command)
    {
        string? path = IsFile(file) ? file : null;
        if (output.Json)
        {
            output.JsonNote("summary", (taken, counts, path, command), static (json, one) =>
            {
                json.WriteNumber("packets", one.taken);
                json.WriteNumber("passed_filter_packets", one.counts.Passed);
                json.WriteNumber("dropped_packets", one.counts.Dropped);
                if (one.path is not null)
                {
                    json.WriteString("file", one.path);
                }

                if (one.command is not null)
                {
                    json.WriteNumber("command_exit_code", one.command.ExitCode);
                }
            });
            return;
        }

        string summary = CaptureText.SummaryCounts.With(
            TextFormat.Count(taken, CaptureText.CountPacket, CaptureText.CountPackets), counts.Dropped);
        summary += path is null ? "" : CaptureText.SummaryFile.With(path);
        summary += command is null ? "" : CaptureText.SummaryCommand.With(command.ExitCode);
        output.Note(summary);
    }

    private static async Task EndAsync(Process? command, CommandTraffic? traffic)
    {
        if (command is null || command.HasExited)
        {
            return;
        }

        // What ends the capture ends the command, kindly at first.
        traffic!.Terminate();
        using var patience = new CancellationTokenSource(s_endMax);
        try
        {
            await command.WaitForExitAsync(patience.Token);
        }
        catch (OperationCanceledException)
        {
            command.Kill(entireProcessTree: true);
            await command.WaitForExitAsync(CancellationToken.None);
        }
    }

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
            SnapLength = arguments.Between(_snapLength, 1, LiveCaptureOptions.SnapLengthMax),
            IsPromiscuous = arguments.GetValue(_promiscuous),
            RingBytes = buffer is >= RingBytesMin and <= RingBytesMost
                ? (int)buffer
                : throw new ToolException(ExitCode.Usage, CaptureText.BufferRange.With(buffer)),
        };
    }

    private CaptureEnd Check(ParseResult arguments, Output output, string? file)
    {
        if (file is not null && PartsOf(arguments) != FrameParts.None)
        {
            throw new ToolException(ExitCode.Usage, CaptureText.WriteOrShow);
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
            arguments.IsGiven(_seconds)
                ? TimeSpan.FromSeconds(arguments.Between(_seconds, 1, int.MaxValue))
                : Timeout.InfiniteTimeSpan);
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

        return new Rotation(
            arguments.GetValue(_rotateSize),
            arguments.Between(_rotateSeconds, 1, int.MaxValue),
            arguments.Between(_files, 1, int.MaxValue));
    }

    private Process StartCommand(CommandTraffic traffic, bool keepsOutput)
    {
        // Where standard output is ours, what the command writes goes to standard error. The shell only passes on.
        string[] words = keepsOutput
            ? [.. CommandLine]
            : [Shell, "-c", "exec \"$@\" >&2", Shell, .. CommandLine];
        try
        {
            return traffic.Start(new ProcessStartInfo(words[0], words.Skip(1)));
        }
        catch (Win32Exception exception)
        {
            throw new ToolException(
                ExitCode.Usage, CaptureText.CommandFailed.With(CommandLine[0], exception.Message));
        }
    }
}
