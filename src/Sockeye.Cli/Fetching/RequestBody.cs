using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Sockeye.Cli.Resources;
using Sockeye.Http.Client;
using Sockeye.Http.Files;

namespace Sockeye.Cli.Fetching;

/// <summary>The body of a request.</summary>
/// <param name="Content">What is sent.</param>
/// <param name="ContentType">Its media type.</param>
/// <param name="Curl">The words that make curl send the same.</param>
/// <param name="Shown">Its bytes where they are in memory, to show them.</param>
internal sealed record RequestBody(
    FetchContent Content, string ContentType, string[] Curl, ReadOnlyMemory<byte>? Shown)
{
    /// <summary>The media type of JSON.</summary>
    public const string Json = "application/json";

    /// <summary>Bytes of standard input, which is read before it is sent so that its length can be said.</summary>
    private const int InputBytesMax = 64 * 1024 * 1024;

    private const string Form = "application/x-www-form-urlencoded";

    private static readonly JsonWriterOptions s_json = new()
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>Makes the body that the items ask for; null when they ask for none.</summary>
    /// <param name="items">All items.</param>
    /// <param name="isForm">A form, not JSON.</param>
    /// <param name="input">Opens standard input.</param>
    /// <exception cref="ToolException">They do not fit together, or a file cannot be read.</exception>
    public static RequestBody? Of(IReadOnlyList<RequestItem> items, bool isForm, Func<Stream> input)
    {
        RequestItem[] parts = [.. items.Where(item => item.IsBody)];
        if (parts.FirstOrDefault(item => item.Kind == ItemKind.Body) is { } whole)
        {
            return parts.Length == 1
                ? Whole(whole.Value, isForm, input)
                : throw new ToolException(ExitCode.Usage, FetchText.TwoBodies.With(whole.Value));
        }

        return parts.Length == 0 ? null
            : parts.Any(item => item.Kind == ItemKind.File) ? Multipart.Of(parts)
            : isForm ? Urlencoded(parts)
            : JsonObject(parts);
    }

    /// <summary>A file that is to be read, as whoever typed its name should hear of it when that cannot be.</summary>
    public static FileStream Open(string path)
    {
        try
        {
            return File.OpenRead(path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new ToolException(
                exception is UnauthorizedAccessException && !Directory.Exists(path)
                    ? ExitCode.Permission
                    : ExitCode.Usage,
                FetchText.FileUnreadable.With(path, FileFault.Of(path, exception)));
        }
    }

    /// <summary>What an item says, from its file if that is where it is.</summary>
    public static string TextOf(RequestItem item)
    {
        if (item.Kind is not (ItemKind.TextFile or ItemKind.JsonFile))
        {
            return item.Value;
        }

        using var reader = new StreamReader(Open(item.Value));
        return reader.ReadToEnd();
    }

    private static RequestBody Whole(string path, bool isForm, Func<Stream> input)
    {
        if (path == RequestItem.StandardInput)
        {
            byte[] bytes = ReadInput(input);
            return new RequestBody(
                FetchContent.From(bytes), isForm ? Form : Json, ["--data-binary", "@-"], bytes);
        }

        string type = isForm ? Form : MediaTypes.Of(path);
        return new RequestBody(FetchContent.From(Open(path)), type, ["--data-binary", "@" + path], null);
    }

    private static byte[] ReadInput(Func<Stream> input)
    {
        using Stream stream = input();
        using var held = new MemoryStream();
        byte[] buffer = new byte[65_536];
        while (stream.Read(buffer) is > 0 and int count)
        {
            held.Write(buffer, 0, count);
            if (held.Length > InputBytesMax)
            {
                throw new ToolException(ExitCode.Usage, FetchText.InputTooLong.With(InputBytesMax));
            }
        }

        return held.ToArray();
    }

    private static RequestBody Urlencoded(RequestItem[] parts)
    {
        IEnumerable<string> pairs = parts.Select(item => $"{Encode(item.Name)}={Encode(TextOf(item))}");
        return OfText(string.Join('&', pairs), Form);

        // Forms write a space as a plus.
        static string Encode(string text) => Uri.EscapeDataString(text).Replace("%20", "+", StringComparison.Ordinal);
    }

    private static RequestBody JsonObject(RequestItem[] parts)
    {
        var root = new JsonItems();
        foreach (RequestItem item in parts)
        {
            root.Set(item.Name, ValueOf(item));
        }

        var bytes = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(bytes, s_json))
        {
            root.Write(json);
        }

        return OfText(Encoding.UTF8.GetString(bytes.WrittenSpan), Json);
    }

    private static Action<Utf8JsonWriter> ValueOf(RequestItem item)
    {
        string text = TextOf(item);
        if (item.Kind is ItemKind.Text or ItemKind.TextFile)
        {
            return json => json.WriteStringValue(text);
        }

        return json =>
        {
            try
            {
                json.WriteRawValue(text);
            }
            catch (JsonException exception)
            {
                throw new ToolException(
                    ExitCode.Usage, FetchText.BadJson.With(item.Name, exception.Message.Split('.')[0]));
            }
        };
    }

    private static RequestBody OfText(string text, string type)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        return new RequestBody(FetchContent.From(bytes), type, ["--data-raw", text], bytes);
    }
}
