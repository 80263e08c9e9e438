using System.Buffers;
using System.Text;
using Sockeye.Cli.Resources;
using Sockeye.Http.Client;
using Sockeye.Http.Protocol;

namespace Sockeye.Cli.Fetching;

/// <summary>The words of a command line, and what they were read with.</summary>
/// <param name="Words">Method, URL and items, as typed.</param>
/// <param name="IsForm">The body is a form, not JSON.</param>
/// <param name="Unix">A Unix socket to connect to; null for none.</param>
/// <param name="SessionName">The session to go on with; null for none.</param>
/// <param name="Input">Opens standard input.</param>
internal sealed record FetchWords(
    IReadOnlyList<string> Words, bool IsForm, string? Unix, string? SessionName, Func<Stream> Input);

/// <summary>The request that a command line asks for, whole, before anything is sent.</summary>
internal sealed class FetchPlan
{
    private const string AcceptsJsonFirst = "application/json, */*;q=0.5";

    // Methods in any case; others are taken for one when they are in capitals.
    private static readonly string[] s_methods =
        ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "QUERY"];

    private FetchPlan(FetchTarget target, string method, RequestBody? body, Session? session)
    {
        Url = target.Url;
        Socket = target.Socket;
        Method = method;
        Body = body;
        Session = session;
    }

    public string Method { get; }

    public Uri Url { get; }

    public Endpoint? Socket { get; }

    public RequestBody? Body { get; }

    public Session? Session { get; }

    /// <summary>The fields, in order.</summary>
    public FetchFields Fields { get; } = new();

    /// <summary>Fields that are sent by default and are not to be.</summary>
    public HashSet<string> Removed { get; } = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Whether a compressed body is asked for and undone: unless Accept-Encoding was written.</summary>
    public bool Decompresses => !Fields.Contains("Accept-Encoding") && !Removed.Contains("Accept-Encoding");

    /// <summary>Works out the request.</summary>
    /// <exception cref="ToolException">Something in it is wrong.</exception>
    public static FetchPlan Of(FetchWords words, Output output)
    {
        bool hasMethod = words.Words.Count > 1 && IsMethod(words.Words[0]);
        int skipped = hasMethod ? 2 : 1;
        RequestItem[] items = [.. words.Words.Skip(skipped).Select(RequestItem.Parse)];
        FetchTarget target = FetchTarget.Parse(
            words.Words[skipped - 1], words.Unix, items.Where(item => item.Kind == ItemKind.Query));
        RequestBody? body = RequestBody.Of(items, words.IsForm, words.Input);
        string method = hasMethod ? words.Words[0].ToUpperInvariant() : body is null ? "GET" : "POST";
        Session? session = words.SessionName is { } name ? Session.Open(name, target.Url, output) : null;
        var plan = new FetchPlan(target, method, body, session);
        plan.AddFields(target, items);
        return plan;
    }

    /// <summary>Adds the cookies that the session has for the URL; for who does not send the request.</summary>
    public void AddCookies(DateTimeOffset now)
    {
        var cookies = new ArrayBufferWriter<byte>();
        var origin = new CookieOrigin(Url.IdnHost, Url.AbsolutePath, Url.Scheme == Uri.UriSchemeHttps);
        if (!Fields.Contains("Cookie") && Session?.Cookies.Write(cookies, origin, now) > 0)
        {
            Fields.Add("Cookie", Encoding.Latin1.GetString(cookies.WrittenSpan));
        }
    }

    private static bool IsMethod(string word) => s_methods.Contains(word, StringComparer.OrdinalIgnoreCase)
        || (word.Length > 0 && word.All(char.IsAsciiLetterUpper));

    private void AddFields(FetchTarget target, RequestItem[] items)
    {
        if (target.User is { } user)
        {
            Fields.Add("Authorization", $"Basic {Convert.ToBase64String(Encoding.UTF8.GetBytes(user))}");
        }

        bool isJson = Body?.ContentType == RequestBody.Json;
        Fields.Add("Accept", isJson ? AcceptsJsonFirst : "*/*");
        if (Body is not null)
        {
            Fields.Add("Content-Type", Body.ContentType);
        }

        foreach ((string name, string value) in Session?.Fields ?? [])
        {
            Fields[name] = value;
        }

        HashSet<string> written = new(StringComparer.OrdinalIgnoreCase);
        foreach (RequestItem item in items)
        {
            if (item.Kind is ItemKind.Header or ItemKind.EmptyHeader or ItemKind.NoHeader)
            {
                CheckField(item);
                Add(item, isFirst: written.Add(item.Name));
            }
        }

        Session?.Keep(Fields.Where(field => written.Contains(field.Key)), Removed);
    }

    private void Add(RequestItem item, bool isFirst)
    {
        if (isFirst)
        {
            Fields.Remove(item.Name);
        }

        if (item.Kind == ItemKind.NoHeader)
        {
            Removed.Add(item.Name);
            return;
        }

        try
        {
            Fields.Add(item.Name, FieldText.Encode(item.Value.Trim()));
        }
        catch (ArgumentException exception)
        {
            throw new ToolException(
                ExitCode.Usage, FetchText.BadField.With(item.Name, exception.Message.Split(" (Param")[0].TrimEnd('.')));
        }
    }

    private static void CheckField(RequestItem item)
    {
        string[] ofTheBody = ["Content-Length", "Transfer-Encoding", "Expect"];
        if (ofTheBody.Contains(item.Name, StringComparer.OrdinalIgnoreCase))
        {
            throw new ToolException(ExitCode.Usage, FetchText.FieldOfBody.With(item.Name));
        }

        if (item.Kind == ItemKind.NoHeader && item.Name.Equals("Host", StringComparison.OrdinalIgnoreCase))
        {
            throw new ToolException(ExitCode.Usage, FetchText.NeedsHost);
        }
    }
}
