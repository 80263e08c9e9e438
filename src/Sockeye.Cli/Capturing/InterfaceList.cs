using System.Net.NetworkInformation;
using System.Text.Json;
using Sockeye.Capture;
using Sockeye.Cli.Resources;

namespace Sockeye.Cli.Capturing;

/// <summary>What can be captured on: <c>capture --list-interfaces</c>.</summary>
internal static class InterfaceList
{
    private const int NameColumn = 16;
    private const int StateColumn = 8;

    public static void Write(Output output)
    {
        Row[] rows =
        [
            new(LiveCaptureOptions.AnyInterface, true, []),
            .. NetworkInterface.GetAllNetworkInterfaces().Select(Of).OrderByDescending(row => row.IsUp)
                .ThenBy(row => row.Name, StringComparer.Ordinal),
        ];
        foreach (Row row in rows)
        {
            if (output.Json)
            {
                output.JsonLine("interface", row, WriteJson);
            }
            else
            {
                string state = row.IsUp ? CaptureText.InterfaceUp : CaptureText.InterfaceDown;
                string what = row.Name == LiveCaptureOptions.AnyInterface
                    ? CaptureText.InterfaceAny
                    : string.Join(' ', row.Addresses);
                output.Line($"{row.Name.PadRight(NameColumn)} {state.PadRight(StateColumn)} {what}".TrimEnd());
            }
        }
    }

    private static Row Of(NetworkInterface one)
    {
        // The runtime calls the state of loopback and of tunnels unknown, because the kernel does.
        bool isUp = one.OperationalStatus is OperationalStatus.Up or OperationalStatus.Unknown;
        IEnumerable<string> addresses = one.GetIPProperties().UnicastAddresses
            .Select(address => $"{address.Address}/{address.PrefixLength}");
        return new Row(one.Name, isUp, [.. addresses]);
    }

    private static void WriteJson(Utf8JsonWriter json, Row row)
    {
        json.WriteString("name", row.Name);
        json.WriteBoolean("up", row.IsUp);
        json.WriteStartArray("addresses");
        foreach (string address in row.Addresses)
        {
            json.WriteStringValue(address);
        }

        json.WriteEndArray();
    }

    private sealed record Row(string Name, bool IsUp, string[] Addresses);
}
