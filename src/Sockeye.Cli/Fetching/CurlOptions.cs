using Sockeye.Cli.Resources;

namespace Sockeye.Cli.Fetching;

/// <summary>What somebody who knows curl types, and what fetch has instead.</summary>
internal static class CurlOptions
{
    /// <summary>The options that are curl's and not ours, with the remedy.</summary>
    public static IReadOnlyDictionary<string, string> Instead { get; } = new (string[] Options, string Remedy)[]
    {
        (["--compressed"], FetchText.InsteadCompressed),
        (["--data", "--data-raw", "--data-binary", "--json", "-d"], FetchText.InsteadData),
        (["--form-string", "-F"], FetchText.InsteadForm),
        (["--head", "-I"], FetchText.InsteadHead),
        (["--header", "-H"], FetchText.InsteadHeader),
        (["--include", "-i"], FetchText.InsteadInclude),
        (["--location"], FetchText.InsteadLocation),
        (["--max-redirs"], FetchText.InsteadMaxRedirects),
        (["--max-time", "--connect-timeout", "-m"], FetchText.InsteadMaxTime),
        (["--remote-name", "--remote-header-name", "-O", "-J"], FetchText.InsteadRemoteName),
        (["--request", "-X"], FetchText.InsteadRequest),
        (["--silent", "--show-error", "-s", "-S"], FetchText.InsteadSilent),
        (["--unix-socket", "--abstract-unix-socket"], FetchText.InsteadUnix),
        (["--user", "-u"], FetchText.InsteadUser),
        (["--cookie", "--cookie-jar", "-c"], FetchText.InsteadCookie),
        (["--get", "-G", "--data-urlencode"], FetchText.InsteadGet),
    }.SelectMany(row => row.Options, (row, option) => (option, row.Remedy)).ToDictionary();
}
