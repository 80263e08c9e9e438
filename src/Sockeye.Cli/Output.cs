using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Sockeye.Cli.Resources;

namespace Sockeye.Cli;

/// <summary>When to colour what is written.</summary>
internal enum ColorChoice
{
    /// <summary>On a terminal, unless the environment says otherwise.</summary>
    Auto,

    /// <summary>Always, a file or a pipe too.</summary>
    Always,

    /// <summary>Never.</summary>
    Never,
}

/// <summary>
/// Where a command writes: data to standard output, everything else to standard error.
/// One command at a time owns it; it is not safe to use from two threads at once.
/// </summary>
internal sealed class Output : IDisposable
{
    /// <summary>The version of the JSON that every command writes; it grows only when a reader could break.</summary>
    public const int SchemaVersion = 1;

    private const int WidthWithoutTerminal = 80;
    private const int WidthMax = 100;

    // Relaxed: what is written goes to a program or a terminal, never into a page of HTML.
    private static readonly JsonWriterOptions s_jsonOptions = new()
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    private readonly Stream _out;
    private readonly Stream _error;
    private readonly Func<string, string?> _environment;
    private readonly ArrayBufferWriter<byte> _text = new();
    private ArrayBufferWriter<byte>? _jsonLine;
    private Utf8JsonWriter? _json;

    /// <summary>Makes an output of two streams.</summary>
    /// <param name="standardOutput">Takes the data.</param>
    /// <param name="standardError">Takes everything else.</param>
    /// <param name="environment">Gives an environment variable, or null when it is not set.</param>
    public Output(Stream standardOutput, Stream standardError, Func<string, string?> environment)
    {
        _out = standardOutput;
        _error = standardError;
        _environment = environment;
        OpenBytes = () => standardOutput;
    }

    /// <summary>Whether standard output is a terminal.</summary>
    public bool OutIsTerminal { get; init; }

    /// <summary>Whether standard error is a terminal: only then may progress be shown there.</summary>
    public bool ErrorIsTerminal { get; init; }

    /// <summary>Whether the caller asked for JSON. Set once, after the command line is read.</summary>
    public bool Json { get; set; }

    /// <summary>What the command line said about colour. Set once, after the command line is read.</summary>
    public ColorChoice Color { get; set; }

    /// <summary>Whether to colour the data.</summary>
    public bool OutHasColor => HasColor(OutIsTerminal) && !Json;

    /// <summary>Whether to colour everything else.</summary>
    public bool ErrorHasColor => HasColor(ErrorIsTerminal);

    /// <summary>How many columns a line may fill.</summary>
    public int Width
    {
        get
        {
            if (int.TryParse(_environment("COLUMNS"), out var columns) && columns > 0)
            {
                return Math.Min(columns, WidthMax);
            }

            return OutIsTerminal ? Math.Clamp(Console.WindowWidth, 1, WidthMax) : WidthWithoutTerminal;
        }
    }

    /// <summary>Opens standard output for bytes. Of this process it is one that tells when nobody reads any more.
    /// </summary>
    public Func<Stream> OpenBytes { get; private init; }

    /// <summary>The output of this process.</summary>
    public static Output OfProcess() =>
        new(Console.OpenStandardOutput(), Console.OpenStandardError(), System.Environment.GetEnvironmentVariable)
        {
            OpenBytes = Connecting.StandardStreams.OpenOutput,
            OutIsTerminal = !Console.IsOutputRedirected,
            ErrorIsTerminal = !Console.IsErrorRedirected,
        };

    /// <summary>An output to the same places, through queues: writing to it never waits.</summary>
    /// <param name="data">The queue before standard output.</param>
    /// <param name="notes">The queue before standard error.</param>
    public Output Queued(out QueuedStream data, out QueuedStream notes)
    {
        data = new QueuedStream(_out, "standard output", static _ => { });
        notes = new QueuedStream(_error, "standard error", static _ => { });
        return new Output(data, notes, _environment)
        {
            OutIsTerminal = OutIsTerminal,
            ErrorIsTerminal = ErrorIsTerminal,
            Json = Json,
            Color = Color,
        };
    }

