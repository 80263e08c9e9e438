using System.CommandLine;
using System.Text;
using Sockeye.Capture;
using Sockeye.Capture.Journeys;
using Sockeye.Capture.Ladder;
using Sockeye.Cli.Capturing;
using Sockeye.Cli.Resources;
using Sockeye.Cli.Tracing;
using Sockeye.Diagnostics.Names;
using Sockeye.Wire.Files;

namespace Sockeye.Cli.Commands;

/// <summary><c>sockeye trace URL|HOST:PORT</c>: the whole journey, from the name to the close.</summary>
internal sealed class TraceCommand : ToolCommand
{
    private readonly Argument<string> _target = new("target") { Description = TraceText.ArgumentTarget };

    private readonly Option<string?> _write = OptionKinds.File("--write", TraceText.OptionWrite, "-w");

    private readonly Option<string?> _har = OptionKinds.File("--har", TraceText.OptionHar);

    private readonly Option<string?> _html = OptionKinds.File("--html", TraceText.OptionHtml);

    private readonly Option<string?> _svg = OptionKinds.File("--svg", TraceText.OptionSvg);

    private readonly Option<bool> _noCapture = new("--no-capture") { Description = TraceText.OptionNoCapture };

    private readonly Option<string?> _say = new("--say") { Description = TraceText.OptionSay, HelpName = "text" };

    private readonly Option<string?> _dns = new("--dns") { Description = TraceText.OptionDns, HelpName = "server" };

    private readonly Option<bool> _insecure = new("--insecure", "-k") { Description = TraceText.OptionInsecure };

    private readonly Option<TimeSpan> _timeout =
        OptionKinds.Duration("--timeout", TraceText.OptionTimeout, ConnectOptions.Default.Timeout);

    private readonly Option<IoModel> _io = OptionKinds.Model();

    public TraceCommand()
        : base("trace", TraceText.Summary)
    {
        Arguments.Add(_target);
        Option[] options = [_write, _har, _html, _svg, _noCapture, _say, _dns, _insecure, _timeout, _io];
        foreach (Option option in options)
        {
            Options.Add(option);
        }
    }

    public override IReadOnlyList<Example> Examples =>
    [
        new("sockeye trace https://example.com -w t.pcapng", TraceText.ExampleSave),
        new("sockeye trace :8080/plaintext", TraceText.ExampleHere),
        new("sockeye trace tcp://:9999 --say Michael", TraceText.ExampleSay),
        new("sockeye trace example.com --dns 1.1.1.1", TraceText.ExampleDns),
        new("sockeye trace https://example.com --html t.html --har t.har", TraceText.ExampleFiles),
        new("sockeye trace https://example.com --no-capture --json", TraceText.ExampleJson),
    ];

    public override async Task<int> RunAsync(ParseResult arguments, Output output, CancellationToken stop)
    {
        Endpoint target = TraceTarget.Parse(arguments.GetValue(_target)!);
        Check(arguments, target);
        ResolverConfiguration names = NamesOf(arguments);
        HostsFile hosts = arguments.GetValue(_dns) is null ? HostsFile.ReadSystem() : HostsFile.Empty;
        TimeSpan timeout = arguments.Positive(_timeout);
        await using Network network = Network.Open(arguments.GetValue(_io), new NetworkOptions { Loops = 1 });
        bool wantsKeys = !arguments.GetValue(_noCapture) && target.Scheme is EndpointScheme.Https or EndpointScheme.Tls;
        UserAccount? user = AskingUser.Find(output);
        using KeyLog? keys = wantsKeys ? KeyLog.Begin(user) : null;
        using var watching = new TraceWatching(
            !arguments.GetValue(_noCapture), TraceFilters.ForKernel(target, names));
        var way = new TraceWay(new StubResolver(network, names, hosts), names, watching.Watch)
        {
            AsksDnsAlone = arguments.GetValue(_dns) is not null,
        };
        var plan = new JourneyPlan
        {
            Target = target,
            LookUp = way.LookUpAsync,
            Approaching = addresses =>
            {
                // The last interfaces are watched from here on: nothing more needs the rights of root.
                way.Approach(addresses);
                user?.Become();
            },
            Say = arguments.GetValue(_say),
            Timeout = timeout,
            TakesAnyCertificate = arguments.GetValue(_insecure),
        };
        await Rehearsal.RunAsync(network, plan, hosts, stop);
        keys?.Forget();
        way.Prepare(target);
        Journey journey = await Journey.TakeAsync(network, plan, stop);
        user?.Become(); // Where there was no address to approach.
        JourneyFrames? frames = watching.Finish(journey, TraceFilters.Of(journey, way), keys, NamesIn(way));
        frames = frames is null ? null : frames with { NamePorts = [.. names.Servers.Select(one => one.Port)] };
        TraceResult result = new(frames is null ? journey : journey.TimedBy(frames), way)
        {
            Frames = frames,
            WhyNoFrames = watching.Refusal,
        };
        await SaveAsync(arguments, result, output);
        Show(arguments, result, output);
        return (TraceFailure.Of(result, timeout) ?? NotWritten(arguments, result)) is { } failure
            ? throw failure
            : ExitCode.Done;
    }

