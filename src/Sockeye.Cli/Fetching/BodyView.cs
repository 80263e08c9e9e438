using System.Text;
using Sockeye.Cli.Resources;
using Sockeye.Http.Client;

namespace Sockeye.Cli.Fetching;

/// <summary>
/// The body of a response on standard output: byte for byte in a pipe; on a terminal JSON is indented and coloured,
/// text cannot command it, and what is not text is not shown.
/// </summary>
internal static class BodyView
{
    private const int PieceBytes = 65_536;

    /// <summary>Bytes of a JSON body that is indented; a longer one is shown as it comes.</summary>
    private const int IndentedBytesMax = 8 * 1024 * 1024;

    /// <summary>Writes all of the body, as it comes.</summary>
    public static async Task WriteAsync(Output output, FetchResponse response, CancellationToken stop)
    {
        bool isJson = IsJson(response.Fields["Content-Type"]);
        if (!output.OutIsTerminal && !(output.OutHasColor && isJson))
        {
            await CopyAsync(output, response.Body, stop);
            return;
        }

        byte[] held = isJson ? await HoldAsync(response.Body, stop) : [];
        if (held.Length is > 0 and <= IndentedBytesMax && JsonView.Of(held, output.OutHasColor) is { } json)
        {
            output.Line(json);
            return;
        }

        await ShowAsync(output, held, response.Body, stop);
    }

    /// <summary>Writes the body of a request that is in memory.</summary>
    public static void Write(Output output, ReadOnlyMemory<byte> body, string? contentType)
    {
        bool isPretty = output.OutIsTerminal || output.OutHasColor;
        string? json = isPretty && IsJson(contentType) ? JsonView.Of(body.Span, output.OutHasColor) : null;
        output.Line(json ?? Screen.Safe(Encoding.UTF8.GetString(body.Span)));
    }

    /// <summary>Whether a media type is JSON: <c>application/json</c>, or one that ends in <c>+json</c>.</summary>
    public static bool IsJson(string? contentType)
    {
        string type = contentType?.Split(';')[0].Trim() ?? "";
        return type.Equals(RequestBody.Json, StringComparison.OrdinalIgnoreCase)
            || type.EndsWith("+json", StringComparison.OrdinalIgnoreCase);
    }

    private static async Task CopyAsync(Output output, Stream body, CancellationToken stop)
    {
        output.Flush();
        byte[] piece = new byte[PieceBytes];
        Stream bytes = output.OpenBytes();
        while (await body.ReadAsync(piece, stop) is > 0 and int count)
        {
            bytes.Write(piece, 0, count);
            bytes.Flush();
        }
    }

    /// <summary>The body until it ends, or is too long to be indented.</summary>
    private static async Task<byte[]> HoldAsync(Stream body, CancellationToken stop)
    {
        using var held = new MemoryStream();
        byte[] piece = new byte[PieceBytes];
        while (held.Length <= IndentedBytesMax && await body.ReadAsync(piece, stop) is > 0 and int count)
        {
            held.Write(piece, 0, count);
        }

        return held.ToArray();
    }

    private static async Task ShowAsync(Output output, byte[] held, Stream body, CancellationToken stop)
    {
        Decoder decoder = Encoding.UTF8.GetDecoder();
        byte[] piece = new byte[PieceBytes];
        char[] text = new char[PieceBytes + 1];
        long bytes = 0;
        ReadOnlyMemory<byte> next = held;
        bool endsLine = true;
        while (true)
        {
            if (next.IsEmpty)
            {
                int count = await body.ReadAsync(piece, stop);
                if (count == 0)
                {
                    break;
                }

                next = piece.AsMemory(0, count);
            }

            ReadOnlyMemory<byte> part = next[..Math.Min(next.Length, PieceBytes)];
            next = next[part.Length..];
            if (bytes == 0 && part.Span.Contains((byte)0))
            {
                output.Note(FetchText.BinaryBody);
                return;
            }

            bytes += part.Length;
            string shown = Screen.Safe(new string(text, 0, decoder.GetChars(part.Span, text, flush: false)));
            output.Part(shown);
            endsLine = shown.Length == 0 ? endsLine : shown[^1] == '\n';
        }

        if (!endsLine)
        {
            output.Line();
        }
    }
}
