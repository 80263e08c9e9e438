namespace Sockeye.Cli.Fetching;

/// <summary>The command line that has curl send the same request.</summary>
internal static class CurlCommand
{
    private const string Plain = "-_./:=@%+,";

    /// <summary>Writes it, quoted for a shell.</summary>
    /// <param name="plan">The request.</param>
    /// <param name="wire">The choices of how to get there.</param>
    public static string Of(FetchPlan plan, WireChoice wire)
    {
        List<string> words = ["curl"];
        if (plan.Method == "HEAD")
        {
            words.Add("--head");
        }
        else if (plan.Method != (plan.Body is null ? "GET" : "POST"))
        {
            words.AddRange(["--request", plan.Method]);
        }

        words.Add(plan.Url.GetComponents(UriComponents.HttpRequestUrl, UriFormat.UriEscaped));
        words.Add("--globoff");
        words.AddRange(wire.CurlWords(plan));
        if (plan.Decompresses)
        {
            words.Add("--compressed");
        }

        foreach (KeyValuePair<string, string> field in plan.Fields)
        {
            // curl sends that itself, and a multipart body names its own boundary.
            bool isCurls = (IsNamed(field.Key, "Accept") && field.Value == "*/*")
                || (IsNamed(field.Key, "Content-Type") && plan.Body?.Content is Multipart);
            if (!isCurls)
            {
                // curl takes a field without a value for one to leave out, unless a semicolon ends it.
                words.AddRange(
                    ["--header", field.Value.Length > 0 ? $"{field.Key}: {Utf8(field.Value)}" : field.Key + ";"]);
            }
        }

        foreach (string name in plan.Removed.Where(name => !IsNamed(name, "Accept-Encoding")))
        {
            words.AddRange(["--header", name + ":"]);
        }

        words.AddRange(plan.Body?.Curl ?? []);
        return string.Join(' ', words.Select(Quoted));
    }

    /// <summary>A word as a shell takes it for one.</summary>
    private static string Quoted(string word) =>
        word.Length > 0 && word.All(letter => char.IsAsciiLetterOrDigit(letter) || Plain.Contains(letter))
            ? word
            : "'" + word.Replace("'", @"'\''", StringComparison.Ordinal) + "'";

    private static bool IsNamed(string one, string other) => one.Equals(other, StringComparison.OrdinalIgnoreCase);

    private static string Utf8(string value) => FieldText.Decode(value);
}