    private void Check(ParseResult arguments, Endpoint target)
    {
        bool isHttp = target.Scheme is EndpointScheme.Http or EndpointScheme.Https;
        if (isHttp && arguments.GetValue(_say) is not null)
        {
            throw new ToolException(ExitCode.Usage, TraceText.OnlyPlain.With($"tcp://{target.Host}:{target.Port}"));
        }

        if (!isHttp && arguments.GetValue(_har) is not null)
        {
            throw new ToolException(ExitCode.Usage, TraceText.OnlyHttp.With(target));
        }

        if (arguments.GetValue(_noCapture)
            && (arguments.GetValue(_write) is not null || arguments.GetValue(_svg) is not null))
        {
            throw new ToolException(ExitCode.Usage, TraceText.NothingToSave);
        }

        Option<string?>[] files = [_write, _har, _html, _svg];
        OutputFiles.Check(null, [.. files.Select(one => (one.Name, arguments.GetValue(one)))]);
    }

    private ResolverConfiguration NamesOf(ParseResult arguments)
    {
        ResolverConfiguration system = ResolverConfiguration.ReadSystem();
        if (arguments.GetValue(_dns) is not { } text)
        {
            return system;
        }

        string server = text.TrimStart('@');
        string written = server.Contains("://", StringComparison.Ordinal) ? server : $"udp://{Complete(server)}";
        return Endpoint.TryParse(written, out Endpoint? endpoint, out _)
            && endpoint is { Scheme: EndpointScheme.Udp, Address: not null }
                ? system with { Servers = [endpoint] }
                : throw new ToolException(ExitCode.Usage, TraceText.BadServer.With(text));

        static string Complete(string server) =>
            System.Net.IPAddress.TryParse(server, out System.Net.IPAddress? alone)
                ? $"{new System.Net.IPEndPoint(alone, ResolverConfiguration.Port)}"
                : server;
    }

    /// <summary>The name that was looked up, for whoever reads the file.</summary>
    private static PcapngNames[] NamesIn(TraceWay way) =>
        [.. (way.Names?.Addresses ?? []).Select(one => new PcapngNames(one, [way.Names!.Host]))];

    private async Task SaveAsync(ParseResult arguments, TraceResult result, Output output)
    {
        if (arguments.GetValue(_write) is { } path && result.Frames is { } frames)
        {
            if (path == "-")
            {
                await using Stream standard = output.OpenBytes();
                await standard.WriteAsync(frames.File);
            }
            else
            {
                await OutputFiles.WriteAsync(path, frames.SaveAsync);
            }
        }

        if (arguments.GetValue(_har) is { } har)
        {
            await OutputFiles.WriteAsync(har, HarFile.Of(result), result.IsSecret);
        }

        if (arguments.GetValue(_html) is { } html)
        {
            await OutputFiles.WriteAsync(html, Encoding.UTF8.GetBytes(TracePage.Of(result)), result.IsSecret);
        }

        if (arguments.GetValue(_svg) is { } svg && result.Frames is not null)
        {
            LadderDiagram ladder = TraceLadder.Of(result, keepsDetails: false);
            await OutputFiles.WriteAsync(svg, Encoding.UTF8.GetBytes(LadderSvg.Draw(ladder)), result.IsSecret);
        }
    }

    private void Show(ParseResult arguments, TraceResult result, Output output)
    {
        string? saved = arguments.GetValue(_write);
        if (saved == OutputFiles.Standard)
        {
            return; // Standard output is the file.
        }

        if (output.Json)
        {
            output.JsonLine("trace", (result, result.Frames is null ? null : saved), TraceJson.Write);
            return;
        }

        new TraceStory(result, output).Write();
        if (saved is not null && result.Frames is { } frames)
        {
            string packets = TextFormat.Count(frames.Count, CaptureText.CountPacket, CaptureText.CountPackets);
            output.Note(SavedText(result).With(saved, packets));
        }

        if (result.Frames is { Dropped: > 0 } incomplete)
        {
            output.Note(TraceText.FramesDropped.With(incomplete.Dropped));
        }

        if (result.Frames is { Unwatched.Count: > 0 } partial)
        {
            output.Note(TraceText.FramesUnwatched.With(
                string.Join(", ", partial.Unwatched), JourneyCapture.InterfacesMax));
        }

        if (result.WhyNoFrames is { } why)
        {
            output.Note(TraceText.NoFrames.With(WithoutCapital(why.Message)));
        }
    }

    private static string SavedText(TraceResult result) => result switch
    {
        { Frames.HasSecrets: false } => TraceText.Saved,
        { Journey.Http: null } => TraceText.SavedKeys, // It was not got to, or is not spoken.
        _ => TraceText.SavedWithKeys,
    };

    private static string WithoutCapital(string sentence) =>
        char.ToLowerInvariant(sentence[0]) + sentence[1..].TrimEnd('.');

    /// <summary>What of the files that were asked for there is not, because nothing may be captured.</summary>
    private CaptureException? NotWritten(ParseResult arguments, TraceResult result)
    {
        string[] missing = [.. new[] { _write, _svg }.Select(one => arguments.GetValue(one)).OfType<string>()];
        return result.WhyNoFrames is not { } why || missing.Length == 0 ? null : new CaptureException(
            why.Error,
            missing is [var one, var other]
                ? TraceText.NotWrittenTwo.With(one, other, WithoutCapital(why.Message))
                : TraceText.NotWritten.With(missing[0], WithoutCapital(why.Message)));
    }
}
