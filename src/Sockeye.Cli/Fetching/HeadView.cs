using System.Text;
using Sockeye.Http.Client;

namespace Sockeye.Cli.Fetching;

/// <summary>The head of a message, as lines.</summary>
internal static class HeadView
{
    /// <summary>Writes the head of a response, and the empty line after it.</summary>
    public static void Write(Output output, FetchResponse response)
    {
        bool color = output.OutHasColor;
        string status = $"{response.Status} {Shown(output, response.Reason)}";
        string version = Screen.In(Screen.Blue, "HTTP/" + VersionOf(response), color);
        output.Line($"{version} {Screen.In(ColorOf(response.Status), status, color)}");
        WriteFields(output, response.Fields);
        output.Line();
    }

    /// <summary>Writes header or trailer fields, a line each.</summary>
    public static void WriteFields(Output output, FetchFields fields)
    {
        foreach ((string name, string value) in fields)
        {
            string shown = Shown(output, FieldText.Decode(value));
            output.Line($"{Screen.In(Screen.Cyan, name, output.OutHasColor)}: {shown}");
        }
    }

    /// <summary>Writes the head of a request from the bytes that were sent.</summary>
    public static void WriteSent(Output output, ReadOnlySpan<byte> head)
    {
        bool color = output.OutHasColor;
        string[] lines = Encoding.Latin1.GetString(head).Split("\r\n", StringSplitOptions.RemoveEmptyEntries);
        string[] words = lines[0].Split(' ', 2);
        output.Line($"{Screen.In(Screen.Green, words[0], color)} {words[1]}");
        foreach (string line in lines.Skip(1))
        {
            string[] field = line.Split(':', 2);
            string value = Shown(output, FieldText.Decode(field[1]));
            output.Line($"{Screen.In(Screen.Cyan, field[0], color)}:{value}");
        }

        output.Line();
    }

    /// <summary>The version as it is written after <c>HTTP/</c>.</summary>
    public static string VersionOf(FetchResponse response) =>
        response.Version == Http.Protocol.ProtocolVersion.Http10 ? "1.0" : "1.1";

    private static string Shown(Output output, string text) => output.OutIsTerminal ? Screen.Safe(text) : text;

    private static string ColorOf(int status) => status switch
    {
        < 300 => Screen.Green,
        < 400 => Screen.Yellow,
        _ => Screen.Red,
    };
}
