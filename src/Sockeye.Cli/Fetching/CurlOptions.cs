using Sockeye.Cli.Resources;

namespace Sockeye.Cli.Fetching;

/// <summary>What somebody who knows curl types, and what fetch has instead.</summary>
internal static class CurlOptions
{
    /// <summary>The options that are curl's and not ours, with the remedy.</summary>
    public static IReadOnlyDictionary<string, string> Instead { get; } = new (string[] Options, string Remedy)[]
    {
        (["--compressed"], Text.FetchInsteadCompressed),
        (["--data", "--data-raw", "--data-binary", "--json", "-d"], Text.FetchInsteadData),
        (["--form-string", "-F"], Text.FetchInsteadForm),
        (["--head", "-I"], Text.FetchInsteadHead),
        (["--header", "-H"], Text.FetchInsteadHeader),
        (["--include", "-i"], Text.FetchInsteadInclude),
        (["--location"], Text.FetchInsteadLocation),
        (["--max-redirs"], Text.FetchInsteadMaxRedirects),
        (["--max-time", "--connect-timeout", "-m"], Text.FetchInsteadMaxTime),
        (["--remote-name", "--remote-header-name", "-O", "-J"], Text.FetchInsteadRemoteName),
        (["--request", "-X"], Text.FetchInsteadRequest),
        (["--silent", "--show-error", "-s", "-S"], Text.FetchInsteadSilent),
        (["--unix-socket", "--abstract-unix-socket"], Text.FetchInsteadUnix),
        (["--user", "-u"], Text.FetchInsteadUser),
        (["--cookie", "--cookie-jar", "-c"], Text.FetchInsteadCookie),
        (["--get", "-G", "--data-urlencode"], Text.FetchInsteadGet),
    }.SelectMany(row => row.Options, (row, option) => (option, row.Remedy)).ToDictionary();
}
