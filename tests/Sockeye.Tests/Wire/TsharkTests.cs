using System.Diagnostics;
using System.Globalization;
using Sockeye.Wire;
using Sockeye.Wire.Dissection;
using Sockeye.Wire.Files;
using Sockeye.Wire.Internet;
using WireHttp = Sockeye.Wire.Application.Http;

namespace Sockeye.Tests.Wire;

/// <summary>A test that runs where tshark is.</summary>
internal sealed class TsharkFactAttribute : FactAttribute
{
    public TsharkFactAttribute() => Skip = Tshark.Exists ? null : "tshark is not installed";
}

/// <summary>Runs tshark.</summary>
internal static class Tshark
{
    private static readonly string? s_program = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':')
        .Select(folder => Path.Combine(folder, "tshark")).FirstOrDefault(File.Exists);

    public static bool Exists => s_program is not null;

    /// <summary>What it writes on standard output; on standard error it may only mention who runs it.</summary>
    public static string Run(params IEnumerable<string> arguments)
    {
        var start = new ProcessStartInfo(s_program!, arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using Process process = Process.Start(start)!;
        Task<string> complaints = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, complaints.Result);
        string[] real = [.. complaints.Result.Split('\n').Where(line =>
            line.Length > 0 && !line.StartsWith("Running as"))];
        Assert.True(real.Length == 0, string.Join('\n', real));
        return output;
    }
}

/// <summary>Fields have the names and the values that Wireshark gives them.</summary>
public sealed class TsharkTests
{
    private const int ComparedFieldsMin = 100;

    // What Wireshark has no field for: headings of options, a name for the second version of cooked captures, and why
    // a record stays encrypted.
    private static readonly HashSet<string> s_ours = ["sll2", "ip.opt", "tcp.option", "tls.encrypted"];

    // Fields of a sample in which Wireshark sees something else.
    private static readonly HashSet<(string Sample, string Field)> s_different =
    [
        ("icmp unreachable", "tcp.seq_raw"), // the number that a quoted segment has is its tcp.seq
        ("802.3 length", "data.data"), ("802.3 length", "data.len"), // it takes LLC apart
        ("icmp redirect", "data.data"), ("icmp redirect", "data.len"), // no payload of what a redirect quotes
        ("dns answer", "dns.resp.name"), // the name of an SRV record has three fields of its own
        ("server hello", "tls.record.content_type"), // encrypted records of TLS 1.3 have an "opaque type", which
        ("server hello", "tls.record.opaque_type"), // is shown of those that are opened
        ("dhcp discover", "dhcp.option.type"), ("dhcp ack", "dhcp.option.type"), // the end counts as an option 0
    ];

    [TsharkFact]
    public void EveryFieldHasANameThatWiresharkKnows()
    {
        HashSet<string> known = [.. Tshark.Run("-G", "fields").Split('\n').Select(line => line.Split('\t'))
            .Where(columns => columns.Length > 2).Select(columns => columns[2])];
        string[] unknown = [.. ProtocolTable.Standard.Fields.Keys.Where(name =>
            !known.Contains(name) && !s_ours.Contains(name))];
        Assert.True(unknown.Length == 0, string.Join(' ', unknown));
    }

    [TsharkFact]
    public void FieldsHaveTheValuesThatWiresharkFinds()
    {
        Field[] fields = [.. ProtocolTable.Standard.Fields.Values
            .Where(field => field.Kind != FieldKind.Group && !s_ours.Contains(field.Name))
            .OrderBy(field => field.Name, StringComparer.Ordinal)];
        string file = Path.GetTempFileName();
        try
        {
            File.WriteAllBytes(file, Samples.Capture(Samples.All));
            string[] options =
            [
                "-n", "-r", file, "-T", "fields", "-E", "separator=/t", "-E", "aggregator=|", "-E", "occurrence=a",
                "-o", "ip.defragment:TRUE", "-o", "ipv6.defragment:TRUE", "-o", "tcp.desegment_tcp_streams:FALSE",
                "-o", "tcp.relative_sequence_numbers:FALSE",
            ];
            string[] lines = Tshark.Run([.. options, .. fields.SelectMany(field => (string[])["-e", field.Name])])
                .TrimEnd('\n').Split('\n');
            Assert.Equal(Samples.All.Count, lines.Length);
            Compare(fields, lines, BodyIsText());
        }
        finally
        {
            File.Delete(file);
        }
    }