    /// <summary>An environment variable, or null.</summary>
    public string? Environment(string name) => _environment(name);

    /// <summary>Writes a line of data. A terminal shows it at once; elsewhere it waits for more.</summary>
    public void Line(string line = "") => Part(line + "\n");

    /// <summary>Writes text that may be a part of a line, in the same way.</summary>
    public void Part(string text)
    {
        Encoding.UTF8.GetBytes(text, _text);
        if (OutIsTerminal || _text.WrittenCount >= 16 * 1024)
        {
            Flush();
        }
    }

    /// <summary>
    /// Writes one line of JSON and sends it on its way: <c>schema_version</c>, <c>type</c>, and what
    /// <paramref name="fill"/> adds. Units belong in the names of the keys.
    /// </summary>
    public void JsonLine<TValue>(string type, TValue value, Action<Utf8JsonWriter, TValue> fill) =>
        WriteJson(_out, type, value, fill);

    /// <summary>Writes one line of JSON about the work, not of it: to standard error.</summary>
    public void JsonNote<TValue>(string type, TValue value, Action<Utf8JsonWriter, TValue> fill) =>
        WriteJson(_error, type, value, fill);

    /// <summary>Writes a line about the work, not of it: to standard error.</summary>
    public void Note(string line)
    {
        Flush();
        Write(_error, Encoding.UTF8.GetBytes(line + "\n"));
    }

    /// <summary>
    /// Writes the sentence that says why the command ended. It comes last, after all the data, and whatever it quotes
    /// stays on one line.
    /// </summary>
    public void Error(string sentence)
    {
        var name = ErrorHasColor ? "\e[1;31msockeye:\e[0m " : "sockeye: ";
        Note(name + OnOneLine(sentence));
    }

    /// <summary>Sends the lines of data that were written so far.</summary>
    public void Flush()
    {
        if (_text.WrittenCount > 0)
        {
            // Emptied first: when writing fails, the next flush must not fail again with the same lines.
            var lines = _text.WrittenSpan;
            _text.ResetWrittenCount();
            Write(_out, lines);
        }
    }

    public void Dispose()
    {
        Flush();
        _json?.Dispose();
    }

    private void WriteJson<TValue>(Stream stream, string type, TValue value, Action<Utf8JsonWriter, TValue> fill)
    {
        Flush();
        _jsonLine ??= new ArrayBufferWriter<byte>();
        _json ??= new Utf8JsonWriter(_jsonLine, s_jsonOptions);
        _jsonLine.ResetWrittenCount();
        _json.Reset(_jsonLine);

        _json.WriteStartObject();
        _json.WriteNumber("schema_version", SchemaVersion);
        _json.WriteString("type", type);
        fill(_json, value);
        _json.WriteEndObject();
        _json.Flush();
        _jsonLine.Write("\n"u8);

        Write(stream, _jsonLine.WrittenSpan);
    }

    private void Write(Stream stream, ReadOnlySpan<byte> bytes)
    {
        try
        {
            stream.Write(bytes);
            stream.Flush();
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException && stream == _error)
        {
            // Closed, full, or its terminal is gone: there is nowhere left to say so, and the result stands.
        }
        catch (UnauthorizedAccessException)
        {
            // EBADF, as the runtime words it. Permissions were asked for when it was opened, not now.
            throw new ToolException(ExitCode.Files, Text.OutputClosed);
        }
    }

    // no-color.org: the variable counts when it is set and not empty. A choice on the command line beats both.
    private bool HasColor(bool isTerminal) => Color switch
    {
        ColorChoice.Always => true,
        ColorChoice.Never => false,
        _ when _environment("NO_COLOR") is { Length: > 0 } => false,
        _ when _environment("FORCE_COLOR") is { Length: > 0 } forced => forced != "0",
        _ => isTerminal && _environment("TERM") != "dumb",
    };

    // A name from the network or the command line may hold escape sequences; on a screen they would be obeyed.
    private static string OnOneLine(string sentence) => string.Create(sentence.Length, sentence, static (span, text) =>
    {
        for (var i = 0; i < text.Length; i++)
        {
            span[i] = char.IsControl(text[i]) ? ' ' : text[i];
        }
    });
}
