using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;

namespace Sockeye.Http.Protocol;

/// <summary>Cold throws, out of the way of hot paths.</summary>
[StackTraceHidden]
internal static class ThrowHelper
{
    [DoesNotReturn]
    public static void NotStatus(int code) => throw new ArgumentOutOfRangeException(
        nameof(code), code, "A status code is from 100 to 599.");

    [DoesNotReturn]
    public static void ParsedAlready() => throw new InvalidOperationException(
        "The head was read: call Reset before the next one.");

    [DoesNotReturn]
    public static void BadName() => throw new ArgumentException(
        "A field's name is a token (RFC 9110 section 5.6.2): letters, digits and !#$%&'*+-.^_`|~.", "name");

    [DoesNotReturn]
    public static void BadValue() => throw new ArgumentException(
        "A field's value or a reason phrase has no control characters (RFC 9110 section 5.5): remove CR, LF and NUL.",
        "value");

    [DoesNotReturn]
    public static void NotLatin() => throw new ArgumentException(
        "A header has characters up to U+00FF: percent-encode others, or write their bytes.", "value");

    [DoesNotReturn]
    public static void BadMethod() => throw new ArgumentException(
        "A method is a token (RFC 9110 section 9.1).", "method");

    [DoesNotReturn]
    public static void BadTarget() => throw new ArgumentException(
        "A request target is visible ASCII without '#': percent-encode the rest.", "target");

    [DoesNotReturn]
    public static void ForbiddenTrailer() => throw new ArgumentException(
        "This field may not be a trailer (RFC 9110 section 6.5.1): write it in the head.", "name");

    [DoesNotReturn]
    public static void OutOfOrder(string needed) => throw new InvalidOperationException(
        $"Write {needed} first: a head is its first line, its fields and End, in that order.");
}