    // What HTTP carries is a text until version 4.2, and bytes since.
    private static bool BodyIsText() => Tshark.Run("-G", "fields").Split('\n').Select(line => line.Split('\t'))
        .Single(columns => columns.Length > 3 && columns[2] == WireHttp.Body.Name)[3] == "FT_STRING";

    private static void Compare(Field[] fields, string[] lines, bool bodyIsText)
    {
        var differences = new List<string>();
        var compared = new HashSet<string>();
        var dissector = new Dissector(FieldSet.All) { Fragments = new FragmentTable() };
        CaptureReader reader = CaptureReader.Open(new MemoryStream(Samples.Capture(Samples.All)));
        while (reader.TryRead(out CapturedFrame captured))
        {
            int index = (int)captured.Number - 1;
            DissectedFrame frame = dissector.Dissect(captured);
            string[] columns = lines[index].Split('\t');
            for (int i = 0; i < fields.Length; i++)
            {
                string theirs = string.Join('|', columns[i].Split('|', StringSplitOptions.RemoveEmptyEntries)
                    .Select(value => Normal(fields[i].Kind, value)).Order(StringComparer.Ordinal));
                bool isText = bodyIsText && fields[i] == WireHttp.Body;
                string ours = string.Join('|', ValuesOf(frame, fields[i], isText).Where(value => value.Length > 0)
                    .Order(StringComparer.Ordinal));
                if (s_different.Contains((Samples.All[index].Name, fields[i].Name)))
                {
                    continue;
                }

                if (ours != theirs)
                {
                    differences.Add($"{Samples.All[index].Name}: {fields[i].Name}: ours '{ours}', theirs '{theirs}'");
                }
                else if (ours.Length > 0)
                {
                    _ = compared.Add(fields[i].Name);
                }
            }
        }

        Assert.True(differences.Count == 0, string.Join('\n', differences));
        Assert.True(compared.Count >= ComparedFieldsMin, $"only {compared.Count} fields were there to compare");
    }

    private static List<string> ValuesOf(in DissectedFrame frame, Field field, bool isText)
    {
        var values = new List<string>();
        var text = new TextBuffer();
        foreach (FieldRecord record in frame.Fields)
        {
            if (record.Field != field)
            {
                continue;
            }

            text.Clear();
            switch (field.Kind)
            {
                case FieldKind.Number or FieldKind.Hex or FieldKind.Flag:
                    text.Append($"{record.Number}");
                    break;
                case FieldKind.Bytes when isText:
                    text.Append(frame.BytesOf(record));
                    break;
                case FieldKind.Bytes:
                    text.AppendHex(frame.BytesOf(record));
                    break;
                default:
                    frame.WriteValue(record, text);
                    break;
            }

            values.Add(text.ToString());
        }

        return values;
    }

    private static string Normal(FieldKind kind, string value) => kind switch
    {
        FieldKind.Number or FieldKind.Hex when value.StartsWith("0x", StringComparison.Ordinal) =>
            ulong.Parse(value.AsSpan(2), NumberStyles.HexNumber, CultureInfo.InvariantCulture)
                .ToString(CultureInfo.InvariantCulture),
        FieldKind.Flag => value switch
        {
            "True" => "1",
            "False" => "0",
            _ => value,
        },
        FieldKind.Text => value.EndsWith("\\r\\n", StringComparison.Ordinal) ? value[..^4] : value,
        FieldKind.Bytes => value.Replace(":", "", StringComparison.Ordinal),
        _ => value,
    };
}
