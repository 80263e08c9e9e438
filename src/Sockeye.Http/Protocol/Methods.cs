using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Text;

namespace Sockeye.Http.Protocol;

/// <summary>Whether a request with a method has content.</summary>
public enum RequestContent : byte
{
    /// <summary>The method says nothing about it.</summary>
    Unknown = 0,

    /// <summary>The method gives it a meaning.</summary>
    Expected,

    /// <summary>It has no generally defined meaning (RFC 9110 section 9.3.1).</summary>
    NoMeaning,

    /// <summary>There is none: a request with it is rejected.</summary>
    Forbidden,
}

/// <summary>What a method means.</summary>
/// <param name="Method">The method.</param>
/// <param name="Name">As it is written; methods are case-sensitive.</param>
/// <param name="IsSafe">Only reads (RFC 9110 section 9.2.1).</param>
/// <param name="IsIdempotent">Twice does what once does (RFC 9110 section 9.2.2), so it may be sent again.</param>
/// <param name="IsCacheable">Its response may be stored for later requests (RFC 9110 section 9.2.3).</param>
/// <param name="Content">Whether its request has content.</param>
/// <param name="Section">Where it is defined.</param>
public sealed record MethodMeaning(
    Method Method,
    string Name,
    bool IsSafe,
    bool IsIdempotent,
    bool IsCacheable,
    RequestContent Content,
    string Section);

/// <summary>The table of methods: IANA's registry, one row each.</summary>
public static class Methods
{
    private static readonly ImmutableArray<MethodMeaning> s_table =
    [
        new(Method.Other, "", false, false, false, RequestContent.Unknown, "RFC 9110 section 9.1"),
        new(Method.Get, "GET", true, true, true, RequestContent.NoMeaning, "RFC 9110 section 9.3.1"),
        new(Method.Head, "HEAD", true, true, true, RequestContent.NoMeaning, "RFC 9110 section 9.3.2"),
        new(Method.Post, "POST", false, false, true, RequestContent.Expected, "RFC 9110 section 9.3.3"),
        new(Method.Put, "PUT", false, true, false, RequestContent.Expected, "RFC 9110 section 9.3.4"),
        new(Method.Delete, "DELETE", false, true, false, RequestContent.NoMeaning, "RFC 9110 section 9.3.5"),
        new(Method.Connect, "CONNECT", false, false, false, RequestContent.Forbidden, "RFC 9110 section 9.3.6"),
        new(Method.Options, "OPTIONS", true, true, false, RequestContent.Expected, "RFC 9110 section 9.3.7"),
        new(Method.Trace, "TRACE", true, true, false, RequestContent.Forbidden, "RFC 9110 section 9.3.8"),
        new(Method.Patch, "PATCH", false, false, true, RequestContent.Expected, "RFC 5789 section 2"),
        new(Method.Acl, "ACL", false, true, false, RequestContent.Expected, "RFC 3744 section 8.1"),
        new(Method.BaselineControl, "BASELINE-CONTROL", false, true, false, RequestContent.Expected,
            "RFC 3253 section 12.6"),
        new(Method.Bind, "BIND", false, true, false, RequestContent.Expected, "RFC 5842 section 4"),
        new(Method.Checkin, "CHECKIN", false, true, false, RequestContent.Expected, "RFC 3253 sections 4.4 and 9.4"),
        new(Method.Checkout, "CHECKOUT", false, true, false, RequestContent.Expected, "RFC 3253 sections 4.3 and 8.8"),
        new(Method.Copy, "COPY", false, true, false, RequestContent.Expected, "RFC 4918 section 9.8"),
        new(Method.Label, "LABEL", false, true, false, RequestContent.Expected, "RFC 3253 section 8.2"),
        new(Method.Link, "LINK", false, true, false, RequestContent.Expected, "RFC 2068 section 19.6.1.2"),
        new(Method.Lock, "LOCK", false, false, false, RequestContent.Expected, "RFC 4918 section 9.10"),
        new(Method.Merge, "MERGE", false, true, false, RequestContent.Expected, "RFC 3253 section 11.2"),
        new(Method.MkActivity, "MKACTIVITY", false, true, false, RequestContent.Expected, "RFC 3253 section 13.5"),
        new(Method.MkCalendar, "MKCALENDAR", false, true, false, RequestContent.Expected, "RFC 4791 section 5.3.1"),
        new(Method.MkCol, "MKCOL", false, true, false, RequestContent.Expected, "RFC 4918 section 9.3"),
        new(Method.MkRedirectRef, "MKREDIRECTREF", false, true, false, RequestContent.Expected, "RFC 4437 section 6"),
        new(Method.MkWorkspace, "MKWORKSPACE", false, true, false, RequestContent.Expected, "RFC 3253 section 6.3"),
        new(Method.Move, "MOVE", false, true, false, RequestContent.Expected, "RFC 4918 section 9.9"),
        new(Method.OrderPatch, "ORDERPATCH", false, true, false, RequestContent.Expected, "RFC 3648 section 7"),
        new(Method.Pri, "PRI", true, true, false, RequestContent.NoMeaning, "RFC 9113 section 3.4"),
        new(Method.PropFind, "PROPFIND", true, true, false, RequestContent.Expected, "RFC 4918 section 9.1"),
        new(Method.PropPatch, "PROPPATCH", false, true, false, RequestContent.Expected, "RFC 4918 section 9.2"),
        new(Method.Query, "QUERY", true, true, true, RequestContent.Expected, "RFC 10008 section 2"),
        new(Method.Rebind, "REBIND", false, true, false, RequestContent.Expected, "RFC 5842 section 6"),
        new(Method.Report, "REPORT", true, true, false, RequestContent.Expected, "RFC 3253 section 3.6"),
        new(Method.Search, "SEARCH", true, true, false, RequestContent.Expected, "RFC 5323 section 2"),
        new(Method.Unbind, "UNBIND", false, true, false, RequestContent.Expected, "RFC 5842 section 5"),
        new(Method.Uncheckout, "UNCHECKOUT", false, true, false, RequestContent.Expected, "RFC 3253 section 4.5"),
        new(Method.Unlink, "UNLINK", false, true, false, RequestContent.Expected, "RFC 2068 section 19.6.1.3"),
        new(Method.Unlock, "UNLOCK", false, true, false, RequestContent.Expected, "RFC 4918 section 9.11"),
        new(Method.Update, "UPDATE", false, true, false, RequestContent.Expected, "RFC 3253 section 7.1"),
        new(Method.UpdateRedirectRef, "UPDATEREDIRECTREF", false, true, false, RequestContent.Expected,
            "RFC 4437 section 7"),
        new(Method.VersionControl, "VERSION-CONTROL", false, true, false, RequestContent.Expected,
            "RFC 3253 section 3.5"),
    ];

