using System.Text;

namespace Sockeye.Http.Protocol;

/// <summary>What a target is, once its characters are known to be visible (RFC 9112 section 3.2).</summary>
internal static class RequestTarget
{
    /// <summary>Takes the target apart and checks that its form is one for the method.</summary>
    /// <param name="view">The input.</param>
    /// <param name="head">Where the target is, and where its parts go.</param>
    /// <param name="profile">Decides about characters that should have been percent-encoded.</param>
    /// <param name="isCut">Whether the path and the query of an origin form were found already, and are strict.</param>
    public static HttpRule Analyse(ReadOnlySpan<byte> view, RequestHead head, HttpProfile profile, bool isCut)
    {
        ReadOnlySpan<byte> target = view.Slice(head.TargetStart, head.TargetLength);

        // RFC 9112 section 3.2.3: "the authority-form of request-target is only used for CONNECT requests".
        if (head.Method == Method.Connect)
        {
            return AnalyseAuthority(target, head);
        }

        if (target[0] == '/')
        {
            return isCut ? HttpRule.None : Cut(target, 0, head, profile);
        }

        if (target is [(byte)'*'])
        {
            // Section 3.2.4: "only used for a server-wide OPTIONS request".
            head.Form = TargetForm.Asterisk;
            return head.Method == Method.Options ? HttpRule.None : HttpRule.TargetFormForMethod;
        }

        return AnalyseAbsolute(target, head, profile);
    }

    /// <summary>The port that a scheme has when none is written, or <see cref="Authority.NoPort"/>.</summary>
    public static int DefaultPort(ReadOnlySpan<byte> scheme) =>
        Ascii.EqualsIgnoreCase(scheme, "http"u8) || Ascii.EqualsIgnoreCase(scheme, "ws"u8) ? 80
        : Ascii.EqualsIgnoreCase(scheme, "https"u8) || Ascii.EqualsIgnoreCase(scheme, "wss"u8) ? 443
        : Authority.NoPort;

    private static HttpRule AnalyseAuthority(ReadOnlySpan<byte> target, RequestHead head)
    {
        // RFC 9110 section 9.3.6: "There is no default port; a client MUST send the port number even if the CONNECT
        // request is based on a URI reference that contains an authority component with an elided port".
        if (!Authority.TryParse(target, out _, out int port) || port is Authority.NoPort or 0)
        {
            return target[0] == '/' || target is [(byte)'*'] || target.IndexOf("://"u8) > 0
                ? HttpRule.TargetFormForMethod
                : HttpRule.BadTarget;
        }

        head.Form = TargetForm.Authority;
        head.AuthorityStart = head.TargetStart;
        head.AuthorityLength = target.Length;
        return HttpRule.None;
    }

    /// <summary>RFC 3986 section 4.3, absolute-URI, of those that have an authority.</summary>
    private static HttpRule AnalyseAbsolute(ReadOnlySpan<byte> target, RequestHead head, HttpProfile profile)
    {
        int colon = target.IndexOf((byte)':');
        if (colon < 1 || !IsScheme(target[..colon]) || !target[colon..].StartsWith("://"u8))
        {
            return HttpRule.BadTarget;
        }

        int start = colon + 3;
        int length = target[start..].IndexOfAny((byte)'/', (byte)'?');
        length = length < 0 ? target.Length - start : length;

        // RFC 9110 section 4.2.1: a recipient "MUST reject" an empty host, and 4.2.4 has user information treated as
        // an error; neither is an authority here.
        if (!Authority.TryParse(target.Slice(start, length), out _, out _))
        {
            return HttpRule.BadTarget;
        }

        head.Form = TargetForm.Absolute;
        head.SchemeLength = colon;
        head.AuthorityStart = head.TargetStart + start;
        head.AuthorityLength = length;
        return Cut(target, start + length, head, profile);
    }

    private static HttpRule Cut(ReadOnlySpan<byte> target, int start, RequestHead head, HttpProfile profile)
    {
        ReadOnlySpan<byte> path = target[start..];
        ReadOnlySpan<byte> query = default;
        int mark = path.IndexOf((byte)'?');
        head.QueryStart = 0;
        if (mark >= 0)
        {
            query = path[(mark + 1)..];
            path = path[..mark];
            head.QueryStart = head.TargetStart + start + mark + 1;
        }

        head.PathStart = head.TargetStart + start;
        head.PathLength = path.Length;
        head.QueryLength = query.Length;
        bool isStrict = !path.ContainsAnyExcept(Octets.Path) && !query.ContainsAnyExcept(Octets.Query);
        return isStrict || profile.Passes(Leniencies.TargetCharacters) ? HttpRule.None : HttpRule.BadTarget;
    }

    /// <summary>RFC 3986 section 3.1.</summary>
    private static bool IsScheme(ReadOnlySpan<byte> text)
    {
        if (!Octets.IsLetter(text[0]))
        {
            return false;
        }

        foreach (byte octet in text)
        {
            if (!Octets.IsLetter(octet) && !Octets.IsDigit(octet) && octet is not ((byte)'+' or (byte)'-' or (byte)'.'))
            {
                return false;
            }
        }

        return true;
    }
}
