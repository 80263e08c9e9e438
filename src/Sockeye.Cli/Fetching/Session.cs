using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Sockeye.Cli.Resources;
using Sockeye.Http.Protocol;

namespace Sockeye.Cli.Fetching;

/// <summary>
/// Header fields and cookies that are kept from one run to the next, for one host and port: in a file that only its
/// owner may read, since they say who somebody is.
/// </summary>
internal sealed partial class Session
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const int SchemaVersion = 1;

    // What is about one body or one moment alone.
    private static readonly string[] s_notKept = ["Content-", "If-", "Range", "Cookie", "Host"];

    private readonly string _file;

    private Session(string file) => _file = file;

    /// <summary>The fields that are sent with every request.</summary>
    public List<KeyValuePair<string, string>> Fields { get; } = [];

    public CookieJar Cookies { get; } = new();

    /// <summary>Opens a session; a new one if there is none of that name.</summary>
    /// <exception cref="ToolException">The name is not one, or the file cannot be read.</exception>
    public static Session Open(string name, Uri url, Output output)
    {
        if (!NamePattern().IsMatch(name))
        {
            throw new ToolException(ExitCode.Usage, FetchText.BadSession.With(name));
        }

        var session = new Session(Path.Combine(FolderOf(output), HostOf(url), name + ".json"));
        if (File.Exists(session._file))
        {
            session.Load();
        }

        return session;
    }

    /// <summary>Keeps the fields that were written on the command line, and forgets those left out there.</summary>
    public void Keep(IEnumerable<KeyValuePair<string, string>> written, IReadOnlySet<string> removed)
    {
        KeyValuePair<string, string>[] kept =
        [
            .. written.Where(field => !s_notKept.Any(
                start => field.Key.StartsWith(start, StringComparison.OrdinalIgnoreCase))),
        ];
        Fields.RemoveAll(old => removed.Contains(old.Key)
            || kept.Any(field => field.Key.Equals(old.Key, StringComparison.OrdinalIgnoreCase)));
        Fields.AddRange(kept);
    }

    /// <summary>Writes the file anew, at once whole.</summary>
    public void Save()
    {
        if (OperatingSystem.IsWindows())
        {
            throw new PlatformNotSupportedException(); // Others could read it there.
        }

        Directory.CreateDirectory(
            Path.GetDirectoryName(_file)!, OwnerOnly | UnixFileMode.UserExecute);
        string fresh = $"{_file}.{Environment.ProcessId}";
        var options = new FileStreamOptions
        {
            Mode = FileMode.Create,
            Access = FileAccess.Write,
            UnixCreateMode = OwnerOnly,
        };
        using (var stream = new FileStream(fresh, options))
        using (var json = new Utf8JsonWriter(stream, new JsonWriterOptions { Indented = true }))
        {
            json.WriteStartObject();
            json.WriteNumber("schema_version", SchemaVersion);
            json.WriteStartArray("headers");
            foreach ((string name, string value) in Fields)
            {
                json.WriteStartObject();
                json.WriteString("name", name);
                json.WriteString("value", FieldText.Decode(value));
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteString("cookies_txt", Cookies.Save(TimeProvider.System.GetUtcNow()));
            json.WriteEndObject();
        }

        File.Move(fresh, _file, overwrite: true);
    }

    private static string FolderOf(Output output)
    {
        string home = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);
        string folder = output.Environment("XDG_CONFIG_HOME") is { Length: > 0 } set ? set
            : home.Length > 0 ? Path.Combine(home, ".config")
            : throw new ToolException(ExitCode.Usage, FetchText.SessionWithoutHome);
        return Path.Combine(folder, "sockeye", "sessions");
    }

    private static string HostOf(Uri url) => $"{url.IdnHost.Trim('[', ']')}_{url.Port}".Replace(':', '-');

    private void Load()
    {
        try
        {
            using JsonDocument json = JsonDocument.Parse(File.ReadAllText(_file, Encoding.UTF8));
            foreach (JsonElement field in json.RootElement.GetProperty("headers").EnumerateArray())
            {
                string value = FieldText.Encode(field.GetProperty("value").GetString()!);
                Fields.Add(new(field.GetProperty("name").GetString()!, value));
            }

            Cookies.Load(json.RootElement.GetProperty("cookies_txt").GetString()!, TimeProvider.System.GetUtcNow());
        }
        catch (Exception exception) when (
            exception is JsonException or KeyNotFoundException or InvalidOperationException or ArgumentNullException)
        {
            throw new ToolException(ExitCode.Usage, FetchText.SessionUnreadable.With(_file));
        }
    }

    [GeneratedRegex(@"^\w[\w.-]{0,99}$", RegexOptions.ECMAScript)]
    private static partial Regex NamePattern();
}