    private static readonly byte[][] s_names = [.. s_table.Select(row => Encoding.ASCII.GetBytes(row.Name))];

    private static readonly FrozenDictionary<string, Method> s_byName =
        s_table.Skip(1).ToFrozenDictionary(row => row.Name, row => row.Method, StringComparer.Ordinal);

    private static readonly FrozenDictionary<string, Method>.AlternateLookup<ReadOnlySpan<char>> s_byText =
        s_byName.GetAlternateLookup<ReadOnlySpan<char>>();

    /// <summary>Every registered method, in the order of the enum; the first row is that of all others.</summary>
    public static IReadOnlyList<MethodMeaning> All => s_table;

    /// <summary>What a method means. Nothing is promised of one that is not registered.</summary>
    public static MethodMeaning Meaning(this Method method) => s_table[(int)method];

    /// <summary>The method of this name, or <see cref="Method.Other"/>.</summary>
    public static Method Parse(ReadOnlySpan<char> name) => s_byText.TryGetValue(name, out Method method)
        ? method
        : Method.Other;

    /// <summary>The method of this name, or <see cref="Method.Other"/>.</summary>
    public static Method Parse(ReadOnlySpan<byte> name)
    {
        // The common ones without a table.
        switch (name.Length)
        {
            case 3 when name.SequenceEqual("GET"u8): return Method.Get;
            case 3 when name.SequenceEqual("PUT"u8): return Method.Put;
            case 4 when name.SequenceEqual("POST"u8): return Method.Post;
            case 4 when name.SequenceEqual("HEAD"u8): return Method.Head;
        }

        for (int i = 1; i < s_names.Length; i++)
        {
            if (name.SequenceEqual(s_names[i]))
            {
                return (Method)i;
            }
        }

        return Method.Other;
    }

    /// <summary>The name as bytes; empty for <see cref="Method.Other"/>.</summary>
    public static ReadOnlySpan<byte> NameBytes(this Method method) => s_names[(int)method];
}
